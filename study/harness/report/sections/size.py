"""Size of what is uploaded, against each platform's limit."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Notice, Prose, Section, Table, Tags
from ..charts import Axis, Line, Mark
from ..data import FAMILIES, Data, family, runtime_title
from ..draw import row_figure
from ..platforms import size_limits
from ..tables import NONE, name_cell, row, tags
from ..text import bytes_text, size_tick, time_range, time_text


def sizes(entry: dict[str, Any], algorithm: str = "") -> dict[str, Any] | None:
    """Sizes of one artefact; without an algorithm, of the contender's first."""
    found: dict[str, Any] = entry.get("sizes") or {}
    if algorithm in found:
        return dict(found[algorithm])
    return dict(next(iter(found.values()))) if found else None


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "The zip is what you upload, and what a new host has to fetch before a start that this study cannot see. "
            "Every zip is built "
            "several times and has to come out the same, byte for byte.",
            "lead",
        )
    ]
    for kind in FAMILIES:
        rows = [entry for entry in data.contenders if family(str(entry.get("runtime"))) == kind and sizes(entry)]
        if rows:
            blocks.append(_figure(data, kind, rows))
    if len(blocks) == 1:
        blocks.append(Notice("No artefact was built in this run.", "warn"))
    return Section("size", "Size against the limits", "Size", tuple(blocks))


def _duration(time: dict[str, Any] | None, reason: str = "") -> Cell:
    """A step's time with its quartiles."""
    if not time or not time.get("median"):
        return Cell("–", detail=reason, tone="soft") if reason else NONE
    spread = "one build, no spread" if time["n"] == 1 else f"{time_range(time['q1'], time['q3'], time['median'])}, n {time['n']}"
    return Cell(time_text(time["median"]), detail=spread, sort=time["median"])


def _figure(data: Data, kind: str, entries: list[dict[str, Any]]) -> Block:
    runtime = next((name for name in data.runtimes if family(name) == kind), "")
    tag = Tags(runtime=runtime)
    key = "gzip" if kind == "workerd" else "zip"
    lines, rows = [], []
    for entry in entries:
        own = sizes(entry) or {}
        value = own.get(key) or own.get("zip")
        if not value:
            continue
        name = entry["name"]
        lines.append(Line(name, data.role(name), bytes_text(value), (Mark(float(value)),)))
        cells = [name_cell(data, name)]
        for column in ("zip", "gzip", "brotli", "unpacked"):
            number = own.get(column)
            cells.append(Cell(bytes_text(number), detail=f"{number:,} B", sort=number) if number else NONE)
        files = own.get("files")
        cells.append(
            Cell(str(len(files) if isinstance(files, dict) else files), sort=len(files) if isinstance(files, dict) else files)
            if files
            else NONE
        )
        compiled = entry.get("compile") or {}
        cells += [_duration(entry.get("build")), _duration(compiled.get("time"), str(compiled.get("reason") or ""))]
        rows.append(row(cells, tags(data, name)))
    columns = (
        Column("contender"),
        Column("zip"),
        Column("gzip"),
        Column("brotli"),
        Column("unpacked"),
        Column("files"),
        Column("build step", "median, quartiles"),
        Column("compile from nothing", "median, quartiles"),
    )
    words = runtime_title(runtime) if runtime else kind
    title = f"Compressed size: {words}"
    table = Table(f"t-size-{kind}", title, columns, tuple(rows), tag)
    limits = tuple(size_limits(data, kind))
    how = (
        "Each mark is one artefact, for its first algorithm; the axis is logarithmic. Dashed lines are the limits of "
        "the platforms where it can go."
    )
    axis = Axis("compressed size, logarithmic", size_tick, limits=limits)
    return row_figure(f"size-{kind}", title, how, lines, axis, table, tag, row=22)
