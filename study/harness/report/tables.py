"""Cells and rows that several sections share."""

from __future__ import annotations

from typing import Any

from .blocks import Cell, Row, Tags
from .data import Context, Data, family
from .text import (
    count,
    difference_text,
    memory_text,
    percent,
    significant,
    time_range,
    unit_text,
    verdict_sign,
    verdict_text,
    verdict_tone,
)

NONE = Cell("–", tone="soft", sort=float("inf"))


def tags(data: Data, name: str, context: Context | None = None) -> Tags:
    runtime = context.runtime if context else ""
    return Tags(runtime, context.algorithm if context else "", data.role(name), name)


def context_tags(context: Context) -> Tags:
    return Tags(context.runtime, context.algorithm)


def badges(row: dict[str, Any]) -> tuple[str, ...]:
    """Short words a reader must know before the figures."""
    if row.get("badges") is not None:
        return tuple(str(badge) for badge in row["badges"])
    words = [str(text) for text in row.get("caveats") or []]
    if row.get("decides") is False:
        words.insert(0, "does not decide")
    if row.get("disagreements"):
        words.insert(0, f"decides differently: {count(len(row['disagreements']), 'case')}")
    return tuple(words)


def name_cell(data: Data, name: str, full: bool = False) -> Cell:
    row = data.by_name.get(name, {})
    if full:
        return Cell(name, detail=str(row.get("title", "")), badges=badges(row), sort=data.place(name))
    return Cell(name, sort=data.place(name))


def figure_cell(figure: dict[str, Any] | None) -> Cell:
    """Median, below it the interval and n."""
    if not figure or figure.get("median") is None:
        return NONE
    unit, median = figure["unit"], figure["median"]
    n = f"n {figure['n']}"
    if figure.get("low") is None or figure.get("high") is None:
        detail = f"no interval, {n}"
    elif unit == "ns":
        detail = f"{time_range(figure['low'], figure['high'], median)}, {n}"
    else:
        detail = f"{figure_text(figure['low'], figure)} to {figure_text(figure['high'], figure)}, {n}"
    return Cell(figure_text(median, figure), detail=detail, sort=median)


def spread_cell(figure: dict[str, Any] | None) -> Cell:
    """What a chart's dots show, in words: the quartiles, below them the ends."""
    if not figure or figure.get("q1") is None:
        return NONE
    q1, q3, values = figure["q1"], figure["q3"], figure.get("values") or ()
    ends = f"{figure_text(min(values), figure)} to {figure_text(max(values), figure)}" if values else ""
    return Cell(f"{figure_text(q1, figure)} to {figure_text(q3, figure)}", detail=ends, sort=q3 - q1)


def figure_text(value: float, figure: dict[str, Any]) -> str:
    return memory_text(value) if figure.get("metric") == "memory" else unit_text(value, figure["unit"])


def ratio_words(claim: dict[str, Any]) -> str:
    """The ratio with its interval."""
    if claim.get("ratio") is None:
        return "no ratio"
    if claim.get("low") is None:
        return f"{significant(claim['ratio'])} (no interval)"
    return f"{significant(claim['ratio'])} ({significant(claim['low'])} to {significant(claim['high'])})"


def ratio_cell(claim: dict[str, Any] | None, reference: bool = False) -> Cell:
    """The paired ratio of times, with its interval. Only a `~` where the run cannot tell."""
    if reference:
        return Cell("reference", tone="soft", sort=1.0)
    if not claim or claim.get("ratio") is None:
        return NONE
    verdict = claim["verdict"]
    if verdict in ("undecided", "invalid"):
        return Cell("~" if verdict == "undecided" else "no claim", tone="soft", sort=claim["ratio"])
    interval = "no interval" if claim.get("low") is None else f"{significant(claim['low'])} to {significant(claim['high'])}"
    return Cell(significant(claim["ratio"]), detail=f"{interval}, n {claim['n']}", sort=claim["ratio"])


def verdict_cell(data: Data, claim: dict[str, Any] | None, reference: bool = False) -> Cell:
    if claim and not data.decides(claim["subject"]):
        return Cell("does not decide", tone="soft")
    if reference:
        return Cell("reference", tone="soft", sort=0)
    if not claim:
        return NONE
    return Cell(verdict_text(claim["verdict"]), tone=verdict_tone(claim["verdict"]))


def short_verdict(claim: dict[str, Any] | None) -> str:
    """What stands at the right end of a chart's row."""
    if not claim or claim.get("ratio") is None:
        return ""
    if claim["verdict"] in ("undecided", "invalid"):
        return verdict_text(claim["verdict"])
    return f"{verdict_sign(claim['verdict'])} {ratio_words(claim)}"


def time_difference(claim: dict[str, Any] | None) -> Cell:
    """The paired difference in time, with its interval."""
    difference = (claim or {}).get("difference")
    if not claim or not difference or difference.get("median") is None or claim["verdict"] in ("undecided", "invalid"):
        return Cell("~", tone="soft", sort=0.0) if claim and claim["verdict"] == "undecided" else NONE
    words, interval = difference_text(difference)
    return Cell(words, detail=interval, sort=difference["median"])


_UNTAGGED = Tags()


def row(cells: list[Cell], tag: Tags = _UNTAGGED) -> Row:
    return Row(tuple(cells), tag)


def share(value: float | None) -> str:
    return "unknown" if value is None else percent(value)


def own_reference(context: Context, references: dict[str, str]) -> str:
    return references.get(family(context.runtime), "")
