"""Serves the store as a panel: sessions down, symbols across, on the bases that are known."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from screener.calendar import Days
from screener.origin import Origin
from screener.panel import Field, Floats, Panel, Quote, Traded
from screener.store.bases import Served, choose_series
from screener.store.store import State
from universes import InputError
from universes.rating import BASES, Basis
from universes.text import Text

_NAMED = 8

Rows = npt.NDArray[np.intp]


def serve_panel(
    state: State,
    symbols: Sequence[str] | None = None,
    start: np.datetime64 | None = None,
    end: np.datetime64 | None = None,
    bases: Sequence[Basis] = BASES,
    optional: Collection[str] = (),
    names: Sequence[Field] = ("close", "open"),
    *,
    raw: bool = False,
    traded: bool = False,
    optional_bases: Collection[Basis] = (),
) -> Panel:
    """Return a panel of one version of the store.

    Parameters
    ----------
    state : State
    symbols : sequence of str, optional
        Canonical spellings; left out: every one that is served.
    start, end : datetime64[D], optional
        Both included; no bar after ``end`` is read, so a price basis that would have to be
        derived from later ones is not known.
    bases : sequence of {"price", "total"}
        A security that is not known on one is missing there, and the panel's notes say so;
        where only one is asked for, naming such a security is an error.
    optional : collection of str
        Symbols that may be missing without a word.
    names : sequence of {"open", "high", "close"}
    raw : bool
        Prices as they were printed too, of the securities kept so whose corporate actions are
        known; the others' are missing, which no note says. Series are chosen as without.
    traded : bool
        Volumes and amounts too; a volume that is restated for later splits is left out.
    optional_bases : collection of {"price", "total"}
        Of the bases those on which a security may be missing without a word, as is one whose
        price basis would have to be derived from the total one, so that it could not be cut.

    Raises
    ------
    InputError
        If no security is served, or one named is not known on the only basis asked for.
    """
    wanted = state.catalog.symbols if symbols is None else sorted(set(symbols))
    served = choose_series(state, wanted, bases, end)
    needed = [symbol for symbol in wanted if symbol not in optional]
    notes = _explain(state, needed, served, [each for each in bases if each not in optional_bases])
    known = [each for each in served if all(each.knows(basis) for basis in bases)]
    if len(bases) == 1:
        served = known
        if symbols is not None and not set(needed) <= {str(each.symbol) for each in known}:
            raise InputError(" ".join(note.en for note in notes), _REMEDY)
    if not served:
        missing = " ".join(note.en for note in notes) or "the store holds no prices"
        raise InputError(missing, _REMEDY)
    wanted_figures = {*names, "close", *(_TRADED if traded else ())}
    dates, figures = _read_matrices(state, served, wanted_figures, start, end)
    quotes: tuple[Quote, ...] = (*bases, "raw") if raw else (*bases,)
    # one that could not be cut is left out where it may be missing
    spared = "price" in optional_bases
    known_on = {
        quote: [e.knows(quote) and not (spared and quote == "price" and e.derived) for e in served]
        for quote in quotes
    }
    prices = {
        (name, quote): _quoted(figures, name, quote, served, known_on[quote], dates)
        for quote in quotes
        for name in names
    }
    histories = [each.history for each in served if each.history]
    panel = Panel(
        dates,
        tuple(str(each.symbol) for each in served),
        prices,
        Origin("", "", tuple(notes)),
        tuple(action for each in served for action in each.actions(dates[-1])),
        derived="price" in bases
        and any(e.derived and on for e, on in zip(served, known_on["price"], strict=True)),
        listed={own.symbol: (own.since, own.until) for own in histories},
        traded=_count_traded(figures, served) if traded else {},
    )
    version = state.catalog.version
    origin = Origin(f"store, version {version}", panel.sha256, tuple(notes), version)
    return replace(panel, origin=origin)


_TRADED: tuple[Traded, ...] = ("volume", "amount")
_REMEDY = "run screener data update, or screener data import PATH; screener data status lists all"


def _read_matrices(
    state: State,
    served: Sequence[Served],
    names: Collection[str],
    start: np.datetime64 | None,
    end: np.datetime64 | None,
) -> tuple[Days, dict[str, Floats]]:
    """Read fields as kept, one column for each security, shape (T, N)."""
    ids = np.array([each.entry.id for each in served])
    table = state.rows("bar", ["id", "date", *sorted(names)], ids.tolist(), start, end)
    if not len(table):
        raise InputError("the store holds no bars between the dates asked for", _REMEDY)
    place = np.zeros(ids.max() + 1, dtype=np.intp)
    place[ids] = np.arange(len(ids))
    columns = place[table.column("id").to_numpy()]
    days = table.column("date").to_numpy().astype("datetime64[D]")
    dates, rows = _index_days(days)
    figures: dict[str, Floats] = {}
    for name in names:
        figures[name] = np.full((len(dates), len(ids)), np.nan)
        figures[name][rows, columns] = table.column(name).to_numpy()
    return dates, figures


def _index_days(days: Days) -> tuple[Days, Rows]:
    """Return the distinct days, ascending, and the place of each day among them."""
    first = days.min()
    offsets = (days - first).astype(np.intp)
    present = np.zeros(offsets.max() + 1, dtype=np.bool_)
    present[offsets] = True
    return first + np.flatnonzero(present).astype("timedelta64[D]"), np.cumsum(present)[offsets] - 1


def _count_traded(figures: Mapping[str, Floats], served: Sequence[Served]) -> dict[Traded, Floats]:
    restated = [each.entry.basis == "split_adjusted" for each in served]
    traded = {name: figures[name].copy() for name in _TRADED}
    traded["volume"][:, restated] = np.nan
    return traded


def _quoted(
    figures: Mapping[str, Floats],
    name: Field,
    quote: Quote,
    served: Sequence[Served],
    known: Sequence[bool],
    dates: Days,
) -> Floats:
    matrix = figures[name].copy()
    for column, each in enumerate(served):
        if not known[column]:
            matrix[:, column] = np.nan
        else:
            own = matrix[:, column]
            converted = each.convert(own, figures["close"][:, column], dates, quote)
            if converted is not own:
                matrix[:, column] = converted
    return matrix


def _explain(
    state: State, wanted: Sequence[str], served: Sequence[Served], bases: Sequence[Basis]
) -> list[Text]:
    """Say which securities are not served, on which basis, and why."""
    notes = []
    there = {str(each.symbol) for each in served}
    absent = [symbol for symbol in wanted if symbol not in there]
    held = {symbol: state.catalog.held_of(symbol) for symbol in wanted}
    notes += _note(
        [symbol for symbol in absent if not held[symbol]],
        Text("数据仓没有这些证券的可用行情：", "The store serves no prices of"),
        Text("。", "."),
    )
    notes += _note(
        [symbol for symbol in wanted if held[symbol]],
        Text("新数据与规则或已存数据不符，已搁置：", "Held back, as new figures failed a check:"),
        Text("，见 screener data check。", "; see screener data check."),
    )
    for basis in bases:
        unknown = [each for each in served if not each.knows(basis)]
        notes += _note(
            [str(each.symbol) for each in unknown if not each.cut],
            Text(f"以下证券没有 {basis} 口径：", f"No {basis} basis for"),
            Text("，公司行动未知。", ": their corporate actions are not known."),
        )
        notes += _note(
            [str(each.symbol) for each in unknown if each.cut],
            Text(f"以下证券没有 {basis} 口径：", f"No {basis} basis for"),
            Text("，只能由更晚的数据推出。", ": it could only be derived from later figures."),
        )
        notes += _note(
            [str(each.symbol) for each in served if each.lacks_days(basis)],
            Text(f"{basis} 口径只有部分日期：", f"On the {basis} basis only part of its days:"),
            Text(
                "，其余日期的公司行动未知。", "; of the others the corporate actions are not known."
            ),
        )
    return notes


def _note(symbols: Sequence[str], before: Text, after: Text) -> list[Text]:
    if not symbols:
        return []
    more = len(symbols) - _NAMED
    zh, en = "、".join(symbols[:_NAMED]), ", ".join(symbols[:_NAMED])
    if more > 0:
        zh, en = f"{zh} 等 {len(symbols)} 只", f"{en} and {more} more"
    return [Text(f"{before.zh}{zh}{after.zh}", f"{before.en} {en}{after.en}")]
