"""HTML and Markdown read as parts."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from screener.documents.parts import Part

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

_HIDDEN = {
    "script", "style", "template", "noscript", "head", "svg", "iframe", "object", "embed", "canvas",
    "audio", "video", "select", "button", "nav", "math",
}  # fmt: skip
_BLOCKS = {
    "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "section", "article", "ul",
    "ol", "dl", "dt", "dd", "blockquote", "pre", "header", "footer", "main", "aside", "figure",
    "figcaption", "br", "hr", "caption", "thead", "tbody", "body", "form", "fieldset", "address",
}  # fmt: skip
_HEADING = re.compile(r"h[1-6]")
_UNSHOWN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BLANK = re.compile(r"[ \t\r\n\f]+")


def read_html(markup: str) -> tuple[list[Part], str]:
    """Return the parts of a page and its title; what a browser does not show is left out."""
    from bs4 import BeautifulSoup  # noqa: PLC0415 only a page needs it

    # the parser of the standard library runs nothing and fetches nothing
    soup = BeautifulSoup(markup, "html.parser")
    title = soup.title.get_text() if soup.title else ""
    return list(_walk(soup)), " ".join(title.split())


def read_markdown(text: str) -> tuple[list[Part], str]:
    """Return the parts of a Markdown text, by the page that it makes."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 only Markdown needs it

    maker = MarkdownIt("commonmark", {"html": True, "maxNesting": 50}).enable("table")
    return read_html(str(maker.render(text)))


def _walk(soup: "BeautifulSoup") -> Iterator[Part]:
    """Yield the parts in order, without recursion: pages may be nested without end."""
    from bs4 import Comment, Tag  # noqa: PLC0415 as above
    from bs4.element import NavigableString  # noqa: PLC0415 as above

    reader = _Reader()
    waiting: list[Any] = [soup]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            yield from reader.close(node)
        elif isinstance(node, Comment):
            continue
        elif type(node) is NavigableString:
            reader.add(str(node))
        elif isinstance(node, Tag):
            if node.name in _HIDDEN or node.has_attr("hidden") or _is_unshown(node):
                continue
            yield from reader.open(node.name)
            if node.name in _BLOCKS:
                waiting.append(node.name)
            elif node.name in {"td", "th"}:
                waiting.append("cell")
            waiting.extend(reversed(node.contents))
    yield from reader.close("")


def _is_unshown(node: Any) -> bool:  # noqa: ANN401 a tag; its class is imported late
    return bool(_UNSHOWN.search(str(node.get("style", ""))))


class _Reader:
    """Gathers text until a block begins or ends."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._cells: list[str] | None = None
        self._kinds: list[str] = []

    def add(self, text: str) -> None:
        self._text.append(text)

    def open(self, name: str) -> Iterator[Part]:
        if name == "tr":
            yield from self._flush()
            self._cells = []
        elif name in _BLOCKS:
            if self._cells is None:
                yield from self._flush()
            else:
                self._text.append(" ")
            if _HEADING.fullmatch(name) or name == "li":
                self._kinds.append(name)

    def close(self, name: str) -> Iterator[Part]:
        if name == "cell":
            if self._cells is not None:
                self._cells.append(_plain(self._text))
                self._text = []
            return
        if name == "tr" and self._cells is not None:
            row = "\t".join(self._cells)
            self._cells, self._text = None, []
            yield Part("row", row)
        elif self._cells is None:
            yield from self._flush()
        if self._kinds and self._kinds[-1] == name:
            self._kinds.pop()

    def _flush(self) -> Iterator[Part]:
        text = _plain(self._text)
        self._text = []
        if not text:
            return
        kind = self._kinds[-1] if self._kinds else ""
        if _HEADING.fullmatch(kind):
            yield Part("heading", text, depth=int(kind[1]))
        else:
            yield Part("item" if kind == "li" else "paragraph", text)


def _plain(text: list[str]) -> str:
    return _BLANK.sub(" ", "".join(text)).strip()
