"""The short of a weekly report, for chat: what was new, and nothing of how it is known."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backtests.labels import sentence, word
from backtests.report.document import Document, Kind, Sheet
from backtests.report.tables import make_sheet
from backtests.report.weekly.sheets import describe_change
from backtests.report.weekly.words import tell_change
from backtests.weekly.groups import GroupMove
from backtests.weekly.portfolio import move_of_run
from backtests.weekly.result import Weekly
from universes import Symbol
from universes.market import describe_benchmark
from universes.text import Language

_MOVES: Mapping[str, Kind] = {
    "name": "name",
    "week_own": "points",
    "week_relative": "points",
    "since_relative": "points",
}
_CHANGES: Mapping[str, Kind] = {"change_kind": "label", "change_what": "text"}
_RUNS: Mapping[str, Kind] = {
    "strategy": "name",
    "run_week": "points",
    "return": "points",
    "benchmark": "points",
}
_BEST, _NAMED = 3, 8
_MARKS: dict[Language, tuple[str, str]] = {"zh": ("；", "（{what}）"), "en": ("; ", " ({what})")}


def write_message(document: Document, weekly: Weekly, language: Language) -> Document:
    """Return the short of a weekly report as a document of its own.

    Parameters
    ----------
    document : Document
        The whole.
    weekly : Weekly
    language : {"zh", "en"}
    """
    sheets = tuple(_lay_out_sheets(weekly, language))
    # the disclaimer stands last
    return replace(document, name="message", sheets=sheets, notes=document.notes[-1:])


def _lay_out_sheets(weekly: Weekly, language: Language) -> Iterator[Sheet]:
    moves = [*_list_groups(weekly, language), *_list_picks(weekly, language)]
    yield make_sheet("moves_short", _MOVES, moves, language, count=_BEST)
    kinds: dict[str, Kind] = {key: _MOVES[key] for key in ("name", "week_own")}
    indices = [
        {"name": _name_index(each.symbol, language), "week_own": each.week.own}
        for each in weekly.benchmarks
    ]
    yield make_sheet("benchmarks", kinds, indices, language)
    changes = list(_list_changes(weekly, language))
    yield make_sheet("changes", _CHANGES, changes, language)
    if weekly.portfolio:
        yield make_sheet("portfolio_short", _RUNS, list(_list_runs(weekly, language)), language)


def _list_groups(weekly: Weekly, language: Language) -> Iterator[dict[str, Any]]:
    titles = {theme.id: theme.title.get(language) for theme in weekly.report.themes}
    for group in weekly.groups:
        name = titles.get(group.key) or word("week_all", language)
        yield {"head": group.group == "all", "name": name, **_show(group)}


def _show(group: GroupMove) -> dict[str, Any]:
    return {
        "week_own": group.own,
        "week_relative": group.relative,
        "since_relative": group.since_relative,
    }


def _list_picks(weekly: Weekly, language: Language) -> list[dict[str, Any]]:
    """Return the best and the worst of the week; all of them where they are few."""
    known = sorted(
        (each for each in weekly.picks if each.week.own is not None),
        key=lambda each: -(each.week.own or 0.0),
    )
    shown = known if len(known) <= 2 * _BEST else [*known[:_BEST], *known[-_BEST:]]
    return [
        {
            "name": f"{each.pick.name.get(language)} {each.pick.symbol}",
            "week_own": each.week.own,
            "week_relative": each.week.relative,
            "since_relative": each.since.relative,
        }
        for each in shown
    ]


def _list_changes(weekly: Weekly, language: Language) -> Iterator[dict[str, Any]]:
    """Yield one line for each kind of change."""
    names = {str(each.pick.symbol): each.pick.name.get(language) for each in weekly.picks}
    between, inside = _MARKS[language]
    told: dict[str, list[str]] = {}
    for change in weekly.changes:
        kind, symbol, _ = describe_change(change)
        what = tell_change(change, weekly, language)
        told.setdefault(kind, []).append(
            names[symbol] + inside.format(what=what) if symbol else what
        )
    for kind, parts in told.items():
        more = len(parts) - _NAMED
        shown = between.join(parts[:_NAMED])
        if more > 0:
            shown += sentence("changes_more", language, more=more)
        yield {"change_kind": word(f"change_{kind}", language), "change_what": shown}
    if not told:
        yield {"change_what": sentence("changes_none", language)}


def _list_runs(weekly: Weekly, language: Language) -> Iterator[dict[str, Any]]:
    for run in weekly.portfolio.runs if weekly.portfolio else ():
        move = move_of_run(run, weekly.week)
        yield {
            "strategy": run.strategy.title.get(language),
            "run_week": move[0] if move else None,
            "return": run.measures.total_return,
            "benchmark": float(run.curve.benchmark[-1] / run.curve.benchmark[0] - 1.0),
        }


def _name_index(symbol: str, language: Language) -> str:
    return describe_benchmark(Symbol.parse(symbol)).name.get(language)
