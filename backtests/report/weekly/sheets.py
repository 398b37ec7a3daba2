"""The tables that only a weekly report has."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from backtests.labels import reason, sentence, word
from backtests.portfolio.result import Backtest
from backtests.report.document import Column, Kind, Sheet, Toned
from backtests.report.portfolio import lay_out_strategies
from backtests.report.scorecard import spell_grade
from backtests.report.tables import make_sheet
from backtests.report.weekly.words import tell_change
from backtests.weekly.changes import (
    Action,
    Change,
    ClaimNews,
    Extreme,
    GradeChange,
    Settled,
    Suspension,
)
from backtests.weekly.groups import GroupMove
from backtests.weekly.portfolio import move_of_run
from backtests.weekly.result import Weekly
from backtests.weekly.standing import Move, Standing
from universes import Symbol
from universes.market import describe_benchmark
from universes.text import Language, Text

_MOVES: Mapping[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "week_own": "points",
    "week_benchmark": "points",
    "week_relative": "points",
    "since_own": "points",
    "since_relative": "points",
    "grade_so_far": "label",
    "grade_final": "label",
    "days_left": "number",
    "week_note": "label",
}
_BENCHMARKS: Mapping[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "week_own": "points",
    "since_own": "points",
    "week_from": "label",
    "week_to": "label",
    "week_note": "label",
}
_CHANGES: Mapping[str, Kind] = {
    "change_kind": "label",
    "symbol": "label",
    "name": "name",
    "change_what": "text",
}
_FRESHNESS: Mapping[str, Kind] = {
    "symbol": "label",
    "name": "name",
    "fresh_last": "label",
    "fresh_expected": "label",
    "fresh_behind": "number",
    "fresh_state": "label",
}
_STATE_TONES = {"stale": -1, "missing": -1}


def lay_out_moves(weekly: Weekly, language: Language) -> Sheet:
    """One line for each pick under a line for its theme, best of the week first."""
    by_key = {group.key: group for group in weekly.groups if group.group == "theme"}
    rows = [{"head": True, "name": word("week_all", language), **_show_group(weekly.all, language)}]
    for theme in weekly.report.themes:
        title = theme.title.get(language)
        rows.append({"head": True, "name": title, **_show_group(by_key[theme.id], language)})
        own = [each for each in weekly.picks if each.theme == theme.id]
        own.sort(key=lambda each: -_sortable(each.week))
        rows.extend(_show_pick(each, weekly, language) for each in own)
    return make_sheet("moves", _MOVES, rows, language, grouped=True)


def lay_out_benchmarks(weekly: Weekly, language: Language) -> Sheet:
    """One line for each benchmark."""
    rows = [
        {
            "symbol": each.symbol,
            "name": describe_benchmark(Symbol.parse(each.symbol)).name.get(language),
            "week_own": each.week.own,
            "since_own": each.since.own,
            "week_from": each.week.start and each.week.start.isoformat(),
            "week_to": each.week.end and each.week.end.isoformat(),
            "week_note": _note(each.week, language),
        }
        for each in weekly.benchmarks
    ]
    return make_sheet("benchmarks", _BENCHMARKS, rows, language)


def lay_out_changes(weekly: Weekly, language: Language) -> Sheet:
    """One line for each change; one that says so where there is none."""
    names = {str(each.pick.symbol): each.pick.name for each in weekly.picks}
    rows = [_show_change(each, weekly, names, language) for each in weekly.changes]
    if not rows:
        rows = [{"change_what": sentence("changes_none", language)}]
    return make_sheet("changes", _CHANGES, rows, language)


def lay_out_portfolio(weekly: Weekly, test: Backtest, language: Language) -> Sheet:
    """One line for each strategy, with its week."""
    sheet = lay_out_strategies(test, language)
    moves = [move_of_run(run, weekly.week) or (None, None) for run in test.runs]
    rows = [
        {**row, "run_week": own, "run_week_benchmark": benchmark}
        for row, (own, benchmark) in zip(sheet.rows, moves, strict=True)
    ]
    added = [Column(key, word(key, language), "points") for key in rows[0] if key in _RUN_KEYS]
    columns = [sheet.columns[0], *added, *sheet.columns[1:]]
    title = sentence("weekly_portfolio_title", language)
    return replace(sheet, name="portfolio", title=title, columns=columns, rows=rows)


_RUN_KEYS = ("run_week", "run_week_benchmark")


def lay_out_freshness(weekly: Weekly, language: Language) -> Sheet:
    """One line for each pick and benchmark."""
    names = {str(each.pick.symbol): each.pick.name for each in weekly.picks}
    rows = [
        {
            "symbol": each.symbol,
            "name": _name_of(each.symbol, names).get(language),
            "fresh_last": each.last and each.last.isoformat(),
            "fresh_expected": each.expected.isoformat(),
            "fresh_behind": each.behind,
            "fresh_state": Toned(
                word(f"state_{each.state}", language), _STATE_TONES.get(each.state, 0)
            ),
        }
        for each in weekly.freshness.values()
    ]
    return make_sheet("freshness", _FRESHNESS, rows, language)


def lay_out_method(weekly: Weekly, language: Language) -> Sheet:
    """Say how to read the report."""
    basis = word(f"basis_{weekly.card.convention.basis}", language)
    scale = weekly.scale.broker.get(language)
    topics = ("week", "move", "grade", "portfolio", "evidence", "conventions", "risk")
    rows = [
        {
            "method_topic": word(f"method_{topic}", language),
            "method_text": sentence(f"method_{topic}_text", language, basis=basis, scale=scale),
        }
        for topic in topics
    ]
    kinds: dict[str, Kind] = {"method_topic": "label", "method_text": "text"}
    return make_sheet("method", kinds, rows, language)


def lay_out_trace(weekly: Weekly, command: str, language: Language) -> Sheet:
    """Say where the numbers come from, and the command that makes them again."""
    rows = [
        {"trace_item": word(f"trace_{item}", language), "trace_value": value}
        for item, value in _trace(weekly, command)
    ]
    kinds: dict[str, Kind] = {"trace_item": "label", "trace_value": "text"}
    return make_sheet("trace", kinds, rows, language)


def _trace(weekly: Weekly, command: str) -> Iterator[tuple[str, str]]:
    own = weekly.provenance
    data, portfolio, evidence = own["data"], own["portfolio"], own["evidence"]
    yield "command", command
    yield "as_of", data["as_of"]
    yield "version", own["version"]
    yield "report", f"{own['report']['id']}  {own['report']['sha256']}"
    yield "scale", f"{own['scale']['id']}  {own['scale']['sha256']}"
    yield "claims", own["claims"]["sha256"]
    yield "source", data["source"]
    yield "data", data["sha256"]
    yield "rows", data["rows_sha256"]
    if portfolio:
        yield "rulebook", portfolio["rulebook_sha256"]
    if evidence:
        yield "seed", f"{evidence['trial']['seed']}, {evidence['trial']['draws']}"


def _show_group(group: GroupMove, language: Language) -> dict[str, Any]:
    whole = group.known == group.count
    return {
        "week_own": group.own,
        "week_benchmark": group.benchmark,
        "week_relative": group.relative,
        "since_own": group.since_own,
        "since_relative": group.since_relative,
        "week_note": None
        if whole
        else word("week_known", language, known=group.known, count=group.count),
    }


def _show_pick(each: Standing, weekly: Weekly, language: Language) -> dict[str, Any]:
    symbol = str(each.pick.symbol)
    bands, final = weekly.scale.company, weekly.card.graded_rows[symbol].grade
    return {
        "symbol": symbol,
        "name": each.pick.name.both,
        "week_own": each.week.own,
        "week_benchmark": each.week.benchmark,
        "week_relative": each.week.relative,
        "since_own": each.since.own,
        "since_relative": each.since.relative,
        "grade_so_far": spell_grade(bands, each.grade, language),
        "grade_final": spell_grade(bands, final, language),
        "days_left": each.days_left(weekly.week.last),
        "week_note": _note(each.week, language) or _note(each.since, language),
    }


def _note(move: Move, language: Language) -> str | None:
    if move.status == "scored":
        stale = move.stale_sessions
        return word("week_stale_by", language, sessions=stale) if stale else None
    if move.status in {"pending", "unscored"}:
        return reason(move.outcome, move.about, language)
    return word(f"week_status_{move.status}", language)


def _show_change(
    change: Change, weekly: Weekly, names: Mapping[str, Text], language: Language
) -> dict[str, Any]:
    kind, symbol, tone = describe_change(change)
    return {
        "change_kind": Toned(word(f"change_{kind}", language), tone),
        "symbol": symbol,
        "name": names[symbol].get(language) if symbol else None,
        "change_what": tell_change(change, weekly, language),
    }


def describe_change(change: Change) -> tuple[str, str | None, int]:
    """Return a change's kind, its security, and whether it is good (1), bad (-1) or neither."""
    match change:
        case GradeChange():
            return "grade", change.symbol, 1 if change.rose else -1
        case Settled():
            return change.row.status, change.row.symbol, 0
        case Extreme():
            return change.kind, change.symbol, 1 if change.kind == "high" else -1
        case Suspension():
            return change.kind, change.symbol, 0
        case Action():
            return "action", change.action.symbol, 0
        case ClaimNews():
            return "claim", None, {"true": 1, "false": -1}.get(change.status, 0)


def _name_of(symbol: str, names: Mapping[str, Text]) -> Text:
    return names.get(symbol) or describe_benchmark(Symbol.parse(symbol)).name


def _sortable(move: Move) -> float:
    return float("-inf") if move.own is None else move.own
