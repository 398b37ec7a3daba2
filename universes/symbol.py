"""One spelling for each security: a code, a dot and its exchange."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from universes.errors import InputError
from universes.exchange import Exchange, list_exchanges, suffixes

_PREFIXED = re.compile(r"([A-Z]+?)\.?(\d{1,6})")
_LONGEST = 20
_WIDEST_HK_CODE = 5
_SHORTEST_HINT = 4


@dataclass(frozen=True, order=True)
class Symbol:
    """A security: 300308.SZ, 601019.SH, 0700.HK, 920002.BJ, PDD.US, HSI.HK.

    Make one with `Symbol.parse`, which checks it.
    """

    code: str
    suffix: str

    def __str__(self) -> str:
        """Give the canonical spelling."""
        return f"{self.code}.{self.suffix}"

    @property
    def exchange(self) -> Exchange:
        """The exchange it is listed on."""
        return list_exchanges()[self.suffix]

    @property
    def kind(self) -> str:
        """Whether it is a share, a fund or an index."""
        return _kind_of(self)

    @property
    def takes_basis(self) -> bool:
        """Whether dividends and splits change its prices: a share's, a fund's."""
        return self.kind in {"share", "fund"}

    @classmethod
    def parse(cls, text: str) -> "Symbol":
        """Read a symbol in any of the usual spellings.

        Parameters
        ----------
        text : str
            300308, 300308.SZ, SZ300308, sz.300308, 300308.XSHE, 601019.SS, 700.HK, 00700,
            hk00700, 920002, PDD.US. Case, full-width characters and blanks around it do not
            matter.

        Raises
        ------
        InputError
            If no exchange has such a code, or several have; the candidates are named.

        Examples
        --------
        >>> str(Symbol.parse("hk00700"))
        '0700.HK'
        >>> Symbol.parse("000001")
        Traceback (most recent call last):
        ...
        universes.errors.InputError: '000001' is ambiguous; write 000001.SH (index) or \
000001.SZ (share)
        """
        return _parse(text)


def spell_all(texts: Iterable[str]) -> list[str]:
    """Return the canonical spellings of symbols in any spelling, each once, in order."""
    return sorted({str(Symbol.parse(text)) for text in texts})


@lru_cache(maxsize=65536)
def _kind_of(symbol: Symbol) -> str:
    known = symbol.exchange.find(symbol.code)
    return known.kind if known else ""


@lru_cache(maxsize=65536)
def _parse(text: str) -> Symbol:
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    if not plain or len(plain) > _LONGEST or not plain.isascii():
        raise InputError(f"{text[:40]!r} is not a symbol", "write it as 300308.SZ or 0700.HK")
    readings = {_settle(code, suffix) for code, suffix in _readings(plain)}
    candidates = sorted(symbol for symbol in readings if symbol is not None)
    if not candidates:
        raise InputError(f"no exchange has a code {text!r}", _remedy(plain))
    if len(candidates) > 1:
        named = " or ".join(f"{symbol} ({symbol.kind})" for symbol in candidates)
        raise InputError(f"{text!r} is ambiguous", f"write {named}")
    if plain == candidates[0].code and plain.isalpha():
        raise InputError(f"{text!r} names no exchange", f"write {candidates[0]}")
    return candidates[0]


def _readings(plain: str) -> Iterator[tuple[str, str]]:
    """Yield each (code, suffix) that a spelling could mean."""
    left, dot, right = plain.rpartition(".")
    if dot:
        if right in suffixes():
            yield left, suffixes()[right]
        elif left in suffixes():
            yield right, suffixes()[left]
        return
    prefixed = _PREFIXED.fullmatch(plain)
    if prefixed and prefixed[1] in suffixes():
        yield prefixed[2], suffixes()[prefixed[1]]
        return
    for exchange in list_exchanges().values():
        yield plain, exchange.id
        # a spreadsheet drops the zeros that an A-share code begins with
        if plain.isdigit() and not plain.startswith("0") and exchange.digits > len(plain):
            yield plain.zfill(exchange.digits), exchange.id


def _settle(code: str, suffix: str) -> Symbol | None:
    exchange = list_exchanges()[suffix]
    if code.isdigit() and suffix == "HK":
        significant = code.lstrip("0")
        if not significant or len(code) > _WIDEST_HK_CODE:
            return None
        code = significant.zfill(exchange.digits)
    return Symbol(code, suffix) if exchange.find(code) else None


def _remedy(plain: str) -> str:
    """Name what the digits of a refused spelling would be read as, or give examples."""
    digits = re.sub(r"\D", "", plain)
    meant = sorted(
        {
            str(symbol)
            for code, suffix in _readings(digits)
            if len(digits) >= _SHORTEST_HINT and (symbol := _settle(code, suffix))
        }
    )
    if meant:
        return f"did you mean {' or '.join(meant)}?"
    return "write it as 300308.SZ, 601019.SH, 0700.HK, 920002.BJ or PDD.US"
