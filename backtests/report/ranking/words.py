"""Says in words what a ranking comes to, and what a verdict on a source rests on."""

from collections.abc import Iterator

from backtests.labels import sentence, word
from backtests.ranking.pooled import shipped_standard
from backtests.ranking.result import Pooled, Ranking, SourceScore
from backtests.report.document import Kind, Toned, show
from backtests.report.scorecard import spell_grade
from universes.text import Language

HIT_MARKS = {True: Toned("✓", 1), False: Toned("✗", -1), None: None}
_TONES = {"skilled": 1, "worse_than_chance": -1, "cannot_tell": 0}
_WHOM = {"house": "ranking_houses", "analyst": "ranking_analysts"}


def name_whom(ranking: Ranking, language: Language) -> str:
    """Return what the sources are, as they are counted: houses, analysts."""
    return word(_WHOM[ranking.by], language)


def name_standard(scale: str, language: Language) -> str:
    """Return whose rating standard it is; the id of one that is not shipped."""
    own = shipped_standard(scale)
    return own.broker.get(language) if own else scale


def name_grade(scale: str, grade: str | None, language: Language) -> Toned | None:
    """Return a grade in the words of its standard, toned; its id where they are not known."""
    if grade is None:
        return None
    own = shipped_standard(scale)
    return spell_grade(own.company if own else (), grade, language) or Toned(grade, 0)


def spell_verdict(score: SourceScore, language: Language) -> Toned:
    """Return the word for a verdict, toned."""
    return Toned(word(f"ranking_verdict_{score.verdict}", language), _TONES[score.verdict])


def spell_interval(low: float | None, high: float | None) -> str | None:
    """Spell an interval in percentage points; None where it is not told."""
    if low is None or high is None:
        return None
    return f"{show(low, 'points')} … {show(high, 'points')}"


def spell_shares(low: float | None, high: float | None) -> str | None:
    """Spell an interval of shares in percent; None where it is not told."""
    if low is None or high is None:
        return None
    return f"{100 * low:.0f}–{show(high, 'percent')}"


def write_lead(ranking: Ranking, language: Language) -> str:
    """Say how much there was to judge, and what came of it."""
    verdicts = [each.verdict for each in ranking.ranked]
    return sentence(
        "ranking_lead",
        language,
        sources=f"{len(verdicts):,}",
        whom=name_whom(ranking, language),
        ratings=f"{ranking.accepted:,}",
        calls=f"{ranking.calls:,}",
        months=ranking.at,
        skilled=verdicts.count("skilled"),
        worse=verdicts.count("worse_than_chance"),
        untold=verdicts.count("cannot_tell"),
    )


def list_facts(ranking: Ranking, language: Language) -> Iterator[tuple[str, str]]:
    """Yield the few figures that matter most, each with its label."""
    pooled = pooled_at(ranking, ranking.at)
    counts = {
        "ratings": ranking.accepted,
        "rejected_rows": sum(ranking.rejected.values()),
        "calls": ranking.calls,
        "scored": sum(each.scored for each in ranking.ranked),
        "judged": pooled.judged,
    }
    for key, count in counts.items():
        yield word(f"ranking_{key}", language), f"{count:,}"
    shares: tuple[tuple[str, float | None, Kind], ...] = (
        ("mu", pooled.mu, "points"),
        ("tau", pooled.tau, "rate"),
    )
    for key, value, kind in shares:
        if value is not None:
            yield word(f"ranking_{key}", language), show(value, kind)


def pooled_at(ranking: Ranking, months: int) -> Pooled:
    """Return what the sources share at a horizon."""
    return next(each for each in ranking.pooled if each.horizon_months == months)


def explain(score: SourceScore, ranking: Ranking, language: Language) -> str:
    """Return the sentence that says why a verdict was given."""
    return sentence(
        f"ranking_why_{score.reason}",
        language,
        n=score.n,
        dates=score.dates,
        scored=score.scored,
        ended=score.scored + score.unscored,
        judged=pooled_at(ranking, score.horizon_months).judged,
        whom=name_whom(ranking, language),
        market=_share(score.market_percentile),
        sector=_share(score.sector_percentile),
        selection=show(score.selection, "points"),
        selection_p=show(score.selection_p, "chance"),
    )


def write_source_lead(score: SourceScore, ranking: Ranking, language: Language) -> str:
    """Say what the verdict on a source is, why, and where it stands."""
    place = (
        ""
        if score.rank is None
        else sentence(
            "ranking_source_place",
            language,
            rank=score.rank,
            sources=pooled_at(ranking, score.horizon_months).sources,
            whom=name_whom(ranking, language),
        )
    )
    return sentence(
        "ranking_source_lead",
        language,
        verdict=_begin(spell_verdict(score, language).text),
        why=explain(score, ranking, language),
        place=place,
    )


def _begin(text: str) -> str:
    return text[:1].upper() + text[1:]


def _share(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f}%"
