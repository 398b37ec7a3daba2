"""Lays the catalogue of factors out, with how many shares each is known of."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backtests.caveats import about_data
from backtests.labels import sentence, word
from backtests.report.document import Column, Document, Sheet, plain_sheet, show
from backtests.report.screening.columns import factor_columns, read_row
from screener.factors.catalogue import Factor, find_factor, list_factors
from screener.factors.table import TEXTS, FactorTable
from screener.market_data import MarketData
from universes import InputError
from universes.market import load_market
from universes.text import Language

SCHEMA = "sector-screener/factors/1"
SCHEMA_OF_VALUES = "sector-screener/factor-values/1"


def lay_out_factors(table: FactorTable, data: MarketData, language: Language) -> Document:
    """Return every factor with its formula, unit and coverage in each market."""
    markets = list(dict.fromkeys(table.texts["market"].tolist()))
    told = [_describe(factor, table, markets, language) for factor in list_factors().values()]
    rows: list[dict[str, Any]] = []
    for row in told:
        if not rows or row["group"] != rows[-1]["group"]:
            rows.append({"head": True, "factor": row["group"], "group": row["group"]})
        rows.append({**row, **row["known"]})
    flat = [
        {**{key: cell for key, cell in row.items() if key != "known"}, **row["known"]}
        for row in told
    ]
    day = table.day.isoformat()
    title = sentence("factors_title", language, day=day, basis=table.basis, count=len(table))
    notes = [
        sentence("factors_places", language),
        sentence("factors_rules", language),
        *(each.get(language) for each in about_data(data.prices, table.day)),
    ]
    return Document(
        name="factors",
        title=title,
        data={"schema": SCHEMA, "as_of": day, "basis": table.basis, "factors": told},
        records=plain_sheet("rows", flat),
        sheets=(Sheet("factors", title, _columns(table, markets, language), rows, grouped=True),),
        notes=notes,
    )


def lay_out_values(table: FactorTable, symbols: Sequence[str], language: Language) -> Document:
    """Return the factors of some shares.

    Raises
    ------
    InputError
        If there are no factors of one of them.
    """
    strangers = [symbol for symbol in symbols if symbol not in table.symbols]
    if strangers:
        raise InputError(
            f"there are no factors of {', '.join(strangers[:3])} on {table.day}",
            "name shares that closed in the year before; screener data status lists the prices",
        )
    names = [*TEXTS, *list_factors()]
    rows = [read_row(table, table.symbols.index(symbol), names) for symbol in symbols]
    columns = factor_columns(names[1:], language)
    shown = [
        {
            "factor": column.key,
            "title": _title(column.key, language),
            **{row["symbol"]: show(row[column.key], column.kind) for row in rows},
        }
        for column in columns
    ]
    heads = [
        Column("factor", word("factor_id", language), "label"),
        Column("title", word("factor_title", language)),
        *(Column(symbol, symbol, "number") for symbol in symbols),
    ]
    title = sentence("factors_values_title", language, day=table.day, basis=table.basis)
    day = table.day.isoformat()
    return Document(
        name="factor_values",
        title=title,
        data={"schema": SCHEMA_OF_VALUES, "as_of": day, "basis": table.basis, "shares": rows},
        records=plain_sheet("rows", rows, names),
        sheets=(Sheet("values", title, heads, shown),),
        notes=(sentence("factors_values_units", language),),
    )


def _columns(table: FactorTable, markets: Sequence[str], language: Language) -> list[Column]:
    """Return the columns of the catalogue; a market's is headed by the number of its shares."""
    sizes = {each: int((table.texts["market"] == each).sum()) for each in markets}
    return [
        Column("factor", word("factor_id", language), "label"),
        Column("title", word("factor_title", language)),
        Column("unit", word("factor_unit", language), "label"),
        *(
            Column(each, f"{load_market(each).name.get(language)} {sizes[each]}", "number")
            for each in markets
        ),
        Column("formula", word("factor_formula", language)),
    ]


def _title(name: str, language: Language) -> str:
    return "" if name in TEXTS else find_factor(name).title.get(language)


def _describe(
    factor: Factor, table: FactorTable, markets: Sequence[str], language: Language
) -> dict[str, Any]:
    known = np.isfinite(table.numbers(factor.id))
    return {
        "factor": factor.id,
        "title": factor.title.get(language),
        "group": factor.group.get(language),
        "unit": factor.unit,
        "formula": factor.formula.get(language),
        "source": factor.source,
        "needs": factor.needs.get(language),
        "known": {each: int(known[table.texts["market"] == each].sum()) for each in markets},
    }
