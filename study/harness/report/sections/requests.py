"""The first hundred requests: how soon a sandbox settles, and the cost of its whole life with the crossover."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Figure, Fold, Notice, Panel, Prose, Section, Sentences, Table
from ..charts import Path, line_chart, small_panel
from ..data import FLOORS, Context, Data, runtime_title
from ..drawing import svg
from ..tables import NONE, context_tags, figure_cell, name_cell, ratio_cell, row, tags, verdict_cell
from ..text import significant, tick_text, time_range, time_text
from .cold import drawn, reference_of

# How many lines of a role a lifetime chart has, the best by what a whole life of a hundred requests takes.
LINES_OF = {"reference": 1, "historical": 1, "baseline": 1, "door": 3, "peer": 2}
# The article's own stack is drawn whatever it takes; wasm-inline is the module of wasm-host in another wrapping.
ALWAYS, NEVER = ("rust-article",), ("wasm-inline",)
TOLD = (1, 2, 3, 5, 10, 20, 50, 100)  # the requests that the tables under the charts tell
EVERY_POINT = "The main figures as a table; every point is in export/curves.csv"
# Enough places for a smooth line on a logarithmic axis.
KEPT = tuple(range(1, 21)) + tuple(range(22, 41, 3)) + tuple(range(44, 101, 7)) + (100,)


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "Many edge sandboxes answer only a few requests before they are thrown away. So the sum of the start and the "
            "first requests often matters more than the warm state that benchmarks show.",
            "lead",
        )
    ]
    lifetimes = [block for context in _contexts(data, "curves") if drawn(data, context) and (block := _lifetime(data, context))]
    settlings = [block for context in _contexts(data, "settling") if drawn(data, context) and (block := _settling(data, context))]
    hundred = [_hundred(data, context) for context in data.primaries("hundred")]
    blocks += [*lifetimes, *settlings, *hundred, *_crossovers(data)]
    if not lifetimes and not settlings and not hundred:
        blocks.append(Notice("The first requests were not measured in this run.", "warn"))
    return Section("requests", "The first 100 requests", "First 100 requests", tuple(blocks))


def _crossovers(data: Data) -> list[Block]:
    """The crossovers of runtimes and algorithms that have no chart of their own."""
    said = []
    for context in _contexts(data, "curves"):
        if not drawn(data, context):
            found = [entry.get("crossover") or {} for entry in _entries(data, "curves", context)]
            said += [str(crossover["sentence"]) for crossover in found if crossover.get("k")]
    return [Fold(f"Crossovers of other runtimes and algorithms ({len(said)})", (Sentences(tuple(said)),))] if said else []


def _contexts(data: Data, key: str) -> list[Context]:
    """One context for each algorithm and runtime, the same as in the tables."""
    present = {entry["context"] for entry in data.analysis.get(key, [])}
    found = []
    for algorithm in data.algorithms:
        for runtime in data.runtimes:
            rows = [c for c in data.contexts.values() if (c.algorithm, c.runtime) == (algorithm, runtime) and c.id in present]
            primary = data.primary("hundred", algorithm, runtime) or data.primary("lifetime", algorithm, runtime)
            chosen = next((c for c in rows if primary and c.id == primary.id), rows[0] if rows else None)
            if chosen:
                found.append(chosen)
    return found


def _entries(data: Data, key: str, context: Context) -> list[dict[str, Any]]:
    rows = [entry for entry in data.analysis.get(key, []) if entry["context"] == context.id]
    return sorted(rows, key=lambda entry: data.place(entry["contender"]))


def _slug(prefix: str, context: Context) -> str:
    return f"{prefix}-{context.algorithm}-{context.runtime}".replace(".", "-")


def _chosen(data: Data, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """As many lines as can be told apart, with places for every role; all the others are in the table."""

    def rank(entry: dict[str, Any]) -> tuple[bool, float]:
        return entry["contender"] not in FLOORS.values(), float(entry["median"][-1])

    names = set(ALWAYS)
    for role, most in LINES_OF.items():
        left = [e for e in entries if data.role(e["contender"]) == role and e["contender"] not in (*ALWAYS, *NEVER)]
        names |= {entry["contender"] for entry in sorted(left, key=rank)[:most]}
    return [entry for entry in entries if entry["contender"] in names]


def _lifetime(data: Data, context: Context) -> Figure | None:
    entries = _entries(data, "curves", context)
    if not entries:
        return None
    slug = _slug("lifetime", context)
    title = f"Cost of a sandbox's life: {context.algorithm}, {runtime_title(context.runtime)}"
    paths, points = [], []
    drawn_ = _chosen(data, entries)
    for entry in drawn_:
        kept = [i for i, k in enumerate(entry["k"]) if k in KEPT]
        line = tuple((float(entry["k"][i]), float(entry["median"][i])) for i in kept)
        low, high = entry.get("low"), entry.get("high")  # too few processes: no interval
        band = tuple((float(entry["k"][i]), float(low[i]), float(high[i])) for i in kept) if low and high else ()
        paths.append(Path(entry["contender"], data.role(entry["contender"]), line, band))
        crossover = entry.get("crossover")
        if crossover and crossover.get("k") and 1 < crossover["k"] <= entry["k"][-1]:
            k = crossover["k"]
            at = min(range(len(entry["k"])), key=lambda i: abs(entry["k"][i] - k))
            points.append((entry["contender"], float(k), float(entry["median"][at]), f"request {k:.0f}"))
    if len(points) > 1:  # their words would lie on each other; the table has them
        points = [(name, x, y, "") for name, x, y, _ in points]
    how = (
        "Each line is the time from the start of the process until request k is answered: the start plus the first k requests, "
        "median with its 95 % band. A lower line is better; a dot marks where a line crosses the reference. "
        f"{len(drawn_)} of {len(entries)} drawn; all in the table."
    )
    rows = [_lifetime_row(data, context, entry) for entry in entries]
    columns = (
        Column("contender"),
        Column("n", "processes"),
        *(Column(f"until request {k}", "median, 95 % interval") for k in TOLD),
        Column("crossover with the reference", words=True),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    words = "; ".join(
        f"{entry['contender']} {time_text(entry['median'][-1])} until request {entry['k'][-1]}" for entry in drawn_
    )
    label = f"Chart. {title}. {words}. {len(drawn_)} of {len(entries)} drawn; the table below holds all."
    spec = line_chart(paths, "request k of the sandbox's life, logarithmic", "start plus first k requests", tick_text, points)
    panels = (Panel(slug, svg(spec, label), spec),)
    return Figure(f"f-{slug}", title, how, label, panels, table, context_tags(context), twin=EVERY_POINT)


def _processes(data: Data, context: Context, name: str) -> Cell:
    figure = data.figures.get(("hundred", context.id), {}).get(name)
    return Cell(str(figure["n"]), sort=figure["n"]) if figure else NONE


def _lifetime_row(data: Data, context: Context, entry: dict[str, Any]) -> Any:
    cells = [name_cell(data, entry["contender"]), _processes(data, context, entry["contender"])]
    for k in TOLD:
        index = entry["k"].index(k) if k in entry["k"] else None
        if index is None:
            cells.append(NONE)
            continue
        median, low, high = entry["median"][index], entry.get("low"), entry.get("high")
        detail = time_range(low[index], high[index], median) if low and high else "no interval"
        cells.append(Cell(time_text(median), detail=detail, sort=median))
    crossover = entry.get("crossover")
    cells.append(Cell(str(crossover["sentence"])) if crossover and crossover.get("sentence") else NONE)
    return row(cells, tags(data, entry["contender"], context))


def _settling(data: Data, context: Context) -> Figure | None:
    entries = _entries(data, "settling", context)
    if not entries:
        return None
    slug = _slug("settling", context)
    title = f"Settling: {context.algorithm}, {runtime_title(context.runtime)}"
    how = (
        "One small chart for each contender, all on the same axes: time of the i-th request, median line with the band from the "
        "10th to the 90th percentile of processes. Peaks of some 20 ms are the CPU quota of the modelled 128 MB function."
    )
    panels = []
    values = [value for entry in entries for key in ("p10", "p90") for value in entry[key] if value and value > 0]
    ends = (min(values) / 1.2, max(values) * 1.2) if values else (1.0, 10.0)
    for entry in entries:
        name = entry["contender"]
        line = [(float(i + 1), float(value)) for i, value in enumerate(entry["p50"])]
        band = [(float(i + 1), float(a), float(b)) for i, (a, b) in enumerate(zip(entry["p10"], entry["p90"], strict=True))]
        label = f"{name}: request 1 {time_text(entry['p50'][0])}, request {len(entry['p50'])} {time_text(entry['p50'][-1])}"
        spec = small_panel(name, data.role(name), line, band, ends, tick_text)
        panels.append(Panel(f"{slug}-{name}", svg(spec, label), spec, tags(data, name, context)))
    rows = []
    for entry in entries:
        n = entry.get("n")
        cells = [name_cell(data, entry["contender"]), NONE if n is None else Cell(str(n), sort=n)]
        cells += [_percentiles(entry, i - 1) for i in TOLD]
        settled, excess = entry.get("settled_after") or {}, entry.get("excess_ns") or {}
        cells.append(_interval(settled, lambda value: f"{value:.0f}"))
        cells.append(_interval(excess, time_text))
        stalls = entry.get("stalls_per_thousand")
        cells.append(NONE if stalls is None else Cell(significant(stalls) if stalls else "0", sort=stalls))
        rows.append(row(cells, tags(data, entry["contender"], context)))
    columns = (
        Column("contender"),
        Column("n", "processes"),
        *(Column(f"request {i}", "p50, below it p10 to p90") for i in TOLD),
        Column("settled after", "requests, 95 % interval"),
        Column("excess", "over the settled state"),
        Column("stalls", "per 1,000 requests"),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    return Figure(f"f-{slug}", title, how, title, tuple(panels), table, context_tags(context), twin=EVERY_POINT)


def _percentiles(entry: dict[str, Any], index: int) -> Cell:
    if index >= len(entry["p50"]):
        return NONE
    middle = entry["p50"][index]
    return Cell(time_text(middle), detail=time_range(entry["p10"][index], entry["p90"][index], middle), sort=middle)


def _interval(value: dict[str, Any], text: Any) -> Cell:
    if value.get("median") is None:
        return NONE
    detail = "" if value.get("low") is None else f"{text(value['low'])} to {text(value['high'])}"
    return Cell(text(value["median"]), detail=detail, sort=value["median"])


def _hundred(data: Data, context: Context) -> Table:
    slug = _slug("hundred", context)
    rows = []
    reference = reference_of(data, "hundred", context)
    for figure in data.ordered(data.figures[("hundred", context.id)]):
        name = figure["contender"]
        claim = data.claim("hundred", context.id, name)
        life = data.claim("lifetime", context.id, name)
        own = claim is None and name == reference
        cpu = data.figures.get(("hundred_cpu", context.id), {}).get(name)
        cells = [
            name_cell(data, name),
            figure_cell(figure),
            figure_cell(cpu),
            ratio_cell(claim, own),
            verdict_cell(data, claim, own),
        ]
        cells += [ratio_cell(life, own), verdict_cell(data, life, own)]
        rows.append(row(cells, tags(data, name, context)))
    columns = (
        Column("contender"),
        Column("first 100 requests", "sum; 95 % interval, n"),
        Column("CPU time", "of the same"),
        Column(f"time ÷ {reference or 'reference'}", "paired, 95 % interval"),
        Column("verdict", words=True),
        Column(f"with the start ÷ {reference or 'reference'}", "paired"),
        Column("verdict", words=True),
    )
    title = f"First 100 requests together: {data.context_words(context)}"
    return Table(f"t-{slug}", title, columns, tuple(rows), context_tags(context), fold=title)
