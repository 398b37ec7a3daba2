"""Brokers' ratings on their way into a file: who is asked, what is kept, what a user is told."""

import csv
import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from conftest import Run
from fake_sources import FakeAdaptor, FakeClock, World
from hypothesis import given
from hypothesis import strategies as st
from test_source_ratings import (
    CNINFO,
    EASTMONEY,
    SINA,
    cninfo_day,
    eastmoney_pages,
    report,
    sina_page,
    sina_row,
)
from vendor_server import Asked, Reply, VendorServer, as_json
from zygote import Clock, Silent

from screener.ratings.fetched import (
    COLUMNS,
    FetchedRating,
    FetchedRatings,
    check_path,
    merge_ratings,
    read_fetched,
    write_fetched,
)
from screener.sources.accept import check_ratings
from screener.sources.errors import BlockedError, EmptyError, SchemaChangedError
from screener.sources.failover import Fetcher
from screener.sources.plan import SOURCES_FILE, load_plan, read_plan
from screener.sources.trail import Answer, Attempt, UnavailableError
from screener.store.commit import commit_offers
from screener.store.merge import Offers
from screener.store.store import Store
from screener.tasks.ratings import RatingsResult, fetch_ratings, sessions_between
from universes import FaultyFileError, InputError, Symbol

SHARE = Symbol.parse("300308.SZ")
SMALL = Symbol.parse("920002.BJ")
DAY = dt.date(2024, 6, 17)
CANARY, SECOND_CANARY = "ratings 600519.SH", "ratings 300750.SZ"
NOW = np.datetime64("2024-07-01T10:00:00", "s")


def row(
    day: str = "2024-06-17",
    symbol: str = "300308.SZ",
    rating: str = "买入",
    house: str = "东吴证券",
    target: float | None = None,
    link: str = "",
    via: str = "sina",
) -> FetchedRating:
    return FetchedRating(
        dt.date.fromisoformat(day), symbol, rating, house, "张良卫", target, link, via
    )


@pytest.fixture
def vendor(
    monkeypatch: pytest.MonkeyPatch,
    socket_enabled: None,  # noqa: ARG001 - lets the server be reached
) -> Iterator[VendorServer]:
    with VendorServer() as server:
        server.divert(monkeypatch)
        yield server


# Who is asked


def teach(adaptor: FakeAdaptor) -> None:
    """Have a fake answer for ratings, or raise as it was told to."""

    def by_symbol(symbol: Symbol) -> FetchedRatings:
        adaptor._call("ratings", f"ratings {symbol}")  # noqa: SLF001 - the fake's own way to be asked
        return FetchedRatings((row(symbol=str(symbol), via=adaptor.name),), ("as told",))

    def by_day(day: dt.date) -> FetchedRatings:
        adaptor._call("ratings_day", f"ratings {day}")  # noqa: SLF001 - see above
        return FetchedRatings((row(str(day), via=adaptor.name),))

    for name, fetch in {"fetch_ratings": by_symbol, "fetch_ratings_day": by_day}.items():
        setattr(adaptor, name, fetch)


@pytest.fixture
def world() -> World:
    made = World()
    for adaptor in made.adaptors.values():
        teach(adaptor)
    return made


def test_sina_is_asked_first_and_eastmoney_stands_in(world: World) -> None:
    answer = world.fetcher.ratings(SHARE)
    assert [each.via for each in answer.value.rows] == ["sina"]
    assert answer.remarks == ("as told",)
    assert world["eastmoney"].calls == []
    world["sina"].always = BlockedError
    answer = world.fetcher.ratings(SHARE)
    assert answer.upstream == "eastmoney"
    assert [each.outcome for each in answer.trail] == ["blocked", "answered"]


def test_that_a_share_has_none_is_an_answer_where_both_say_so(world: World) -> None:
    for name in ("sina", "eastmoney"):
        world[name].script["ratings 920002.BJ"] = [EmptyError]
    answer = world.fetcher.ratings(SMALL)
    assert answer.value.rows == ()
    assert answer.remarks == ("there are no ratings of 920002.BJ",)
    # each has shown that it answers for a share on another exchange
    for name in ("sina", "eastmoney"):
        assert world[name].asked == ["ratings 920002.BJ", CANARY]
    # which counts for the next small company too
    for name in ("sina", "eastmoney"):
        world[name].script["ratings 920008.BJ"] = [EmptyError]
    assert world.fetcher.ratings(Symbol.parse("920008.BJ")).value.rows == ()
    assert world["sina"].asked[2:] == ["ratings 920008.BJ"]


def test_one_that_is_silent_for_all_is_blocked_and_no_witness(world: World) -> None:
    world["sina"].always = EmptyError
    world["eastmoney"].script["ratings 920002.BJ"] = [EmptyError]
    with pytest.raises(EmptyError, match="could not be confirmed by a second") as caught:
        world.fetcher.ratings(SMALL)
    assert "sina: blocked (a silent block" in str(caught.value)
    assert world["sina"].asked == ["ratings 920002.BJ", CANARY, SECOND_CANARY]
    assert world.fetcher.upstreams["sina"].breaker.state == "open"


def test_nobody_is_asked_for_other_markets(world: World) -> None:
    for text in ("0700.HK", "AAPL.US", "000300.SH", "HSI.HK"):
        assert not world.fetcher.knows("ratings", text)
        with pytest.raises(UnavailableError, match="nobody asked has such securities"):
            world.fetcher.ratings(Symbol.parse(text))
    assert world.loaded == []


def test_a_day_is_asked_of_cninfo(world: World) -> None:
    answer = world.fetcher.ratings_on(DAY)
    assert (answer.upstream, answer.value.rows) == ("cninfo", (row(via="cninfo"),))
    assert world.fetcher.knows("ratings_day", "CN")


def test_an_empty_day_is_an_answer_where_another_has_ratings(world: World) -> None:
    world["cninfo"].script["ratings 2024-06-16"] = [EmptyError]
    answer = world.fetcher.ratings_on(dt.date(2024, 6, 16))
    assert (answer.value.rows, answer.remarks) == ((), ("there are no ratings of 2024-06-16",))
    assert world["cninfo"].asked == ["ratings 2024-06-16", "ratings 2024-04-26"]


def test_an_empty_day_is_a_block_where_that_one_is_empty_too(world: World) -> None:
    world["cninfo"].always = EmptyError
    with pytest.raises(UnavailableError, match="a silent block"):
        world.fetcher.ratings_on(DAY)


def test_calls_wait_their_turn(world: World) -> None:
    for code in ("300308.SZ", "300394.SZ", "300502.SZ"):
        world.fetcher.ratings(Symbol.parse(code))
    calls = world["sina"].calls
    gaps = [after.began - before.ended for before, after in pairwise(calls)]
    assert all(2.0 <= gap <= 2.5 for gap in gaps)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('symbols = ["600519.SH", "300750.SZ"]', "symbols = []", "no share is named"),
        ('symbols = ["600519.SH", "300750.SZ"]', 'symbols = ["0"]', "no exchange has a code '0'"),
        ("day = 2024-04-26", 'day = "soon"', "day"),
        ('["cninfo"]', '["wind"]', "'wind' has no limits"),
        ("[order.ratings_day]", "[order.ratings_days]", "'ratings_day' is missing"),
    ],
)
def test_a_faulty_plan_is_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    shipped = SOURCES_FILE.read_text(encoding="utf-8")
    assert old in shipped
    path = tmp_path / "sources.toml"
    path.write_text(shipped.replace(old, new), encoding="utf-8")
    with pytest.raises(FaultyFileError, match=fault):
        read_plan(path)


def test_cninfo_is_asked_as_carefully_as_sina() -> None:
    limits = load_plan().limits
    assert limits["cninfo"] == limits["sina"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (row(symbol="300394.SZ", via="sina"), r"asked for 300308\.SZ, it gave 300394\.SZ"),
        (row(via="eastmoney"), "name eastmoney as their source"),
        (row("2024-06-18"), "a rating of 2024-06-18, asked for ratings"),
    ],
)
def test_ratings_that_do_not_answer_the_question_are_refused(
    changed: FetchedRating, said: str
) -> None:
    told = FetchedRatings((row(), changed))
    with pytest.raises(SchemaChangedError, match=said):
        check_ratings(told, "sina", "ratings", SHARE, DAY)
    check_ratings(FetchedRatings((row(),)), "sina", "ratings", SHARE, DAY)


def test_nothing_is_an_empty_answer_unless_it_was_all_left_out() -> None:
    with pytest.raises(EmptyError, match=r"no ratings of 300308\.SZ"):
        check_ratings(FetchedRatings(()), "sina", f"ratings of {SHARE}", SHARE, None)
    check_ratings(FetchedRatings((), ("3 left out",)), "sina", "ratings", SHARE, None)


# The file

OTHERS = [
    row("2024-06-03", rating="增持", target=185.77),
    row(symbol="600519.SH", house='甲, "乙"\'s', link="https://x/?a=1,2"),
    row(house="=cmd|x", via="cninfo", target=0.1 + 0.2),
]


@pytest.mark.parametrize("name", ["r.csv", "r.parquet", "R.CSV"])
def test_a_file_is_read_as_it_was_written(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new folder" / name
    assert read_fetched(path) == []
    write_fetched(path, OTHERS)
    assert read_fetched(path) == OTHERS
    write_fetched(path, OTHERS[:1])
    assert read_fetched(path) == OTHERS[:1]
    assert [each.name for each in path.parent.iterdir()] == [name]


def test_the_file_is_a_plain_table(tmp_path: Path) -> None:
    write_fetched(tmp_path / "r.csv", OTHERS[:1])
    assert (tmp_path / "r.csv").read_bytes().decode() == (
        "date,symbol,rating,house,analyst,target,link,via\n"
        "2024-06-03,300308.SZ,增持,东吴证券,张良卫,185.77,,sina\n"
    )
    write_fetched(tmp_path / "r.parquet", OTHERS)
    frame = pd.read_parquet(tmp_path / "r.parquet")
    assert tuple(frame.columns) == COLUMNS
    assert frame["date"].tolist() == [each.date for each in OTHERS]
    assert frame["target"].isna().tolist() == [False, True, False]


HEADER = ",".join(COLUMNS)
GOOD = "2024-06-17,300308.SZ,买入,东吴证券,,,,sina"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("日期,代码\n2024-06-17,300308\n", "its columns are 日期, 代码"),
        (f"{HEADER},note\n{GOOD},x\n", "its columns are"),
        ("", "the file is empty"),
        (f"{HEADER}\n{GOOD}\n2024-06-31{GOOD[10:]}\n", "r.csv:3: no row of fetched ratings"),
        (f"{HEADER}\n2024-06-17,SZ300308,买入,东吴证券,,,,sina\n", "'SZ300308' is spelt anew"),
        (f"{HEADER}\n2024-06-17,中际旭创,买入,东吴证券,,,,sina\n", "is not a symbol"),
        (f"{HEADER}\n2024-06-17,300308.SZ,,东吴证券,,,,sina\n", "no rating, no house"),
        (f"{HEADER}\n2024-06-17,300308.SZ,买入,东吴证券,,-1,,sina\n", "a target price of -1"),
        (f"{HEADER}\n2024-06-17,300308.SZ,买入,东吴证券,,nan,,sina\n", "a target price of nan"),
        (f"{HEADER}\n2024-06-17,300308.SZ,买入,东吴证券,,x,,sina\n", "could not convert"),
        (f"{HEADER}\n{GOOD},x\n", "9 cells, not 8"),
    ],
)
def test_a_file_of_anything_else_is_refused_and_left(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "r.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_fetched(path)
    assert said in str(caught.value)
    assert path.read_text(encoding="utf-8") == text


def test_so_is_a_parquet_file_of_anything_else(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    path.write_bytes(b"PAR1 and more")
    with pytest.raises(InputError, match="is no file of fetched ratings"):
        read_fetched(path)
    pd.DataFrame({"date": [1]}).to_parquet(path)
    with pytest.raises(InputError, match="its columns are date"):
        read_fetched(path)
    cells = {name: ["x"] for name in COLUMNS}
    pd.DataFrame(cells).to_parquet(path)
    with pytest.raises(InputError, match="is no file of fetched ratings"):
        read_fetched(path)
    write_fetched(path, OTHERS)
    pd.read_parquet(path).assign(house=None).astype({"house": "str"}).to_parquet(path)
    with pytest.raises(InputError, match="a cell is missing"):
        read_fetched(path)


@pytest.mark.parametrize(("name", "said"), [("r.xlsx", "let it end in .csv or"), ("r", "let it")])
def test_other_endings_are_refused(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_path(tmp_path / name)
    assert said in caught.value.remedy
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="is a directory"):
        check_path(tmp_path / "folder.csv")


def test_what_two_sources_tell_alike_is_kept_once_and_what_differs_is_kept_twice() -> None:
    first = row(target=20.0, link="a")
    again = row(target=20.0, link="b", via="cninfo")
    assert merge_ratings([first], [again]) == [first]
    assert merge_ratings([], [first, again]) == [again]
    others = [
        row(target=21.0),
        row(),
        row(target=20.0, rating="增持"),
        replace(first, analyst="周良玖"),
    ]
    assert len(merge_ratings([first], others)) == 5


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["2024-06-17", "2024-06-03"]),
        st.sampled_from(["300308.SZ", "600519.SH"]),
        st.sampled_from(["买入", "增持"]),
        st.sampled_from(["东吴证券", "UBS"]),
        st.sampled_from([None, 1.0, 2.5]),
        st.sampled_from(["", "x"]),
        st.sampled_from(["sina", "eastmoney"]),
    ),
    max_size=8,
)


def key(each: FetchedRating) -> tuple[object, ...]:
    return each.date, each.symbol, each.house, each.rating, each.target


@given(ROWS, ROWS)
def test_no_row_is_lost_and_none_doubled(kept: list[FetchedRating], told: list) -> None:  # type: ignore[type-arg]
    kept = merge_ratings([], kept)
    merged = merge_ratings(kept, told)
    assert set(kept) <= set(merged)
    assert {key(each) for each in merged} == {key(each) for each in [*kept, *told]}
    assert len({key(each) for each in merged}) == len(merged)
    order = [(each.date, each.symbol, each.house) for each in merged]
    assert order == sorted(order)
    assert merge_ratings(merged, told) == merged
    assert merge_ratings(kept, told[::-1]) == merged


# The fetch


class Vendor:
    """Tells two ratings of each mainland share and one of each day, or what it is told to."""

    def __init__(self) -> None:
        self.told: dict[str, Callable[[], FetchedRatings]] = {}
        self.asked: list[str] = []

    def knows(self, job: str, key: str) -> bool:
        assert job == "ratings"
        return key.endswith(("SZ", "SH", "BJ"))

    def ratings(self, symbol: Symbol) -> Answer[FetchedRatings]:
        rows = (row(symbol=str(symbol)), row("2024-05-06", str(symbol)))
        return self._tell(str(symbol), FetchedRatings(rows))

    def ratings_on(self, day: dt.date) -> Answer[FetchedRatings]:
        return self._tell(str(day), FetchedRatings((row(str(day), via="cninfo"),)))

    def _tell(self, name: str, usual: FetchedRatings) -> Answer[FetchedRatings]:
        self.asked.append(name)
        told = self.told[name]() if name in self.told else usual
        return Answer(told, (Attempt("sina", name, "answered", "", NOW),), told.remarks)


def blocked() -> FetchedRatings:
    raise BlockedError("sina", "answered with status 403")


def fetch(path: Path, vendor: Vendor, *texts: str) -> RatingsResult:
    days = [dt.date.fromisoformat(text) for text in texts if "." not in text]
    symbols = [Symbol.parse(text) for text in texts if "." in text]
    return fetch_ratings(path, symbols, days, vendor, Clock(np.datetime64("2024-07-01")), Silent())


def test_a_fetch_adds_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    first = fetch(path, Vendor(), "600519.SH")
    assert (first.rows, first.told, first.added, first.complete) == (2, 2, 2, True)
    vendor = Vendor()
    second = fetch(path, vendor, "600519.SH", "300308.SZ", "300308.SZ", "2024-06-18")
    assert vendor.asked == ["300308.SZ", "600519.SH", "2024-06-18"]
    assert (second.rows, second.told, second.added) == (5, 5, 3)
    order = [(str(each.date), each.symbol) for each in read_fetched(path)]
    assert order == [
        ("2024-05-06", "300308.SZ"),
        ("2024-05-06", "600519.SH"),
        ("2024-06-17", "300308.SZ"),
        ("2024-06-17", "600519.SH"),
        ("2024-06-18", "300308.SZ"),
    ]
    written = path.read_bytes()
    third = fetch(path, Vendor(), "300308.SZ")
    assert (third.rows, third.added) == (5, 0)
    assert path.read_bytes() == written


def test_what_fails_is_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    vendor = Vendor()
    vendor.told = {
        "600519.SH": blocked,
        "300394.SZ": lambda: FetchedRatings((), ("there are none",)),
        "300308.SZ": lambda: FetchedRatings((row(),), ("odd", "odd")),
    }
    path = tmp_path / "r.csv"
    result = fetch(path, vendor, "600519.SH", "300394.SZ", "300308.SZ", "0700.HK")
    assert not result.complete
    assert result.failures == {
        "0700.HK": "nobody is known to tell its ratings: bring them in a table of your own",
        "600519.SH": "answered with status 403",
    }
    assert result.remarks == ("odd", "there are none")
    assert read_fetched(path) == [row()]
    assert vendor.asked == ["300308.SZ", "300394.SZ", "600519.SH"]


def test_where_nothing_is_had_no_file_is_made(tmp_path: Path) -> None:
    vendor = Vendor()
    vendor.told = {"300308.SZ": blocked}
    result = fetch(tmp_path / "r.csv", vendor, "300308.SZ")
    assert (result.rows, result.told) == (0, 0)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_asked_where_the_question_is_wrong(tmp_path: Path) -> None:
    path, vendor = tmp_path / "r.csv", Vendor()
    for text, said in (("000300.SH", "is no share"), ("2024-07-02", "is still to come")):
        with pytest.raises(InputError, match=said):
            fetch(path, vendor, "300308.SZ", text)
    path.write_text("something else", encoding="utf-8")
    with pytest.raises(InputError, match="is no file of fetched ratings"):
        fetch(path, vendor, "300308.SZ")
    assert path.read_text(encoding="utf-8") == "something else"
    assert vendor.asked == []


def test_a_day_that_is_not_over_is_said_to_be_fetched_again(tmp_path: Path) -> None:
    result = fetch(tmp_path / "r.csv", Vendor(), "2024-06-30", "2024-07-01")
    assert result.remarks == ("2024-07-01 is not over: fetch its ratings again tomorrow",)
    # it is the next day already in Shanghai
    late = FakeClock()
    late.now += 17 * 3600
    day = dt.date(2024, 7, 2)
    path = tmp_path / "late.csv"
    assert fetch_ratings(path, (), (day,), Vendor(), late, Silent()).added == 1


def test_sessions_leave_out_weekends_and_holidays() -> None:
    # 10 June 2024 was the dragon boat festival
    found = sessions_between(dt.date(2024, 6, 7), dt.date(2024, 6, 12))
    assert [str(day) for day in found] == ["2024-06-07", "2024-06-11", "2024-06-12"]
    with pytest.raises(InputError, match="is after"):
        sessions_between(dt.date(2024, 6, 12), dt.date(2024, 6, 7))
    with pytest.raises(InputError, match="known until"):
        sessions_between(dt.date(2024, 6, 12), dt.date(2100, 1, 1))


def test_each_page_of_a_list_waits_its_turn(vendor: VendorServer) -> None:
    vendor.on(SINA, Reply(status=403))
    vendor.on(EASTMONEY, eastmoney_pages([report(1)], [report(2)], [report(3)]))
    clock = FakeClock()
    assert len(Fetcher(clock, seed=0).ratings(SHARE).value.rows) == 3
    # four calls, one of them for the number of pages
    assert len(clock.slept) == 3
    assert all(1.5 <= wait <= 3.0 for wait in clock.slept)


# The command


@pytest.fixture
def run(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command line in this process, with a home of its own and no waits."""
    monkeypatch.setenv("SCREENER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("backtests.cli.clock.SystemClock.utc", lambda _: NOW)
    monkeypatch.setattr("backtests.cli.clock.SystemClock.sleep", lambda *_: None)
    return run


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ratings.csv"


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def of_any_share(asked: Asked) -> Reply:
    code = asked.path.rpartition("/")[2].removesuffix(".phtml")
    return sina_page(sina_row(code=code), sina_row("2024-06-03", "增持", target="", code=code))


def test_the_command_fetches_shares_and_days_over_the_wire(
    run: Run, vendor: VendorServer, path: Path
) -> None:
    vendor.on(SINA, of_any_share)
    vendor.on(CNINFO, cninfo_day({"SECCODE": "000001", "F003V": ""}))
    named = ("--symbol", "300308.SZ", "--symbols", "601019,sz.300394", "--date", "2024-06-17")
    done = run("ratings", "fetch", str(path), *named, "-f", "json")
    assert done.code == 0, done.err
    assert done.json == {
        "told": 7,
        "added": 7,
        "rows": 7,
        "file": str(path),
        "failures": {},
        "remarks": [],
    }
    rows = rows_of(path)
    assert [(each["date"], each["symbol"], each["rating"]) for each in rows[:2]] == [
        ("2024-06-03", "300308.SZ", "增持"),
        ("2024-06-03", "300394.SZ", "增持"),
    ]
    assert {each["via"] for each in rows} == {"sina", "cninfo"}
    assert "[1/4] 300308.SZ: 2 ratings, sina" in done.err
    again = run("ratings", "fetch", str(path), *named)
    assert again.code == 0
    assert f"Ratings told: 7; added: 0; {path} holds 7" in " ".join(again.out.split())
    assert rows_of(path) == rows


def test_eastmoney_stands_in_where_sina_refuses(run: Run, vendor: VendorServer, path: Path) -> None:
    vendor.on(SINA, Reply("<html>访问过于频繁</html>".encode(), kind="text/html"))
    vendor.on(
        EASTMONEY, eastmoney_pages([report(1)], [report(2, publishDate="2024-06-18 00:00:00.000")])
    )
    done = run("ratings", "fetch", str(path), "--symbol", "300308.SZ", "--lang", "zh")
    assert done.code == 0, done.err
    assert "来源给出评级2条，新增2条" in "".join(done.out.split())
    assert "in its own words" in " ".join(done.out.split())
    assert [each["via"] for each in rows_of(path)] == ["eastmoney"] * 2


def test_a_small_company_without_reports_is_no_failure(
    run: Run, vendor: VendorServer, path: Path
) -> None:
    vendor.on(SINA, lambda asked: of_any_share(asked) if "600519" in asked.path else sina_page())
    nothing = as_json({"hits": 0, "data": [], "TotalPage": 0, "currentYear": 2024})
    known = eastmoney_pages([report(1, stockCode="600519")])
    vendor.on(EASTMONEY, lambda asked: known(asked) if asked.query["code"] == "600519" else nothing)
    done = run("ratings", "fetch", str(path), "--symbol", "920002.BJ")
    assert done.code == 0, done.err
    assert "No ratings could be had" in done.out
    assert "there are no ratings of 920002.BJ" in done.out
    assert not path.exists()


def test_a_fetch_that_fails_in_part_is_incomplete(
    run: Run, vendor: VendorServer, path: Path
) -> None:
    vendor.on(SINA, of_any_share)
    vendor.on(CNINFO, Reply(status=403))
    named = ("--symbol", "300308.SZ", "--symbol", "0700.HK", "--date", "2024-06-17")
    done = run("ratings", "fetch", str(path), *named)
    assert done.code == 3
    shown = " ".join(done.out.split())
    assert "0700.HK" in shown
    assert "nobody is known to tell its ratings" in shown
    assert "status 403" in shown
    assert len(rows_of(path)) == 2


def test_sessions_are_fetched_one_by_one(run: Run, vendor: VendorServer, path: Path) -> None:
    vendor.on(CNINFO, lambda asked: cninfo_day({"DECLAREDATE": asked.query["tdate"]}))
    done = run("ratings", "fetch", str(path), "--since", "2024-06-07", "--until", "2024-06-12")
    assert done.code == 0, done.err
    days = ["2024-06-07", "2024-06-11", "2024-06-12"]
    assert [asked.query["tdate"] for asked in vendor.asked] == days
    assert [each["date"] for each in rows_of(path)] == days
    # to the day of the run
    done = run("ratings", "fetch", str(path), "--since", "2024-06-28")
    assert [asked.query["tdate"] for asked in vendor.asked[3:]] == ["2024-06-28", "2024-07-01"]


def test_a_report_and_a_market_name_shares(run: Run, vendor: VendorServer, path: Path) -> None:
    vendor.on(SINA, of_any_share)
    lists = {
        ("BJ", "exchanges"): {"920002.BJ": "万达轴承"},
        ("SZ", "exchanges"): {str(SHARE): "甲"},
    }
    commit_offers(Store(), Offers(NOW, names=lists), {})
    done = run("ratings", "fetch", str(path), "--universe", "beijing")
    assert done.code == 0, done.err
    assert {each["symbol"] for each in rows_of(path)} == {"920002.BJ"}
    done = run("ratings", "fetch", str(path), "--report", "2024-06-16_soochow_media")
    told = {each["symbol"] for each in rows_of(path)}
    assert "300413.SZ" in told
    # its picks in Hong Kong and the United States
    assert done.code == 3
    assert not any(symbol.endswith(("HK", "US")) for symbol in told)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "it is not said whose ratings are wanted"),
        (("--symbol", "000001"), "is ambiguous"),
        (("--symbols", "300308.SZ,,"), "is not a symbol"),
        (("--symbol", "000300.SH"), "000300.SH is no share"),
        (("--universe", "moon"), "unknown market 'moon'"),
        (("--universe", "shanghai"), "no list of the shares of 'SH' is kept"),
        (("--date", "2024-07-02"), "2024-07-02 is still to come"),
        (("--date", "yesterday"), "yesterday"),
        (("--until", "2024-06-12"), "--until is given without --since"),
        (("--since", "2024-06-12", "--until", "2024-06-03"), "is after"),
        (("--report", "nowhere"), "nowhere"),
    ],
)
def test_wrong_input_is_refused_before_anybody_is_asked(
    run: Run, vendor: VendorServer, path: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run("ratings", "fetch", str(path), *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in " ".join(done.err.split())
    assert vendor.asked == []
    assert not path.exists()


def test_a_wrong_file_is_refused_before_anybody_is_asked(
    run: Run, vendor: VendorServer, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("代码,评级\n300308,买入\n", encoding="gb18030")
    for file in (path, tmp_path / "mine.xlsx", tmp_path):
        done = run("ratings", "fetch", str(file), "--symbol", "300308.SZ")
        assert done.code == 2, file
    assert vendor.asked == []
    assert path.read_text(encoding="gb18030") == "代码,评级\n300308,买入\n"


def test_a_fetch_that_is_stopped_leaves_the_file_as_it_was(
    run: Run, vendor: VendorServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.on(SINA, of_any_share)
    run("ratings", "fetch", str(path), "--symbol", "300308.SZ")
    before = path.read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    # at the first wait, between two shares
    monkeypatch.setattr("backtests.cli.clock.SystemClock.sleep", stop)
    done = run("ratings", "fetch", str(path), "--symbols", "600519.SH,601019.SH")
    assert done.code == 130
    assert "is as it was" in done.err
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir() if each.is_file()] == [path.name]


def test_a_file_that_cannot_be_written_stays(
    run: Run, vendor: VendorServer, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.on(SINA, of_any_share)
    run("ratings", "fetch", str(path), "--symbol", "300308.SZ")
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("screener.ratings.fetched.replace_file", full)
    done = run("ratings", "fetch", str(path), "--symbol", "601019.SH")
    assert done.code == 1
    assert "No space left" in done.err
    assert path.read_bytes() == before


def test_a_dropped_call_is_tried_again(run: Run, vendor: VendorServer, path: Path) -> None:
    replies = iter([Reply(hang_up=True), Reply(status=502)])
    vendor.on(SINA, lambda asked: next(replies, None) or of_any_share(asked))
    done = run("ratings", "fetch", str(path), "--symbol", "300308.SZ")
    assert done.code == 0, done.err
    assert len(vendor.asked) == 3
