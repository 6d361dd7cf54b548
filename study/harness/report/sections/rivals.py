"""Pairs that somebody would choose between: each door against what one would take instead, and other neighbours."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Figure, Notice, Prose, Row, Section, Table
from ..charts import Axis, Line, Mark
from ..data import BASE_CELL, Context, Data, runtime_title
from ..draw import row_figure
from ..tables import context_tags, ratio_cell, row, short_verdict, tags, verdict_cell

DRAWN = (("hundred", "First 100 requests"), ("ready", "Start to ready"), ("warm", "Warm call"))
# Of the other metrics those of the summary; the list of all claims has every one.
TABLED = (*(metric for metric, _ in DRAWN), "lifetime", "memory", "start", "zip")


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "The other tables divide by one reference. Nobody has to take that one: here each door stands against the handler "
            "that would be taken in its place, and neighbours against each other. The pairs were named in the plan; a ratio "
            "below 1 is less time for the first of the two.",
            "lead",
        )
    ]
    for metric, title in DRAWN:
        for context in _contexts(data, metric):
            blocks.append(_forest(data, metric, title, context))
    drawn = {(metric, context.id) for metric, _ in DRAWN for context in _contexts(data, metric)}
    rest = [c for c in data.rivals if c["metric"] in TABLED and (c["metric"], c["context"]) not in drawn]
    rest = [claim for claim in rest if data.contexts[claim["context"]].runtime in data.newest]
    if rest:
        caption = f"The same pairs: other figures and algorithms ({len(rest)}); other runtimes are in `export/claims.csv`"
        rows = tuple(_row(data, claim, str(claim["metric"])) for claim in rest)
        columns = (Column("pair"), Column("figure", words=True), *_COLUMNS)
        blocks.append(Table("t-rivals", caption, columns, rows, fold=caption))
    if len(blocks) == 1:
        blocks.append(Notice("This run compared no such pairs."))
    return Section("rivals", "Each door against what you would take instead", "Against the next best", tuple(blocks))


_COLUMNS = (Column("ratio", "paired, 95 % interval, n"), Column("verdict", words=True))


def _contexts(data: Data, metric: str) -> list[Context]:
    """Where the pairs are drawn: the first algorithm, the newest runtimes, where most of the pairs are."""
    found = []
    for runtime in data.newest if data.algorithms else []:
        context = data.primary(metric, data.algorithms[0], runtime, BASE_CELL if metric == "warm" else "")
        if context and any((claim["metric"], claim["context"]) == (metric, context.id) for claim in data.rivals):
            found.append(context)
    return found


def pair(claim: dict[str, Any]) -> str:
    return f"{claim['subject']} ÷ {claim['reference']}"


def _row(data: Data, claim: dict[str, Any], metric: str = "") -> Row:
    context = data.contexts[claim["context"]]
    where = [Cell(metric, detail=data.context_words(context))] if metric else []
    cells = [Cell(pair(claim), sort=data.place(claim["subject"])), *where, ratio_cell(claim), verdict_cell(data, claim)]
    return row(cells, tags(data, claim["subject"], context))


def _forest(data: Data, metric: str, title: str, context: Context) -> Figure:
    claims = [claim for claim in data.rivals if (claim["metric"], claim["context"]) == (metric, context.id)]
    slug = f"rivals-{metric}-{context.algorithm}-{context.runtime}".replace(".", "-")
    heading = f"{title}: {context.algorithm}, {runtime_title(context.runtime)}"
    lines = [
        Line(
            pair(claim),
            data.role(claim["subject"]),
            f"{short_verdict(claim)}, n {claim['n']}",
            (Mark(claim["ratio"], claim.get("low"), claim.get("high")),),
            contender=claim["subject"],
        )
        for claim in claims
        if claim.get("ratio") is not None
    ]
    caption = f"{heading} ({data.context_words(context)})"
    table = Table(
        f"t-{slug}", caption, (Column("pair"), *_COLUMNS), tuple(_row(data, claim) for claim in claims), context_tags(context)
    )
    how = "The first’s time divided by the second’s, paired; the bar is the 95 % interval. Left of 1 is less time for the first."
    floors = [claim["floor"] for claim in claims if claim.get("floor")]
    band = (1 / max(floors), max(floors)) if floors and max(floors) > 1 else None
    keys = (("band", "noise floor"),) if band else ()
    axis = Axis("time of the first ÷ time of the second, logarithmic", lambda value: f"{value:g}", one=1.0, band=band)
    return row_figure(slug, heading, how, lines, axis, table, context_tags(context), keys, row=28)
