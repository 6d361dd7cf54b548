"""Peak memory of a process."""

from __future__ import annotations

from ..blocks import Block, Column, Notice, Prose, Section, Table
from ..charts import Axis, Line, Mark
from ..data import Context, Data, runtime_title
from ..draw import row_figure
from ..tables import context_tags, figure_cell, name_cell, ratio_cell, row, spread_cell, tags, verdict_cell
from ..text import memory_text
from .cold import drawn, reference_of


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose("The peak of the process's own memory (VmHWM), runtime included. A viewer function has 128 MB.", "lead")
    ]
    contexts = data.primaries("memory")
    blocks += [_figure(data, context) for context in contexts if drawn(data, context)]
    if not contexts:
        blocks.append(Notice("No memory was measured in this run.", "warn"))
    return Section("memory", "Memory", "Memory", tuple(blocks))


def _figure(data: Data, context: Context) -> Block:
    slug = f"memory-{context.algorithm}-{context.runtime}".replace(".", "-")
    title = f"Peak memory: {context.algorithm}, {runtime_title(context.runtime)}"
    reference = reference_of(data, "memory", context)
    lines, rows = [], []
    for figure in data.ordered(data.figures[("memory", context.id)]):
        name = figure["contender"]
        mark = Mark(figure["median"], figure.get("low"), figure.get("high"))
        lines.append(Line(name, data.role(name), memory_text(figure["median"]), (mark,)))
        claim = data.claim("memory", context.id, name)
        own = claim is None and name == reference
        rows.append(
            row(
                [
                    name_cell(data, name),
                    figure_cell(figure),
                    spread_cell(figure),
                    ratio_cell(claim, own),
                    verdict_cell(data, claim, own),
                ],
                tags(data, name, context),
            )
        )
    columns = (
        Column("contender"),
        Column("peak memory", "median, 95 % interval, n"),
        Column("quartiles", "least and most below"),
        Column(f"÷ {reference or 'reference'}", "paired, 95 % interval"),
        Column("verdict", words=True),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    how = (
        "The mark is the median, the bar its 95 % interval. The axis begins at zero; the dashed line is a viewer "
        "function's memory."
    )
    # Ticks at whole MiB: the axis counts in MiB and only the words carry the unit.
    scaled = [
        Line(
            line.name,
            line.role,
            line.value,
            tuple(Mark(m.at / 2**20, m.low and m.low / 2**20, m.high and m.high / 2**20) for m in line.marks),
        )
        for line in lines
    ]
    axis = Axis("peak memory", lambda value: f"{value:.0f} MiB", log=False, limits=((128.0, "128 MiB: a viewer function"),))
    return row_figure(slug, title, how, scaled, axis, table, context_tags(context), row=22)
