"""Writes the folder of a ranking: tables, figures, a page for it and one for each source."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import escape

from backtests.labels import word
from backtests.palette import Colors
from backtests.ranking.pooled import pool_grades
from backtests.ranking.result import Ranking, SourceScore
from backtests.report.folder import Figures, draw_page, folder_id, spell_document, write_result
from backtests.report.ranking.pages import MOST_CALLS, lay_out_ranking, lay_out_scores
from universes.text import Language, Text

_LEFT_OUT = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")
# calls listed on all pages together, so that thousands of pages are made in less than a minute,
# and on each page however many there are
_CALLS_IN_ALL, _LEAST_CALLS = 60_000, 20
_LONGEST_NAME, _SHOWN_OF_A_HASH = 40, 16
_TABLE = re.compile(rb'<section id="s1">.*?</section>', re.DOTALL)
_HEAD_OF_A_ROW = re.compile(rb'(<th scope="row"[^>]*>)(.*?)(</th>)', re.DOTALL)
_TOP = b"<header>\n"


def write_ranking(
    ranking: Ranking,
    out: Path,
    language: Language,
    colors: Colors,
    arguments: Mapping[str, Any],
    calls: bytes | None = None,
    rejected: bytes | None = None,
) -> Path:
    """Write a ranking's folder whole or not at all.

    Parameters
    ----------
    ranking : Ranking
    out : Path
        The folder that the ranking's own is put into; one of the same name is replaced.
    language : {"zh", "en"}
    colors : {"china", "west", "none"}
    arguments : mapping
        What was asked for, as JSON values; kept in the manifest.
    calls, rejected : bytes, optional
        All calls as Parquet, and the rows that are not scored as CSV.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If it cannot be written; what stood there is left as it was.
    """
    document = lay_out_ranking(ranking, language, wide=True)
    files = {
        **spell_document(document, "ranking"),
        **draw_page(document, _draw(ranking, language, colors), language, colors),
        **dict(_make_pages(ranking, language, colors)),
    }
    links = [_link(each) if each.calls else "" for each in ranking.ranked]
    files["index.html"] = _link_rows(files["index.html"], links)
    given = {"calls.parquet": calls, "rejected.csv": rejected}
    files |= {name: content for name, content in given.items() if content is not None}
    name = folder_id(f"ranking-{ranking.by}-{ranking.at}", ranking.provenance)
    return write_result(name, files, out, ranking.provenance, arguments, language)


def name_page(source: str) -> str:
    """Return the name of a source's page, without ending.

    Its letters and digits, and a hash of the whole: safe on any system whatever the text is, and
    another for each text.

    Examples
    --------
    >>> name_page("../A & B")
    'A-B-08cba414d514b60d'
    """
    letters = _LEFT_OUT.sub("-", source)[:_LONGEST_NAME].strip("-")
    digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{letters}-{digest[:_SHOWN_OF_A_HASH]}".lstrip("-")


def _draw(ranking: Ranking, language: Language, colors: Colors) -> Figures:
    from backtests.figures.calibration import plot_calibration  # noqa: PLC0415
    from backtests.figures.ranking import plot_ranking  # noqa: PLC0415 - matplotlib is slow

    title = Text(ranking.title, ranking.title)
    grades = {
        f"calibration_{number}": partial(
            plot_calibration, each, ranking.at, language, colors, title
        )
        for number, each in enumerate(pool_grades(ranking.ranked), 1)
    }
    return {"ranking": partial(plot_ranking, ranking, language, colors, title), **grades}


def _make_pages(
    ranking: Ranking, language: Language, colors: Colors
) -> Iterator[tuple[str, bytes]]:
    from backtests.report.page import render_page  # noqa: PLC0415 - jinja is slow

    by_source: dict[str, list[SourceScore]] = {}
    for each in ranking.scores:
        by_source.setdefault(each.source, []).append(each)
    back = word("ranking_back", language)
    most = min(MOST_CALLS, max(_LEAST_CALLS, _CALLS_IN_ALL // len(by_source)))
    for source, scores in by_source.items():
        if any(each.calls for each in scores):
            document = lay_out_scores(ranking, scores, language, most)
            page = render_page(document, {}, language, colors)
            yield f"sources/{name_page(source)}.html", _link_back(page, back)


def _link(score: SourceScore) -> str:
    return f"sources/{quote(name_page(score.source))}.html"


def _link_rows(page: bytes, links: Sequence[str]) -> bytes:
    """Let the head of each row of a page's first table lead to a page; an empty link to none.

    What is text on a page is escaped, so that the tags looked for are the page's own.
    """
    following = iter(links)

    def link(row: re.Match[bytes]) -> bytes:
        start, inner, end = row.groups()
        to = next(following)
        return b'%s<a href="%s">%s</a>%s' % (start, to.encode(), inner, end) if to else row[0]

    return _TABLE.sub(lambda table: _HEAD_OF_A_ROW.sub(link, table[0]), page, count=1)


def _link_back(page: bytes, text: str) -> bytes:
    link = f'<nav><a href="../index.html">{escape(text)}</a></nav>\n'
    return page.replace(_TOP, _TOP + link.encode(), 1)
