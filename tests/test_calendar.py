from pathlib import Path

import exchange_calendars
import numpy as np
import pytest

from screener import calendar
from screener.calendar import Sessions, load_sessions
from universes import InputError


def ask(name: str, first: int, last: int) -> Sessions:
    """Load sessions as a new process would."""
    load_sessions.cache_clear()
    return load_sessions(name, first, last)


@pytest.mark.parametrize("name", ["XSHG", "XHKG", "XNYS"])
def test_sessions_are_those_of_the_library(name: str) -> None:
    theirs = exchange_calendars.get_calendar(name, start="2024-01-01", end="2025-12-31").sessions
    assert ask(name, 2024, 2025).days.astype(str).tolist() == theirs.strftime("%Y-%m-%d").tolist()


@pytest.mark.parametrize("day", ["2023-09-01", "2023-09-08", "2024-09-06"])
def test_hong_kong_was_closed_by_typhoon_and_rain(day: str) -> None:
    assert np.datetime64(day) not in ask("XHKG", 2023, 2024).days


def test_the_override_is_needed_still() -> None:
    """When the library learns of the closures, the overrides can go."""
    theirs = exchange_calendars.get_calendar("XHKG", start="2023-08-01", end="2023-10-01")
    assert theirs.is_session("2023-09-01")


def test_what_was_asked_once_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ask("XHKG", 2024, 2024)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the library was asked again")

    monkeypatch.setattr(exchange_calendars, "get_calendar", fail)
    again = ask("XHKG", 2024, 2024)
    np.testing.assert_array_equal(first.days, again.days)
    assert first.known_until == again.known_until


@pytest.mark.parametrize("damage", ["", "{}", "null", '{"days": [], "sha256": "x"}'])
def test_a_damaged_cache_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    intact = ask("XSHG", 2024, 2024)
    (kept,) = (tmp_path / "cache").iterdir()
    kept.write_text(damage)
    np.testing.assert_array_equal(ask("XSHG", 2024, 2024).days, intact.days)
    assert len(kept.read_text()) > 1000


def test_a_cache_that_cannot_be_written_costs_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    assert len(ask("XSHG", 2024, 2024).days) == 242


def test_sessions_end_where_the_library_knows_no_holidays() -> None:
    bound = exchange_calendars.get_calendar("XSHG").bound_max()
    sessions = ask("XSHG", bound.year - 1, bound.year + 2)
    assert sessions.known_until == np.datetime64(bound.date())
    assert sessions.days[-1] <= sessions.known_until


@pytest.mark.parametrize(("name", "year"), [("XSHG", 1980), ("XSHG", 2150)])
def test_years_the_library_does_not_know_are_refused(name: str, year: int) -> None:
    with pytest.raises(InputError, match="upgrade exchange-calendars"):
        ask(name, year, year)


def test_an_unknown_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="unknown calendar"):
        ask("XXXX", 2024, 2024)


def test_a_new_version_of_the_library_is_asked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path))
    ask("XSHG", 2024, 2024)
    monkeypatch.setattr(calendar, "version", lambda _: "999")
    ask("XSHG", 2024, 2024)
    assert len(list((tmp_path / "cache").iterdir())) == 2
