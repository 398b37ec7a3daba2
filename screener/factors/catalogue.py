"""The factors there are, as data: what each is, its unit, its formula, what it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

from universes import InputError
from universes.tables import Table, read_toml
from universes.text import Text

Unit = Literal["fraction", "ratio", "number", "index", "currency"]
Standing = Literal["rank", "pct"]
Peers = Literal["sector", "market"]

FACTORS_FILE = Path(__file__).parent / "factors.toml"


@dataclass(frozen=True)
class Factor:
    """What a factor measures.

    Attributes
    ----------
    id : str
    group : Text
    unit : {"fraction", "ratio", "number", "index", "currency"}
        A fraction of 0.05 is 5%; an index runs from 0 to 100; a currency is the listing's.
    title, formula : Text
    source : str
        Where the formula comes from, where it is anyone's.
    needs : Text
        What it cannot be told without.
    """

    id: str
    group: Text
    unit: Unit
    title: Text
    formula: Text
    source: str
    needs: Text


@dataclass(frozen=True)
class Relation:
    """A share's place among its peers by a factor, as a factor of its own.

    Attributes
    ----------
    factor : str
    standing : {"rank", "pct"}
        1 for the highest value; or from 0 for the lowest to 1 for the highest.
    peers : {"sector", "market"}
    """

    factor: str
    standing: Standing
    peers: Peers


@cache
def list_factors() -> Mapping[str, Factor]:
    """Return every factor by its id, in the catalogue's order."""
    table = read_toml(FACTORS_FILE)
    groups = _read_texts(table.table("groups"))
    needs = _read_texts(table.table("needs"))
    rows = table.table("factors")
    factors = {name: _read_factor(name, rows.table(name), groups, needs) for name in rows.names()}
    table.finish()
    table.faults.raise_if_any()
    return factors


@cache
def list_relations() -> Mapping[str, Relation]:
    """Return every place among peers by its id, such as ``pe_ttm_pct_sector``."""
    return {
        f"{name}_{standing}_{peers}": Relation(name, standing, peers)
        for name in list_factors()
        for standing in get_args(Standing)
        for peers in get_args(Peers)
    }


def find_factor(name: str) -> Factor:
    """Return a factor by its id.

    Raises
    ------
    InputError
        If there is none such.

    Examples
    --------
    >>> find_factor("rsi_14").unit
    'index'
    """
    if name not in list_factors():
        raise InputError(f"there is no factor {name!r}", "screener factors lists them")
    return list_factors()[name]


def unit_of(name: str) -> Unit:
    """Return the unit of a factor, or of a place among peers."""
    relation = list_relations().get(name)
    if relation is None:
        return find_factor(name).unit
    return "fraction" if relation.standing == "pct" else "number"


def _read_texts(table: Table) -> dict[str, Text]:
    return {name: table.bilingual(name) for name in table.names()}


def _read_factor(
    name: str, row: Table, groups: Mapping[str, Text], needs: Mapping[str, Text]
) -> Factor:
    nothing = Text("", "")
    factor = Factor(
        id=name,
        group=groups.get(row.choice("group", tuple(groups)), nothing),
        unit=cast("Unit", row.choice("unit", get_args(Unit))),
        title=row.bilingual("title"),
        formula=row.bilingual("formula"),
        source=row.text("source") if row.has("source") else "",
        needs=needs.get(row.choice("needs", tuple(needs)), nothing),
    )
    row.finish()
    return factor
