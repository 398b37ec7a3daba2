"""What a reader of a scorecard must know, chosen by rule from what it holds."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from backtests.basis import count_known
from backtests.convention import Convention
from backtests.labels import caveat
from backtests.rows import Row
from backtests.summary import Summary
from screener import Panel
from universes import RatingScale, Report
from universes.report import PICK_LEVELS
from universes.text import Language, Text

_SHOWN_OF_A_HASH = 12


@dataclass(frozen=True)
class Caveat:
    """One thing to know; its sentence is among the labels.

    Attributes
    ----------
    code : str
    values : mapping
        What the sentence is filled in with; a Text in the reader's language.
    """

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def get(self, language: Language) -> str:
        """Return its sentence in one language."""
        return caveat(self.code, language, **self.values)


def find_caveats(
    report: Report,
    scale: RatingScale,
    convention: Convention,
    panel: Panel,
    as_of: dt.date,
    rows: Sequence[Row],
    summaries: Sequence[Summary],
) -> tuple[Caveat, ...]:
    """Return the caveats of a scorecard, the most telling first.

    Parameters
    ----------
    report, scale, convention, panel, as_of
        What was scored.
    rows, summaries
        What came of it.
    """
    return (
        *about_data(panel, as_of),
        *about_date(report),
        *_about_basis(scale, convention, panel, rows),
        *_about_scale(report, scale),
        *_about_coverage(rows, summaries),
        Caveat("advice"),
    )


def about_data(panel: Panel, as_of: dt.date) -> Iterator[Caveat]:
    """Say where the prices come from, and what a store could not serve."""
    yield Caveat(
        "source",
        {
            "source": panel.origin.source,
            "as_of": as_of,
            "last": panel.dates[-1],
            "sha256": panel.origin.sha256[:_SHOWN_OF_A_HASH],
        },
    )
    if panel.origin.version is not None:
        # what the store lacks is news each time, what the snapshot lacks is in its own file
        yield from (Caveat("data_note", {"note": note}) for note in panel.origin.notes)


def about_date(report: Report) -> Iterator[Caveat]:
    """Say where the publication date is inferred."""
    publication = report.publication
    if publication.inferred:
        first, last = publication.window
        yield Caveat("inferred_date", {"published": publication.date, "first": first, "last": last})


def _about_basis(
    scale: RatingScale, convention: Convention, panel: Panel, rows: Sequence[Row]
) -> Iterator[Caveat]:
    yield Caveat(f"{convention.basis}_basis")
    columns = panel.columns(dict.fromkeys(row.symbol for row in rows))
    known = count_known(panel, columns)
    if convention.basis == "total" and known["price"] < known["total"]:
        yield Caveat("no_price_basis", {"count": known["total"] - known["price"]})
    mixed = [row for row in rows if row.mixed]
    if mixed:
        benchmarks = ", ".join(sorted({row.benchmark for row in mixed}))
        count = len({row.symbol for row in mixed})
        yield Caveat("mixed", {"count": count, "benchmarks": benchmarks})
    if scale.basis != convention.basis:
        yield Caveat("scale_basis")


def _about_scale(report: Report, scale: RatingScale) -> Iterator[Caveat]:
    markets = {pick.market.id: pick.market for pick in report.picks}
    unnamed = [market.name for market in markets.values() if not scale.benchmark_for(market)[1]]
    if unnamed:
        names = Text(
            zh="、".join(name.zh for name in unnamed), en=", ".join(name.en for name in unnamed)
        )
        yield Caveat("default_benchmark", {"markets": names})
    if scale.valid_until and report.publication.date > scale.valid_until:
        yield Caveat("expired_scale", {"until": scale.valid_until})


def _about_coverage(rows: Sequence[Row], summaries: Sequence[Summary]) -> Iterator[Caveat]:
    partly: dict[tuple[int, int, int], list[int]] = {}
    for summary in summaries:
        if summary.group == "all" and (summary.unscored or 0 < summary.scored < summary.count):
            counts = (summary.scored, summary.pending, summary.unscored)
            partly.setdefault(counts, []).append(summary.horizon_months)
    for (scored, pending, unscored), horizons in partly.items():
        values = {
            "horizons": ", ".join(map(str, horizons)),
            "count": scored + pending + unscored,
            "scored": scored,
            "pending": pending,
            "unscored": unscored,
        }
        yield Caveat("coverage", values)
    halted = sorted({f"{row.symbol} ({row.stale_sessions})" for row in rows if row.stale_sessions})
    if halted:
        yield Caveat("halted", {"symbols": ", ".join(halted)})
    count = len({row.symbol for row in rows if row.level in PICK_LEVELS})
    if count > 1:
        yield Caveat("one_date", {"count": count})
    yield Caveat("survivorship")
