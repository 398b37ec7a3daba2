"""Names that a user's own store lists, beside those that are shipped."""

from screener.prices import find_state
from universes.errors import InputError
from universes.names import SecurityName, load_names
from universes.renames import find_rename
from universes.symbol import Symbol


def list_rows(source: str | None = None) -> tuple[SecurityName, ...]:
    """Return what a store's lists add to the shipped names, by symbol.

    Parameters
    ----------
    source : str, optional
        See `screener.load_prices`; a snapshot adds nothing. Left out: the store, where there is
        one.

    Returns
    -------
    tuple of SecurityName
        Of shares that are not shipped, and names that are others than those shipped.
    """
    state = find_state(source, None, None, None)
    if state is None:
        return ()
    from screener.store.lists import kept_names  # noqa: PLC0415 - slow, and not always used

    shipped = {name.symbol: name for name in load_names()}
    rows = []
    for spelling, listed in sorted(kept_names(state).items()):
        try:
            symbol = Symbol.parse(spelling)
        except InputError:
            # of a kind that no report picks
            continue
        own = shipped.get(symbol)
        if find_rename(symbol):
            # listed under its new code as well
            continue
        if own is None or listed not in (own.zh, own.en, *own.also):
            is_chinese = not listed.isascii()
            rows.append(
                SecurityName(symbol, listed if is_chinese else "", "" if is_chinese else listed, ())
            )
    return tuple(rows)
