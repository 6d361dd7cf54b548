"""Figures of a page from the kinds of chart."""

from __future__ import annotations

from collections.abc import Sequence

from .blocks import Figure, Panel, Table, Tags
from .charts import Axis, Line, row_chart
from .drawing import svg

MOST_READ_OUT = 12
_UNTAGGED = Tags()


def read_out(title: str, lines: Sequence[Line]) -> str:
    """What a screen reader says in place of a chart; the table below it has the rest."""
    words = "; ".join(f"{line.label or line.name} {line.value}".strip() for line in lines[:MOST_READ_OUT])
    return f"Chart. {title}. {words}. The table below holds the same figures."


def row_figure(
    slug: str,
    title: str,
    how: str,
    lines: Sequence[Line],
    axis: Axis,
    table: Table,
    tags: Tags = _UNTAGGED,
    keys: tuple[tuple[str, str], ...] = (),
    row: int = 25,
) -> Figure:
    label = read_out(title, lines)
    spec = row_chart(lines, axis, row)
    return Figure(f"f-{slug}", title, how, label, (Panel(slug, svg(spec, label), spec),), table, tags, keys)
