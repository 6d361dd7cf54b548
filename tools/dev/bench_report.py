"""From series to rows: as JSON, and as a table for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from . import bench_figures
from .bench_figures import AT_LEAST, Figure, figure, holds
from .bench_rows import DIFFERENCE, GROWTH, RATIO, VALUE, Row
from .bench_series import Series
from .console import paint, say, table

SCHEMA = 1
_STYLES = {"yes": "green", "no": "red", "cannot tell": "yellow", "absent": "dim"}


def _samples(row: Row, series: Mapping[str, Sequence[float]]) -> list[float]:
    """One number for each round."""
    columns = [series[name] for name in row.series]
    rounds = list(zip(*columns, strict=True))
    if row.how == RATIO:
        return [above / below for above, below in rounds]
    if row.how == DIFFERENCE:
        return [above - below for above, below, _ in bench_figures.undisturbed(rounds, (1, 2))]
    if row.how == GROWTH:
        return [bench_figures.exponent(dict(zip(_sizes(row), times))) for times in rounds]
    assert row.how == VALUE
    return [value for (value,) in rounds]


def _sizes(row: Row) -> list[float]:
    return [float(name.rpartition("/")[2]) for name in row.series]


def judge(row: Row, series: Series) -> dict[str, Any]:
    told: dict[str, Any] = {
        **{"name": row.name, "what": row.what, "how": row.how, "unit": row.unit},
        **{"of": list(row.series), "direction": row.direction, "must": row.must, "stretch": row.stretch},
    }
    missing = [series.absent[name] for name in row.series if name in series.absent]
    if missing:
        return {**told, "absent": missing[0]}
    samples = _samples(row, series.samples)
    found = figure(samples)
    told |= {**asdict(found), "samples": samples, "must_holds": holds(row.direction, row.must, found)}
    told["stretch_holds"] = None if row.stretch is None else holds(row.direction, row.stretch, found)
    if row.how == GROWTH:
        times = {size: figure(series.samples[name]).value for size, name in zip(_sizes(row), row.series)}
        told["times"] = {f"{size:g}": ns for size, ns in times.items()}
        told["line"] = asdict(bench_figures.line(times))
    return told


def _series_json(name: str, series: Series) -> dict[str, Any]:
    told: dict[str, Any] = asdict(figure(series.samples[name]))
    told |= series.counters.get(name, {})
    if "token_bytes" in told:
        told["per_byte"] = told["value"] / told["token_bytes"]
    return told


def report(
    rows: Sequence[Row], series: Series, machine: Mapping[str, Any], quick: bool
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "quick": quick,
        "machine": dict(machine),
        "interval": "95 %, percentile bootstrap of the median of the rounds",
        "rows": [judge(row, series) for row in rows],
        "series": {name: _series_json(name, series) for name in sorted(series.samples)},
        "absent": dict(series.absent),
    }


def _number(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 1024:.1f} KB"
    if unit == "ns":
        return f"{value:.0f} ns" if value >= 100 else f"{value:.1f} ns"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"


def _bound(row: Mapping[str, Any], which: str) -> str:
    if row[which] is None:
        return ""
    if 0 < row[which] < 0.3 and row["how"] == RATIO:
        text = f"1/{1 / row[which]:.0f}"
    else:
        text = _number(row[which], row["unit"])
    return f"{'≥' if row['direction'] == AT_LEAST else '≤'} {text}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    bounds = [_bound(row, "must"), _bound(row, "stretch")]
    if "absent" in row:
        return [row["what"], "absent", "", "", bounds[0], "absent", bounds[1], ""]
    unit = row["unit"]
    spread = f"{_number(row['low'], unit)} to {_number(row['high'], unit)}"
    return [
        *(row["what"], _number(row["value"], unit), spread, str(row["n"])),
        *(bounds[0], row["must_holds"], bounds[1], row["stretch_holds"] or ""),
    ]


def _show_series(series: Mapping[str, Any]) -> None:
    """The warm ones: what the rows' ratios are made of."""
    rows = [["series", "ns", "95 % interval", "ns a byte", "allocations"]]
    for name, one in series.items():
        if not name.startswith(("core/", "cold/", "node/", "python/")) or "/growth_" in name:
            continue
        per_byte = f"{one['per_byte']:.3f}" if "per_byte" in one else ""
        allocations = f"{one['allocations']:g}" if "allocations" in one else ""
        spread = f"{one['low']:.1f} to {one['high']:.1f}"
        rows.append([name, f"{one['value']:.1f}", spread, per_byte, allocations])
    if len(rows) > 1:
        head, *body = table(rows, numbers=(1, 3, 4)).splitlines()
        say(f"\n{paint(head, 'bold')}")
        say("\n".join(body))


def show(told: Mapping[str, Any]) -> None:
    head = ["what", "median", "95 % interval", "n", "must", "holds", "stretch", "holds"]
    lines = table([head, *map(_cells, told["rows"])], numbers=(1, 3)).splitlines()
    say(paint(lines[0], "bold"))
    for line, row in zip(lines[1:], told["rows"]):
        say(paint(line, _STYLES["absent" if "absent" in row else row["must_holds"]]))
    growing = [row for row in told["rows"] if "line" in row]
    for row in growing:
        fit = row["line"]
        times = ", ".join(f"{size}: {ns:.0f}" for size, ns in row["times"].items())
        say(f"\n{row['what']}, ns: {times}")
        say(f"   a straight line: {fit['slope']:.3g} ns for one more, R² {fit['r_squared']:.4f}")
    _show_series(told["series"])
    for name, reason in told["absent"].items():
        say(paint(f"absent: {name}: {reason}", "dim"))
    one = told["machine"]
    say(
        f"\n{one['cpu']}, {one['cores']} cores, Linux {one['kernel']}, load {one['load'][0]}; "
        f"{one['compiler']}; OpenSSL {one['openssl']}; "
        f"Node {one['node']} (OpenSSL {one['node_openssl']}); Python {one['python']}"
    )
    if told["quick"]:
        say("a quick run: to see that everything works, not to be quoted")
