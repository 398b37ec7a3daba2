"""A broker's rating standard as data: bands, horizon, benchmarks."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, cast

from universes.content import content_hash
from universes.errors import InputError
from universes.market import Market, list_markets
from universes.symbol import Symbol
from universes.tables import Table, is_there, read_toml
from universes.text import Text

RATINGS_FOLDER = Path(__file__).parent / "ratings"
Boundary = Literal["scale", "inclusive", "exclusive"]
Basis = Literal["price", "total"]
BASES: tuple[Basis, ...] = ("price", "total")


@dataclass(frozen=True)
class Band:
    """The relative returns that earn one grade.

    Attributes
    ----------
    grade : str
        Its id, such as ``overweight``.
    name : Text
        The broker's own word.
    lower, upper : float or None
        Bounds as fractions (0.15 is 15 percentage points); None is without bound.
    lower_included, upper_included : bool
        Whether the bound itself earns this grade.
    hit : bool
        Whether a pick that was recommended and earns this grade kept the promise.
    """

    grade: str
    name: Text
    lower: float | None
    upper: float | None
    lower_included: bool
    upper_included: bool
    hit: bool


@dataclass(frozen=True)
class Edge:
    """The bound between two neighbouring bands.

    Attributes
    ----------
    value : float
        A fraction.
    belongs_up : bool
        Whether a relative return of exactly ``value`` earns the better grade.
    """

    value: float
    belongs_up: bool


@dataclass(frozen=True)
class RatingScale:
    """A broker's rating standard.

    Attributes
    ----------
    id : str
        The name of its file.
    broker : Text
    source : str
        Where the standard was read.
    confidence : str
        How well it is established: high, medium or low.
    horizon_months, longest_months : int
        The span that is graded, and the end of the window the standard speaks of.
    basis : {"price", "total"}
        Which return it speaks of.
    valid_until : date or None
        The last day it was in force, where known.
    note : str
        What the text leaves open and how it was read.
    benchmarks : dict of str to Symbol
        By market id; only what the standard itself names.
    company, industry : tuple of Band
        Best first; ``industry`` is empty where the standard has none.
    """

    id: str
    broker: Text
    source: str
    confidence: str
    horizon_months: int
    longest_months: int
    basis: Basis
    valid_until: dt.date | None
    note: str
    benchmarks: dict[str, Symbol]
    company: tuple[Band, ...]
    industry: tuple[Band, ...]

    @property
    def sha256(self) -> str:
        """Hash of everything in the scale, independent of file layout."""
        return content_hash(asdict(self))

    def benchmark_for(self, market: Market) -> tuple[Symbol, bool]:
        """Return a market's benchmark and whether the standard itself names it."""
        stated = self.benchmarks.get(market.id)
        return (stated, True) if stated else (market.benchmark, False)


def edges(bands: Sequence[Band], boundary: Boundary = "scale") -> tuple[Edge, ...]:
    """Return the bounds between bands, lowest first.

    Parameters
    ----------
    bands : sequence of Band
        Best first.
    boundary : {"scale", "inclusive", "exclusive"}
        Who owns a bound: as the scale says; the grade further from zero ("15% and above"
        includes 15%); or the grade nearer to zero ("more than 15%" does not).

    Examples
    --------
    >>> [edge.value for edge in edges(load_scale("soochow").company)]
    [-0.15, -0.05, 0.05, 0.15]
    """
    found = []
    for band in reversed(bands[:-1]):
        value = band.lower if band.lower is not None else 0.0
        above_zero = value >= 0
        owner = {
            "scale": band.lower_included,
            "inclusive": above_zero,
            "exclusive": not above_zero,
        }
        found.append(Edge(value, owner[boundary]))
    return tuple(found)


@cache
def list_scales() -> tuple[str, ...]:
    """Return the ids of the shipped scales."""
    return tuple(sorted(path.stem for path in RATINGS_FOLDER.glob("*.toml")))


def load_scale(scale: str) -> RatingScale:
    """Load a shipped scale by its id, or any scale by the path of its file.

    Raises
    ------
    InputError
        If there is no such scale.
    FaultyFileError
        If its file has faults; all are listed.
    """
    if scale in list_scales():
        return _read_scale(RATINGS_FOLDER / f"{scale}.toml")
    path = Path(scale)
    if is_there(path):
        return _read_scale(path)
    raise InputError(
        f"unknown rating scale {scale!r}",
        f"write one of: {', '.join(list_scales())}, or the path of a scale file",
    )


def _read_scale(path: Path) -> RatingScale:
    table = read_toml(path)
    horizon = table.count("horizon_months")
    scale = RatingScale(
        id=path.stem,
        broker=table.bilingual("broker"),
        source=table.text("source"),
        confidence=table.choice("confidence", ("high", "medium", "low")),
        horizon_months=horizon,
        longest_months=table.count("longest_months", horizon),
        basis=cast("Basis", table.choice("basis", ("price", "total"))),
        valid_until=table.day("valid_until") if table.has("valid_until") else None,
        note=table.text("note", ""),
        benchmarks=_read_benchmarks(table.table("benchmarks")) if table.has("benchmarks") else {},
        company=_read_bands(table, "company"),
        industry=_read_bands(table, "industry"),
    )
    if not scale.company:
        table.fault("company", "there are no company bands", "add [[company]] tables, best first")
    if scale.longest_months < horizon:
        table.fault(
            "longest_months", "is shorter than horizon_months", "write the end of the window"
        )
    table.finish()
    table.faults.raise_if_any()
    return scale


def _read_benchmarks(table: Table) -> dict[str, Symbol]:
    benchmarks = {}
    for market in table.names():
        symbol = table.parsed(market, Symbol.parse)
        if market not in list_markets():
            known = ", ".join(list_markets())
            table.fault(market, f"unknown market {market!r}", f"write one of: {known}")
        elif symbol and symbol.kind != "index":
            table.fault(market, f"{symbol} is no index", "name the index of the standard")
        elif symbol:
            benchmarks[market] = symbol
    return benchmarks


def _read_bands(table: Table, key: str) -> tuple[Band, ...]:
    rows = table.tables(key)
    bands = tuple(_read_band(row) for row in rows)
    for row, band in zip(rows, bands, strict=True):
        if [other.grade for other in bands].count(band.grade) > 1:
            row.fault("grade", f"the grade {band.grade!r} stands twice", "give each grade one band")
    if bands:
        _check_ends(rows, bands)
    for row, (better, worse) in zip(rows[1:], pairwise(bands), strict=True):
        _check_joint(row, better, worse)
    return bands


def _read_band(row: Table) -> Band:
    lower = row.number("lower") / 100 if row.has("lower") else None
    upper = row.number("upper") / 100 if row.has("upper") else None
    band = Band(
        grade=row.text("grade"),
        name=row.bilingual("name"),
        lower=lower,
        upper=upper,
        lower_included=row.flag("lower_included") if lower is not None else False,
        upper_included=row.flag("upper_included") if upper is not None else False,
        hit=row.flag("hit"),
    )
    if band.lower is not None and band.upper is not None and band.lower >= band.upper:
        row.fault("lower", "is not below upper", "write the smaller bound as lower")
    row.finish()
    return band


def _check_ends(rows: Sequence[Table], bands: Sequence[Band]) -> None:
    if bands[0].upper is not None:
        rows[0].fault("upper", "the best grade has an upper bound", "remove it: bands go on up")
    if bands[-1].lower is not None:
        rows[-1].fault("lower", "the worst grade has a lower bound", "remove it: bands go on down")


def _check_joint(row: Table, better: Band, worse: Band) -> None:
    """Note it where two neighbours overlap or leave a gap; ``row`` is that of the worse."""
    names = f"{better.grade} and {worse.grade}"
    if better.lower is None or worse.upper is None:
        row.fault("", f"{names} do not meet", "give the better a lower, the worse an upper bound")
    elif worse.upper > better.lower:
        row.fault("upper", f"{names} overlap", f"write upper = {better.lower * 100:g}")
    elif worse.upper < better.lower:
        row.fault("upper", f"{names} leave a gap", f"write upper = {better.lower * 100:g}")
    elif better.lower_included and worse.upper_included:
        row.fault("upper_included", f"{names} overlap at the bound", "let one of them have it")
    elif not better.lower_included and not worse.upper_included:
        row.fault("upper_included", f"{names} leave a gap at the bound", "let one of them have it")
