"""What a million requests cost: prices are dated, shown and editable."""

from __future__ import annotations

import math
from typing import Any

from ..blocks import Block, Cell, Column, Notice, Prose, Section, Table, Widget
from ..data import BASE_CELL, Data, family
from ..platforms import prices, rows
from ..tables import name_cell, row, tags
from ..text import significant, time_text

DEFAULTS = {"platform": "lambda-edge", "requests": 1_000_000, "life": 200, "memory": 128}
# Lives for which the page knows the sum of the first requests.
LIVES = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100)
_FAMILIES = {"lambda-edge": ("node", "python"), "lambda": ("node", "python"), "workers": ("workerd",)}


def make(data: Data) -> Section:
    usages = usage(data)
    document = prices(data)
    blocks: list[Block] = [
        Prose(
            "Lambda bills each request and its duration in whole milliseconds, and the start of a zip function too. "
            "So a difference of microseconds in a warm call often costs nothing, and a start or a settling phase does.",
            "lead",
        )
    ]
    if not usages or not rows(document):
        blocks.append(Notice("There are no durations or no prices to make costs of.", "warn"))
        return Section("cost", "What it costs", "Cost", tuple(blocks))
    blocks.append(
        Prose(
            (
                f"Prices as of {document.get('dated', 'an unknown date')}, in {document.get('currency', 'USD')}. "
                f"{document.get('note', '')} Durations are those of the modelled 128 MB function: first requests included, no "
                "network."
            ),
            "note",
        )
    )
    blocks.append(Widget("cost-explorer"))
    blocks.append(_table(data, usages, rows(document)))
    return Section("cost", "What it costs", "Cost", tuple(blocks))


def usage(data: Data) -> list[dict[str, Any]]:
    """For each contender: the start, the sums of the first requests and the settled request, in ms."""
    if not data.algorithms:
        return []
    found: list[dict[str, Any]] = []
    for runtime in data.newest:
        context = data.primary("hundred", data.algorithms[0], runtime)
        if context:
            curves = {entry["contender"]: entry for entry in data.analysis.get("curves", []) if entry["context"] == context.id}
            settling = {
                entry["contender"]: entry for entry in data.analysis.get("settling", []) if entry["context"] == context.id
            }
            starts = data.figures.get(("ready", context.id), {})
            for name in sorted(curves, key=data.place):
                if name not in starts or name not in settling:
                    continue
                curve, ready = curves[name], starts[name]["median"]
                sums = {k: (curve["median"][curve["k"].index(k)] - ready) / 1e6 for k in LIVES if k in curve["k"]}
                tail = sorted(settling[name]["p50"][-20:])
                steady = tail[len(tail) // 2] / 1e6
                found.append(_usage(data, name, ready / 1e6, sums, steady))
            continue
        warm = data.primary("warm", data.algorithms[0], runtime, BASE_CELL)
        start = data.primary("start", data.algorithms[0], runtime)
        for figure in data.ordered(data.figures[("warm", warm.id)]) if warm else []:
            ready = data.figures[("start", start.id)].get(figure["contender"]) if start else None
            steady = figure["median"] / 1e6
            found.append(
                _usage(data, figure["contender"], (ready["median"] if ready else 0) / 1e6, {k: k * steady for k in LIVES}, steady)
            )
    return found


def _usage(data: Data, name: str, ready: float, sums: dict[int, float], steady: float) -> dict[str, Any]:
    return {
        "name": name,
        "role": data.role(name),
        "family": family(str(data.by_name.get(name, {}).get("runtime", ""))),
        "ready_ms": round(ready, 6),
        "sums": [[k, round(value, 6)] for k, value in sorted(sums.items())],
        "steady_ms": round(steady, 6),
    }


def mean_duration(one: dict[str, Any], life: float) -> float:
    """The mean of what a request takes in a life of so many; the page's script does the same."""
    places, sums = [0.0] + [k for k, _ in one["sums"]], [0.0] + [value for _, value in one["sums"]]
    if life >= places[-1]:
        total = sums[-1] + (life - places[-1]) * one["steady_ms"]
    else:
        i = next(i for i, place in enumerate(places) if place >= life)
        part = (life - places[i - 1]) / (places[i] - places[i - 1])
        total = sums[i - 1] + part * (sums[i] - sums[i - 1])
    return float(max(total, 0.0) / life)


def bill(
    price: dict[str, Any], requests: float, duration_ms: float, init_ms: float, life: float, memory_mb: float
) -> dict[str, float]:
    """What study/chooser/cost.js computes; a test holds the two together."""
    step = price.get("granularity_ms", 0)
    per_ms = price.get("per_gb_second", 0) * memory_mb / 1024 / 1000
    per_cpu_ms = price.get("per_million_cpu_ms", 0) / 1e6

    def billed(ms: float) -> float:
        return math.ceil(ms / step - 1e-9) * step if step > 0 else ms

    parts = {
        "requests": requests * (price["per_million_requests"] + price.get("per_million_reads", 0)) / 1e6,
        "duration": requests * billed(duration_ms) * (per_ms + per_cpu_ms),
        "init": (requests / life) * billed(init_ms) * (per_ms + per_cpu_ms) if price.get("init_billed") else 0.0,
    }
    return parts | {"total": sum(parts.values())}


def _table(data: Data, usages: list[dict[str, Any]], priced: dict[str, dict[str, Any]]) -> Table:
    lines = []
    for platform, families in _FAMILIES.items():
        price = priced.get(platform)
        if not price or "per_million_requests" not in price:
            continue
        for one in usages:
            if one["family"] not in families or platform == "lambda":
                continue
            duration = mean_duration(one, DEFAULTS["life"])  # type: ignore[arg-type]
            costs = bill(price, 1e6, duration, one["ready_ms"], 200, 128)
            cells = [
                name_cell(data, one["name"]),
                Cell(str(price.get("title", platform))),
                Cell(time_text(duration * 1e6), sort=duration),
            ]
            cells += [
                Cell(f"${significant(costs[key])}" if costs[key] else "$0", sort=costs[key])
                for key in ("requests", "duration", "init", "total")
            ]
            lines.append(row(cells, tags(data, one["name"])))
    columns = (
        Column("contender"),
        Column("platform", words=True),
        Column("a request", "mean of a life"),
        Column("requests"),
        Column("duration"),
        Column("starts"),
        Column("together"),
    )
    title = "Dollars for a million requests at 128 MB and 200 requests in a sandbox’s life"
    return Table("t-cost", title, columns, tuple(lines), fold=title)
