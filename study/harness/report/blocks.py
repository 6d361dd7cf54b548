"""What a page is made of. Each block is rendered once as HTML and once as Markdown, so the two say the same.

Text in a block is plain text with three marks: **bold**, `code` and [words](#anchor). Everything else in
it is escaped, wherever it comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Tags:
    """What the page's filters look at. An empty tag is never filtered."""

    runtime: str = ""
    algorithm: str = ""
    role: str = ""
    contender: str = ""


@dataclass(frozen=True)
class Cell:
    text: str
    detail: str = ""  # small, below
    tone: str = ""  # good | bad | soft
    sort: float | None = None  # what a click on the column's heading sorts by; default: the text
    badges: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    cells: tuple[Cell, ...]
    tags: Tags = Tags()


@dataclass(frozen=True)
class Column:
    title: str
    note: str = ""
    words: bool = False  # text, left aligned; the first column always is


@dataclass(frozen=True)
class Table:
    id: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    tags: Tags = Tags()
    dense: bool = False
    fold: str = ""  # a line to click on; empty: open


@dataclass(frozen=True)
class Panel:
    """One drawing of a figure; most figures have one, small multiples have several."""

    name: str
    svg: str
    specification: dict[str, Any]
    tags: Tags = Tags()


@dataclass(frozen=True)
class Figure:
    id: str
    title: str
    how: str  # one line: how to read it
    label: str  # what a screen reader says in its place
    panels: tuple[Panel, ...]
    table: Table  # its twin
    tags: Tags = Tags()
    keys: tuple[tuple[str, str], ...] = ()  # legend: mark name, words
    twin: str = "The same as a table"  # or what else the table holds


@dataclass(frozen=True)
class Prose:
    text: str
    kind: str = ""  # "" | lead | note | quote


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Sentences:
    """Claims in the analysis's own words. What follows the first semicolon is where and when: smaller, not left out."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Notice:
    text: str
    kind: str = "info"  # info | warn


@dataclass(frozen=True)
class Heading:
    text: str
    id: str
    tags: Tags = Tags()


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Facts:
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Widget:
    """An interactive part of the page (`chooser`, `cost`); Markdown shows nothing of it."""

    name: str


@dataclass(frozen=True)
class Fold:
    summary: str
    blocks: tuple[Block, ...]
    tags: Tags = Tags()


Block = Table | Figure | Prose | Bullets | Sentences | Notice | Heading | Code | Facts | Widget | Fold


@dataclass(frozen=True)
class Section:
    id: str
    title: str
    short: str  # in the list of contents
    blocks: tuple[Block, ...] = field(default_factory=tuple)


def walk(blocks: tuple[Block, ...]) -> list[Block]:
    """Every block, those inside a fold too."""
    found: list[Block] = []
    for block in blocks:
        found.append(block)
        if isinstance(block, Fold):
            found += walk(block.blocks)
    return found
