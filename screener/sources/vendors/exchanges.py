"""The mainland exchanges' own lists of shares, through akshare."""

from screener.sources.errors import EmptyError
from screener.sources.vendors.frames import check_columns, to_listing
from screener.sources.vendors.guard import guarded
from universes.symbol import Symbol

SOURCE = "exchanges"

_SUFFIXES = ("SH", "SZ", "BJ")
# what akshare keeps for as long as the process lives
_KEPT = (
    "stock_info_a_code_name",
    "stock_info_sh_name_code",
    "stock_info_sz_name_code",
    "stock_info_bj_name_code",
)


def serves(symbol: Symbol) -> bool:  # noqa: ARG001 - every adaptor is asked
    """Tell whether bars of a symbol can be asked for: of none, there are lists only."""
    return False


def fetch_listing(suffix: str) -> dict[str, str]:
    """Fetch the name of every A-share listed on an exchange, by canonical spelling.

    All three exchanges are asked, whichever is wanted.

    Parameters
    ----------
    suffix : str
        SH, SZ or BJ.

    Raises
    ------
    SchemaChangedError
        If a code belongs to no exchange, so that new codes have to be told of.
    SourceError
        As `screener.sources.vendors.guard.guarded` says.
    """
    if suffix not in _SUFFIXES:
        raise EmptyError(SOURCE, f"have no listing of {suffix}")
    with guarded(SOURCE):
        import akshare  # noqa: PLC0415 - takes seconds to import

        for name in _KEPT:
            getattr(akshare, name).cache_clear()
        frame = akshare.stock_info_a_code_name()
    check_columns(SOURCE, frame, ("code", "name"))
    listed = to_listing(SOURCE, frame["code"], frame["name"], _SUFFIXES)
    return {symbol: name for symbol, name in listed.items() if symbol.endswith(f".{suffix}")}
