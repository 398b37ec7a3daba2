"""What comes in is held against everything known of its security."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from test_quality import scaled, walk
from test_serve import fill
from test_store import NOW, history

from screener.bars import ActionHistory, Bars
from screener.panel import CorporateAction
from screener.store.lists import read_actions
from screener.store.store import Store
from screener.tasks.export import write_export
from screener.tasks.imports import ImportResult, import_files
from universes import InputError


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def bring(
    store: Store, tmp_path: Path, *bars: Bars, accepted: tuple[str, ...] = ()
) -> ImportResult:
    path = tmp_path / "bars.parquet"
    write_export(bars, path)
    return import_files(store, path, NOW, accepted=accepted)


def with_bonus(bars: Bars, row: int) -> ActionHistory:
    told = CorporateAction(bars.symbol, str(bars.dates[row]), 0.0, 1.0, "high")
    span = {"since": bars.dates[0], "until": bars.dates[-1]}
    return dataclasses.replace(history(told), symbol=bars.symbol, **span)


def errors_of(result: ImportResult) -> set[str]:
    return {
        finding.code
        for outcome in result.outcomes
        for finding in outcome.findings
        if finding.severity == "error"
    }


def test_of_two_raw_series_at_once_neither_wins_unseen(store: Store, tmp_path: Path) -> None:
    first = dataclasses.replace(walk(), source="a")
    second = dataclasses.replace(scaled(walk(), slice(5, 6), 1.02), source="b")
    result = bring(store, tmp_path, first, second)
    assert sorted(each.change for each in result.outcomes) == ["held", "new"]
    assert errors_of(result) == {"two_series"}


def test_bars_declared_raw_are_held_against_the_list_that_is_kept(
    store: Store, tmp_path: Path
) -> None:
    adjusted = walk()
    fill(store, [], [with_bonus(adjusted, 100)])
    result = bring(store, tmp_path, adjusted)
    assert [each.change for each in result.outcomes] == ["held"]
    assert "bonus_not_seen" in errors_of(result)
    raw = dataclasses.replace(
        scaled(adjusted, slice(0, 100), 2.0),
        amount=np.where(np.arange(200) < 100, 2.0, 1.0) * adjusted.amount,
    )
    assert [each.change for each in bring(store, tmp_path, raw).outcomes] == ["new"]


def test_actions_that_come_alone_are_held_against_the_bars_that_are_kept(
    store: Store, tmp_path: Path
) -> None:
    bars = walk()
    fill(store, [bars])
    path = tmp_path / "corporate_actions.csv"
    head = "symbol,ex_date,cash_per_share,bonus_ratio,confidence\n"
    day = bars.dates[100]
    path.write_text(f"{head}600519.SH,{day},{bars.close[99] + 1},0,high\n", encoding="utf-8")
    import_files(store, path, NOW)
    state = store.state()
    assert state.catalog.actions_of("600519.SH") == []
    (held,) = state.catalog.held_of("600519.SH")
    assert [each.code for each in held.findings] == ["dividend_too_large"]
    path.write_text(f"{head}600519.SH,{day},0.5,0,high\n", encoding="utf-8")
    import_files(store, path, NOW)
    state = store.state()
    (listed,) = state.catalog.actions_of("600519.SH")
    found = read_actions(state, [listed])[listed.id]
    assert (found.since, found.until) == (bars.dates[0], bars.dates[-1])


def test_a_few_new_rows_in_lots_are_seen(store: Store, tmp_path: Path) -> None:
    bars = walk()
    volume = bars.volume.copy()
    volume[-3:] /= 100
    result = bring(store, tmp_path, dataclasses.replace(bars, volume=volume))
    assert errors_of(result) == {"volume_in_lots"}
    accepted = bring(
        store, tmp_path, dataclasses.replace(bars, volume=volume), accepted=("volume_in_lots",)
    )
    assert [each.change for each in accepted.outcomes] == ["new"]
    assert errors_of(accepted) == set()
    with pytest.raises(InputError, match="no rule 'lots'"):
        bring(store, tmp_path, bars, accepted=("lots",))


def test_a_shorter_or_revised_adjusted_series_takes_no_ones_place(
    store: Store, tmp_path: Path
) -> None:
    bars = dataclasses.replace(walk(), basis="multiplicative", amount=np.full(200, np.nan))
    assert [each.change for each in bring(store, tmp_path, bars).outcomes] == ["new"]
    tail = bring(store, tmp_path, bars.take(np.arange(188, 200)))
    assert errors_of(tail) == {"history_lost"}
    revised = bring(store, tmp_path, scaled(bars, slice(50, 51), 1.05))
    assert "revised_rows" in errors_of(revised)
    rescaled = bring(store, tmp_path, scaled(bars, slice(None), 0.9))
    assert [each.change for each in rescaled.outcomes] == ["replaced"]
