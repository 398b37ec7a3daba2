"""What may be asked of an upstream, each with what makes an answer to it one."""

import datetime as dt

from screener.bars import ActionHistory, Bars
from screener.calendar import Days
from screener.ratings.fetched import FetchedRatings
from screener.sources.accept import (
    check_actions,
    check_bars,
    check_facts,
    check_listing,
    check_ratings,
    check_sessions,
)
from screener.sources.gathered import Gathered
from screener.sources.upstream import Request
from universes import Symbol

# a report may be handed in so long after its last day: the annual one has four months
_REPORTING = dt.timedelta(days=121)
_DAY = dt.timedelta(days=1)


def bars_of(symbol: Symbol, start: dt.date, end: dt.date) -> Request[Bars]:
    """Ask for daily bars, both days included."""
    return Request(
        "bars",
        f"bars of {symbol} from {start} to {end}",
        lambda adaptor, at: adaptor.fetch_bars(symbol, start, end, at),
        lambda answer, upstream: check_bars(answer, upstream, symbol, start, end),
    )


def actions_of(symbol: Symbol, start: dt.date, end: dt.date) -> Request[ActionHistory]:
    """Ask for corporate actions by ex-date, both days included."""
    return Request(
        "actions",
        f"actions of {symbol} from {start} to {end}",
        lambda adaptor, at: adaptor.fetch_actions(symbol, start, end, at),
        lambda answer, upstream: check_actions(answer, upstream, symbol),
    )


def fundamentals_of(symbol: Symbol, start: dt.date, end: dt.date) -> Request[Gathered]:
    """Ask for the valuations of a share, both days included."""
    return Request(
        "fundamentals",
        f"fundamentals of {symbol} from {start} to {end}",
        lambda adaptor, at: adaptor.fetch_fundamentals(symbol, start, end, at),
        lambda answer, upstream: check_facts(answer, upstream, symbol),
        many=True,
    )


def buybacks_of(symbol: Symbol, start: dt.date, end: dt.date) -> Request[Gathered]:
    """Ask for what a company spent on its own shares."""
    return Request(
        "buybacks",
        f"buybacks of {symbol}",
        lambda adaptor, at: adaptor.fetch_buybacks(symbol, start, end, at),
        lambda answer, upstream: check_facts(answer, upstream, symbol),
        many=True,
    )


def reports_of(quarter_end: dt.date) -> Request[Gathered]:
    """Ask for what all companies reported of the months up to a quarter's end."""
    return Request(
        "reports",
        f"reports of {quarter_end}",
        lambda adaptor, at: adaptor.fetch_reports(quarter_end, at),
        lambda answer, upstream: check_facts(answer, upstream, None),
        many=True,
    )


def programmes_told(start: dt.date, end: dt.date) -> Request[Gathered]:
    """Ask for all buyback programmes by their last announcement, both days included."""
    return Request(
        "programmes",
        f"buyback programmes told of from {start} to {end}",
        lambda adaptor, _: adaptor.fetch_programmes(start, end),
        lambda answer, upstream: check_facts(answer, upstream, None),
        many=True,
    )


def ratings_of(symbol: Symbol) -> Request[FetchedRatings]:
    """Ask for all brokers' ratings of a share."""
    asked = f"ratings of {symbol}"
    return Request(
        "ratings",
        asked,
        lambda adaptor, _: adaptor.fetch_ratings(symbol),
        lambda answer, upstream: check_ratings(answer, upstream, asked, symbol, None),
        many=True,
    )


def ratings_on(day: dt.date) -> Request[FetchedRatings]:
    """Ask for the ratings of all mainland shares that were published on a day."""
    asked = f"ratings of {day}"
    return Request(
        "ratings_day",
        asked,
        lambda adaptor, _: adaptor.fetch_ratings_day(day),
        lambda answer, upstream: check_ratings(answer, upstream, asked, None, day),
        many=True,
    )


def listing_of(suffix: str) -> Request[dict[str, str]]:
    """Ask for the names of all securities listed on an exchange."""
    return Request(
        "listing",
        f"listing of {suffix}",
        lambda adaptor, _: dict(adaptor.fetch_listing(suffix)),
        lambda answer, upstream: check_listing(answer, upstream, suffix),
    )


def sessions_of(calendar: str) -> Request[Days]:
    """Ask for the sessions of a calendar."""
    return Request(
        "sessions",
        f"sessions of {calendar}",
        lambda adaptor, _: adaptor.fetch_sessions(calendar),
        lambda answer, upstream: check_sessions(answer, upstream, calendar),
    )


def reported_quarters(start: dt.date, end: dt.date) -> list[dt.date]:
    """Return the quarters' ends of which reports may come out in a window, ascending.

    Examples
    --------
    >>> [str(day) for day in reported_quarters(dt.date(2024, 4, 1), dt.date(2024, 5, 31))]
    ['2023-12-31', '2024-03-31']
    """
    ends = [
        dt.date(year + month // 12, month % 12 + 1, 1) - _DAY
        for year in range((start - _REPORTING).year, end.year + 1)
        for month in (3, 6, 9, 12)
    ]
    return [day for day in ends if start - _REPORTING <= day <= end]
