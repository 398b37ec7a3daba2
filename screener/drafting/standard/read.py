"""A house's rating standard, read from its report: bands, months, benchmarks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import tomli_w

from screener.drafting.standard.context import (
    find_spans,
    is_relative,
    read_basis,
    read_benchmarks,
    read_horizon,
)
from screener.drafting.standard.ladder import Entry, Ladder, build_ladder
from screener.drafting.standard.lists import GradeList, find_lists
from screener.drafting.standard.section import Section, frame
from screener.drafting.standard.words import fold_case
from universes.houses import load_houses
from universes.rating import Band, RatingScale, list_scales, load_scale
from universes.text import Text

# the name of the file of a standard that is not shipped
_OWN = "standard"
_UNKNOWN = Text("未知", "unknown")
_SOURCE = "rating standard in the report, read by rules"
# no person has compared it with the text yet
_CONFIDENCE = "medium"


@dataclass(frozen=True)
class Standard:
    """What a text says of its ratings.

    Attributes
    ----------
    scale : RatingScale or None
        As it was read; None where the text leaves it open, which ``notes`` explain.
    shipped : str
        The id of the shipped scale that is equal, empty where there is none, or several.
    start, end : int
        ``text[start:end]`` is the section it was read from.
    notes : tuple of str
        What was left open and how it was read, and what kept a part from being read.
    """

    scale: RatingScale | None
    shipped: str
    start: int
    end: int
    notes: tuple[str, ...]


def find_standard(text: str, broker: Text | None = None) -> Standard | None:
    """Find the rating standard of a report; None where there is none.

    Nothing is filled in: bands that leave gaps or overlap, or that speak of returns without a
    benchmark, make no scale.

    Parameters
    ----------
    text : str
        The whole report.
    broker : Text, optional
        Whose report it is.

    Examples
    --------
    >>> found = find_standard('''
    ... 评级说明（报告发布后12个月内，相对沪深300指数的涨跌幅）
    ... 增持：15%以上
    ... 谨慎增持：5%～15%
    ... 中性：-5%～5%
    ... 减持：跌幅5%以上''')
    >>> found.shipped, [band.lower for band in found.scale.company]
    ('guotai_junan', [0.15, 0.05, -0.05, None])
    """
    folded = fold_case(text)
    sections = [
        section
        for lists in find_lists(text, folded)
        if (section := frame(folded, lists)) is not None
    ]
    found = [_read(section, text, broker) for section in sections]
    whole = [standard for standard in found if standard.scale]
    if not whole:
        return max(found, key=lambda each: each.end - each.start, default=None)
    # a house prints it at the end
    last = whole[-1]
    if len({_outline(each.scale.company) for each in found if each.scale}) > 1:
        note = "the text holds further standards that differ; the last one is read"
        return replace(last, notes=(*last.notes, note))
    return last


def _outline(bands: Sequence[Band]) -> tuple[tuple[float | None, float | None], ...]:
    return tuple((band.lower, band.upper) for band in bands)


def _read(section: Section, text: str, broker: Text | None) -> Standard:
    companies = [each for each in section.lists if each.kind in {"company", "both"}]
    industries = [each for each in section.lists if each.kind in {"industry", "both"}]
    notes: list[str] = []
    unknown = [each for each in section.lists if each.kind is None]
    if unknown and not companies:
        companies = unknown[:1]
        if len(unknown) > 1:
            notes.append("no words tell which list is of companies; the first such list is read so")
        if unknown[1:] and not industries:
            industries = unknown[1:]
            notes.append("no words tell which list is of industries; the second is read so")
    company, ladder = _choose(companies, "company")
    industry, other = _choose(industries, "industry")
    notes += [f"company: {note}" for note in ladder.notes]
    notes += [f"industry: {note}" for note in other.notes]
    scale, more = _make_scale(section, company, ladder, other, broker)
    notes += more
    if scale is None:
        return Standard(None, "", section.start, section.end, tuple(notes))
    if _speaks_of_others(industry, scale):
        notes.append("industry: the grades speak of other months than those of companies")
    shipped, why = _find_shipped(scale, text, broker)
    notes += why
    own = load_scale(shipped).broker if shipped and broker is None else scale.broker
    note = _as_sentence(notes)
    scale = replace(scale, id=shipped or _OWN, broker=own, note=note)
    return Standard(scale, shipped, section.start, section.end, tuple(notes))


def _as_sentence(notes: Sequence[str]) -> str:
    return " ".join(f"{note[0].upper()}{note[1:]}." for note in notes)


def _choose(lists: Sequence[GradeList], places: str) -> tuple[list[Entry], Ladder]:
    """Return the list of one kind with its bands; where several differ, none."""
    if not lists:
        return [], Ladder((), (f"there is no list of {places} grades",) * (places == "company"))
    ladders = [(each.entries, build_ladder(each.entries, places)) for each in lists]
    whole = [pair for pair in ladders if pair[1].bands]
    if not whole:
        return ladders[0]
    if len({_outline(pair[1].bands) for pair in whole}) > 1:
        return [], Ladder((), ("the text holds lists that differ, none is chosen",))
    return whole[0]


def _speaks_of_others(industry: Sequence[Entry], scale: RatingScale) -> bool:
    """Tell whether grades of industries name other months than the scale has."""
    spans = {span for words in _words_of(industry) for span in find_spans(words)}
    months = {scale.horizon_months, scale.longest_months}
    return any(not months.issuperset(span) for span in spans)


def _words_of(entries: Sequence[Entry]) -> list[str]:
    return [entry.definition for entry in entries]


def _make_scale(
    section: Section,
    company: Sequence[Entry],
    ladder: Ladder,
    industry: Ladder,
    broker: Text | None,
) -> tuple[RatingScale | None, list[str]]:
    """Return the scale, or why there is none."""
    if not ladder.bands:
        return None, []
    words = _words_of(company)
    if not is_relative([*words, *section.around]):
        return None, ["company: the returns are not said to be relative to a benchmark"]
    horizon = read_horizon(words, section.around)
    if isinstance(horizon, str):
        return None, [horizon]
    basis, left_open = read_basis(section.folded)
    benchmarks, named = read_benchmarks(section.folded)
    scale = RatingScale(
        id=_OWN,
        broker=broker or _UNKNOWN,
        source=_SOURCE,
        confidence=_CONFIDENCE,
        horizon_months=horizon.months,
        longest_months=horizon.longest,
        basis=basis,
        valid_until=None,
        note="",
        benchmarks=benchmarks,
        company=ladder.bands,
        industry=industry.bands,
    )
    return scale, [*horizon.notes, *([left_open] if left_open else []), *named]


def _find_shipped(scale: RatingScale, text: str, broker: Text | None) -> tuple[str, list[str]]:
    """Return the shipped scale that says the same; of several, that of the house that is named."""
    equal = [name for name in list_scales() if _says(load_scale(name)) == _says(scale)]
    if len(equal) < 2:  # noqa: PLR2004
        return "".join(equal), []
    named = [name for name in equal if _is_named(load_scale(name), text, broker)]
    if len(named) == 1:
        return named[0], []
    return "", [f"the standards {', '.join(equal)} say the same; none of them is chosen"]


def _is_named(scale: RatingScale, text: str, broker: Text | None) -> bool:
    if broker is None:
        return scale.broker.zh in text or scale.broker.en in text
    known = load_houses()
    houses = [known.find(name) for name in (broker.zh, broker.en)]
    return any(house and house.scale == scale.id for house in houses)


def _says(scale: RatingScale) -> tuple[object, ...]:
    """Return what two equal scales have in common; the words for industries' grades differ."""
    return (
        scale.horizon_months,
        scale.longest_months,
        scale.basis,
        scale.benchmarks,
        [(band.grade, *_figures(band)) for band in scale.company],
        [_figures(band) for band in scale.industry],
    )


def _figures(band: Band) -> tuple[object, ...]:
    return band.lower, band.upper, band.lower_included, band.upper_included, band.hit


def spell_scale(scale: RatingScale) -> bytes:
    """Return a scale as a TOML file that `universes.load_scale` reads."""
    table: dict[str, object] = {
        "broker": _spell_text(scale.broker),
        "source": scale.source,
        "confidence": scale.confidence,
        "horizon_months": scale.horizon_months,
        "longest_months": scale.longest_months,
        "basis": scale.basis,
        "note": scale.note,
        "benchmarks": {market: str(symbol) for market, symbol in scale.benchmarks.items()},
    }
    if scale.valid_until:
        table["valid_until"] = scale.valid_until
    for key, bands in (("company", scale.company), ("industry", scale.industry)):
        if bands:
            table[key] = [dict(_spell_band(band)) for band in bands]
    # the plain keys of a TOML file stand before its tables
    return tomli_w.dumps(
        dict(sorted(table.items(), key=_is_table)), multiline_strings=False
    ).encode()


def _is_table(entry: tuple[str, object]) -> bool:
    return entry[0] in {"benchmarks", "company", "industry"}


def _spell_text(text: Text) -> dict[str, str]:
    return {"zh": text.zh, "en": text.en}


def _spell_band(band: Band) -> Iterator[tuple[str, object]]:
    yield "grade", band.grade
    yield "name", _spell_text(band.name)
    for key, value, included in (
        ("upper", band.upper, band.upper_included),
        ("lower", band.lower, band.lower_included),
    ):
        if value is not None:
            points = round(value * 100, 6)
            yield key, int(points) if points.is_integer() else points
            yield f"{key}_included", included
    yield "hit", band.hit
