"""What a program drafted of a report, and the checks that it invented nothing."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from universes.content import hash_each
from universes.errors import Fault, FaultyFileError, InputError
from universes.seal import APPROVAL_FILE, Seal
from universes.symbol import Symbol
from universes.tables import Table, read_toml

TEXT_FILE = "text.txt"
QUESTIONS_FILE = "questions.toml"
NAMES_FILE = "names.toml"
REVIEW_FILE = "review.toml"
# the files of a draft's folder that hold no theme
DRAFT_FILES = frozenset((QUESTIONS_FILE, NAMES_FILE, REVIEW_FILE, APPROVAL_FILE))
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True)
class PickEvidence:
    """Where a program found a pick, and how sure it is.

    Attributes
    ----------
    page : int or None
        None where the format has no pages.
    quote : str
        Part of the report's text, exactly.
    confidence : {"high", "medium", "low"}
    reasons : tuple of str
    rating, target : str
        The report's own words for a rating and a target price, empty where it states none.
    """

    page: int | None
    quote: str
    confidence: str
    reasons: tuple[str, ...]
    rating: str
    target: str


@dataclass(frozen=True)
class Drafted:
    """From what a report was drafted, and whether a person has approved it.

    Attributes
    ----------
    file : str
        Name of the file that was read.
    sha256, text_sha256, names_sha256 : str
        Of that file, of its text, and of the names that were looked for.
    program : str
    authors : tuple of str
    """

    file: str
    sha256: str
    text_sha256: str
    names_sha256: str
    program: str
    authors: tuple[str, ...]


def read_drafted(table: Table) -> Drafted | None:
    """Read ``[drafted]`` of a report; None where it has none."""
    if not table.has("drafted"):
        return None
    own = table.table("drafted")
    read = Drafted(
        file=own.text("file"),
        sha256=own.text("sha256"),
        text_sha256=own.text("text_sha256"),
        names_sha256=own.text("names_sha256"),
        program=own.text("program"),
        authors=own.texts("authors"),
    )
    own.finish()
    return read


def read_evidence(row: Table) -> PickEvidence | None:
    """Read the evidence of a pick; None where it has none."""
    if not row.has("quote"):
        return None
    return PickEvidence(
        page=row.count("page", largest=10_000) if row.has("page") else None,
        quote=row.verbatim("quote"),
        confidence=row.choice("confidence", CONFIDENCES),
        reasons=row.texts("reasons"),
        rating=row.text("rating", ""),
        target=row.text("target", ""),
    )


class DraftChecker:
    """Holds each pick of a draft against its text and the names that are known."""

    def __init__(self, folder: Path, drafted: Drafted) -> None:
        path = folder / TEXT_FILE
        try:
            content = path.read_bytes()
            self._text = content.decode()
        except (OSError, ValueError) as error:
            fault = Fault(path, "", f"the report's text cannot be read: {error}", "draft it again")
            raise FaultyFileError([fault]) from None
        self.faults: list[Fault] = []
        if hash_each({"": content})[""] != drafted.text_sha256:
            fault = Fault(path, "", "is not the text that was drafted from", "draft it again")
            self.faults.append(fault)
        self._known = _list_known() | _read_names(folder / NAMES_FILE)

    def check(self, row: Table, symbol: Symbol, evidence: PickEvidence | None) -> None:
        """Note what of a pick has no ground."""
        if symbol not in self._known:
            row.fault("symbol", f"{symbol} is in no list of names", f"add it to {NAMES_FILE}")
        if evidence is None:
            row.fault("quote", "a drafted pick stands on no quote", "quote the report")
        elif not evidence.quote or evidence.quote not in self._text:
            row.fault("quote", "the report's text has no such words", f"copy them from {TEXT_FILE}")


@cache
def _list_known() -> frozenset[Symbol]:
    from universes.names import load_names  # noqa: PLC0415 large, and for drafts only

    return frozenset(name.symbol for name in load_names())


def _read_names(path: Path) -> frozenset[Symbol]:
    if not path.exists():
        return frozenset()
    top = read_toml(path)
    rows = top.tables("names")
    symbols = [row.parsed("symbol", Symbol.parse) for row in rows]
    for row in rows:
        row.text("name")
        row.finish()
    top.finish()
    top.faults.raise_if_any()
    return frozenset(symbol for symbol in symbols if symbol)


def refuse(name: str, seal: Seal) -> InputError:
    """Return the error of a report that no person has approved as it is."""
    steps = f"look it through with screener universe review {name}, then sign it with"
    if seal.state == "changed":
        return InputError(
            f"{name} was changed after it was approved: {'; '.join(seal.changes)}",
            f"put it back as it was, or sign it anew: screener universe approve {name}",
        )
    return InputError(
        f"{name} is a draft that nobody has approved", f"{steps} screener universe approve {name}"
    )
