import datetime as dt
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from universes import InputError, Symbol
from universes.renames import (
    RENAMES_FILE,
    explain_old_code,
    find_rename,
    read_renames,
)

# The ten rows that Tushare's documentation shows of its own copy of the table, and the six
# shares of the exchange's trial as the press named them: neither is where the file is from.
TUSHARE = {
    "839729": "920729",
    "839167": "920167",
    "838163": "920163",
    "837242": "920242",
    "836433": "920433",
    "430476": "920476",
    "430425": "920425",
    "430300": "920300",
    "430139": "920139",
    "430017": "920017",
}
TRIAL = {
    "833819": "920819",
    "830799": "920799",
    "831445": "920445",
    "430489": "920489",
    "839167": "920167",
    "834682": "920682",
}


def shipped() -> dict[str, str]:
    changes = tomllib.loads(RENAMES_FILE.read_text(encoding="utf-8"))["BJ"]["changes"]
    return {old: new for change in changes for old, new in change["codes"].items()}


def test_every_share_of_the_exchanges_table_is_there() -> None:
    """The exchange said in September 2025 that 248 shares change their code."""
    assert len(shipped()) == 248
    assert len(set(shipped().values())) == 248


@pytest.mark.parametrize(("old", "new"), sorted({**TUSHARE, **TRIAL}.items()))
def test_agrees_with_rows_published_elsewhere(old: str, new: str) -> None:
    found = find_rename(Symbol.parse(f"{old}.BJ"))
    assert found is not None
    assert found.new == Symbol.parse(f"{new}.BJ")


@pytest.mark.parametrize("old", sorted(TRIAL))
def test_the_trial_came_first(old: str) -> None:
    found = find_rename(Symbol.parse(f"{old}.BJ"))
    assert found is not None
    assert found.since == dt.date(2025, 5, 6)


def test_the_others_came_in_october() -> None:
    dates = {
        found.since
        for old in shipped()
        if old not in TRIAL and (found := find_rename(Symbol(old, "BJ")))
    }
    assert dates == {dt.date(2025, 10, 9)}


def test_last_three_digits_would_mislead() -> None:
    """920726 is another company's code: 870726 became 920926."""
    new = shipped()
    misled = [old for old in new if old[3:] != new[old][3:]]
    assert len(misled) == 26
    assert new["870726"] == "920926"
    assert new["831726"] == "920726"


@given(st.sampled_from(sorted(shipped())))
def test_codes_are_those_of_the_exchange(old: str) -> None:
    symbol = Symbol.parse(f"{old}.BJ")
    found = find_rename(symbol)
    assert found is not None
    assert found.new.code.startswith("920")
    assert find_rename(found.new) is None
    assert str(found.new) in explain_old_code(symbol)


@pytest.mark.parametrize("symbol", ["833874.BJ", "920047.BJ", "300308.SZ", "430047.NQ"])
def test_no_successor_is_made_up(symbol: str) -> None:
    assert find_rename(Symbol.parse(symbol)) is None


def test_an_old_code_without_a_new_one_is_called_retired() -> None:
    said = explain_old_code(Symbol.parse("833874.BJ"))
    assert "833874" in said
    assert "2025-10-09" in said
    assert "920" not in said


@pytest.mark.parametrize("symbol", ["920047.BJ", "300308.SZ", "899050.BJ", "0700.HK"])
def test_a_code_in_use_is_not_explained(symbol: str) -> None:
    assert explain_old_code(Symbol.parse(symbol)) == ""


FILE = """
[BJ]
retired = '43\\d{{4}}'
since = 2025-10-09
confidence = "high"
sources = [{sources}]

[[BJ.changes]]
since = 2025-10-09

[BJ.changes.codes]
{codes}
"""


@pytest.mark.parametrize(
    ("sources", "codes", "fault"),
    [
        ('"a"', '430017 = "920017"', "one source"),
        ('"a", "b"', '430017 = "920017"\n430018 = "920017"', "another row has"),
        ('"a", "b"', '830017 = "920017"', "none of those retired"),
        ('"a", "b"', '430017 = "600000"', "no exchange has a code"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path: Path, sources: str, codes: str, fault: str) -> None:
    path = tmp_path / "renames.toml"
    path.write_text(FILE.format(sources=sources, codes=codes), encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        read_renames(path)
