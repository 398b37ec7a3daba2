"""A part of a message as one service is given it."""

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby, zip_longest

from backtests.delivery.graphemes import width
from backtests.delivery.markdown import Atom, cells_of, read_atoms
from backtests.delivery.services import Counts, Service
from backtests.delivery.split import utf8_bytes

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|<>~-])")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]*)\)")
_STRONG = re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1")
_STRESS = re.compile(r"(?<![\w*])([*_])(?=[^\s*_])(.+?)(?<=[^\s*_])\1(?![\w*])")
_CODE = re.compile(r"(`+)(.+?)\1")
_TAGS = re.compile(r"</?(?:b|pre)>")
_HEADING = re.compile(r"#{1,6}\s+")
_BULLET = re.compile(r"(?m)^(\s*)[-*+]\s+")
_COLUMN_GAP = "  "
_TABLE_STYLE = 'border="1" cellpadding="4" style="border-collapse:collapse"'
# what of a request's JSON is neither title nor text
_REST_OF_JSON = 300


@dataclass(frozen=True)
class Message:
    """What a service is given; the title is empty where it stands in the body."""

    title: str
    body: str


def write_message(part: str, service: Service) -> Message:
    """Return a part of a message, given as Markdown, as a service shows it."""
    atoms = read_atoms(part)
    title = ""
    if service.title_apart and atoms and atoms[0].text.startswith("# "):
        title = plain(_HEADING.sub("", atoms.pop(0).text))
    if service.tables == "html":
        return Message(title, _write_page(atoms))
    body = ""
    for table, group in groupby(atoms, key=lambda atom: atom.table):
        for text, gap in _write_group(list(group), service, in_table=table >= 0):
            body += "\n" * gap * bool(body) + text
    return Message(title, body)


def measure(part: str, service: Service) -> int:
    """Return how much of a service's limit a part takes, in the unit the service counts."""
    message = write_message(part, service)
    return _COUNTERS[service.counts](message)


def plain(text: str) -> str:
    """Return Markdown's text without its marks; a link keeps its address in brackets."""
    kept: list[str] = []

    def keep(found: re.Match[str], group: int) -> str:
        kept.append(found[group])
        return f"\x00{len(kept) - 1}\x00"

    text = _CODE.sub(partial(keep, group=2), text)
    text = _ESCAPED.sub(partial(keep, group=1), text)
    text = _LINK.sub(lambda found: f"{found[1]} ({keep(found, 2)})", text)
    text = _STRESS.sub(r"\2", _STRONG.sub(r"\2", text))
    # what was kept may hold what was kept before it
    while "\x00" in text:
        text = re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)
    return text


def _write_group(
    atoms: Sequence[Atom], service: Service, *, in_table: bool
) -> list[tuple[str, int]]:
    """Return the texts of a table or of what stands between two, each with the gap before it."""
    if not in_table:
        write = _WRITERS[service.format]
        return [(write(atom), atom.gap) for atom in _with_breaks(atoms, service)]
    if service.tables == "lines":
        return [
            (_row_as_line(atom, marked=service.format == "markdown"), 1 if n else 2)
            for n, atom in enumerate(atoms)
        ]
    block = _align([_cells(line) for line in _table_lines(atoms)])
    if service.format == "html":
        return [(f"<pre>{_escape(block)}</pre>", 2)]
    return [("```\n" + block.replace("```", "'''") + "\n```", 2)]


def _with_breaks(atoms: Sequence[Atom], service: Service) -> list[Atom]:
    """Return atoms whose lines end where they end, which Markdown asks two spaces for."""
    if service.format != "markdown":
        return list(atoms)
    below = [*atoms[1:], None]
    return [
        replace(atom, text=_guard(atom.text, service.guard) + "  " * _goes_on(atom, after))
        for atom, after in zip(atoms, below, strict=True)
    ]


def _goes_on(atom: Atom, after: Atom | None) -> bool:
    return atom.kind == "line" and bool(after and after.kind == "line" and after.gap == 1)


def _guard(text: str, characters: str) -> str:
    """Return text with a backslash before each of the characters that has none and is no code."""
    if not characters:
        return text
    guarded = re.compile(rf"(`+).+?\1|\\.|([{re.escape(characters)}])", re.DOTALL)
    return guarded.sub(lambda found: f"\\{found[2]}" if found[2] else found[0], text)


def _write_markdown(atom: Atom) -> str:
    return atom.text


def _write_text(atom: Atom) -> str:
    if atom.kind == "heading":
        return f"【{plain(_HEADING.sub('', atom.text))}】"
    text = _BULLET.sub(r"\1• ", atom.text) if atom.kind == "item" else atom.text
    return plain(text)


def _write_html(atom: Atom) -> str:
    if atom.kind == "heading":
        return f"<b>{_escape(plain(_HEADING.sub('', atom.text)))}</b>"
    return _escape(_write_text(atom))


_WRITERS: dict[str, Callable[[Atom], str]] = {
    "markdown": _write_markdown,
    "text": _write_text,
    "html": _write_html,
}


def _escape(text: str) -> str:
    return html.escape(text, quote=False)


def _table_lines(rows: Sequence[Atom]) -> list[str]:
    return [rows[0].head.splitlines()[0], *(row.text for row in rows)]


def _cells(row: str) -> list[str]:
    return [plain(cell) for cell in cells_of(row)]


def _row_as_line(row: Atom, *, marked: bool) -> str:
    """Return a row as a list line: its first value, then each other with its column's heading."""
    heads = cells_of(row.head.splitlines()[0])
    cells = cells_of(row.text)
    if not marked:
        heads, cells = [plain(head) for head in heads], [plain(cell) for cell in cells]
    filled = [(head, cell) for head, cell in zip_longest(heads, cells, fillvalue="") if cell]
    first = filled[0][1] if filled else "–"
    rest = "; ".join(f"{head} {cell}".strip() for head, cell in filled[1:])
    name = f"- **{first}**" if marked and "*" not in first else f"{'-' if marked else '•'} {first}"
    return f"{name}: {rest}" if rest else name


def _align(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines whose columns stand below one another; numbers to the right."""
    count = max(len(row) for row in rows)
    filled = [[*row, *[""] * (count - len(row))] for row in rows]
    columns = list(zip(*filled, strict=True))
    widths = [max(map(width, column)) for column in columns]
    right = [all(_is_number(cell) for cell in column[1:]) for column in columns]
    return "\n".join(
        _COLUMN_GAP.join(
            " " * (room - width(cell)) + cell if to_right else cell + " " * (room - width(cell))
            for cell, room, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in filled
    )


def _is_number(cell: str) -> bool:
    return not cell or bool(re.fullmatch(r"[-+−–—]?[\d,.]*\d?%?|[-–—]", cell))


def _write_page(atoms: Sequence[Atom]) -> str:
    """Return atoms as a simple page for mail programs, which drop style sheets."""
    import markdown as library  # noqa: PLC0415 - only mail needs it

    text = ""
    for table, group in groupby(atoms, key=lambda atom: atom.table):
        lines = list(group)
        if table >= 0:
            text += f"\n\n{lines[0].head}"
        for line in lines:
            text += "\n" * (1 if table >= 0 else line.gap) + line.text
    # no tag of the message's text is one
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    page: str = library.markdown(text, extensions=["tables", "nl2br", "sane_lists"])
    return page.replace("<table>", f"<table {_TABLE_STYLE}>")


def _count_json(message: Message) -> int:
    # a title may stand in two fields
    return len(json.dumps(message.body)) + 2 * len(json.dumps(message.title)) + _REST_OF_JSON


def _count_utf8(message: Message) -> int:
    return utf8_bytes(message.body)


def _count_visible(message: Message) -> int:
    # ends of lines are sent as two characters
    shown = html.unescape(_TAGS.sub("", message.body)).replace("\n", "\r\n")
    return _utf16(shown)


def _count_escaped(message: Message) -> int:
    return _utf16(_escape(message.title)) + _utf16(_escape(message.body))


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


_COUNTERS: dict[Counts, Callable[[Message], int]] = {
    "json_bytes": _count_json,
    "utf8_bytes": _count_utf8,
    "utf16_visible": _count_visible,
    "utf16_escaped": _count_escaped,
}
