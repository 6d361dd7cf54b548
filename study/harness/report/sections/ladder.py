"""The fairness ladder: how much of a celebrated speed-up is a slow baseline."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Figure, Notice, Prose, Section, Table
from ..charts import Axis, Line, Mark
from ..data import BASE_CELL, Context, Data, runtime_title
from ..draw import row_figure
from ..tables import NONE, context_tags, figure_cell, name_cell, row, tags
from ..text import percent, significant, tick_text, time_range, time_text

STEPS = (
    ("js-article", "jsonwebtoken as published: a string secret, parsed as a key on each call"),
    ("js-tuned", "the same library with a cached KeyObject"),
    ("js-fast", "a faster library, its cache off"),
    ("js-bare", "no library: node:crypto by hand"),
    ("wasm-host", "Portcullis in WebAssembly, the host's crypto"),
    ("wasm-asset", "Portcullis in WebAssembly, self-contained"),
    ("napi", "Portcullis as a native addon"),
)


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "“Twice as fast” needs a “than what”. This ladder begins with the JavaScript of the published article and "
            "changes one thing at a "
            "time, all of it on the same inputs. What the first step gains is no merit of another language.",
            "lead",
        )
    ]
    figures = [
        figure for context in data.primaries("warm", BASE_CELL) if context.family == "node" and (figure := _figure(data, context))
    ]
    blocks += figures
    if not figures:
        blocks.append(
            Notice("The ladder needs js-article and js-tuned with figures of the same run; this run has not both.", "warn")
        )
    return Section("ladder", "Where the article’s 2× goes", "Fairness ladder", tuple(blocks))


def _figure(data: Data, context: Context) -> Figure | None:
    figures = data.figures[("warm", context.id)]
    present = [(name, what, figures[name]) for name, what in STEPS if name in figures]
    if not {"js-article", "js-tuned"} <= {name for name, _, _ in present}:
        return None
    slug = f"ladder-{context.algorithm}-{context.runtime}".replace(".", "-")
    title = f"The ladder: {context.algorithm}, {runtime_title(context.runtime)}"
    first = present[0][2]["median"]
    whole = first - min(figure["median"] for _, _, figure in present)
    lines, rows, before = [], [], None
    for name, what, figure in present:
        lines.append(_line(data, name, figure))
        cells = [name_cell(data, name), Cell(what), figure_cell(figure)]
        cells += [_step(before, figure), _share(before, figure, whole)]
        rows.append(row(cells, tags(data, name, context)))
        before = figure
    columns = (
        Column("step"),
        Column("what changes", words=True),
        Column("a call", "median, 95 % interval, n"),
        Column("against the step before", "medians"),
        Column("share of the whole way"),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    how = (
        "From top to bottom: one change a step. The mark is the median time of an allowed call, the bar its 95 % "
        "interval; the axis is logarithmic."
    )
    return row_figure(slug, title, how, lines, Axis("time of one call, logarithmic", tick_text), table, context_tags(context))


def _line(data: Data, name: str, figure: dict[str, Any]) -> Line:
    low, high, median = figure.get("low"), figure.get("high"), figure["median"]
    words = time_text(median) + (f" ({time_range(low, high, median)})" if low is not None and high is not None else "")
    return Line(name, data.role(name), words, (Mark(median, low, high),), tuple(figure.get("values") or ()))


def _step(before: dict[str, Any] | None, figure: dict[str, Any]) -> Cell:
    if not before:
        return NONE
    change = figure["median"] - before["median"]
    return Cell(
        f"{'+' if change > 0 else '−'}{time_text(abs(change))}",
        detail=f"time × {significant(figure['median'] / before['median'])}",
        sort=change,
    )


def _share(before: dict[str, Any] | None, figure: dict[str, Any], whole: float) -> Cell:
    if not before or whole <= 0:
        return NONE
    part = (before["median"] - figure["median"]) / whole
    return Cell(f"{'−' if part < 0 else ''}{percent(abs(part))}", sort=part)
