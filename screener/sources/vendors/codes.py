"""Which mainland share a bare code means, in tables of the whole market."""

import re

from screener.sources.vendors.query import is_a_share
from universes import InputError
from universes.renames import find_rename
from universes.symbol import Symbol

_SUFFIXES = ("SH", "SZ", "BJ")
# where a code is no mainland share of ours, though of the same table: the third board's, and
# those of companies that have applied to be listed, which have a letter
_ELSEWHERE = "NQ"
_NUMBERED = re.compile(r"\d{6}")


def place_code(code: str) -> str | None:
    """Return the A-share of a code; empty for another market's share, None for none at all.

    A code that was changed gives the share under its new one.
    """
    if not _NUMBERED.fullmatch(code):
        return ""
    shares = [share for suffix in (*_SUFFIXES, _ELSEWHERE) if (share := _find(code, suffix))]
    renamed = [rename.new for share in shares if (rename := find_rename(share))]
    if renamed:
        return str(renamed[0])
    if not shares:
        return None
    return str(shares[0]) if len(shares) == 1 and is_a_share(shares[0]) else ""


def _find(code: str, suffix: str) -> Symbol | None:
    try:
        symbol = Symbol.parse(f"{code}.{suffix}")
    except InputError:
        return None
    return symbol if symbol.kind == "share" else None
