"""Writes Sina's packed daily bars, the other way round from the script that unpacks them.

A stream of bits in characters of six, lowest bit first: a head, then for each bar which widths
and dates change, and the differences to the bar before. Prices are in hundredths.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_FIRST_DAY = dt.date(1990, 12, 19)
_FORMAT = 3466
# widths of open, high, low, close, volume and amount, in threes of bits: given and wanted
_GIVEN = (3, 3, 3, 3, 5, 5)
_WANTED = (8, 8, 8, 8, 13, 13)

Row = tuple[str, float, float, float, float, int, int]


class _Bits:
    def __init__(self) -> None:
        self.bits: list[int] = []

    def put(self, value: int, width: int) -> None:
        self.bits += [value >> n & 1 for n in range(width)]

    def flags(self, *values: int) -> None:
        self.bits += values

    def count(self, value: int) -> None:
        """Put a whole number other than zero: its sign, then its size in ones."""
        self.flags(int(value > 0), *[1] * (abs(value) - 1), 0)

    def text(self) -> str:
        bits = self.bits + [0] * (-len(self.bits) % 6)
        groups = [bits[n : n + 6] for n in range(0, len(bits), 6)]
        return "".join(_ALPHABET[sum(bit << n for n, bit in enumerate(group))] for group in groups)


def pack(rows: Sequence[Row]) -> str:
    """Return bars (ISO date, open, high, low, close, shares, amount) as Sina packs them."""
    bits = _Bits()
    bits.put(_FORMAT, 12)
    bits.put(63, 6)
    close = volume = 0
    for number, (day, *prices, shares, amount) in enumerate(rows):
        bits.flags(1, 1, 0, 1)
        for given, wanted in zip(_GIVEN, _WANTED, strict=True):
            bits.flags(0 if number else 1)
            if not number:
                bits.count(wanted - given)
        bits.flags(1)
        bits.put(1, 3)
        bits.put((dt.date.fromisoformat(day) - _FIRST_DAY).days, 18)
        bits.flags(0)
        o, h, low, c = (round(100 * price) for price in prices)
        average = o + ((h - o) - (o - low) + (c - o)) / 4
        traded = Decimal(int(average * shares + 0.5)) / 100
        rest = amount - int(traded.quantize(Decimal(1), ROUND_HALF_EVEN))
        deltas = (o - close, h - o, o - low, c - o, shares - volume, rest)
        for delta, width in zip(deltas, _WANTED, strict=True):
            bits.put(delta, 3 * width)
        close, volume = c, shares
    bits.flags(1, 1, 0, 0, 0)
    return bits.text()


def script(rows: Sequence[Row], name: str = "KLC_KL_sz300308") -> str:
    """Return the script that a page would load."""
    return f'var {name}="{pack(rows)}";\n'
