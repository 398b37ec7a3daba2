"""Tables beside the bars: names, and corporate actions."""

from dataclasses import replace

import numpy as np

from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction, Floats
from screener.sources.files.columns import Columns
from screener.sources.files.imported import Declared, Found, Listed, parse_all
from screener.sources.files.styles import Style
from universes import InputError, Symbol

NAMES = Style(
    "a table of names (symbol, name)",
    words={"symbol": "symbol", "name": "name"},
    figures={},
    needed=("symbol", "name"),
    any_case=True,
)
ACTIONS = Style(
    "a table of corporate actions (symbol, ex_date, cash_per_share, bonus_ratio, confidence, and"
    " if at hand rights_ratio, rights_price, currency)",
    words={name: name for name in ("symbol", "ex_date", "confidence", "currency")},
    figures={
        "cash": "cash_per_share",
        "bonus": "bonus_ratio",
        "rights": "rights_ratio",
        "rights_price": "rights_price",
    },
    needed=("symbol", "ex_date", "cash", "bonus", "confidence"),
    any_case=True,
)


def read_names(columns: Columns, declared: Declared) -> Found:
    """Read a table of names; a row without a name, or with no known symbol, is not taken."""
    found = Found()
    symbols, spellings = columns.words("symbol")
    names, words = columns.words("name")
    parsed = parse_all(spellings, declared, found.refused)
    for symbol, name in zip(symbols, names, strict=True):
        known = parsed[symbol] if symbol >= 0 else None
        if known and name >= 0:
            found.names[str(known)] = words[name].strip()
    if not found.names:
        raise InputError(f"{columns.path}: no row has a known symbol and a name", "fill them in")
    return found


def read_actions(columns: Columns, declared: Declared) -> Found:
    """Read a table of corporate actions.

    Cash is per share before the bonus of the same day, restated for later ones, in `currency`,
    else in the listing's. The ratios count new shares for each held: a split of 1 into 5 is a
    bonus of 4, five merged into 1 one of -0.8. A row of zeros says that a symbol had none.
    Rights that are left out are none.

    Raises
    ------
    InputError
        If a row holds no symbol, date or number, a figure that cannot be, or a symbol's day
        stands twice; the line is named.
    """
    symbols = _read_symbols(columns, declared)
    days = columns.days("ex_date").astype(str).tolist()
    figures = _read_figures(columns)
    confidences, currencies = _words(columns, "confidence"), _words(columns, "currency")
    listed: dict[str, Listed] = {}
    for row, (symbol, day) in enumerate(zip(symbols, days, strict=True)):
        own = {name: float(values[row]) for name, values in figures.items()}
        action = CorporateAction(str(symbol), day, confidence=confidences[row], **own)
        currency = currencies[row] or symbol.exchange.currency
        known = listed.get(action.symbol, Listed(action.symbol, currency, ()))
        if any(each.ex_date == day for each in known.actions):
            message = f"{symbol} has a row for {day} already"
            raise columns.fault(row, message, "put the cash and the bonus of a day in one row")
        if known.currency != currency:
            raise columns.fault(row, f"{symbol} pays in two currencies", "restate one of them")
        listed[action.symbol] = replace(known, actions=(*known.actions, action))
    notes = [] if listed else ["it has no rows, so nothing is known of any share"]
    return Found(listed=list(listed.values()), notes=notes)


def to_history(listed: Listed, bars: list[Bars], declared: Declared) -> ActionHistory:
    """Return a symbol's history: it covers the symbol's bars and every ex-date listed."""
    days = [np.array([each.ex_date for each in listed.actions], dtype="datetime64[D]")]
    days += [each.dates for each in bars]
    covered = np.concatenate(days)
    real = [each for each in listed.actions if each.cash or each.bonus or each.rights]
    return ActionHistory(
        symbol=listed.symbol,
        actions=tuple(sorted(real, key=lambda each: each.ex_date)),
        currency=listed.currency,
        source=declared.source,
        since=covered.min(),
        until=covered.max(),
        fetched_at=declared.fetched_at,
        restated=True,
    )


def _words(columns: Columns, name: str) -> list[str]:
    if not columns.has(name):
        return [""] * len(columns)
    codes, words = columns.words(name)
    return [words[code].strip() if code >= 0 else "" for code in codes]


def _read_symbols(columns: Columns, declared: Declared) -> list[Symbol]:
    codes, spellings = columns.words("symbol")
    refused: dict[str, str] = {}
    parsed = parse_all(spellings, declared, refused)
    symbols = []
    for row, code in enumerate(codes):
        if code < 0:
            raise columns.fault(row, "there is no symbol", "write it as 300308.SZ or 0700.HK")
        symbol = parsed[code]
        if symbol is None:
            raise columns.fault(row, refused[spellings[code]], "")
        symbols.append(symbol)
    return symbols


def _read_figures(columns: Columns) -> dict[str, Floats]:
    """Return the figures by their names in `CorporateAction`, each checked."""
    figures = {name: columns.floats(name) for name in ACTIONS.figures}
    for name in ("rights", "rights_price"):
        figures[name] = np.nan_to_num(figures[name], nan=0.0)
    for name, values in figures.items():
        # a missing figure is neither
        fits = values > -1.0 if name == "bonus" else values >= 0.0
        if not fits.all():
            row = int((~fits).argmax())
            message = f"{ACTIONS.figures[name]} {values[row]} is no amount"
            raise columns.fault(row, message, "write 0 or more")
    return figures
