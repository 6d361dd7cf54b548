"""The gate's answer: for a terminal, for a pull request, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .console import paint, table
from .gate_compare import FAIL, WARN, Change, Finding, Verdict
from .gate_counts import OPERATIONS, VARIANTS, Counts

_STYLES = {Verdict.FAIL: "red", Verdict.WARN: "yellow", Verdict.BETTER: "green"}
_WORDS = {
    Verdict.FAIL: "FAIL",
    Verdict.WARN: "warning",
    Verdict.BETTER: "better",
    Verdict.NOTE: "new",
    Verdict.SAME: "",
}
_ORDER = (Verdict.FAIL, Verdict.WARN, Verdict.BETTER, Verdict.NOTE)
MARKER = "<!-- portcullis gate -->"


def _percent(finding: Finding) -> str:
    return "" if finding.change is None else f"{finding.change:+.2%}"


def _change(change: Change) -> tuple[str, str, str, str]:
    return (f"{change.by:+,.1f}", f"{change.before:,.1f}", f"{change.after:,.1f}", change.function)


def _worth(findings: Sequence[Finding]) -> list[Finding]:
    told = [finding for finding in findings if finding.verdict is not Verdict.SAME]
    return sorted(told, key=lambda finding: (_ORDER.index(finding.verdict), finding.metric))


def summary(findings: Sequence[Finding]) -> str:
    count = {verdict: sum(finding.verdict is verdict for finding in findings) for verdict in Verdict}
    return (
        f"{len(findings)} compared: {count[Verdict.FAIL]} failed (over {FAIL:.0%}, or exact), "
        f"{count[Verdict.WARN]} warned (over {WARN:.0%}), {count[Verdict.BETTER]} better, {count[Verdict.NOTE]} new"
    )


def matrix(counts: Counts) -> list[tuple[str, ...]]:
    """Instructions of a call, and those of our own code in it."""
    rows: list[tuple[str, ...]] = [("instructions (our own)", *OPERATIONS, "load", "allocations, HS256")]
    for variant in VARIANTS:
        cells = []
        for operation in OPERATIONS:
            whole = counts.numbers.get(f"{variant}.{operation}.instructions")
            own = counts.numbers.get(f"{variant}.{operation}.own")
            cells.append("" if whole is None or own is None else f"{whole:,.0f} ({own:,.0f})")
        load = counts.numbers.get(f"{variant}.hs256-allow.load")
        allocations = counts.numbers.get(f"{variant}.hs256-allow.allocations")
        if load is not None and allocations is not None:
            rows.append((variant, *cells, f"{load:,.0f}", f"{allocations:g}"))
    return rows


def for_terminal(findings: Sequence[Finding], against: str, counts: Counts) -> str:
    lines = [table(matrix(counts), numbers=range(1, len(OPERATIONS) + 3)), "", f"against {against}"]
    for finding in _worth(findings):
        word = _WORDS[finding.verdict]
        text = f"{word:8} {finding.metric}: {finding.before} -> {finding.after} {_percent(finding)}".rstrip()
        style = _STYLES.get(finding.verdict)
        lines.append(paint(text, style) if style else text)
        if finding.functions:
            rows = [_change(change) for change in finding.functions]
            lines += [f"         {line}" for line in table(rows, numbers=(0, 1, 2)).splitlines()]
    lines.append(summary(findings))
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _code(text: str) -> str:
    """A name that may hold anything; a table escapes what else would end its cell."""
    return f"`{text.replace('`', '')}`"


def _markdown_table(rows: Sequence[Sequence[str]]) -> list[str]:
    head, *body = rows
    marks = ["---", *("--:" for _ in head[1:])]
    return [f"| {' | '.join(map(_cell, row))} |" for row in (head, marks, *body)]


def _folded(title: str, rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"<details><summary>{title}</summary>", "", *_markdown_table(rows), "", "</details>", ""]


def for_pull_request(findings: Sequence[Finding], against: str, counts: Counts) -> str:
    failed = any(finding.verdict is Verdict.FAIL for finding in findings)
    title = f"### Gate: {'**red**' if failed else 'green'}"
    lines = [MARKER, title, "", f"{summary(findings)}. Against {against}.", ""]
    told = _worth(findings)
    if told:
        rows = [("metric", "before", "after", "change", "")]
        rows += [
            (_code(each.metric), each.before, each.after, _percent(each), _WORDS[each.verdict]) for each in told
        ]
        lines += [*_markdown_table(rows), ""]
    for finding in told:
        if finding.functions:
            changes = [("function", "by", "before", "after")]
            changes += [(_code(c.function), *_change(c)[:3]) for c in finding.functions]
            lines += _folded(finding.metric, changes)
    lines += _folded("All counts of a call and a load", matrix(counts))
    return "\n".join(lines)


def for_programs(
    findings: Sequence[Finding], against: str, toolchain: dict[str, str], counts: Counts
) -> dict[str, Any]:
    return {
        "schema": 1,
        "green": not any(finding.verdict is Verdict.FAIL for finding in findings),
        "against": against,
        "toolchain": toolchain,
        "findings": [
            {
                "metric": each.metric,
                "verdict": each.verdict.value,
                "before": each.before,
                "after": each.after,
                "change": each.change,
                "functions": [
                    {"function": c.function, "before": c.before, "after": c.after} for c in each.functions
                ],
            }
            for each in findings
        ],
        "numbers": counts.numbers,
        "facts": counts.facts,
    }
