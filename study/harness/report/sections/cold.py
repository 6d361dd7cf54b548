"""Cold start: load, start to ready, first request; and what the model is worth against published Lambda figures."""

from __future__ import annotations

from ..blocks import Block, Column, Figure, Fold, Notice, Prose, Section, Sentences, Table
from ..charts import Axis, Line, Mark
from ..data import Context, Data, client_title, profile_title, runtime_title
from ..draw import row_figure
from ..tables import context_tags, figure_cell, name_cell, ratio_cell, row, spread_cell, tags, time_difference, verdict_cell
from ..text import tick_text, time_range, time_text
from .articles import calibration_blocks

LEVELS = (
    ("load", "Load (L0)", "the handler's module loads in a process that already runs"),
    ("ready", "Start to ready (L1)", "from spawning the process until the runtime client asks for its first event"),
    ("first", "First request (L3)", "from handing over the first event until its answer"),
)


def samples(data: Data, metric: str, context: Context) -> list[Line]:
    lines = []
    for figure in data.ordered(data.figures.get((metric, context.id), {})):
        name, median = figure["contender"], figure["median"]
        low, high = figure.get("low"), figure.get("high")
        words = f"{time_text(median)}" + (f" ({time_range(low, high, median)})" if low is not None and high is not None else "")
        marks = (Mark(median, low, high),)
        lines.append(Line(name, data.role(name), words, marks, tuple(figure.get("values") or ())))
    return lines


def drawn(data: Data, context: Context) -> bool:
    """Charts of starts and first requests are drawn for the first algorithm and the newest runtimes: a page has an end."""
    return (not data.algorithms or context.algorithm == data.algorithms[0]) and context.runtime in data.newest


def others_table(data: Data, algorithm: str, runtime: str) -> Table | None:
    """Load, start and first request of another algorithm, side by side."""
    contexts = [(metric, title, data.primary(metric, algorithm, runtime)) for metric, title, _ in LEVELS]
    present = [(metric, title, context) for metric, title, context in contexts if context]
    if not present:
        return None
    names = sorted({name for metric, _, context in present for name in data.figures[(metric, context.id)]}, key=data.place)
    rows = []
    for name in names:
        cells = [name_cell(data, name)]
        for metric, _, context in present:
            claim = data.claim(metric, context.id, name)
            own = claim is None and name == reference_of(data, metric, context)
            cells += [figure_cell(data.figures[(metric, context.id)].get(name)), verdict_cell(data, claim, own)]
        rows.append(row(cells, tags(data, name, present[0][2])))
    columns = [Column("contender")]
    for _, title, _ in present:
        columns += [Column(title, "median, 95 % interval, n"), Column("verdict", words=True)]
    context = present[0][2]
    title = f"Load, start and first request: {data.context_words(context)}"
    slug = f"cold-{algorithm}-{runtime}".replace(".", "-")
    return Table(f"t-{slug}", title, tuple(columns), tuple(rows), context_tags(context), fold=title)


def start_table(data: Data, metric: str, context: Context, title: str, slug: str) -> Table:
    rows = []
    for figure in data.ordered(data.figures.get((metric, context.id), {})):
        name = figure["contender"]
        claim, cpu = data.claim(metric, context.id, name), data.figures.get((f"{metric}_cpu", context.id), {}).get(name)
        reference = claim is None and name == reference_of(data, metric, context)
        cells = [name_cell(data, name), figure_cell(figure), spread_cell(figure), figure_cell(cpu), ratio_cell(claim, reference)]
        cells += [time_difference(claim), verdict_cell(data, claim, reference)]
        rows.append(row(cells, tags(data, name, context)))
    reference_name = reference_of(data, metric, context) or "the reference"
    columns = (
        Column("contender"),
        Column("median", "95 % interval, n processes"),
        Column("quartiles", "least and most below"),
        Column("CPU time", "median"),
        Column(f"time ÷ {reference_name}", "paired, 95 % interval"),
        Column("difference", "paired"),
        Column("verdict", words=True),
    )
    return Table(f"t-{slug}", f"{title}: {data.context_words(context)}", columns, tuple(rows), context_tags(context))


def reference_of(data: Data, metric: str, context: Context) -> str:
    rows = data.claims.get((metric, context.id), [])
    names = [claim["reference"] for claim in rows]
    return max(sorted(set(names)), key=names.count) if names else ""


def level_figure(data: Data, metric: str, title: str, what: str, context: Context) -> Figure:
    slug = f"{metric}-{context.algorithm}-{context.runtime}".replace(".", "-")
    heading = f"{title}: {context.algorithm}, {runtime_title(context.runtime)}"
    how = f"Each small dot is one process; the large mark is the median, the bar its 95 % interval. Left is sooner. Here: {what}."
    return row_figure(
        slug,
        heading,
        how,
        samples(data, metric, context),
        Axis("time, logarithmic", tick_text),
        start_table(data, metric, context, title, slug),
        context_tags(context),
    )


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "A cold start is what the first visitor of a new sandbox waits for. The levels below are always kept apart: "
            "loading the handler, the whole start of the process, and the first request. Creating the sandbox and "
            "downloading the code are not measured; the size section stands for them.",
            "lead",
        )
    ]
    found = False
    for metric, title, what in LEVELS:
        for context in data.primaries(metric):
            found = True
            if drawn(data, context):
                blocks.append(level_figure(data, metric, title, what, context))
    for algorithm in data.algorithms:
        others = [runtime for runtime in data.runtimes if algorithm != data.algorithms[0] or runtime not in data.newest]
        tables = [others_table(data, algorithm, runtime) for runtime in others]
        blocks += [table for table in tables if table]
    isolates = data.primaries("start")
    for context in isolates:
        found = True
        what = "from spawning workerd until its first answer"
        if drawn(data, context):
            blocks.append(level_figure(data, "start", "Start of workerd", what, context))
    if not found:
        blocks.append(Notice("No start was measured in this run.", "warn"))
    shown = [context for metric, _, _ in LEVELS for context in data.primaries(metric)]
    if shown:
        profiles = sorted({(context.profile, context.client) for context in shown})
        words = "; ".join(f"{profile_title(p)}, {client_title(c) or 'no client'}" for p, c in profiles)
        blocks.append(
            Prose(
                (
                    f"Shown: {words}. The start itself is never throttled, as on Lambda; requests are. "
                    "Other profiles and clients are in [the data](#data)."
                ),
                "note",
            )
        )
    blocks += _calibration(data)
    blocks += _clients(data)
    return Section("cold", "Cold start", "Cold start", tuple(blocks))


def _calibration(data: Data) -> list[Block]:
    """What articles.json says of the model beside published figures of the real platform."""
    document = (data.articles or {}).get("calibration")
    if not isinstance(document, dict) or not document.get("rows"):
        return [Notice("This run has no calibration rows, so nothing here says how far the model is from the platform.")]
    return calibration_blocks(data, document)


def _clients(data: Data) -> list[Block]:
    entries = data.analysis.get("clients") or []
    sentences = [str(entry["sentence"]) for entry in entries if isinstance(entry, dict) and entry.get("sentence")]
    if not sentences:
        return []
    return [Fold(f"Real runtime client beside our thin one ({len(sentences)})", (Sentences(tuple(sentences)),))]
