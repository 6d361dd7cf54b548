"""Writes what people read: report.html, report.md, the terminal table and the README table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
from rich import box
from rich.console import Console
from rich.table import Table

from .analysis import analyse
from .contender import ROLES
from .folder import RunFolder, write_json
from .scenario import OUTCOMES, TOKENS_PER_OUTCOME

_TEMPLATES = Path(__file__).resolve().parent / "templates"
BEGIN, END = "<!-- study-table:begin -->", "<!-- study-table:end -->"
START_COLUMNS = (
    ("load", "load", "the handler's module, in the process"),
    ("first", "first decision", "the first call, in the process"),
    ("spawn_to_ready", "process to ready", "from spawning the process"),
    ("spawn_to_decided", "process to first decision", "from spawning the process"),
    ("cpu_to_decided", "CPU to first decision", "user and system time"),
)


class MarkerError(ValueError):
    """A file without the two study-table markers."""


# --- figures as text ----------------------------------------------------------------------------

_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))


def significant(value: float, digits: int = 3) -> str:
    """Three significant digits, never an exponent."""
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    rounded = round(value, decimals)
    if rounded and math.floor(math.log10(abs(rounded))) > math.floor(math.log10(abs(value))):
        decimals = max(0, decimals - 1)
    return f"{rounded:,.{decimals}f}"


def _scale(value: float, units: Sequence[tuple[float, str]]) -> tuple[float, str]:
    return next(((size, unit) for size, unit in units if abs(value) >= size * 0.9995), units[-1])


def time_text(ns: float) -> str:
    size, unit = _scale(ns, _UNITS)
    return f"{significant(ns / size)} {unit}"


def time_range(low: float, high: float, like: float) -> str:
    """Both ends in the unit of `like`, which stands beside them."""
    size, _ = _scale(like, _UNITS)
    return f"{significant(low / size)} to {significant(high / size)}"


def tick_text(ns: float) -> str:
    size, unit = _scale(ns, _UNITS)
    return f"{ns / size:g} {unit}"


def difference_text(paired: dict[str, Any]) -> tuple[str, str]:
    """A difference and its interval, both in the unit of the farthest end."""
    ends = [paired["median"], paired["low"] or 0, paired["high"] or 0]
    size, unit = _scale(max(ends, key=abs), _UNITS)
    sign = "+" if paired["median"] >= 0 else ""
    interval = "no interval" if paired["low"] is None else f"{significant(paired['low'] / size)} to {significant(paired['high'] / size)}"
    return f"{sign}{significant(paired['median'] / size)} {unit}", interval


def bytes_text(value: float) -> str:
    return f"{significant(value / 1000)} KB" if value >= 1000 else f"{value:.0f} B"


def memory_text(value: float) -> str:
    return f"{significant(value / 2**20)} MiB"


def memory_range(low: float, high: float, _like: float) -> str:
    return f"{significant(low / 2**20)} to {significant(high / 2**20)}"


def times_text(ratio: float) -> str:
    return f"{significant(ratio)}×"


def part(entry: dict[str, Any] | None, key: str) -> Any:
    """A part of a figure that may be absent."""
    return entry[key] if entry else None


def told_apart(ratio: dict[str, Any], floor: float | None) -> bool:
    """Nothing is called faster or slower inside the noise that the reference has with itself."""
    limit = floor or 1.0
    return ratio["low"] is not None and (ratio["low"] > limit or ratio["high"] < 1 / limit)


# --- charts: positions in per cent; the templates draw them --------------------------------------


def _log_axis(values: list[float]) -> tuple[float, float, list[float]]:
    low, high = min(values) / 1.15, max(values) * 1.15
    ticks = [m * 10.0**e for e in range(-4, 10) for m in (1, 2, 5) if low <= m * 10.0**e <= high]
    if len(ticks) > 7:
        ticks = [t for t in ticks if math.isclose(math.log10(t), round(math.log10(t)), abs_tol=1e-9)]
    return low, high, ticks


def _place(value: float, low: float, high: float) -> float:
    return round(100 * (math.log(value) - math.log(low)) / (math.log(high) - math.log(low)), 2)


def ratio_chart(rows: list[dict[str, Any]], figure: str, key: str, noise: float | None) -> dict[str, Any] | None:
    """Intervals of ratios on a logarithmic axis, with 1 and the noise band."""
    shown = [row for row in rows if part(row["figures"][figure], key)]
    if not shown:
        return None
    ratios = [row["figures"][figure][key] for row in shown]
    ends = [end for ratio in ratios for end in (ratio["low"], ratio["high"], ratio["median"]) if end]
    low, high, ticks = _log_axis([1.0, *ends])
    lines = [
        {
            "name": row["name"],
            "role": row["role"],
            "at": _place(ratio["median"], low, high),
            "low": _place(ratio["low"] or ratio["median"], low, high),
            "high": _place(ratio["high"] or ratio["median"], low, high),
            "text": times_text(ratio["median"]),
            "detail": f"{times_text(ratio['low'])} to {times_text(ratio['high'])}" if ratio["low"] else "no interval",
            "n": ratio["n"],
            "dots": [],
        }
        for row, ratio in zip(shown, ratios, strict=True)
    ]
    band = [_place(max(1 / noise, low), low, high), _place(min(noise, high), low, high)] if noise else None
    return {"lines": lines, "ticks": [(_place(t, low, high), f"{t:g}×") for t in ticks], "one": _place(1.0, low, high), "band": band}


def sample_chart(rows: list[dict[str, Any]], figure: str) -> dict[str, Any] | None:
    """Every process as one mark on a logarithmic time axis, with the median and the quartiles."""
    shown = [row for row in rows if row["figures"][figure]]
    if not shown:
        return None
    low, high, ticks = _log_axis([value for row in shown for value in row["figures"][figure]["values"]])
    lines = []
    for row in shown:
        entry = row["figures"][figure]
        summary = entry["summary"]
        lines.append(
            {
                "name": row["name"],
                "role": row["role"],
                "dots": [_place(value, low, high) for value in entry["values"]],
                "at": _place(summary["median"], low, high),
                "low": _place(summary["q1"], low, high),
                "high": _place(summary["q3"], low, high),
                "text": time_text(summary["median"]),
                "detail": time_range(summary["q1"], summary["q3"], summary["median"]),
                "n": summary["n"],
            }
        )
    return {"lines": lines, "ticks": [(_place(t, low, high), tick_text(t)) for t in ticks], "one": None, "band": None}


# --- files --------------------------------------------------------------------------------------


def _environment(html: bool) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=html,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "time": time_text,
        "bytes": bytes_text,
        "memory": memory_text,
        "times": times_text,
        "significant": significant,
    }
    environment.globals |= {
        "time_range": time_range,
        "memory_range": memory_range,
        "memory_text": memory_text,
        "time_text": time_text,
        "told_apart": told_apart,
        "part": part,
        "difference_text": difference_text,
    }
    return environment


def badges(row: dict[str, Any]) -> list[str]:
    texts = []
    if not row["decides"]:
        texts.append("does not decide")
    if row["disagreements"]:
        texts.append(f"decides differently: {len(row['disagreements'])} cases")
    accepted = sum(outcome == "allow" for outcome in row["strictness"].values())
    if accepted:
        texts.append(f"accepts {accepted} crafted inputs that must be refused")
    return texts


def _context(analysis: dict[str, Any]) -> dict[str, Any]:
    rows = analysis["rows"]
    measured = [row for row in rows if row["measured"]]
    compared = [row for row in measured if row["role"] != "historical"]
    deciding = [row for row in compared if row["decides"]]
    noise = analysis["noise"]
    own = {row["name"]: analysis["references"].get(row["runtime"]) for row in rows}
    charted = [row for row in deciding if row["name"] != analysis["headline"]]
    warm_charts = [(o, ratio_chart(charted, f"warm {o}", "times_as_fast", noise[f"warm {o}"]["floor"])) for o in OUTCOMES]
    return {
        **analysis,
        "outcomes": OUTCOMES,
        "tokens": TOKENS_PER_OUTCOME,
        "start_columns": START_COLUMNS,
        "roles": ROLES,
        "badges": badges,
        "measured": measured,
        "compared": compared,
        "deciding": deciding,
        "historical": [row for row in measured if row["role"] == "historical"],
        "without": [row for row in rows if not row["measured"]],
        "own_reference": own,
        "cases": analysis["gate"]["cases"],
        "verdicts": analysis["gate"]["verdicts"],
        "vectors": {name: v["vectors"] for name, v in analysis["gate"]["verdicts"].items() if v["vectors"]},
        "warm_charts": [(outcome, chart) for outcome, chart in warm_charts if chart],
        "start_chart": sample_chart(compared, "spawn_to_decided"),
        "load_chart": sample_chart(compared, "load_and_first"),
    }


def write(folder: RunFolder) -> dict[str, Any]:
    """Writes analysis.json, report.html and report.md from the folder's own files, and from nothing else."""
    analysis = analyse(folder)
    context = _context(analysis)
    write_json(folder.file("analysis.json"), analysis)
    for name, html in (("report.html", True), ("report.md", False)):
        text = _environment(html).get_template(f"{name}.j2").render(context)
        folder.file(name).write_text(text, encoding="utf-8")
    return analysis


def readme_table(folder: RunFolder) -> str:
    return _environment(False).get_template("readme_table.md.j2").render(_context(analyse(folder))).strip()


def between_markers(text: str, table: str) -> str:
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise MarkerError(f"expected {BEGIN} and after it {END} in the file")
    return f"{text[: begin + len(BEGIN)]}\n{table}\n{text[end:]}"


# --- terminal -----------------------------------------------------------------------------------


def print_table(analysis: dict[str, Any], console: Console) -> None:
    headline = analysis["headline"] or "the reference"
    with_start_ratio = console.width >= 96
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("contender", no_wrap=True)
    ratio_heading = f"times as\nfast as\n{headline}"
    headings = ["warm call,\nallow", ratio_heading, "process to\nfirst\ndecision"]
    headings += [ratio_heading] if with_start_ratio else []
    for heading in [*headings, "zip", "peak\nmemory"]:
        table.add_column(heading, justify="right", no_wrap=True, vertical="top")

    def summary_cell(entry: dict[str, Any] | None, text: Any, span: Any) -> str:
        if not entry:
            return "–"
        s = entry["summary"]
        return f"{text(s['median'])}\n{span(s['q1'], s['q3'], s['median']).replace(' to ', '–')}\nn {s['n']}"

    def ratio_cell(row: dict[str, Any], figure: str) -> str:
        ratio = part(row["figures"][figure], "times_as_fast")
        if not row["decides"] or row["name"] == headline or row["disagreements"] or not ratio:
            return "–"
        if not ratio["low"]:
            return f"{times_text(ratio['median'])}\nno interval\nn {ratio['n']}"
        apart = "" if told_apart(ratio, analysis["noise"][figure]["floor"]) else "\nnot told apart"
        return f"{times_text(ratio['median'])}\n{significant(ratio['low'])}–{significant(ratio['high'])}\nn {ratio['n']}{apart}"

    for row in analysis["rows"]:
        if not row["measured"]:
            table.add_row(row["name"], "no number", end_section=True)
            continue
        figures = row["figures"]
        cells = [summary_cell(figures["warm allow"], time_text, time_range), ratio_cell(row, "warm allow")]
        cells += [summary_cell(figures["spawn_to_decided"], time_text, time_range)]
        cells += [ratio_cell(row, "spawn_to_decided")] if with_start_ratio else []
        cells += [f"{bytes_text(row['build']['zip'])}\n{row['build']['repeats']} equal\nbuilds"]
        cells += [summary_cell(figures["start_memory"], memory_text, memory_range)]
        table.add_row(row["name"] + (" *" if row["disagreements"] else ""), *cells, end_section=True)
    console.print("\nModelled locally, not Lambda. Medians; below each the middle half, or a ratio's 95 % interval, and n.", markup=False)
    console.print(table)
    for row in analysis["rows"]:
        for reason in row["reasons"][:5]:
            console.print(f"{row['name']}: no number: {reason.splitlines()[0]}", markup=False, soft_wrap=True)
        if row["measured"] and row["disagreements"]:
            text = f"* {row['name']} decides differently in {len(row['disagreements'])} cases: not part of the comparison"
            console.print(text, markup=False, soft_wrap=True)
    noise = analysis["noise"]["warm allow"]["floor"]
    if noise:
        console.print(f"Noise floor ({headline} against itself, warm allow): {significant(noise)}×", markup=False)
