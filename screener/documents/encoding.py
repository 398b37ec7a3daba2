"""In which encoding a text is written."""

import codecs
import re

from universes.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 60_000
# the letters that Chinese texts use most, in both scripts; together a third of any of them
_COMMON = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过"
    "公司行业市场增长收入利润预计投资评级元亿万月日季度同比目标价建议推荐关注板块产品业务"
    "這個國時來們對會發動過業場長入預計資評級億萬產務建議推薦關板塊"
)
# what binary files are full of and texts are not
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MOST_BINARY, _FEW = 0.02, 4
_FEWEST_COMMON = 0.08
_WESTERN = 0x100


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Return the text of some bytes and the name of its encoding.

    Parameters
    ----------
    data : bytes
    name : str
        Of the file, for the error.

    Raises
    ------
    InputError
        If it is no text, or its encoding cannot be told.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode_surely(data, encoding, name), encoding
    try:
        return _reject_binary(data, data.decode("utf-8"), name), "utf-8"
    except UnicodeDecodeError:
        pass
    scores = {encoding: _score(data, encoding) for encoding in ("gb18030", "big5hkscs")}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] < _FEWEST_COMMON:
        raise InputError(
            f"{name} is no text in UTF-8, UTF-16, GB18030 or Big5",
            "save it as UTF-8; a PDF or a Word file keeps its own ending",
        )
    return _reject_binary(data, data.decode(best), name), best


def _decode_surely(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise InputError(f"{name} is damaged: no {encoding}", "save it anew as UTF-8") from None


def _reject_binary(data: bytes, text: str, name: str) -> str:
    most = max(_FEW, _MOST_BINARY * min(len(data), _SAMPLE))
    if len(_BINARY.findall(data[:_SAMPLE])) > most:
        raise InputError(f"{name} is no text", "name a text, Markdown, HTML, PDF or Word file")
    return text


def _score(data: bytes, encoding: str) -> float:
    """Return the share of common letters among the Chinese ones; below 0 where it is not so."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return -1.0
    letters = [sign for sign in text[:_SAMPLE] if ord(sign) >= _WESTERN]
    return sum(sign in _COMMON for sign in letters) / len(letters) if letters else -1.0
