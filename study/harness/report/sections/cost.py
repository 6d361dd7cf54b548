"""What a million requests cost: prices are dated, shown and editable. The sums are made by study/chooser/cost.js alone."""

from __future__ import annotations

import json
import subprocess
from typing import Any


from ...tools import Tools
from ..blocks import Block, Cell, Column, Notice, Prose, Row, Section, Table, Widget
from ..data import BASE_CELL, Context, Data, family
from ..platforms import STUDY, prices, rows
from ..tables import name_cell, row, tags
from ..text import significant, time_range, time_text

LIFE = 200  # requests of a sandbox
DEFAULTS = {"platform": "lambda-edge", "requests": 1_000_000, "life": LIFE, "memory": 128}
# The requests of a process after which the analysis keeps the sum of all before, and those that stand for the rest of a life.
LIVES, STEADY_FROM = (1, 3, 10, 30, 100), 50
_FAMILIES = {"lambda-edge": ("node", "python"), "workers": ("workerd",)}
WARM_ONLY = "warm only; wall time as an upper bound of the CPU time"
_PARTS = ("requests", "duration", "init", "total")

_ASK = """
const { cost } = require(process.argv[1]);
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(asked.map(([price, usage]) => cost(price, usage))));
"""


def bills(asked: list[tuple[dict[str, Any], dict[str, Any]]]) -> list[dict[str, float]]:
    """What cost.js makes of prices and usages, in their order."""
    argv = [Tools().node(), "-e", _ASK, STUDY / "chooser" / "cost.js"]
    done = subprocess.run(argv, input=json.dumps(asked), capture_output=True, text=True, check=True)
    told: list[dict[str, float]] = json.loads(done.stdout)
    return told


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
                "network; the mean of a life is billed, rounded up to whole steps. The ends of an interval take every part at "
                "the end of its own 95 % interval, so it is rather too wide than too narrow. Of Workers the warm call alone "
                "is counted, as wall time: an upper bound of the CPU time that is billed there."
            ),
            "note",
        )
    )
    blocks.append(Widget("cost-explorer"))
    blocks.append(_table(data, usages, rows(document)))
    return Section("cost", "What it costs", "Cost", tuple(blocks))


def usage(data: Data) -> list[dict[str, Any]]:
    """For each contender the start, the sums of the first requests and the settled request, in ms, each with its interval."""
    found: list[dict[str, Any]] = []
    for runtime in data.newest if data.algorithms else []:
        context = data.primary("hundred", data.algorithms[0], runtime)
        if context:
            found += _lives(data, context)
        elif warm := data.primary("warm", data.algorithms[0], runtime, BASE_CELL):
            found += [_call(data, figure) for figure in data.ordered(data.figures[("warm", warm.id)])]
    return found


def _lives(data: Data, context: Context) -> list[dict[str, Any]]:
    curves = {entry["contender"]: entry for entry in data.analysis.get("curves", []) if entry["context"] == context.id}
    starts = data.figures.get(("ready", context.id), {})
    found = []
    for figure in data.ordered(data.figures[("hundred", context.id)]):
        name = figure["contender"]
        if name not in curves or name not in starts:
            continue
        until = dict(zip(curves[name]["k"], curves[name]["median"], strict=True))
        start = starts[name]["median"]
        # Of the late requests the mean: waiting for the quota is billed as well.
        steady = (until[LIVES[-1]] - until[STEADY_FROM]) / (LIVES[-1] - STEADY_FROM)
        point = {"ready": start, **{str(k): until[k] - start for k in LIVES}, "steady": steady}
        found.append(_usage(data, name, figure["n"], point, _spreads(data, context, name)))
    return found


def _spreads(data: Data, context: Context, name: str) -> dict[str, tuple[float, float]]:
    """How far the 95 % interval of each part reaches, in relation to its middle: of the start, the life up to k, the late requests."""
    curve = next(one for one in data.analysis["curves"] if (one["contender"], one["context"]) == (name, context.id))
    settled = next(
        (one["steady_ns"] for one in data.analysis.get("settling", []) if (one["contender"], one["context"]) == (name, context.id)), {}
    )
    parts: dict[str, Any] = {"ready": data.figures[("ready", context.id)][name], "steady": settled}
    if curve["low"] is not None:
        for k, low, median, high in zip(*(curve[key] for key in ("k", "low", "median", "high")), strict=True):
            parts[str(k)] = {"low": low, "median": median, "high": high}
    return {
        key: (float(part["low"] / part["median"]), float(part["high"] / part["median"]))
        for key, part in parts.items()
        if part.get("median") and part.get("low") is not None and part.get("high") is not None
    }


def _call(data: Data, figure: dict[str, Any]) -> dict[str, Any]:
    """Where calls are timed from outside: neither a start nor the first requests are known."""
    median, low, high = figure["median"], figure.get("low"), figure.get("high")
    spreads = {} if low is None or high is None else {"steady": (low / median, high / median)}
    return _usage(data, figure["contender"], figure["n"], {"ready": 0.0, "steady": median}, spreads) | {"note": WARM_ONLY}


def _usage(
    data: Data, name: str, n: int, point: dict[str, float], spreads: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    def at(end: int | None) -> dict[str, Any]:
        times = {key: value / 1e6 * (1.0 if end is None else spreads.get(key, (1.0, 1.0))[end]) for key, value in point.items()}
        sums = [[k, round(times[str(k)], 6)] for k in LIVES if str(k) in times]
        return {"ready_ms": round(times["ready"], 6), "sums": sums, "steady_ms": round(times["steady"], 6)}

    return {
        "name": name,
        "role": data.role(name),
        "family": family(str(data.by_name.get(name, {}).get("runtime", ""))),
        "n": n,
        **at(None),
        "low": at(0) if spreads else None,
        "high": at(1) if spreads else None,
        "note": "",
    }


def mean_of_life(one: dict[str, Any]) -> float:
    """The mean of what a request takes in the life of the table, in ms; the page's script knows other lives too."""
    known, total = one["sums"][-1] if one["sums"] else (0, 0.0)
    return float((total + (LIFE - known) * one["steady_ms"]) / LIFE)


def _asked(price: dict[str, Any], one: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    return price, {
        "requests": DEFAULTS["requests"],
        "duration_ms": mean_of_life(one),
        "init_ms": one["ready_ms"],
        "memory_mb": DEFAULTS["memory"],
        "requests_per_sandbox": LIFE,
    }


def _dollars(value: float) -> str:
    return f"${significant(value)}" if value else "$0"


def _table(data: Data, usages: list[dict[str, Any]], priced: dict[str, dict[str, Any]]) -> Table:
    placed = [
        (priced[platform], one)
        for platform, families in _FAMILIES.items()
        for one in usages
        if one["family"] in families and "per_million_requests" in priced.get(platform, {})
    ]
    forms = [(price, form) for price, one in placed for form in (one, one["low"] or one, one["high"] or one)]
    told = bills([_asked(price, form) for price, form in forms])
    lines = [_line(data, price, one, told[3 * i : 3 * i + 3]) for i, (price, one) in enumerate(placed)]
    columns = (
        Column("contender"),
        Column("platform", words=True),
        Column("a request", "mean of a life, 95 % interval, n"),
        Column("requests", "exact"),
        Column("duration", "95 % interval"),
        Column("starts", "95 % interval"),
        Column("together", "95 % interval, n"),
    )
    title = f"Dollars for a million requests at 128 MB and {LIFE} requests in a sandbox’s life"
    return Table("t-cost", title, columns, tuple(lines), fold=title)


def _line(data: Data, price: dict[str, Any], one: dict[str, Any], billed: list[dict[str, float]]) -> Row:
    point, low, high = billed
    n, mean = f"n {one['n']}", mean_of_life(one) * 1e6
    known = bool(one["low"])
    span = time_range(mean_of_life(one["low"]) * 1e6, mean_of_life(one["high"]) * 1e6, mean) if known else "no interval"
    name = name_cell(data, one["name"])
    cells = [
        Cell(name.text, sort=name.sort, badges=(one["note"],) if one["note"] else ()),
        Cell(str(price.get("title", ""))),
        Cell(time_text(mean), detail=f"{span}, {n}", sort=mean),
    ]
    for key in _PARTS:
        ends = f"{_dollars(low[key])} to {_dollars(high[key])}" if known else "no interval"
        detail = {"requests": "", "total": f"{ends}, {n}"}.get(key, ends if point[key] else "")
        cells.append(Cell(_dollars(point[key]), detail=detail, sort=point[key]))
    return row(cells, tags(data, one["name"]))
