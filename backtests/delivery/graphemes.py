"""What a reader takes for one character, which may be several of Unicode's."""

import unicodedata

_JOINER = "\u200d"
# marks that stand on the letter before: accents, variation selectors, keycaps
_MARKS = ("Mn", "Mc", "Me")
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_FLAGS = range(0x1F1E6, 0x1F200)


def clusters(text: str) -> list[str]:
    """Return a text as the pieces between which it may be cut.

    Letters keep their accents, emoji their joined parts, tones and selectors, and flags both of
    their letters; joined, the pieces are the text. It is the part of Unicode's rules (UAX 29) that
    Chinese and English text needs: Korean syllables written letter by letter are not kept.

    Examples
    --------
    >>> len(clusters("🇨🇳👍🏽x"))
    3
    """
    found: list[str] = []
    for character in text:
        if found and _belongs(found[-1], character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _belongs(before: str, character: str) -> bool:
    code = ord(character)
    flag = code in _FLAGS and len(before) == 1 and ord(before) in _FLAGS
    return (
        flag
        or character == _JOINER
        or before.endswith(_JOINER)
        or code in _SKIN_TONES
        or code in _TAGS
        or unicodedata.category(character) in _MARKS
        or (before == "\r" and character == "\n")
    )


def width(text: str) -> int:
    """Return the columns a text takes in a fixed-width font: two for a Chinese character.

    Examples
    --------
    >>> width("中际x")
    5
    """
    return sum(_columns(cluster[0]) for cluster in clusters(text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in _MARKS or character == _JOINER:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
