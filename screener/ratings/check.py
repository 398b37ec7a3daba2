"""Judges the rows of a table of recommendations, one distinct cell at a time."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.panel import Floats
from screener.ratings.cells import is_printable, read_authors, read_months, read_price, squeeze
from screener.ratings.columns import Codes, Rows
from screener.ratings.days import read_days, refuse_future
from screener.ratings.grades import Grades, read_grades, settle
from screener.ratings.judge import Judge, Note
from universes import InputError, RatingScale, Symbol
from universes.houses import Houses

_SHOWN = 40
_CONTROL = ("the row holds control characters", "save the table again as UTF-8")
_WRITE_PRICE = "write a plain number above zero, or leave it empty"
_WRITE_MONTHS = "write whole months from 1 to 120, or leave it empty"
# stands in for what names no security
_NONE = Symbol("", "")


@dataclass(frozen=True, eq=False)
class Checked:
    """The rows of a table as they are understood; one that was refused holds anything.

    Attributes
    ----------
    date, published : ndarray of datetime64[D], shape (N,)
        Local days of the exchange: as stated, and on which it could be known.
    symbols, analysts, links : tuple
        Sorted; the codes beside them, of shape (N,), say which is each row's.
    grades : Grades
    target, price : ndarray of float64, shape (N,)
        NaN for none.
    months : ndarray of int16, shape (N,)
        0 for none.
    """

    date: Days
    published: Days
    symbols: tuple[Symbol, ...]
    symbol: Codes
    grades: Grades
    analysts: tuple[str, ...]
    analyst: Codes
    target: Floats
    price: Floats
    months: npt.NDArray[np.int16]
    links: tuple[str, ...]
    link: Codes


def check_rows(
    rows: Rows, judge: Judge, as_of: dt.date, common: RatingScale, houses: Houses
) -> Checked:
    """Judge each row on its own.

    Parameters
    ----------
    rows : Rows
    judge : Judge
        Is told what is wrong, but for what rows say of each other.
    as_of : date
        What was known later is refused.
    common : RatingScale
        Grades the houses without a standard of their own.
    houses : Houses
    """
    cells = rows.cells
    for each in cells.values():
        clean = [None if is_printable(value) else _CONTROL for value in each.values]
        judge.refuse_values("bad_line", each.codes, clean)
    found = [_parse(value) for value in cells["symbol"].values]
    symbols, symbol = _settle_symbols([s for s, _ in found], cells["symbol"].codes)
    zones, zone = settle([_zone(each) for each in symbols], symbol)
    date = read_days(cells["date"], zones, zone, judge, "bad_date", optional=False)
    published = date
    if "known" in cells:
        known = read_days(cells["known"], zones, zone, judge, "bad_known", optional=True)
        published = np.fmax(date, known)
    refuse_future(published, as_of, judge)
    judge.refuse_values("bad_symbol", cells["symbol"].codes, [note for _, note in found])
    judge.refuse_values("not_a_share", symbol, [_tell_kind(each) for each in symbols])
    grades = read_grades(cells, judge, common, houses)
    target = _read_prices(rows, judge, "target")
    price = _read_prices(rows, judge, "price")
    months = _read_months(rows, judge)
    analysts, analyst = _read_texts(rows, "analyst", read_authors)
    links, link = _read_texts(rows, "link", squeeze)
    return Checked(
        date=date,
        published=published,
        symbols=symbols,
        symbol=symbol,
        grades=grades,
        analysts=analysts,
        analyst=analyst,
        target=target,
        price=price,
        months=months,
        links=links,
        link=link,
    )


def _parse(text: str) -> tuple[Symbol, Note | None]:
    try:
        return Symbol.parse(text), None
    except InputError as error:
        return _NONE, (error.message, error.remedy)


def _settle_symbols(found: list[Symbol], codes: Codes) -> tuple[tuple[Symbol, ...], Codes]:
    ordered = sorted(set(found))
    places = {symbol: place for place, symbol in enumerate(ordered)}
    return tuple(ordered), np.array([places[each] for each in found], np.int32)[codes]


def _zone(symbol: Symbol) -> str:
    return "UTC" if symbol == _NONE else symbol.exchange.timezone


def _tell_kind(symbol: Symbol) -> Note | None:
    if symbol == _NONE or symbol.kind == "share":
        return None
    return f"{symbol} is no share ({symbol.kind})", "only ratings of shares are scored"


def _read_prices(rows: Rows, judge: Judge, name: str) -> Floats:
    cells = rows.cells.get(name)
    if cells is None:
        return np.full(len(rows.line), np.nan)
    found = [read_price(value) for value in cells.values]
    notes = [
        (f"the {name} {value[:_SHOWN]!r} is no positive number", _WRITE_PRICE)
        if not price
        else None
        for price, value in zip(found, cells.values, strict=True)
    ]
    judge.refuse_values(f"bad_{name}", cells.codes, notes)
    return np.array(found, np.float64)[cells.codes]


def _read_months(rows: Rows, judge: Judge) -> npt.NDArray[np.int16]:
    cells = rows.cells.get("horizon")
    if cells is None:
        return np.zeros(len(rows.line), np.int16)
    found = [read_months(value) for value in cells.values]
    notes = [
        (f"the horizon {value[:_SHOWN]!r} is no number of months", _WRITE_MONTHS)
        if months < 0
        else None
        for months, value in zip(found, cells.values, strict=True)
    ]
    judge.refuse_values("bad_horizon", cells.codes, notes)
    return np.array(found, np.int16)[cells.codes]


def _read_texts(rows: Rows, name: str, read: Callable[[str], str]) -> tuple[tuple[str, ...], Codes]:
    cells = rows.cells.get(name)
    if cells is None:
        return ("",), np.zeros(len(rows.line), np.int32)
    return settle([read(value) for value in cells.values], cells.codes)
