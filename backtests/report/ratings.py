"""Lays out what a fetch of brokers' ratings did, for people and programs."""

from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Sheet
from screener.tasks.ratings import RatingsResult
from universes.text import Language


def lay_out_fetched(result: RatingsResult, language: Language) -> Document:
    """Return what a fetch of ratings did as a document."""
    values = {
        "told": result.told,
        "added": result.added,
        "rows": result.rows,
        "file": str(result.path),
    }
    failures = [{"asked": name, "message": said} for name, said in result.failures.items()]
    columns = [
        Column("asked", word("ratings_asked", language), "label"),
        Column("message", word("message", language), "text"),
    ]
    sheet = Sheet("failures", word("failures", language), columns, failures)
    notes = [*result.remarks]
    notes += [sentence("ratings_known", language)] if result.told else []
    return Document(
        "ratings",
        sentence("ratings_fetched" if result.told else "ratings_none", language, **values),
        {**values, "failures": result.failures, "remarks": list(result.remarks)},
        sheet,
        [sheet] if failures else [],
        notes,
    )
