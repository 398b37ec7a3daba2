"""How often the verdict errs on baskets picked without skill, and how much skill it finds.

Usage: python benchmarks/calibration.py [--data STORE] [--sectors NAME ...], a store of daily prices
of both markets, and kept tables of sectors or files of them; left out, the usual store and all
tables kept. Where they hold no market there is nothing to measure, and one line says so. What is
drawn and judged is in no_skill.py.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import numpy as np
from no_skill import KINDS, OTHERS, SKILLS, Judged, Side, calibrate, list_days

from backtests.summary import wilson_interval
from screener import load_prices
from screener.companies.sectors import load_sectors
from universes import InputError


def show(
    title: str,
    groups: Iterable[tuple[str, Sequence[Judged]]],
    columns: Mapping[str, Callable[[Sequence[Judged]], str]],
) -> None:
    """Print a table with a row for each group and a column for each thing told of it."""
    rows = [(name, *(tell(own) for tell in columns.values())) for name, own in groups]
    rows.insert(0, (title, *columns))
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    print()
    for name, *cells in rows:
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        print("  ".join([name.ljust(widths[0]), *aligned]))


def show_all(judged: Sequence[Judged], skills: Sequence[float]) -> None:
    """Print what is said of baskets without skill, and with skill planted."""
    found = sorted({one.kind for one in judged}, key=(*KINDS, *OTHERS).index)
    kinds = [(kind.title, [one for one in judged if one.kind == kind]) for kind in found]
    show(
        "picked without skill",
        kinds,
        {
            "baskets": lambda own: f"{len(own):,}",
            "skilled": lambda own: spell(one.words[0] == "skilled" for one in own),
            "unskilled": lambda own: spell(one.words[0] == "unskilled" for one in own),
            "cannot tell": lambda own: spell(one.words[0] == "cannot_tell" for one in own),
            "one bet": lambda own: spell(one.one_bet for one in own),
            "refused": lambda own: spell(one.refused for one in own),
        },
    )
    show(
        "the same, by other rules",
        kinds,
        {
            "skilled: market": lambda own: spell(one.market_only == "skilled" for one in own),
            "no sector": lambda own: spell(one.no_sector == "skilled" for one in own),
            "no past": lambda own: spell(one.no_past == "skilled" for one in own),
            "naive: better": lambda own: spell(one.naive > 0 for one in own),
            "worse": lambda own: spell(one.naive < 0 for one in own),
            "corrected: better": lambda own: spell(side > 0 for side in _tested(own)),
            "or worse": lambda own: spell(side < 0 for side in _tested(own)),
        },
    )
    for word in ("skilled", "unskilled"):
        show(
            f"called {word}, skill planted",
            kinds,
            {
                f"{100 * skill:.0f} points": partial(_spell_word, word=word, place=place)
                for place, skill in enumerate(skills)
            },
        )
    title, own = kinds[0]
    days = sorted({one.day for one in own})
    show(
        title,
        [(str(day), [one for one in own if one.day == day]) for day in days],
        {
            "baskets": lambda own: f"{len(own):,}",
            "beat index by": lambda own: f"{100 * np.mean([one.mean for one in own]):.1f}",
            "skilled": lambda own: spell(one.words[0] == "skilled" for one in own),
            "unskilled": lambda own: spell(one.words[0] == "unskilled" for one in own),
            "naive: better": lambda own: spell(one.naive > 0 for one in own),
            "worse": lambda own: spell(one.naive < 0 for one in own),
        },
    )


def spell(hits: Iterable[bool]) -> str:
    """Spell a share with its 95% Wilson interval, in percent."""
    found = list(hits)
    if not found:
        return "none"
    low, high = wilson_interval(sum(found), len(found))
    return f"{100 * sum(found) / len(found):.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _spell_word(own: Sequence[Judged], word: str, place: int) -> str:
    return spell(one.words[place] == word for one in own)


def _tested(own: Sequence[Judged]) -> list[Side]:
    return [one.corrected for one in own if one.corrected is not None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="store", help="the address of a store")
    parser.add_argument("--sectors", nargs="*", default=[], help="kept tables, or files")
    parser.add_argument("--baskets", type=int, default=2_000, help="of each main kind")
    parser.add_argument("--draws", type=int, default=999, help="of each comparison")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    baskets = {**dict.fromkeys(KINDS, given.baskets), **dict.fromkeys(OTHERS, given.baskets // 4)}
    numbers = (given.draws, given.seed, given.workers)
    try:
        panel = load_prices(source=given.data, fields=("close",))
        tables = load_sectors(given.sectors)
        days = list_days(panel)
        judged = calibrate(panel, tables, days, baskets, *numbers)
    except InputError as error:
        print(f"skipped: {error}")
        sys.exit()
    print(f"{len(days)} ends of months, {days[0]} to {days[-1]}; seed {given.seed}")
    show_all(judged, SKILLS)


if __name__ == "__main__":
    main()
