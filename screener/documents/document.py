"""What is read from a file: its text, and where each paragraph, heading and row of it stands."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

Kind = Literal["heading", "paragraph", "item", "row"]
Format = Literal["text", "markdown", "html", "pdf", "docx"]


@dataclass(frozen=True)
class Block:
    """A paragraph, a list item, a heading, or a row of a table.

    Attributes
    ----------
    kind : {"heading", "paragraph", "item", "row"}
        As the format marks it; a plain text marks no headings.
    start, end : int
        Where it stands: ``text[start:end]``, in characters of the document's text; neither empty
        nor blank at its ends.
    page : int or None
        On which it begins, counted from 1; None where the format has no pages.
    depth : int
        Of a heading, as the format marks it; 1 is the highest. 0 of anything else.
    """

    kind: Kind
    start: int
    end: int
    page: int | None
    depth: int


@dataclass(frozen=True)
class Document:
    r"""The text of a file, with its blocks.

    Attributes
    ----------
    name : str
        The file's, without its folder; "-" is standard input.
    format : {"text", "markdown", "html", "pdf", "docx"}
    sha256 : str
        Of the file's bytes.
    text : str
        The whole text, without heads and feet that repeat on its pages. Pages are parted by
        "\f", the cells of a row by "\t".
    blocks : tuple of Block
        In order, none overlapping another. A paragraph that is wrapped over lines or pages is
        one block, which holds its "\n" and "\f".
    encoding : str
        Of a format that is text; otherwise empty.
    pages : int or None
        How many; None where the format has none.
    made_on : datetime.date or None
        When the file was made, where the file says so; evidence only.
    title : str
        The file's own title, empty where it has none; evidence only.
    """

    name: str
    format: Format
    sha256: str
    text: str
    blocks: tuple[Block, ...]
    encoding: str
    pages: int | None
    made_on: dt.date | None
    title: str
