"""What a heading or a label says of the securities under it: a theme, advice, or nothing."""

import re
from collections.abc import Sequence

from screener.drafting.clauses import Cue, find_cues, is_generic
from screener.drafting.find import Found
from screener.drafting.folding import fold_name
from screener.drafting.sections import Heading
from screener.drafting.words import load_words

# no heading names more
_MOST_NAMES = 40
_LABELLED = re.compile(r"^(?P<label>[^:：]{1,16})[:：][ ]?(?P<rest>.+)$", re.DOTALL)


def theme_of(
    label: str, block_label: str, headings: Sequence[Heading], found: Sequence[Found]
) -> str:
    """Return the nearest words that tell a theme, empty where none does.

    Parameters
    ----------
    label : str
        That a security stands behind.
    block_label : str
        Of the block that governs it.
    headings : sequence of Heading
        Over it, the outermost first.
    found : sequence of Found
        What the block names; a heading that only lists them tells no theme.
    """
    for own in (label, block_label):
        if own and not is_generic(own):
            return own
    names = {each.name for each in found[:_MOST_NAMES]}
    for heading in reversed(headings):
        text = _strip_generic(heading.text)
        rest = fold_name(text)
        for name in sorted(names, key=len, reverse=True):
            rest = rest.replace(name, "")
        if not is_generic(rest):
            return text
    return ""


def _strip_generic(text: str) -> str:
    """Return a heading without the label in front that tells nothing."""
    found = _LABELLED.match(text)
    return found["rest"] if found and is_generic(fold_name(found["label"])) else text


def is_advice(headings: Sequence[Heading]) -> bool:
    """Tell whether what stands under some headings is advice on what to hold."""
    words = load_words().get("sections", "advice")
    return any(word in heading.folded for heading in headings for word in words)


def is_excluded(headings: Sequence[Heading]) -> bool:
    """Tell whether what stands under some headings advises nothing, whatever its words."""
    words = load_words()
    pattern = words.pattern("sections", "excluded")
    advice = words.pattern("sections", "advice")
    return any(
        pattern.search(heading.folded) and not advice.search(pattern.sub("", heading.folded))
        for heading in headings
    )


def is_only_cue(folded: str) -> Cue | None:
    """Return the cue of a heading that is nothing else, so that it governs what follows."""
    cues = find_cues(folded, ())
    bare = re.sub(r"\([^()]*\)", "", folded)
    return cues[0] if cues and is_generic(bare) else None
