"""A message in parts, none above a limit."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace

from backtests.delivery.graphemes import clusters
from backtests.delivery.markdown import Atom, cells_of, join_atoms, read_atoms, row_of
from universes.errors import InputError

Size = Callable[[str], int]

_MOST_PARTS_DIGITS = 3
_SENTENCE_ENDS = ("。", "！", "？", "；", ". ", "! ", "? ", "; ")
# a title above this share of a part is not repeated on every part
_TITLE_SHARE = 4
# a part that ends at a better place may be this much shorter
_LEAST_FULL = 2


def utf8_bytes(text: str) -> int:
    """Return the length of a text in bytes of UTF-8."""
    return len(text.encode())


def split_message(
    markdown: str, limit: int, size: Size = utf8_bytes, shortened: str = "… = 有删节 (shortened)"
) -> list[str]:
    r"""Return a message in parts, each with its title and number and none above a limit.

    A part ends before a heading, else after a paragraph, else after a list item, else after a row
    of a table, whichever leaves it at least half full; a table that goes on in the next part has
    its header there again. A line longer than a part is cut after a sentence, else at a space,
    else between two characters as a reader sees them. A row longer than a part has its longest
    cells shortened to end in an ellipsis, and the message then ends by saying so.

    Parameters
    ----------
    markdown : str
        Of headings, paragraphs, lists and tables; ``# title`` first, if it has one.
    limit : int
        The most a part may measure, its title and number included.
    size : callable
        Measures a part; by default its bytes of UTF-8.
    shortened : str
        What is said where a cell was shortened.

    Returns
    -------
    list of str
        The message itself where it fits, else parts that begin with ``# title (2/3)``, or with
        ``(2/3)`` where there is no title or it takes above a quarter of the limit.

    Raises
    ------
    InputError
        If the limit is too small for a table's columns, or for any text at all.

    Examples
    --------
    >>> split_message("# T\n\nfirst\n\nsecond", 17)
    ['# T (1/2)\n\nfirst', '# T (2/2)\n\nsecond']
    """
    atoms = read_atoms(markdown)
    whole = join_atoms(atoms)
    if size(whole) <= limit:
        return [whole]
    title = ""
    if atoms[0].text.startswith("# ") and size(atoms[0].text) * _TITLE_SHARE <= limit:
        title = atoms.pop(0).text
    for digits in range(1, _MOST_PARTS_DIGITS + 1):
        widest = "9" * digits
        parts = _Packing(limit, size, _headed(title, widest, widest), shortened).pack(atoms)
        if len(parts) < 10**digits:
            return [
                _headed(title, str(n), str(len(parts))) + join_atoms(part)
                for n, part in enumerate(parts, start=1)
            ]
    raise InputError(f"the message takes above {10**_MOST_PARTS_DIGITS} parts", "shorten it")


def _headed(title: str, number: str, count: str) -> str:
    label = f"({number}/{count})"
    return f"{title} {label}\n\n" if title else f"{label}\n\n"


class _Packing:
    """Fills parts one after another."""

    def __init__(self, limit: int, size: Size, head: str, shortened: str) -> None:
        self._limit = limit
        self._size = size
        self._head = head
        self._note = Atom("line", shortened, 2)

    def pack(self, atoms: Sequence[Atom]) -> list[list[Atom]]:
        rest = list(atoms)
        parts = []
        while rest:
            count = self._count_that_fit(rest)
            if not count:
                rest = self._broken(rest)
                continue
            count = _best_cut(rest, count)
            parts.append(rest[:count])
            rest = rest[count:]
        return parts

    def _fits(self, atoms: Sequence[Atom]) -> bool:
        return self._size(self._head + join_atoms(atoms)) <= self._limit

    def _count_that_fit(self, atoms: Sequence[Atom]) -> int:
        return bisect_right(
            range(1, len(atoms) + 1), 0, key=lambda n: 0 if self._fits(atoms[:n]) else 1
        )

    def _broken(self, rest: list[Atom]) -> list[Atom]:
        """Return the atoms with the first one made to fit."""
        first, others = rest[0], rest[1:]
        if first.kind != "row":
            return [*self._cut(first), *others]
        told = others if others and others[-1] == self._note else [*others, self._note]
        return [self._shorten(first), *told]

    def _cut(self, atom: Atom) -> tuple[Atom, Atom]:
        pieces = clusters(atom.text)

        def fits(count: int) -> bool:
            return self._fits([replace(atom, text="".join(pieces[:count]))])

        most = bisect_right(range(1, len(pieces) + 1), 0, key=lambda n: 0 if fits(n) else 1)
        if not most:
            raise InputError(f"no text fits a limit of {self._limit}", "give a larger limit")
        most = _end_of_words(pieces, most)
        first = replace(atom, text="".join(pieces[:most]))
        return first, Atom("piece", "".join(pieces[most:]), 0)

    def _shorten(self, row: Atom) -> Atom:
        cells = cells_of(row.text)
        while not self._fits([replace(row, text=row_of(cells))]):
            longest = max(range(len(cells)), key=lambda n: utf8_bytes(cells[n]))
            kept = clusters(cells[longest].removesuffix("…"))
            if len(kept) <= 1:
                columns = len(cells)
                raise InputError(
                    f"a table of {columns} columns does not fit a limit of {self._limit}",
                    "give a larger limit",
                )
            text = "".join(kept[: len(kept) * 7 // 8]).rstrip()
            cells[longest] = f"{text}…"
        return replace(row, text=row_of(cells))


def _best_cut(atoms: Sequence[Atom], most: int) -> int:
    """Return how many of the atoms that fit make a part that ends well."""
    if most == len(atoms):
        return most
    lengths = [len(atom.text) for atom in atoms[:most]]
    full = sum(lengths)
    ends = [n for n in range(1, most + 1) if atoms[n - 1].kind != "heading"]
    ends = [n for n in ends if sum(lengths[:n]) * _LEAST_FULL >= full] or ends or [most]
    return min(ends, key=lambda n: (_rank(atoms[n]), -n))


def _rank(atom: Atom) -> int:
    """Return how good a place it is to cut before an atom; 0 is the best."""
    if atom.kind == "heading":
        return 0
    if atom.gap == 2:  # noqa: PLR2004 - a blank line
        return 1
    return ("item", "row", "line", "piece").index(atom.kind) + 2


def _end_of_words(pieces: Sequence[str], most: int) -> int:
    """Return where to cut a line of which so many pieces fit."""
    least = most // _LEAST_FULL
    for ends in (_SENTENCE_ENDS, (" ", "\n")):
        for count in range(most, least, -1):
            if "".join(pieces[max(count - 2, 0) : count]).endswith(ends):
                return count
    return most
