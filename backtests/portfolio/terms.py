"""On what terms a portfolio is simulated: every choice that changes its result, named."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, get_args

from universes import InputError
from universes.exchange import list_exchanges

DealAt = Literal["close", "open"]
Prices = Literal["auto", "raw", "total", "price"]

# beyond it a cent is lost to binary arithmetic
_LEAST, _MOST = 1.0, 1e10


@dataclass(frozen=True)
class Terms:
    """On what terms a portfolio is simulated.

    Attributes
    ----------
    cash : float
        What it begins with, in its currency.
    currency : str
        ISO 4217, one that a listing has.
    deal_at : {"close", "open"}
        Of each security's next session.
    prices : {"auto", "raw", "total", "price"}
        Auto: as printed where all picks have such, and otherwise the total basis.
    start : date or None
        The day at whose close the first decision is made; None: the report's publication.
    commission : float or None
        The broker's, a fraction of the value; None: the rulebook's.
    minimum_commission : float or None
        For each order, in the listing's currency; None: the rulebook's.
    """

    cash: float = 1_000_000.0
    currency: str = "CNY"
    deal_at: DealAt = "close"
    prices: Prices = "auto"
    start: dt.date | None = None
    commission: float | None = None
    minimum_commission: float | None = None

    def __post_init__(self) -> None:
        """Check every choice once."""
        if not _LEAST <= self.cash <= _MOST:
            raise InputError(
                f"a portfolio of {self.cash:g} {self.currency}",
                f"begin with cash from {_LEAST:g} to {_MOST:g}",
            )
        known = sorted({exchange.currency for exchange in list_exchanges().values()})
        for name, value, choices in (
            ("currency", self.currency, known),
            ("deal_at", self.deal_at, get_args(DealAt)),
            ("prices", self.prices, get_args(Prices)),
        ):
            if value not in choices:
                raise InputError(f"unknown {name} {value!r}", f"write one of: {', '.join(choices)}")
