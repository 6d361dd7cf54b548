"""What changed from one set of counts to another, and what the gate says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from .gate_counts import Counts

WARN = 0.01
FAIL = 0.03
# A count repeats to some tenths; where a call costs little, a handful is not yet a share.
_SLACK = {"instructions": 8.0, "own": 8.0, "load": 500.0, "allocations": 0.4}
# Not a single one more.
_EXACT = ("allocations", "memory-pages")


class Verdict(Enum):
    FAIL = "fail"
    WARN = "warn"
    BETTER = "better"
    NOTE = "note"
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """Of one function: instructions in a call, or in a load."""

    function: str
    before: float
    after: float

    @property
    def by(self) -> float:
        return self.after - self.before


@dataclass(frozen=True)
class Finding:
    metric: str
    verdict: Verdict
    before: str
    after: str
    change: float | None = None  # as a share of `before`
    functions: tuple[Change, ...] = ()


def _text(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")


def functions_changed(before: dict[str, float], after: dict[str, float], total: float) -> tuple[Change, ...]:
    """The largest first. Functions that cost too little to be kept are 0 here (gate_counts.py), so that
    only what is clearly more than that is a change."""
    changes = [Change(name, before.get(name, 0), after.get(name, 0)) for name in set(before) | set(after)]
    worth = [change for change in changes if abs(change.by) >= max(1.0, total * 0.003)]
    return tuple(sorted(worth, key=lambda change: (-abs(change.by), change.function))[:12])


def _number(metric: str, before: float, after: float) -> tuple[Verdict, float | None]:
    kind = metric.rpartition(".")[2]
    change = (after - before) / before if before else None
    if abs(after - before) <= _SLACK.get(kind, 0):
        return Verdict.SAME, change
    if kind in _EXACT or change is None:
        return (Verdict.FAIL if after > before else Verdict.BETTER), change
    if change > FAIL:
        return Verdict.FAIL, change
    if change > WARN:
        return Verdict.WARN, change
    return (Verdict.BETTER if change < -WARN else Verdict.SAME), change


def _fact(before: Sequence[str], after: Sequence[str]) -> Verdict:
    """What is asked of a host, or shown to it, may get less without a word of anybody."""
    if set(before) == set(after):
        return Verdict.SAME
    return Verdict.BETTER if set(after) < set(before) else Verdict.FAIL


def _floor(before: Sequence[str], after: Sequence[str]) -> Verdict:
    def versions(rows: Sequence[str]) -> dict[str, tuple[int, ...]]:
        split = [row.split() for row in rows]
        return {family: tuple(int(part) for part in version.split(".")) for family, version in split}

    old, new = versions(before), versions(after)
    if old == new:
        return Verdict.SAME
    higher = any(version > old.get(family, ()) for family, version in new.items())
    return Verdict.FAIL if higher else Verdict.BETTER


def compare(before: Counts, after: Counts, variants: Sequence[str] | None = None) -> list[Finding]:
    """`variants`: only those were counted, of all that `before` has."""

    def wanted(metric: str) -> bool:
        return variants is None or metric.split(".")[0].removesuffix("-edge") in variants

    findings = []
    for metric in sorted(filter(wanted, set(before.numbers) | set(after.numbers))):
        if metric not in after.numbers:
            findings.append(Finding(metric, Verdict.FAIL, _text(before.numbers[metric]), "not counted"))
        elif metric not in before.numbers:
            findings.append(Finding(metric, Verdict.NOTE, "not counted", _text(after.numbers[metric])))
        else:
            old, new = before.numbers[metric], after.numbers[metric]
            verdict, change = _number(metric, old, new)
            changed: tuple[Change, ...] = ()
            if verdict is not Verdict.SAME and metric in after.functions:
                changed = functions_changed(before.functions.get(metric, {}), after.functions[metric], new)
            findings.append(Finding(metric, verdict, _text(old), _text(new), change, changed))
    for metric in sorted(filter(wanted, set(before.facts) | set(after.facts))):
        theirs, ours = before.facts.get(metric), after.facts.get(metric)
        if ours is None or theirs is None:
            verdict = Verdict.FAIL if ours is None else Verdict.NOTE
            findings.append(Finding(metric, verdict, ", ".join(theirs or ["?"]), ", ".join(ours or ["?"])))
            continue
        judge = _floor if metric.endswith(".floor") else _fact
        less = [text for text in theirs if text not in ours]
        more = [text for text in ours if text not in theirs]
        findings.append(Finding(metric, judge(theirs, ours), ", ".join(less) or "-", ", ".join(more) or "-"))
    return findings


def worst(findings: Sequence[Finding]) -> Verdict:
    order = list(Verdict)
    return min((finding.verdict for finding in findings), key=order.index, default=Verdict.FAIL)
