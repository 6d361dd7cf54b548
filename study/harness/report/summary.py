"""What the three short tables share: README, comment and terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .data import Context, Data
from .sections.answer import summary_context
from .sections.size import sizes
from .text import bytes_text, significant, time_range, time_text


@dataclass(frozen=True)
class Found:
    context: Context
    figure: dict[str, Any]
    claim: dict[str, Any] | None


def found(data: Data, metric: str, name: str) -> Found | None:
    context = summary_context(data, metric, name)
    if not context:
        return None
    return Found(context, data.figures[(metric, context.id)][name], data.claim(metric, context.id, name))


def start(data: Data, name: str) -> Found | None:
    return found(data, "ready", name) or found(data, "start", name)


def zip_words(entry: dict[str, Any]) -> str:
    own = sizes(entry)
    return bytes_text(own["zip"]) if own and own.get("zip") else "–"


def median_words(one: Found | None) -> str:
    return time_text(one.figure["median"]) if one and one.figure.get("median") is not None else "–"


def interval_words(one: Found | None) -> str:
    """The median with its 95 % interval."""
    low, high = (one.figure.get("low"), one.figure.get("high")) if one else (None, None)
    if one is None or low is None or high is None:
        return median_words(one)
    return f"{median_words(one)} ({time_range(low, high, one.figure['median'])})"


def is_reference(data: Data, one: Found | None, name: str) -> bool:
    if not one or one.claim:
        return False
    return any(claim["reference"] == name for claim in data.claims.get((one.figure["metric"], one.context.id), []))


def ratio_words(data: Data, one: Found | None, name: str) -> str:
    """The ratio with its interval; `~` where the run cannot tell; never a bare number."""
    if is_reference(data, one, name):
        return "reference"
    claim = one.claim if one else None
    if not claim or claim.get("ratio") is None or claim.get("low") is None:
        return "–"
    if claim["verdict"] in ("undecided", "invalid"):
        return "~" if claim["verdict"] == "undecided" else "no claim"
    return f"{significant(claim['ratio'])} ({significant(claim['low'])} to {significant(claim['high'])})"


def pairs(data: Data) -> str:
    """How many pairs or processes stand behind the figures, as a range."""
    numbers = sorted(
        {figure["n"] for key in data.figures for figure in data.figures[key].values() if key[0] in ("ready", "warm", "start")}
    )
    if not numbers:
        return "n unknown"
    return f"n = {numbers[0]}" if numbers[0] == numbers[-1] else f"n = {numbers[0]} to {numbers[-1]}"
