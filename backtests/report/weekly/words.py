"""Says in words what a week brought: headline, warning, tiles, changes."""

from collections.abc import Iterator
from typing import assert_never

from backtests.labels import reason, sentence, word
from backtests.report.document import show
from backtests.report.scorecard import spell_grade
from backtests.weekly.changes import (
    Action,
    Change,
    ClaimNews,
    Extreme,
    GradeChange,
    Settled,
    Suspension,
)
from backtests.weekly.result import Weekly
from backtests.weekly.standing import Standing
from screener.panel import CorporateAction
from universes.text import Language

# between two sentences
GAP: dict[Language, str] = {"zh": "", "en": " "}


def write_headline(weekly: Weekly, language: Language) -> tuple[str, str]:
    """Return two sentences: what the week brought, and how the picks stand since publication."""
    return _tell_week(weekly, language), _tell_since(weekly, language)


def write_warning(weekly: Weekly, language: Language) -> str:
    """Return what must be known before anything is read; empty where nothing must."""
    told = []
    if weekly.problems:
        problems = GAP[language].join(each.get(language) for each in weekly.problems)
        told.append(sentence("weekly_warning", language, problems=problems))
    if not weekly.week.whole:
        told.append(sentence("weekly_partial", language, last=weekly.week.last))
    return GAP[language].join(told)


def list_facts(weekly: Weekly, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the figures that matter most, each with its label."""
    everyone, card = weekly.all, weekly.card
    of_week, of_since = (
        _spell_coverage(known, everyone.count) for known in (everyone.known, everyone.since_known)
    )
    yield word("fact_week", language), _percent(everyone.own) + of_week
    yield word("fact_relative", language), _points(everyone.relative) + of_week
    yield word("fact_since", language), _points(everyone.since_relative) + of_since
    total = card.total()
    if total.scored:
        months = word("fact_final", language, months=card.graded_horizon)
        yield months, _points(total.mean) + _spell_coverage(total.scored, total.count)
        yield word("fact_hits", language), f"{total.hits}/{total.rated}" if total.rated else "–"
    else:
        left = days_left(weekly)
        told = "–" if left is None else word("fact_days_told", language, days=left)
        yield word("fact_days", language), told
    if weekly.portfolio:
        run = weekly.portfolio.runs[0]
        name = word("fact_portfolio", language, strategy=run.strategy.title.get(language))
        yield name, _percent(run.measures.total_return)
    if weekly.evidence:
        verdict = weekly.evidence.judgement().verdict.word
        yield word("fact_verdict", language), word(verdict, language)
    yield word("fact_prices", language), weekly.provenance["data"]["last"]


def days_left(weekly: Weekly) -> int | None:
    """Return the calendar days until the last pick's horizon ends; None where none has begun."""
    left = [each.days_left(weekly.week.last) for each in weekly.picks]
    return max((days for days in left if days is not None), default=None)


def tell_change(change: Change, weekly: Weekly, language: Language) -> str:
    """Return what a change is, without its kind and security."""
    bands = weekly.scale.company

    def grade(id_: str | None) -> str:
        found = spell_grade(bands, id_, language)
        return found.text if found else ""

    match change:
        case GradeChange():
            told = {"before": grade(change.before), "after": grade(change.after)}
            return sentence("told_grade", language, **told)
        case Settled():
            return _tell_settled(change, grade(change.row.grade), language)
        case Extreme():
            gain = show(change.gain, "points")
            return sentence(f"told_{change.kind}", language, date=change.date, gain=gain)
        case Suspension():
            return sentence(f"told_{change.kind}", language, last=change.last)
        case Action():
            return _tell_action(change.action, language)
        case ClaimNews():
            return _tell_claim(change, language)
        case _:
            assert_never(change)


def _tell_settled(change: Settled, grade: str, language: Language) -> str:
    row = change.row
    months = row.horizon_months
    if row.relative is None:
        why = reason(row.outcome, row.about, language)
        return sentence("told_unscored", language, months=months, reason=why)
    relative = show(row.relative, "points")
    return sentence("told_scored", language, months=months, relative=relative, grade=grade)


def _tell_claim(change: ClaimNews, language: Language) -> str:
    statement = change.claim.statement.get(language)
    if change.status == "open":
        return sentence("told_claim_due", language, statement=statement)
    status = word(f"claim_{change.status}", language)
    return sentence("told_claim", language, statement=statement, status=status)


def _tell_action(action: CorporateAction, language: Language) -> str:
    parts = []
    if action.cash:
        parts.append(sentence("told_cash", language, cash=f"{action.cash:g}"))
    if action.bonus > 0:
        parts.append(sentence("told_bonus", language, bonus=f"{action.bonus:g}"))
    if action.bonus < 0:
        parts.append(sentence("told_merged", language, left=f"{1 + action.bonus:g}"))
    if action.rights:
        offered = {"rights": f"{action.rights:g}", "price": f"{action.rights_price:g}"}
        parts.append(sentence("told_rights", language, **offered))
    joined = ("、" if language == "zh" else ", ").join(parts)
    return sentence("told_action", language, date=action.ex_date, parts=joined)


def _tell_week(weekly: Weekly, language: Language) -> str:
    last = _last_session(weekly)
    known = [each for each in weekly.picks if each.week.own is not None]
    if not known:
        closed = all(each.week.status == "closed" for each in weekly.picks)
        key = "weekly_closed" if closed else "weekly_unmoved"
        return sentence(key, language, last=last)
    ranked = sorted(known, key=_own)
    worst, best = ranked[0], ranked[-1]
    return sentence(
        "weekly_moved" if len(known) > 1 else "weekly_moved_one",
        language,
        last=last,
        picks=_spell_picks(len(known), len(weekly.picks), language),
        own=_points(weekly.all.own),
        relative=_points(weekly.all.relative),
        best=best.pick.name.get(language),
        best_move=_points(best.week.own),
        worst=worst.pick.name.get(language),
        worst_move=_points(worst.week.own),
    )


def _tell_since(weekly: Weekly, language: Language) -> str:
    card, months = weekly.card, weekly.card.graded_horizon
    total, left = card.total(), days_left(weekly)
    if not left and total.scored and weekly.evidence:
        verdict = weekly.evidence.judgement().verdict.word
        return sentence(
            "weekly_ended",
            language,
            months=months,
            picks=_spell_picks(total.scored, total.count, language),
            due=max(each.due for each in weekly.picks if each.due),
            mean=_points(total.mean),
            hits=total.hits,
            rated=total.rated,
            verdict=word(verdict, language),
        )
    if weekly.all.since_relative is None or left is None:
        return sentence("weekly_untold", language)
    keeping = {band.grade for band in weekly.scale.company if band.hit}
    return sentence(
        "weekly_running",
        language,
        since=_points(weekly.all.since_relative),
        above=sum(each.grade in keeping for each in weekly.picks),
        picks=_spell_picks(weekly.all.since_known, weekly.all.count, language),
        days=left,
        months=months,
    )


def _spell_picks(known: int, count: int, language: Language) -> str:
    key = "weekly_picks" if known == count else "weekly_some_picks"
    if count == 1:
        key = "weekly_only_pick"
    return sentence(key, language, known=known, count=count)


def _spell_coverage(known: int, count: int) -> str:
    """Spell how many picks a mean is of, where it is not all of them."""
    return f" ({known}/{count})" if 0 < known < count else ""


def _last_session(weekly: Weekly) -> str:
    """Return the last session of any exchange, or the last day read where there was none."""
    ends = [str(span.end) for span in weekly.spans.values() if span.sessions]
    return max(ends, default=str(weekly.week.last))


def _own(each: Standing) -> float:
    return each.week.own if each.week.own is not None else 0.0


def _points(value: float | None) -> str:
    return "–" if value is None else show(value, "points")


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{show(value, 'points')}%"
