"""Warm calls: the forest plot of paired ratios with the noise band, CPU beside wall, sizes of token and event, refusals."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Figure, Notice, Prose, Row, Section, Table
from ..charts import Axis, Line, Mark
from ..data import BASE_CELL, EVENTS, OUTCOMES, TOKENS, Context, Data, runtime_title
from ..draw import row_figure
from ..tables import NONE, context_tags, figure_cell, name_cell, ratio_cell, row, short_verdict, tags, verdict_cell
from ..text import tick_text, time_range, time_text, verdict_text
from .cold import reference_of


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "A warm call is one decision in a process that has answered many. The numbers are paired: a contender and the "
            "reference ran in the same block, minutes apart at most, and only their ratio is judged.",
            "lead",
        )
    ]
    forests = [figure for context in data.primaries("warm", BASE_CELL) if (figure := _forest(data, context))]
    blocks += forests
    if not forests:
        blocks.append(Notice("No warm call was measured in this run.", "warn"))
    blocks += _sweep(
        data, "token", [f"allow/{size}/typical" for size in TOKENS], "Size of the token", [f"{size} KB" for size in TOKENS]
    )
    blocks += _sweep(
        data, "event", [f"allow/0.3/{size}" for size in EVENTS], "Size of the event", [f"{n} headers" for n in (3, 12, 40)]
    )
    blocks += _refusals(data)
    return Section("warm", "Warm calls", "Warm calls", tuple(blocks))


def _ratio_tick(value: float) -> str:
    return f"{value:g}"


def _forest(data: Data, context: Context) -> Figure | None:
    claims = [claim for claim in data.claims.get(("warm", context.id), []) if claim.get("ratio") is not None]
    figures = data.figures.get(("warm", context.id), {})
    if not claims:
        return None
    reference = reference_of(data, "warm", context)
    slug = f"warm-{context.algorithm}-{context.runtime}".replace(".", "-")
    title = f"Warm call, allowed: {context.algorithm}, {runtime_title(context.runtime)}"
    lines, rows = [], []
    own = figures.get(reference)
    if own:
        lines.append(Line(reference, data.role(reference), "the reference", (Mark(1.0),)))
        cells = [name_cell(data, reference), figure_cell(own), figure_cell(_figure(data, "warm_cpu", context, reference))]
        rows.append(
            row([*cells, Cell("reference", tone="soft"), NONE, Cell("reference", tone="soft")], tags(data, reference, context))
        )
    for claim in claims:
        name = claim["subject"]
        against = "" if claim["reference"] == reference else f" ÷ {claim['reference']}"
        cpu = data.claim("warm_cpu", context.id, name, claim["reference"])
        marks = [Mark(claim["ratio"], claim.get("low"), claim.get("high"), drop=-3 if cpu else 0)]
        if cpu and cpu.get("ratio") is not None:
            marks.append(Mark(cpu["ratio"], cpu.get("low"), cpu.get("high"), hollow=True, drop=5, large=0.5))
        if data.decides(name):
            lines.append(Line(f"{name}{against}", data.role(name), short_verdict(claim), tuple(marks), contender=name))
        cells = [Cell(f"{name}{against}", sort=data.place(name)), figure_cell(figures.get(name))]
        cells += [
            figure_cell(_figure(data, "warm_cpu", context, name)),
            ratio_cell(claim),
            ratio_cell(cpu),
            verdict_cell(data, claim),
        ]
        rows.append(row(cells, tags(data, name, context)))
    sentinel = data.sentinels.get(("warm", context.id))
    floor = (sentinel or {}).get("floor") or next((claim.get("floor") for claim in claims if claim.get("floor")), None)
    band = (1 / floor, floor) if floor and floor > 1 else None
    how = (
        f"Time of one call divided by that of {reference}, paired. Left of 1 is less time. Filled: wall time; small "
        "and hollow: CPU time; "
        f"bars: 95 % intervals{'; shaded: the noise floor, in which nothing is told apart' if band else ''}. "
        "A row that says ÷ names its own reference. The empty handlers are in the table only."
    )
    columns = (
        Column("contender"),
        Column("a call", "median, 95 % interval, n"),
        Column("CPU a call", "median"),
        Column(f"time ÷ {reference}", "paired, 95 % interval, n"),
        Column("CPU time ÷", "the same"),
        Column("verdict", words=True),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    axis = Axis(f"time of one call ÷ {reference}, logarithmic; left is less time", _ratio_tick, one=1.0, band=band)
    keys: tuple[tuple[str, str], ...] = (("wall", "wall time"), ("cpu", "CPU time"))
    keys += (("band", "noise floor"),) if band else ()
    return row_figure(slug, title, how, lines, axis, table, context_tags(context), keys, row=28)


def _figure(data: Data, metric: str, context: Context, name: str) -> dict[str, Any] | None:
    return data.figures.get((metric, context.id), {}).get(name)


def _cpu_context(data: Data, context: Context) -> str:
    return context.id


def _cells(data: Data, algorithm: str, runtime: str, cells: list[str]) -> list[Context | None]:
    return [data.primary("warm", algorithm, runtime, cell) for cell in cells]


def _sweep(data: Data, slug_word: str, cells: list[str], title_word: str, words: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for algorithm in data.algorithms:
        for runtime in data.runtimes:
            contexts = _cells(data, algorithm, runtime, cells)
            present = [(context, word) for context, word in zip(contexts, words, strict=True) if context]
            if len(present) < 2:
                continue
            base = present[0][0]
            names = sorted({name for context, _ in present for name in data.figures[("warm", context.id)]}, key=data.place)
            slug = f"{slug_word}-{algorithm}-{runtime}".replace(".", "-")
            title = f"{title_word}: {algorithm}, {runtime_title(runtime)}"
            lines, rows = [], []
            for name in names:
                found = [(data.figures[("warm", context.id)].get(name), index) for index, (context, _) in enumerate(present)]
                marks = [
                    Mark(f["median"], shape=("circle", "square", "triangle-up")[i], hollow=i == 0, large=(0.7, 0.9, 1.2)[i])
                    for f, i in found
                    if f
                ]
                values = [f["median"] for f, _ in found if f]
                span = f"{time_text(values[0])} to {time_text(values[-1])}" if len(values) > 1 else time_text(values[0])
                if len(values) > 1:
                    marks.insert(0, Mark(values[0], min(values), max(values), shape="circle", hollow=True, large=0.1))
                lines.append(Line(name, data.role(name), span, tuple(marks)))
                rows.append(row([name_cell(data, name), *(figure_cell(f) for f, _ in found)], tags(data, name, base)))
            columns = (Column("contender"), *(Column(word, "median, 95 % interval, n") for _, word in present))
            table = Table(f"t-{slug}", title, columns, tuple(rows), context_tags(base))
            shapes = (
                "hollow circle "
                + present[0][1]
                + "".join(f", {shape} {word}" for (_, word), shape in zip(present[1:], ("square", "triangle"), strict=False))
            )
            how = f"The same call with growing input ({shapes}). A short line means that the input's size hardly matters."
            blocks.append(
                row_figure(slug, title, how, lines, Axis("time of one call, logarithmic", tick_text), table, context_tags(base))
            )
    return blocks


def _refusals(data: Data) -> list[Block]:
    blocks: list[Block] = []
    for algorithm in data.algorithms:
        for runtime in data.runtimes:
            contexts = _cells(data, algorithm, runtime, [f"{outcome}/0.3/typical" for outcome in OUTCOMES])
            present = [(context, outcome) for context, outcome in zip(contexts, OUTCOMES, strict=True) if context]
            if len(present) < 2:
                continue
            base = present[0][0]
            names = sorted({name for context, _ in present for name in data.figures[("warm", context.id)]}, key=data.place)
            rows: list[Row] = []
            for name in names:
                cells = [name_cell(data, name)]
                for context, _ in present:
                    cells.append(_refusal_cell(data, context, name))
                rows.append(row(cells, tags(data, name, base)))
            columns = (Column("contender"), *(Column(outcome.replace("-", " ")) for _, outcome in present))
            title = f"Allowed and refused: {algorithm}, {runtime_title(runtime)}"
            slug = f"outcomes-{algorithm}-{runtime}".replace(".", "-")
            blocks.append(Table(f"t-{slug}", title, columns, tuple(rows), context_tags(base)))
    if blocks:
        words = (
            "Refusals are what an attack costs you. They are kept apart from allowed calls: no average mixes them. Below "
            "each median: its interval, and the verdict against the reference of the same runtime."
        )
        blocks.insert(0, Prose(words))
    return blocks


def _refusal_cell(data: Data, context: Context, name: str) -> Cell:
    figure = data.figures[("warm", context.id)].get(name)
    if not figure or figure.get("median") is None:
        return NONE
    claim = data.claim("warm", context.id, name)
    words = f"; {verdict_text(claim['verdict'])}" if claim and data.decides(name) else ""
    if figure.get("low") is None:
        return Cell(time_text(figure["median"]), detail=f"no interval{words}", sort=figure["median"])
    detail = f"{time_range(figure['low'], figure['high'], figure['median'])}{words}"
    return Cell(time_text(figure["median"]), detail=detail, sort=figure["median"])
