"""Lays a walk out for people and programs, and writes its folder."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from backtests.convention import nearest_horizon
from backtests.labels import sentence, word
from backtests.palette import Colors
from backtests.report.document import Column, Document, Kind, Sheet, plain_sheet
from backtests.report.folder import Figures, draw_page, folder_id, spell_document, write_result
from backtests.report.formats import to_csv
from backtests.report.portfolio import lay_out_backtest
from backtests.report.portfolio import to_json as tell_backtest
from backtests.report.run_folder import list_tables
from backtests.walk.decay import Decay
from backtests.walk.result import Walk
from universes.text import Language

SCHEMA = "sector-screener/walk/1"

_FORMATIONS: Mapping[str, Kind] = {
    "day": "label",
    "examined": "number",
    "found": "number",
    "kept": "rate",
    "turnover": "rate",
    "gain": "points",
    "benchmark": "points",
    "relative": "points",
}
_DECAY: Mapping[str, Kind] = {
    "months": "label",
    "formations": "number",
    "mean": "points",
    "error": "rate",
    "t": "ratio",
    "hit_rate": "rate",
    "net_mean": "points",
    "net_error": "rate",
    "net_t": "ratio",
    "beaten": "rate",
    "pairs": "number",
    "pending": "number",
    "unscored": "number",
}
_RETENTION: Mapping[str, Kind] = {"after": "label", "share": "rate", "formations": "number"}
# of the portfolio; what each of hundreds of shares added is in the JSON
_SHOWN = ("strategies", "bridge", "unfilled")


def lay_out_walk(walk: Walk, language: Language) -> Document:
    """Return a walk as a document in one language."""
    curve, terms = walk.run.curve, walk.backtest.terms
    title = sentence(
        "walk_title",
        language,
        title=walk.title,
        first=curve.dates[0],
        last=curve.dates[-1],
        cash=f"{terms.cash:,.0f}",
        currency=terms.currency,
    )
    portfolio = lay_out_backtest(walk.backtest, language).sheets
    return Document(
        name="walk",
        title=title,
        data=to_json(walk, language),
        records=plain_sheet("rows", walk.records()),
        sheets=(
            _sheet("formations", _FORMATIONS, walk.records(), language),
            _sheet("decay", _DECAY, [_show_decay(each) for each in walk.decay], language),
            _sheet("retention", _RETENTION, [asdict(each) for each in walk.retention], language),
            *(sheet for sheet in portfolio if sheet.name in _SHOWN),
        ),
        notes=[each.get(language) for each in walk.caveats],
        lead=_lead(walk, language),
    )


def to_json(walk: Walk, language: Language) -> dict[str, Any]:
    """Return a walk as JSON values, curves and trades aside; what cannot be told is null."""
    portfolio = tell_backtest(walk.backtest, language)
    return {
        "schema": SCHEMA,
        "title": walk.title.get(language),
        "formations": [
            {**record, "symbols": list(each.symbols)}
            for record, each in zip(walk.records(), walk.formations, strict=True)
        ],
        "turnover": walk.turnover,
        "retention": [asdict(each) for each in walk.retention],
        "decay": [asdict(each) for each in walk.decay],
        "portfolio": {"quote": portfolio["quote"], **portfolio["strategies"][0]},
        "caveats": [{"code": each.code, "text": each.get(language)} for each in walk.caveats],
        "provenance": walk.provenance,
    }


def write_walk(
    walk: Walk, out: Path, language: Language, colors: Colors, arguments: Mapping[str, Any]
) -> Path:
    """Write a walk's folder whole or not at all; as `folder.write_result`."""
    document = lay_out_walk(walk, language)
    decay = [{**_show_decay(each), "pooled_mean": each.mean} for each in walk.decay]
    found = [
        {"day": each.day.isoformat(), "symbol": symbol, "name": each.names.get(symbol, "")}
        for each in walk.formations
        for symbol in each.symbols
    ]
    files = {
        **spell_document(document, "walk"),
        "decay.csv": to_csv(plain_sheet("rows", decay)),
        "found.csv": to_csv(plain_sheet("rows", found)),
        **list_tables(walk.backtest, language),
        **draw_page(document, _draw(walk, language, colors), language, colors),
    }
    name = folder_id(walk.backtest.report.id, walk.provenance)
    return write_result(name, files, out, walk.provenance, arguments, language)


def _draw(walk: Walk, language: Language, colors: Colors) -> Figures:
    from backtests.figures.gains import plot_bridge  # noqa: PLC0415 - matplotlib is slow
    from backtests.figures.portfolio import plot_drawdowns, plot_equity  # noqa: PLC0415

    runs = walk.backtest.runs
    return {
        "equity": partial(plot_equity, runs, language, colors, walk.title),
        "drawdown": partial(plot_drawdowns, runs, language, colors, walk.title),
        "bridge": partial(plot_bridge, walk.run, language, colors, walk.title),
    }


def _lead(walk: Walk, language: Language) -> str:
    curve, count = walk.run.curve, len(walk.formations)
    lead = sentence(
        "walk_lead",
        language,
        count=count,
        found=sum(len(each.symbols) for each in walk.formations) / count,
        turnover="-" if walk.turnover is None else f"{walk.turnover:.0%}",
        total=100 * walk.run.measures.total_return,
        benchmark=100 * float(curve.benchmark[-1] / curve.benchmark[0] - 1.0),
    )
    return f"{lead} {_lead_decay(walk, language)}".rstrip()


def _lead_decay(walk: Walk, language: Language) -> str:
    """Say what became of the finds at the horizon told that is nearest to the graded one."""
    told = {
        each.months: (mean, each.relative)
        for each in walk.decay
        if (mean := each.relative.mean) is not None
    }
    if not told:
        return ""
    months = nearest_horizon(list(told), walk.backtest.report.scale.horizon_months)
    mean, average = told[months]
    error = (
        ""
        if average.error is None
        else sentence("walk_lead_error", language, error=100 * average.error)
    )
    return sentence(
        "walk_lead_decay",
        language,
        months=months,
        mean=100 * mean,
        formations=average.formations,
        error=error,
    )


def _show_decay(each: Decay) -> dict[str, Any]:
    net = {} if each.net is None else asdict(each.net)
    return {
        "months": each.months,
        **asdict(each.relative),
        "hit_rate": each.hit_rate,
        **{f"net_{key}": net.get(key) for key in ("mean", "error", "t", "formations")},
        "beaten": each.beaten,
        "pairs": each.pairs,
        "pending": each.pending,
        "unscored": each.unscored,
    }


def _sheet(
    name: str, kinds: Mapping[str, Kind], rows: Sequence[Mapping[str, Any]], language: Language
) -> Sheet:
    columns = [Column(key, word(f"walk_{key}", language), kind) for key, kind in kinds.items()]
    return Sheet(name, sentence(f"walk_{name}_title", language), columns, rows)
