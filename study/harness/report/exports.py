"""The run for other programs: CSV, two formats of benchmark trackers, and the charts as Vega-Lite."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from .blocks import Figure
from .data import Context, Data
from .render import slug

_CONTEXT = ("algorithm", "runtime", "profile", "client", "cell")
_TRIAL = (
    "trial kind round block order contender twin algorithm runtime profile client wall_ns cpu_ns peak_memory minor_faults "
    "major_faults voluntary_switches involuntary_switches exit foreign_ns stolen_ns contended environment_padding path_padding parity void"
).split()


def _csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_plain(value) for value in row] for row in rows)
    return out.getvalue()


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"  # a spreadsheet would run it
    return value


def _context(context: Context | None) -> list[str]:
    return [getattr(context, name) if context else "" for name in _CONTEXT]


def trials(data: Data) -> str:
    rows = []
    for trial in data.folder.trials():
        marks, cells = trial.get("marks") or {}, trial.get("cells") or []
        before = trial.get("before") or {}
        common = [trial.get(name) for name in _TRIAL]
        common += [before.get("psi"), before.get("load"), marks.get("load_begin"), marks.get("load_end")]
        common.append(marks.get("ready", (trial.get("start") or {}).get("ready")))
        for cell in cells or [{}]:
            rows.append([*common, *(cell.get(name) for name in ("cell", "ns", "p90", "p99", "cpu_ns", "calls"))])
    header = [
        *_TRIAL,
        "psi_before",
        "load_before",
        "load_begin_ns",
        "load_end_ns",
        "ready_ns",
        "cell",
        "ns",
        "p90",
        "p99",
        "cell_cpu_ns",
        "calls",
    ]
    return _csv(header, rows)


def figures(data: Data) -> str:
    header = [
        "id",
        "metric",
        "contender",
        *_CONTEXT,
        "unit",
        "n",
        "median",
        "q1",
        "q3",
        "low",
        "high",
        "mild",
        "severe",
        "contended",
    ]
    rows = [
        [figure.get("id"), figure["metric"], figure["contender"], *_context(data.contexts.get(figure["context"]))]
        + [figure.get(name) for name in ("unit", "n", "median", "q1", "q3", "low", "high", "mild", "severe", "contended")]
        for figure in data.analysis.get("figures", [])
    ]
    return _csv(header, rows)


def claims(data: Data) -> str:
    names = "n ratio low high low90 high90 p p_holm family floor mde pairs_for_margin margin verdict exploratory sentence".split()
    header = ["id", "metric", "subject", "reference", *_CONTEXT, *names, "difference", "difference_low", "difference_high"]
    rows = []
    for claim in (*data.analysis.get("claims", []), *data.rivals):
        difference = claim.get("difference") or {}
        row = [claim["id"], claim["metric"], claim["subject"], claim["reference"], *_context(data.contexts.get(claim["context"]))]
        rows.append([*row, *(claim.get(name) for name in names), *(difference.get(name) for name in ("median", "low", "high"))])
    return _csv(header, rows)


def curves(data: Data) -> str:
    """Every point of the lifetime and settling charts."""
    settling = {(entry["context"], entry["contender"]): entry for entry in data.analysis.get("settling", [])}
    rows = []
    for entry in data.analysis.get("curves", []):
        own = settling.get((entry["context"], entry["contender"]), {})
        series = [entry["median"], entry.get("low"), entry.get("high"), *(own.get(name) for name in ("p10", "p50", "p90"))]
        start = [entry["contender"], *_context(data.contexts.get(entry["context"]))]
        for i, k in enumerate(entry["k"]):
            rows.append([*start, k, *(values[i] if values and i < len(values) else None for values in series)])
    names = ["until_ns", "until_low_ns", "until_high_ns", "request_p10_ns", "request_p50_ns", "request_p90_ns"]
    return _csv(["contender", *_CONTEXT, "k", *names], rows)


def sentinels(data: Data) -> str:
    names = "reference n ratio low high floor mde sigma margin pairs_for_margin contended valid sentence".split()
    rows = [
        [entry["metric"], *_context(data.contexts.get(entry["context"])), *(entry.get(name) for name in names)]
        for entry in data.analysis.get("sentinels", [])
    ]
    return _csv(["metric", *_CONTEXT, *names], rows)


def _measure(figure: dict[str, Any]) -> str:
    return {"ns": "latency", "bytes": "bytes"}.get(str(figure["unit"]), str(figure["unit"]))


def _benchmark(data: Data, figure: dict[str, Any]) -> str:
    context = data.contexts.get(figure["context"])
    return "/".join([figure["metric"], figure["contender"], *(part.replace("/", "-") or "-" for part in _context(context))])


def bencher(data: Data) -> str:
    """Bencher Metric Format."""
    found: dict[str, Any] = {}
    for figure in data.analysis.get("figures", []):
        if figure.get("median") is None:
            continue
        value = {"value": figure["median"]}
        if figure.get("low") is not None and figure.get("high") is not None:
            value |= {"lower_value": figure["low"], "upper_value": figure["high"]}
        found[_benchmark(data, figure)] = {_measure(figure): value}
    for entry in data.contenders:
        for algorithm, sizes in (entry.get("sizes") or {}).items():
            if isinstance(sizes, dict) and sizes.get("zip"):
                found[f"zip/{entry['name']}/{algorithm}"] = {"bytes": {"value": sizes["zip"]}}
    return json.dumps(found, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def smaller_is_better(data: Data) -> str:
    """customSmallerIsBetter of github-action-benchmark."""
    found = []
    for figure in data.analysis.get("figures", []):
        if figure.get("median") is None:
            continue
        entry = {
            "name": _benchmark(data, figure),
            "unit": figure["unit"],
            "value": figure["median"],
            "extra": f"n {figure['n']}, run {data.run}",
        }
        if figure.get("low") is not None and figure.get("high") is not None:
            entry["range"] = f"± {(figure['high'] - figure['low']) / 2:.6g}"
        found.append(entry)
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def make(data: Data, charts: list[Figure]) -> dict[str, str]:
    files = {
        "export/trials.csv": trials(data),
        "export/figures.csv": figures(data),
        "export/claims.csv": claims(data),
        "export/sentinels.csv": sentinels(data),
        "export/curves.csv": curves(data),
        "export/bmf.json": bencher(data),
        "export/gab.json": smaller_is_better(data),
    }
    for chart in charts:
        for panel in chart.panels:
            files[f"export/{slug(panel.name)}.vl.json"] = (
                json.dumps(panel.specification, indent=None, ensure_ascii=False, separators=(",", ":")) + "\n"
            )
    return files
