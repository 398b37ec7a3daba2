"""All corporate actions of a security, from as many upstreams as it takes."""

import datetime as dt
from dataclasses import replace

from screener.bars import ActionHistory
from screener.panel import CorporateAction
from screener.sources.failover import Fetcher
from screener.sources.trail import Attempt
from universes import Symbol

# of Hong Kong shares one upstream has the dividends as paid, the other the splits
_DIVIDENDS, _SPLITS = "eastmoney", "yahoo"


def fetch_actions(
    fetcher: Fetcher, symbol: Symbol, start: dt.date, end: dt.date
) -> tuple[ActionHistory, ActionHistory | None, tuple[Attempt, ...]]:
    """Fetch the corporate actions of a security.

    Returns
    -------
    history : ActionHistory
    second : ActionHistory or None
        The same as another upstream tells it, where that was asked anyway.
    trail : tuple of Attempt
        That led there.

    Raises
    ------
    SourceError
        If they cannot be had whole: a list without the splits is none.
    """
    if symbol.suffix != "HK":
        answer = fetcher.actions(symbol, start, end)
        return answer.value, None, answer.trail
    dividends = fetcher.actions(symbol, start, end, _DIVIDENDS)
    splits = fetcher.actions(symbol, start, end, _SPLITS)
    joined = join_histories(dividends.value, splits.value)
    return joined, splits.value, dividends.trail + splits.trail


def join_histories(dividends: ActionHistory, splits: ActionHistory) -> ActionHistory:
    """Return the dividends of one list with the splits and bonus issues of another.

    Parameters
    ----------
    dividends : ActionHistory
        Cash as paid. A bonus it tells goes before the other list's of the same day.
    splits : ActionHistory
        Its cash is left out.

    Returns
    -------
    ActionHistory
        Cash as paid; for the days that both cover.
    """
    by_day = {each.ex_date: each for each in dividends.actions}
    for each in splits.actions:
        if not each.bonus:
            continue
        own = by_day.get(each.ex_date)
        if own is None:
            own = CorporateAction(each.symbol, each.ex_date, 0.0, 0.0, each.confidence)
        by_day[each.ex_date] = replace(own, bonus=own.bonus or each.bonus)
    return replace(
        dividends,
        actions=tuple(by_day[day] for day in sorted(by_day)),
        source=f"{dividends.source}+{splits.source}",
        since=max(dividends.since, splits.since),
        until=min(dividends.until, splits.until),
        fetched_at=max(dividends.fetched_at, splits.fetched_at),
    )
