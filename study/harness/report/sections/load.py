"""The load test on a live server."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Bullets, Cell, Code, Column, Facts, Notice, Prose, Section, Table
from ..data import Data
from ..generic import words
from ..tables import NONE, name_cell, row, tags
from ..text import time_range, time_text


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "Constant-rate HTTP load, as the published article did, against a small local edge simulator that invokes the "
            "packaged handler for "
            "each request. A late answer counts from when it should have been asked for, so waiting is not hidden.",
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


# A percentile is told from so many values beyond it on: the p99 from 1,000 requests, the p99.9 from 10,000.
LEAST_BEYOND = 10


def _table(data: Data, rows: list[dict[str, Any]]) -> Table:
    """A row for each rate and target; percentiles in the order in which the file has them."""
    wanted = list(dict.fromkeys(key for entry in rows for key in entry.get("percentiles") or {}))
    counts = [key for key in ("rate", "achieved", "passes", "requests", "errors", "contended") if any(key in e for e in rows)]
    lines = []
    for entry in rows:
        name = str(entry.get("target"))
        cells = [Cell("no trigger", sort=-1) if name == "none" else name_cell(data, name)]
        for key in counts:
            value = entry.get(key)
            cells.append(Cell(f"{value:,}", sort=float(value)) if isinstance(value, int | float) else NONE)
        cells += [_percentile(entry, key) for key in wanted]
        lines.append(row(cells, tags(data, name)))
    notes = {"rate": "requests/s", "achieved": "requests/s", "passes": "in random order", "requests": "of all passes"}
    columns: tuple[Column, ...] = (Column("target"), *(Column(key, notes.get(key, "")) for key in counts))
    columns += tuple(Column(key, "median of the passes, least and most") for key in wanted)
    caption = (
        "Response times under constant-rate load, from when a request was due; n is the number of requests of one pass, and "
        f"`~` stands where fewer than {LEAST_BEYOND} of them lie beyond a percentile"
    )
    return Table("t-load", caption, columns, tuple(lines))


def _percentile(entry: dict[str, Any], key: str) -> Cell:
    """The median of the passes with the least and the most; of one pass alone the value, and that it is one."""
    value = (entry.get("percentiles") or {}).get(key)
    if value is None:
        return NONE
    passes = int(entry.get("passes") or 1)
    n = int(entry.get("count") or entry.get("requests") or 0) // passes
    # Rounded, as 1 - 0.99 is a little more than a hundredth.
    if key != "max" and round(n * (1 - float(key.removeprefix("p")) / 100), 6) < LEAST_BEYOND:
        return Cell("~", detail=f"n {n:,}", tone="soft", sort=float("inf"))
    low, high = ((entry.get(end) or {}).get(key) for end in ("low", "high"))
    spread = "one pass, no spread" if low is None or high is None or passes < 2 else time_range(low, high, value)
    return Cell(time_text(value), detail=f"{spread}, n {n:,}", sort=value)
