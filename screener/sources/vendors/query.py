"""What an upstream is asked for, and what kinds of security it may know."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from screener.sources.errors import EmptyError
from universes.symbol import Symbol

_WIDEST_HK_CODE = 5


@dataclass(frozen=True)
class Query:
    """Bars, actions or fundamentals of one security that are to be fetched.

    Attributes
    ----------
    source : str
        Name of the upstream.
    symbol : Symbol
    start, end : date
        Both included.
    fetched_at : datetime64[s]
        In UTC.
    """

    source: str
    symbol: Symbol
    start: dt.date
    end: dt.date
    fetched_at: np.datetime64

    @property
    def day(self) -> np.datetime64:
        """The day of the fetch on the security's exchange."""
        moment = self.fetched_at.astype("datetime64[s]").astype(dt.datetime)
        zone = ZoneInfo(self.symbol.exchange.timezone)
        return np.datetime64(moment.replace(tzinfo=dt.UTC).astimezone(zone).date(), "D")


def is_currency(symbol: Symbol) -> bool:
    """Tell whether a symbol is a rate of exchange, such as HKDCNY.FX."""
    return symbol.suffix == "FX"


def is_index(symbol: Symbol) -> bool:
    """Tell whether a symbol is an index."""
    return not is_currency(symbol) and symbol.kind == "index"


def is_a_share(symbol: Symbol) -> bool:
    """Tell whether a symbol is a share in Shanghai, Shenzhen or Beijing, quoted in CNY."""
    if symbol.suffix not in {"SH", "SZ", "BJ"}:
        return False
    known = symbol.exchange.find(symbol.code)
    return known is not None and known.kind == "share" and known.board != "b"


def is_hk_share(symbol: Symbol) -> bool:
    """Tell whether a symbol is a share in Hong Kong, quoted in HKD.

    The counters quoted in CNY have codes from 80000 to 89999.
    """
    if symbol.suffix != "HK" or symbol.kind != "share":
        return False
    return not (len(symbol.code) == _WIDEST_HK_CODE and symbol.code.startswith("8"))


def currency_of(symbol: Symbol) -> str:
    """Return the currency that a symbol is quoted in, ISO 4217."""
    return symbol.code[3:] if is_currency(symbol) else symbol.exchange.currency


def refuse(query: Query) -> EmptyError:
    """Return the error of an upstream that is asked for what it is known not to have."""
    return EmptyError(query.source, f"does not serve {query.symbol}")
