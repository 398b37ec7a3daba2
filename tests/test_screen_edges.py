"""Screens on tables made by hand: who is chosen, who is not and why, and what is saved of it."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from screener.factors.catalogue import list_factors
from screener.factors.table import FactorTable
from screener.screens.language.condition import parse_condition, parse_ranking
from screener.screens.recall import recall_picks
from screener.screens.saved import spell_report
from screener.screens.screen import Screen, is_column, list_screens, load_screen
from screener.screens.selection import run_screen, shortfalls
from universes import FaultyFileError, InputError, load_report
from universes.text import Text

DAY = dt.date(2024, 6, 14)
A, B, C, D, E, HK = "600001.SH", "600004.SH", "000002.SZ", "300001.SZ", "920001.BJ", "0700.HK"
ALL = (A, B, C, D, E, HK)
MARKETS = {"SH": "shanghai", "SZ": "shenzhen", "BJ": "beijing", "HK": "hongkong"}
NAN = math.nan


def table_of(
    values: Mapping[str, Sequence[float]],
    symbols: Sequence[str] = ALL,
    names: Mapping[str, str] | None = None,
) -> FactorTable:
    """A table whose other factors are not known of any share."""
    order = sorted(range(len(symbols)), key=lambda n: symbols[n])

    def lay(cells: Sequence[str | None]) -> np.ndarray:
        return np.array([cells[n] for n in order], dtype=np.object_)

    unknown = np.full(len(symbols), NAN)
    columns = {name: unknown.copy() for name in list_factors()}
    columns |= {name: np.array(own, dtype=float)[order] for name, own in values.items()}
    texts = {
        "symbol": lay(symbols),
        "name": lay([(names or {}).get(symbol) for symbol in symbols]),
        "market": lay([MARKETS[symbol.split(".")[1]] for symbol in symbols]),
        "board": lay(["main"] * len(symbols)),
        "sector": lay(["传媒"] * len(symbols)),
    }
    ordered = tuple(symbols[n] for n in order)
    return FactorTable(DAY, "total", ordered, texts, columns, told_after=False)


def rule(
    where: str,
    rank: str = "pb desc",
    universe: Sequence[str] = (),
    limit: int | None = None,
    note: str = "",
) -> Screen:
    return Screen(
        id="mine",
        title=Text("我的", "Mine"),
        note=Text(note, note),
        universe=tuple(universe),
        where=parse_condition(where, is_column),
        rank=parse_ranking(rank, is_column),
        limit=limit,
        show=(),
        basis="total",
    )


PB = table_of({"pb": [1.0, 2.0, 3.0, NAN, 5.0, 6.0], "roe": [0.1, NAN, 0.3, 0.4, 0.5, 0.05]})


# choosing


def test_shares_that_meet_every_condition_are_chosen_in_rank() -> None:
    found = run_screen(rule("pb < 6 AND roe >= 0.1"), PB)
    assert found.symbols == (E, C, A)
    assert found.passed == 3
    assert len(found.within) == 6
    assert found.verdicts.outcome.tolist() == [
        # by symbol: 000002, 0700, 300001, 600001, 600004, 920001
        ["met", "failed", "missing", "met", "met", "met"],
        ["met", "failed", "met", "met", "missing", "met"],
    ]


def test_a_limit_keeps_the_first_in_rank_and_counts_all() -> None:
    found = run_screen(rule("pb > 0", "pb asc", limit=2), PB)
    assert found.symbols == (A, B)
    assert found.passed == 5


def test_what_a_rank_lacks_comes_last_and_equal_ones_stand_by_symbol() -> None:
    table = table_of({"pb": [1.0, 1.0, NAN, 1.0, 2.0, NAN]})
    for direction, wanted in (("desc", [E, D, A, B, C, HK]), ("asc", [D, A, B, E, C, HK])):
        assert list(run_screen(rule("1 = 1", f"pb {direction}"), table).symbols) == wanted


def test_a_screen_may_choose_no_share() -> None:
    found = run_screen(rule("pb > 100"), PB)
    assert found.symbols == ()
    assert found.passed == 0


def test_a_market_bounds_whom_a_rule_is_applied_to() -> None:
    found = run_screen(rule("pb > 0", universe=["shanghai", "beijing"]), PB)
    assert found.symbols == (E, B, A)
    assert [PB.symbols[row] for row in found.within] == [A, B, E]
    assert found.absent == ()


def test_places_among_peers_are_those_of_all_shares_whatever_the_universe() -> None:
    # of A to E the values are 1 2 3 - 5: with the fifth mainland share there are five
    table = table_of({"pb": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
    whole = run_screen(rule("pb_pct_market >= 0.5"), table)
    part = run_screen(rule("pb_pct_market >= 0.5", universe=["shanghai", "shenzhen"]), table)
    assert whole.symbols == (E, D, C)
    assert part.symbols == (D, C)


def test_a_universe_may_be_the_picks_of_a_report(tmp_path: Path) -> None:
    path = tmp_path / "picks.toml"
    first = run_screen(rule("pb >= 3"), PB)
    path.write_bytes(spell_report(first, "soochow", "0" * 64))
    some = table_of({"pb": [1.0, 2.0, 3.0]}, [A, B, C])
    found = run_screen(rule("pb > 0", universe=[str(path)]), some)
    assert found.symbols == (C,)
    assert found.absent == (HK, E)
    both = run_screen(rule("pb > 0", universe=[str(path), "shanghai"]), some)
    assert both.symbols == (C, B, A)


@pytest.mark.parametrize(
    ("universe", "message"),
    [
        (["mars"], "neither a market nor a report"),
        (["us"], "no prices of us"),
        (["shanghai", "nowhere.toml"], "neither a market nor a report"),
    ],
)
def test_a_universe_that_holds_nothing_is_refused(universe: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        run_screen(rule("pb > 0", universe=universe), PB)


# explaining


def test_a_share_is_told_what_it_missed_and_by_how_much() -> None:
    found = run_screen(
        rule("pb < 4 AND roe >= 0.2 AND pb BETWEEN 2 AND 3 AND market = 'beijing'"), PB
    )
    place = {PB.symbols[row]: n for n, row in enumerate(found.within)}

    def missed(symbol: str) -> list[tuple[str, float, tuple[str, ...]]]:
        return [(s.condition, s.margin, s.missing) for s in shortfalls(found, place[symbol])]

    np.testing.assert_equal(
        missed(A),
        [
            ("roe >= 0.2", -0.1, ()),
            ("pb BETWEEN 2 AND 3", -1.0, ()),
            ("market = 'beijing'", NAN, ()),
        ],
    )
    np.testing.assert_equal(
        missed(D),
        [
            ("pb < 4", NAN, ("pb",)),
            ("pb BETWEEN 2 AND 3", NAN, ("pb",)),
            ("market = 'beijing'", NAN, ()),
        ],
    )
    np.testing.assert_equal(missed(E), [("pb < 4", -1.0, ()), ("pb BETWEEN 2 AND 3", -2.0, ())])


def test_each_pick_of_a_report_meets_one_of_five_fates(tmp_path: Path) -> None:
    path = tmp_path / "picks.toml"
    path.write_bytes(spell_report(run_screen(rule("pb > 0 OR roe > 0"), PB), "soochow", ""))
    table = table_of({"pb": [1.0, 2.0, 3.0, NAN, 6.0]}, [A, B, C, D, HK])
    found = run_screen(rule("pb < 3", "pb desc", ["shanghai", "shenzhen"], limit=1), table)
    recalls = {str(r.pick.symbol): r for r in recall_picks(found, load_report(str(path)).picks)}
    assert {symbol: each.fate for symbol, each in recalls.items()} == {
        A: "beyond_limit",
        B: "chosen",
        C: "failed",
        D: "failed",
        E: "no_prices",
        HK: "outside",
    }
    assert [s.margin for s in recalls[C].shortfalls] == [0.0]
    assert recalls[D].shortfalls[0].missing == ("pb",)
    assert recalls[A].shortfalls == recalls[HK].shortfalls == ()
    assert recalls[E].row == -1
    assert table.symbols[recalls[B].row] == B


# saving


def test_what_was_chosen_is_saved_as_a_report_in_rank(tmp_path: Path) -> None:
    table = table_of({"pb": [1.0, 2.0, 3.0, NAN, 5.0, 6.0]}, names={E: "北交"})
    found = run_screen(rule("pb > 2", limit=2, note="因为"), table)
    path = tmp_path / "saved.toml"
    path.write_bytes(spell_report(found, "csc", "abcdef0123456789"))
    report = load_report(str(path))
    assert [str(pick.symbol) for pick in report.picks] == [HK, E]
    assert [pick.name.zh for pick in report.picks] == [HK, "北交"]
    assert report.publication.date == DAY
    assert not report.publication.inferred
    assert report.scale.id == "csc"
    (theme,) = report.themes
    assert (theme.id, theme.argument.zh) == ("mine", "因为")
    assert [pick.section for pick in report.picks] == ["rank 1", "rank 2"]
    assert {pick.words for pick in report.picks} == {"pb > 2"}
    (evidence,) = report.publication.evidence
    assert "from 6 shares (prices abcdef012345)" in evidence.en
    assert found.screen.sha256[:12] in evidence.en


def test_a_screen_without_a_note_is_saved_with_its_rule(tmp_path: Path) -> None:
    found = run_screen(rule("pb > 2 and roe > 0"), PB)
    path = tmp_path / "saved.toml"
    path.write_bytes(spell_report(found, "soochow", ""))
    assert load_report(str(path)).themes[0].argument.en == "pb > 2 AND roe > 0"


def test_the_same_choice_is_saved_as_the_same_bytes() -> None:
    one, other = (spell_report(run_screen(rule("pb > 2"), PB), "soochow", "") for _ in range(2))
    assert one == other


@pytest.mark.parametrize(
    ("where", "scale", "message"),
    [("pb > 100", "soochow", "chose no share"), ("pb > 1", "mars", "unknown rating scale")],
)
def test_what_cannot_be_saved_is_refused(where: str, scale: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        spell_report(run_screen(rule(where), PB), scale, "")


# files


@pytest.mark.parametrize("name", list_screens())
def test_a_shipped_screen_is_whole(name: str) -> None:
    screen = load_screen(name)
    assert screen.id == name
    assert screen.title.zh
    assert screen.note.en
    assert screen.limit
    assert len(set(screen.columns)) == len(screen.columns)


TOML = """\
title = { zh = "甲", en = "A" }
where = "pb > 1 AND roe > 0.1"
rank = "pb asc"
"""


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_a_file_leaves_out_is_the_widest(tmp_path: Path) -> None:
    screen = load_screen(write(tmp_path, TOML))
    assert screen.id == "mine"
    assert (screen.universe, screen.limit, screen.show, screen.basis) == ((), None, (), "total")
    assert screen.note.en == ""
    assert screen.columns == ("pb", "roe")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("limit = 0", "limit: 0 is not above zero"),
        ("limit = 10001", "write 10000 or less"),
        ("limit = true", "limit"),
        ('basis = "raw"', "basis: 'raw' is unknown"),
        ('show = ["nothing"]', "there is no factor 'nothing'"),
        ('universe = "shanghai"', "universe"),
        ("colour = 1", "unknown key 'colour'"),
    ],
)
def test_a_fault_of_a_file_is_told_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    path = write(tmp_path, TOML + line + "\n")
    with pytest.raises(FaultyFileError, match=r"mine\.toml:4") as told:
        load_screen(path)
    assert message in str(told.value)


def test_all_faults_of_a_file_are_told(tmp_path: Path) -> None:
    path = write(tmp_path, 'where = "pb >"\nrank = "pb"\nlimit = 0\n')
    with pytest.raises(FaultyFileError) as told:
        load_screen(path)
    for key in ("title", "where", "rank", "limit"):
        assert f"{key}" in str(told.value)


@pytest.mark.parametrize("name", ["nothing", "nothing.toml", "mine.txt", ""])
def test_a_screen_that_is_not_there_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, TOML, "mine.txt")
    with pytest.raises(InputError, match="there is no screen"):
        load_screen(tmp_path / name if name else "")


def test_the_hash_is_of_what_a_rule_chooses_by(tmp_path: Path) -> None:
    own = load_screen(write(tmp_path, TOML))
    spaced = TOML.replace("pb > 1 AND roe > 0.1", "pb>1   and roe>0.1").replace("甲", "乙")
    alike = write(tmp_path, f'{spaced}\nnote = {{ zh = "n", en = "n" }}\nshow = ["roe"]', "b.toml")
    assert load_screen(alike).sha256 == own.sha256
    others = [
        own.changed(universe=["us"]),
        own.changed(where="pb > 1 AND roe >= 0.1"),
        own.changed(rank="pb desc"),
        own.changed(limit=5),
        own.changed(basis="price"),
    ]
    assert len({own.sha256, *(each.sha256 for each in others)}) == 6


def test_a_case_is_spelled_with_all_its_branches() -> None:
    text = "CASE WHEN pb > 2 THEN roe WHEN pb > 1 THEN pb WHEN pb > 0 THEN 1 ELSE 0 END > 0.1"
    assert parse_condition(text.lower(), is_column).parts[0].text == text


def test_a_changed_rule_keeps_the_rest_and_drops_the_note() -> None:
    shipped = load_screen("momentum")
    for changed in (
        shipped.changed(where="pb > 1"),
        shipped.changed(rank="pb asc"),
        shipped.changed(universe=["us"]),
    ):
        assert changed.note.en == changed.note.zh == ""
        assert changed.title.en == "Momentum, changed"
        assert changed.limit == shipped.limit
    fewer = shipped.changed(limit=3, basis="price")
    assert (fewer.limit, fewer.basis) == (3, "price")
    assert (fewer.note, fewer.title) == (shipped.note, shipped.title)
    assert fewer.where == shipped.where
    assert shipped.changed() == shipped


@pytest.mark.parametrize("limit", [0, -1, 10_001])
def test_a_limit_out_of_range_is_refused(limit: int) -> None:
    with pytest.raises(InputError, match="a limit of"):
        load_screen("momentum").changed(limit=limit)
    assert load_screen("momentum").changed(limit=10_000).limit == 10_000
    assert load_screen("momentum").changed(limit=1).limit == 1
