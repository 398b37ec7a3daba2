"""What is there at the end of a week: prices, sessions, and how fresh the prices are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from backtests.weekly.freshness import (
    Freshness,
    Recorded,
    check_freshness,
    find_recorded,
    is_recorded,
)
from backtests.weekly.week import Span, Week, measure_span
from screener import Panel
from screener.panel import Floats
from universes import Symbol
from universes.rating import Basis


@dataclass(frozen=True)
class WeekEnd:
    """What is there at the end of a week.

    Attributes
    ----------
    week : Week
    panel : Panel
        Nothing in it is later than the week.
    basis : {"price", "total"}
        That everything is measured on.
    spans : mapping of str to Span
        By calendar.
    recorded : mapping of str to frozenset of date
        As `backtests.weekly.freshness.find_recorded` gives it.
    freshness : mapping of str to Freshness
        By symbol.
    """

    week: Week
    panel: Panel = field(repr=False)
    basis: Basis
    spans: Mapping[str, Span]
    recorded: Recorded = field(repr=False)
    freshness: Mapping[str, Freshness] = field(repr=False)

    @classmethod
    def survey(
        cls, week: Week, panel: Panel, basis: Basis, symbols: Collection[Symbol]
    ) -> "WeekEnd":
        """Look at the prices of securities at the end of a week.

        Parameters
        ----------
        week : Week
        panel : Panel
            Nothing in it is later than the week.
        basis : {"price", "total"}
        symbols : collection of Symbol
        """
        calendars = sorted({symbol.exchange.calendar for symbol in symbols})
        spans = {calendar: measure_span(week, calendar) for calendar in calendars}
        recorded = find_recorded(panel, basis)
        freshness = check_freshness(symbols, panel, basis, spans, recorded)
        return cls(week, panel, basis, spans, recorded, freshness)

    @cached_property
    def close(self) -> Floats:
        """Closes on the basis, shape (T, N); an index has its own level on each."""
        return self.panel.levels("close", self.basis)

    def closes_of(self, symbol: Symbol) -> Floats:
        """Return the closes of one security, shape (T,); all missing where there are none."""
        (column,) = self.panel.columns([str(symbol)])
        return self.close[:, column] if column >= 0 else np.full(len(self.close), np.nan)

    def span_of(self, symbol: Symbol) -> Span:
        """Return the sessions between which the week of a security's exchange is measured."""
        return self.spans[symbol.exchange.calendar]

    def without_lone_indices(self, panel: Panel) -> Panel:
        """Return prices without what an index closed at after the prices of its shares end.

        An exchange whose shares have no close on the session expected is not told of until then:
        with its index alone, all of its shares would look halted.

        Parameters
        ----------
        panel : Panel
            Nothing in it is later than the week.
        """
        keep = np.ones((len(panel.dates), len(panel.symbols)), dtype=np.bool_)
        for column, symbol in enumerate(map(Symbol.parse, panel.symbols)):
            calendar = symbol.exchange.calendar
            told = self.recorded.get(calendar)
            if calendar in self.spans and told and not symbol.takes_basis:
                stale = not self.records(calendar, self.spans[calendar].expected)
                keep[:, column] = (panel.dates <= np.datetime64(max(told), "D")) | (not stale)
        if keep.all():
            return panel
        prices = {key: np.where(keep, levels, np.nan) for key, levels in panel.prices.items()}
        known = [np.isfinite(levels).any(axis=1) for levels in prices.values()]
        last = panel.dates[np.flatnonzero(np.any(known, axis=0))[-1]]
        return replace(panel, prices=prices, derived=False).until(last)

    def records(self, calendar: str, day: np.datetime64) -> bool:
        """Tell whether any share of a calendar's exchanges has a close on a day."""
        return is_recorded(self.recorded, calendar, day)
