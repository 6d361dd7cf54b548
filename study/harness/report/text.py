"""Figures as text: three significant digits, a unit, never an exponent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

TIME_UNITS = ((1e9, "s"), (1e6, "ms"), (1e3, "µs"), (1, "ns"))

# Every verdict has a word and a sign, so that colour is never the only bearer.
VERDICTS = {
    "faster": ("✓", "less", "good"),
    "slower": ("✗", "more", "bad"),
    "small": ("≈", "small", "soft"),
    "equivalent": ("=", "equivalent", "soft"),
    "undecided": ("~", "undecided", "soft"),
    "invalid": ("!", "no claim", "bad"),
}
_OF_TIME = {"faster": "faster", "slower": "slower"}


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
    size, unit = _scale(ns, TIME_UNITS)
    return f"{significant(ns / size)} {unit}"


def time_range(low: float, high: float, like: float) -> str:
    """Both ends in the unit of `like`, which stands beside them."""
    size, _ = _scale(like, TIME_UNITS)
    return f"{significant(low / size)} to {significant(high / size)}"


def tick_text(ns: float) -> str:
    size, unit = _scale(ns, TIME_UNITS)
    return f"{ns / size:g} {unit}"


def difference_text(paired: dict[str, Any]) -> tuple[str, str]:
    """A difference and its interval, both in the unit of the farthest end."""
    ends = [paired["median"], paired["low"] or 0, paired["high"] or 0]
    size, unit = _scale(max(ends, key=abs), TIME_UNITS)
    sign = "+" if paired["median"] >= 0 else ""
    interval = (
        "no interval" if paired["low"] is None else f"{significant(paired['low'] / size)} to {significant(paired['high'] / size)}"
    )
    return f"{sign}{significant(paired['median'] / size)} {unit}", interval


def size_tick(value: float) -> str:
    size, unit = next(((size, unit) for size, unit in ((1e6, "MB"), (1e3, "KB")) if value >= size), (1.0, "B"))
    return f"{value / size:g} {unit}"


def bytes_text(value: float) -> str:
    if value >= 999_500:
        return f"{significant(value / 1e6)} MB"
    return f"{significant(value / 1000)} KB" if value >= 1000 else f"{value:.0f} B"


def memory_text(value: float) -> str:
    return f"{significant(value / 2**20)} MiB"


def times_text(ratio: float) -> str:
    return f"{significant(ratio)}×"


def unit_text(value: float, unit: str) -> str:
    """A figure in the unit that analysis.json names."""
    if unit == "ns":
        return time_text(value)
    return bytes_text(value) if unit == "bytes" else significant(value)


def percent(share: float) -> str:
    return f"{significant(share * 100, 2)} %"


def verdict_sign(verdict: str) -> str:
    return VERDICTS.get(verdict, ("?", verdict, "soft"))[0]


def verdict_text(verdict: str) -> str:
    """The sign and the word: `✓ faster`, `~ undecided`."""
    sign, word, _ = VERDICTS.get(verdict, ("?", verdict, "soft"))
    return f"{sign} {_OF_TIME.get(verdict, word)}"


def verdict_tone(verdict: str) -> str:
    return VERDICTS.get(verdict, ("?", verdict, "soft"))[2]


def shorten(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
