"""Reads a large and dirty table of recommendations, and counts what is found against what was put.

Usage: python benchmarks/dirty.py [ROWS]; left out, two million. One row in a hundred is bad of
each kind, each line is in one of three encodings, and the spelling of all else varies.
"""

import datetime as dt
import multiprocessing
import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from screener.ratings.rejections import REASONS
from screener.ratings.table import read_ratings
from universes import load_scale

ROWS = 2_000_000
AS_OF = dt.date(2025, 6, 30)
FIRST = dt.date(2024, 1, 2)
HEADER = "日期,股票代码,评级,机构,分析师,目标价,price,horizon,link,known,报告名称"
ENCODINGS = ("utf-8", "gb18030", "big5")
KNOWN = {"东吴证券": "東吳證券", "中信建投证券": "中信建投證券"}
# names whose characters are in all three encodings
HOUSES = (*KNOWN, *(f"{name}{n}" for name in ("大和", "高盛", "花旗", "中金") for n in range(15)))
WORDS = {"买入": "買入", "增持": "增持", "中性": "中性", "减持": "減持", "Buy": "買入"}
SHARES = 400
BULLISH, BEARISH = ("买入", "買入"), ("卖出", "賣出")
_BAD_CELLS = {
    "bad_date": (0, ("2024-13-01", "", "17/06/2024", "45460", "昨天")),
    "bad_known": (9, ("soon", "2024-02-30")),
    "future_date": (0, ("2025-07-01", "20990101", "2025-06-30T16:00:00Z")),
    "bad_symbol": (1, ("000001", "nonsense", "", "12345678")),
    "not_a_share": (1, ("000300.SH", "510300", "USDCNY.FX")),
    "no_house": (3, ("", "nan", "--", "  ")),
    "unknown_rating": (2, ("A+", "", "unrated", "AAA")),
    "bad_target": (5, ("0", "-3", "12-15", "inf", "12元")),
    "bad_price": (6, ("0.00", "abc", "1e400")),
    "bad_horizon": (7, ("0", "121", "6.5", "-6")),
}
_EACH = 100


@dataclass(frozen=True)
class Dirty:
    """A table, and what is in it."""

    content: bytes
    rows: int
    planted: dict[str, int]
    houses: tuple[str, ...]

    @property
    def sound(self) -> int:
        return self.rows - sum(self.planted.values())


def spell_symbol(n: int, style: int) -> str:
    if n % 4 == 0:
        return (f"{700 + n:04d}.HK", f"hk{700 + n:05d}", f"{700 + n}.HK")[style % 3]
    code, suffix = (300000 + n, "SZ") if n % 4 == 1 else (600000 + n, "SH")
    return (f"{code}.{suffix}", f"{suffix.lower()}{code}", str(code))[style % 3]


def spell_day(day: dt.date, style: int) -> str:
    if style % 5 == 0:
        # noon in Shanghai and Hong Kong, told in London's time
        return f"{day}T04:{style % 60:02d}:{style // 60 % 60:02d}Z"
    plain = f"{day.year}/{day.month}/{day.day}", f"{day:%Y%m%d}", f"{day} 20:15", str(day)
    return plain[style % 5 - 1]


def make_row(n: int, draw: list[int], *, big5: bool) -> list[str]:
    """Make a sound row; no two are of one house, share and day."""
    house = HOUSES[n % len(HOUSES)]
    share = n // len(HOUSES) % SHARES
    day = FIRST + dt.timedelta(n // (len(HOUSES) * SHARES))
    word = list(WORDS)[draw[0] % len(WORDS)]
    authors = f"甲{n % len(HOUSES)}", f"乙{n % len(HOUSES)}"
    return [
        spell_day(day, draw[1]),
        spell_symbol(share, draw[2]),
        WORDS[word] if big5 else word,
        KNOWN.get(house, house) if big5 else house,
        (",", "、", ";")[draw[3] % 3].join(authors),
        f"{draw[4] % 50000 / 100 + 1:.2f}" if n % 3 else "",
        f"{draw[5] % 50000 / 100 + 1:.2f}" if n % 2 else "--",
        ("6", "12", "", "3.0")[draw[6] % 4],
        f"https://example.com/{n}",
        "" if n % 5 else str(day + dt.timedelta(3)),
        "通信\n月報" if n % 50 == 0 else f"報告 {n}",
    ]


def write_row(cells: list[str]) -> str:
    return ",".join(f'"{cell}"' if "," in cell or "\n" in cell else cell for cell in cells)


def make_dirty(count: int, seed: int = 1) -> Dirty:
    """Make a table of about so many rows."""
    random = np.random.default_rng(seed)
    kind_of = dict(enumerate(REASONS))
    rows: list[bytes] = []
    planted: Counter[str] = Counter()
    kinds = random.integers(0, _EACH, count).tolist()
    draws = random.integers(0, 2**31, (count, 7)).tolist()
    for n, (kind, draw) in enumerate(zip(kinds, draws, strict=True)):
        encoding = ENCODINGS[n % 3]
        big5 = encoding == "big5"
        reason = kind_of.get(kind, "")
        made = plant(reason, make_row(n, draw, big5=big5), n, big5=big5)
        planted[reason] += len(made) - (reason == "duplicate")
        rows += [text if isinstance(text, bytes) else text.encode(encoding) for text in made]
    del planted[""]
    order = random.permutation(len(rows)).tolist()
    content = b"\r\n".join([HEADER.encode(), *(rows[place] for place in order), b""])
    found = {reason: planted[reason] for reason in REASONS if planted[reason]}
    return Dirty(content, len(rows), found, tuple(sorted(HOUSES)))


def plant(reason: str, cells: list[str], n: int, *, big5: bool) -> list[str | bytes]:
    """Return the rows that a kind of badness makes of a sound one."""
    row = write_row(cells)
    if reason == "bad_line":
        longer = write_row([*cells[:-1], "", ""])
        wrong: tuple[str | bytes, ...] = (longer, "2024-01-02,600519", b"\xff\xff," * 10)
        return [wrong[n % 3]]
    if reason == "duplicate":
        return [row, write_row([*cells[:8], f"{cells[8]}/again", *cells[9:]])]
    if reason == "contradiction":
        pair = (BULLISH[big5], BEARISH[big5])
        return [write_row([*cells[:2], word, *cells[3:]]) for word in pair]
    if reason:
        place, bad = _BAD_CELLS[reason]
        return [write_row([*cells[:place], bad[n % len(bad)], *cells[place + 1 :]])]
    return [row]


def write_dirty(path: Path, count: int) -> Dirty:
    """Write a table, and return what is in it without its content."""
    dirty = make_dirty(count)
    path.write_bytes(dirty.content)
    return replace(dirty, content=b"")


def main(count: int) -> None:
    path = Path(tempfile.mkdtemp()) / "dirty.csv"
    # in another process, so that the peak below is that of reading
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        dirty = pool.apply(write_dirty, (path, count))
    print(f"{dirty.rows:,} rows, {path.stat().st_size / 2**20:.0f} MiB, {', '.join(ENCODINGS)}")
    began = time.perf_counter()
    ratings, rejections = read_ratings(path, AS_OF, common=load_scale("soochow"))
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"read and judged in {took:.1f} s, peak {peak:.2f} GiB")
    print(f"{'':16}{'planted':>10}{'found':>10}")
    found = {"sound": len(ratings), **rejections.counts}
    planted = {"sound": dirty.sound, **dirty.planted}
    for reason in {**planted, **found}:
        print(f"{reason:16}{planted.get(reason, 0):10,}{found.get(reason, 0):10,}")
    if found != planted or ratings.houses != dirty.houses:
        sys.exit("they differ")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else ROWS)
