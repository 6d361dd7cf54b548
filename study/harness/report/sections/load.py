"""The load test on a live server."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Bullets, Cell, Code, Column, Facts, Notice, Prose, Section, Table
from ..data import Data
from ..generic import words
from ..tables import NONE, name_cell, row, tags
from ..text import time_text


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "Constant-rate HTTP load, as the published article did, against a small local edge simulator that invokes the "
            "packaged handler for "
            "each request. A request that was due while its connection still waited counts from when it was due, so that no "
            "waiting is hidden.",
            "lead",
        )
    ]
    if not data.load:
        blocks.append(Notice("This run has no load test. `./dev study load RUN` adds one."))
        return Section("load", "Load test", "Load test", tuple(blocks))
    blocks += _conditions(data.load)
    rows = [entry for entry in data.load.get("runs") or [] if isinstance(entry, dict)]
    blocks.append(_table(data, rows))
    left_out = [f"**{entry.get('contender')}**: {entry.get('reason')}" for entry in data.load.get("left_out") or []]
    if left_out:
        blocks += [Prose("Left out:"), Bullets(tuple(left_out))]
    return Section("load", "Load test", "Load test", tuple(blocks))


def _conditions(document: dict[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    if document.get("note"):
        blocks.append(Notice(str(document["note"])))
    machine = document.get("machine") or {}
    names = (
        ("generator", "Generator"),
        ("connections", "Connections"),
        ("seconds", "Seconds a rate"),
        ("algorithm", "Algorithm"),
        ("cell", "Requests"),
    )
    items = [(title, words(document[key])) for key, title in (*names, ("date", "When")) if document.get(key) is not None]
    if machine.get("cpu"):
        items.append(("Machine", f"{machine['cpu']}, {machine.get('cores')} cores"))
    blocks.append(Facts(tuple(items)))
    if document.get("command"):
        blocks.append(Code(str(document["command"])))
    return blocks


def _table(data: Data, rows: list[dict[str, Any]]) -> Table:
    """A row for each rate and target; percentiles in the order in which the file has them, with the range of the passes."""
    wanted = list(dict.fromkeys(key for entry in rows for key in entry.get("percentiles") or {}))
    lines = []
    for entry in rows:
        name = str(entry.get("target"))
        cells = [Cell("no trigger", sort=-1) if name == "none" else name_cell(data, name)]
        for key in ("rate", "passes", "achieved", "requests", "errors"):
            value = entry.get(key)
            cells.append(Cell(f"{value:,}", sort=float(value)) if isinstance(value, int | float) else NONE)
        for key in wanted:
            found, low, high = ((entry.get(which) or {}).get(key) for which in ("percentiles", "low", "high"))
            text = "" if found is None else time_text(found)
            if low is not None and high is not None:
                text += f" ({time_text(low)} to {time_text(high)})"
            cells.append(NONE if found is None else Cell(text, sort=found))
        lines.append(row(cells, tags(data, name)))
    columns: tuple[Column, ...] = (
        Column("target"),
        Column("rate", "requests/s"),
        Column("passes"),
        Column("achieved", "requests/s"),
        Column("requests"),
        Column("errors"),
    )
    columns += tuple(Column(key) for key in wanted)
    title = "Response times under constant-rate load, from when a request was due: median of the passes (lowest to highest)"
    return Table("t-load", title, columns, tuple(lines))
