"""The fairness ladder: how much of a celebrated speed-up is a slow baseline."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Cell, Column, Figure, Notice, Prose, Section, Table
from ..charts import Axis, Line, Mark
from ..data import BASE_CELL, REFERENCES, Context, Data, runtime_title
from ..draw import row_figure
from ..tables import context_tags, figure_cell, name_cell, ratio_cell, row, spread_cell, tags, verdict_cell
from ..text import tick_text, time_range, time_text

STEPS = (
    ("js-article", "jsonwebtoken as published: a string secret, parsed as a key on each call; laxer rules"),
    ("js-tuned", "the same library with a cached KeyObject and the policy's rules"),
    ("js-fast", "fast-jwt, its cache off"),
    ("js-fast-cache", "fast-jwt, its cache on: a token seen before is looked up"),
    ("js-jose", "jose, on WebCrypto"),
    ("js-noders", "a Rust library as a native addon"),
    ("js-bare", "no library: node:crypto by hand"),
    ("rust-article", "Rust in WebAssembly, the article's stack"),
    ("rust-lean", "Rust in WebAssembly, the boundary drawn for speed"),
    ("wasm-host", "Portcullis in WebAssembly, the host's crypto"),
    ("wasm-asset", "Portcullis in WebAssembly, self-contained"),
    ("napi", "Portcullis as a native addon"),
)


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "“Twice as fast” needs a “than what”. The first two rungs are the published JavaScript handler and the same "
            "library used well; what lies between them is no merit of another language. Each further rung is another "
            "handler, which differs in more than one thing, all of them on the same inputs. Every ratio is against js-tuned.",
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
    reference = REFERENCES[context.family]
    lines, rows = [], []
    for name, what, figure in present:
        lines.append(_line(data, name, figure))
        claim, own = data.claim("warm", context.id, name, reference), name == reference
        cells = [name_cell(data, name), Cell(what), figure_cell(figure), spread_cell(figure)]
        rows.append(row([*cells, ratio_cell(claim, own), verdict_cell(data, claim, own)], tags(data, name, context)))
    columns = (
        Column("handler"),
        Column("what it is", words=True),
        Column("a call", "median, 95 % interval, n"),
        Column("quartiles", "least and most below"),
        Column(f"time ÷ {reference}", "paired, 95 % interval, n"),
        Column("verdict", words=True),
    )
    table = Table(f"t-{slug}", f"{title} ({data.context_words(context)})", columns, tuple(rows), context_tags(context))
    how = (
        "Each small dot is one process; the mark is the median time of an allowed call, the bar its 95 % interval; the axis "
        "is logarithmic. The table has each handler's paired ratio to js-tuned, `~` where this run can’t tell."
    )
    return row_figure(slug, title, how, lines, Axis("time of one call, logarithmic", tick_text), table, context_tags(context))


def _line(data: Data, name: str, figure: dict[str, Any]) -> Line:
    low, high, median = figure.get("low"), figure.get("high"), figure["median"]
    words = time_text(median) + (f" ({time_range(low, high, median)})" if low is not None and high is not None else "")
    return Line(name, data.role(name), words, (Mark(median, low, high),), tuple(figure.get("values") or ()))
