"""Who publishes ratings, under which names, and what their words for grades mean."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from pathlib import Path

from universes.rating import Band, RatingScale, list_scales, load_scale
from universes.tables import Table, read_toml
from universes.text import Text

HOUSES_FILE = Path(__file__).parent / "houses.toml"
WORDS_FILE = Path(__file__).parent / "rating_words.toml"
# no word wears more of them
_MOST_MARKS = 6
_JOINTS = " :,"


@dataclass(frozen=True)
class House:
    """A house that publishes ratings.

    Attributes
    ----------
    id : str
    name : Text
    spellings : tuple of str
        What it goes by beside its name.
    scale : str
        Id or path of its rating standard; empty where it has none that is kept.
    words : mapping of str to str
        Its own further words for grades of that standard, by folded word.
    """

    id: str
    name: Text
    spellings: tuple[str, ...]
    scale: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Marks:
    """What may stand about a word without changing its grade, folded.

    Attributes
    ----------
    before, after : tuple of str
        Longest first.
    aside : tuple of str
        What may stand in brackets at either end.
    enclosing : tuple of str
        The brackets, in pairs.
    """

    before: tuple[str, ...]
    after: tuple[str, ...]
    aside: tuple[str, ...]
    enclosing: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Houses:
    """Houses by their names, and the words for grades.

    Attributes
    ----------
    houses : mapping of str to House
        By folded name.
    words : mapping of str to tuple of str
        By folded word the grades it can mean, the first that a standard has counts.
    marks : Marks
    """

    houses: Mapping[str, House]
    words: Mapping[str, tuple[str, ...]]
    marks: Marks
    _known: set[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        scales = map(load_scale, list_scales())
        names = {n for scale in scales for band in scale.company for n in _names_of(band)}
        own = chain.from_iterable(house.words for house in self.houses.values())
        object.__setattr__(self, "_known", {*names, *own, *self.words})

    def find(self, name: str) -> House | None:
        """Return the house of a name, or None; case, blanks and full-width forms do not matter.

        Examples
        --------
        >>> load_houses().find(" soochow  SECURITIES").name.zh
        '东吴证券'
        """
        return self.houses.get(fold(name))

    def is_word(self, word: str) -> bool:
        """Tell whether a word is one for a grade in any standard at all."""
        return any(form in self._known for form in self._forms(word))

    def read_word(self, word: str, scale: RatingScale, house: House | None) -> int | None:
        """Return the grade that a word means in a standard, or None.

        Parameters
        ----------
        word : str
            As its source writes it.
        scale : RatingScale
            By which the house's ratings are graded.
        house : House or None
            Whose word it is.

        Returns
        -------
        int or None
            Counted from the worst grade, which is 0; None where the standard has no such grade.

        Examples
        --------
        >>> load_houses().read_word("买入（维持）", load_scale("soochow"), None)
        4
        >>> load_houses().read_word("推荐", load_scale("soochow"), None) is None
        True
        """
        places = {band.grade: n for n, band in enumerate(reversed(scale.company))}
        words = {name: places[band.grade] for band in scale.company for name in _names_of(band)}
        own = house.words if house else {}
        for form in self._forms(word):
            if own.get(form) in places:
                return places[own[form]]
            if form in words:
                return words[form]
            if form in self.words:
                return next((places[g] for g in self.words[form] if g in places), None)
        return None

    def _forms(self, word: str) -> Iterator[str]:
        """Yield a word as it stands, and then with one mark after another taken off."""
        form = fold(word)
        for _ in range(_MOST_MARKS):
            yield form
            shorter = self._take_off(form)
            if shorter in {"", form}:
                return
            form = shorter

    def _take_off(self, form: str) -> str:
        """Return a word without its outermost mark; as it is where it has none."""
        for pair in self.marks.enclosing:
            left, right = pair[0], pair[1]
            if form.startswith(left) and form.endswith(right):
                return form[1:-1].strip()
            word, _, aside = form.removesuffix(right).rpartition(left)
            if form.endswith(right) and aside.strip() in self.marks.aside:
                return word.strip()
            aside, _, word = form.removeprefix(left).partition(right)
            if form.startswith(left) and aside.strip() in self.marks.aside:
                return word.strip()
        for mark in self.marks.before:
            if form.startswith(mark):
                return form.removeprefix(mark).strip(_JOINTS)
        for mark in self.marks.after:
            if form.endswith(mark):
                return form.removesuffix(mark).strip(_JOINTS)
        return form


def fold(text: str) -> str:
    """Return a name or a word as it is compared: NFKC, without case, blanks run together."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def stance_of(band: Band) -> int:
    """Return what a grade says: 1 for bullish, -1 for bearish, otherwise 0.

    Bullish keeps what a recommendation promises; bearish lies wholly below zero.
    """
    if band.hit:
        return 1
    return -1 if band.upper is not None and band.upper <= 0 else 0


def load_houses(extra: Path | None = None) -> Houses:
    """Load the shipped houses and words, and those of a user's file, which win.

    Parameters
    ----------
    extra : Path, optional
        TOML with ``[[house]]`` tables as in houses.toml, ``[words]`` as in rating_words.toml,
        or both.

    Raises
    ------
    FaultyFileError
        If the file has faults; all are listed.
    """
    shipped = _load_shipped()
    if extra is None:
        return shipped
    table = read_toml(extra)
    found = _read_houses(table, extra.parent)
    words = _read_words(table.table("words")) if table.has("words") else {}
    table.finish()
    table.faults.raise_if_any()
    return replace(shipped, houses={**shipped.houses, **found}, words={**shipped.words, **words})


@cache
def _load_shipped() -> Houses:
    names, words = read_toml(HOUSES_FILE), read_toml(WORDS_FILE)
    marks = words.table("marks")
    before, after, aside = (
        tuple(sorted(map(fold, marks.texts(key)), key=len, reverse=True))
        for key in ("before", "after", "aside")
    )
    houses = Houses(
        _read_houses(names, HOUSES_FILE.parent),
        _read_words(words.table("words")),
        Marks(before, after, aside, marks.texts("enclosing")),
    )
    for table in (names, marks, words):
        table.finish()
        table.faults.raise_if_any()
    return houses


def _read_houses(table: Table, folder: Path) -> dict[str, House]:
    found: dict[str, House] = {}
    for row in table.tables("house"):
        house = _read_house(row, folder)
        names = {fold(n) for n in (house.name.zh, house.name.en, *house.spellings)} - {""}
        for name in sorted(names & found.keys()):
            row.fault("spellings", f"{name!r} is another house too", "leave it out of one of them")
        found.update(dict.fromkeys(names, house))
    return found


def _read_house(row: Table, folder: Path) -> House:
    scale = row.text("scale") if row.has("scale") else ""
    if scale and scale not in list_scales():
        scale = str(folder / scale)
    standard = row.parsed("scale", lambda _: load_scale(scale)) if scale else None
    words: dict[str, str] = {}
    if row.has("words"):
        grades = [band.grade for band in standard.company] if standard else []
        own = row.table("words")
        words = {fold(word): own.choice(word, grades) for word in own.names()}
    house = House(row.text("id"), row.bilingual("name"), row.texts("spellings"), scale, words)
    row.finish()
    return house


def _names_of(band: Band) -> set[str]:
    return {fold(band.name.zh), fold(band.name.en)}


def _read_words(table: Table) -> dict[str, tuple[str, ...]]:
    words: dict[str, tuple[str, ...]] = {}
    for word in table.names():
        grades = table.texts(word)
        if not grades:
            table.fault(word, f"{word!r} names no grade", 'write a list, such as ["buy"]')
        if not fold(word) or fold(word) in words:
            table.fault(word, f"the word {word!r} is empty or stands twice", "leave it out")
        words[fold(word)] = grades
    return words
