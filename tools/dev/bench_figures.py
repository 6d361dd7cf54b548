"""What ./dev bench makes of its samples: a figure, how sure it is, and whether a bound holds."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DRAWS = 2000
_LEVEL = 0.95
_CALM = 1.1
_ENOUGH = 3
AT_MOST, AT_LEAST = "<=", ">="


@dataclass(frozen=True)
class Figure:
    """The median of n rounds; `low` and `high` bound it with 95 % confidence."""

    value: float
    low: float
    high: float
    n: int


def figure(samples: Sequence[float]) -> Figure:
    """The interval is a percentile bootstrap of the median: rounds drawn with replacement."""
    if not samples:
        raise ValueError("no samples")
    middle = statistics.median(samples)
    if len(set(samples)) == 1:
        return Figure(middle, middle, middle, len(samples))
    source = random.Random(6)  # the same samples, the same interval
    medians = sorted(
        statistics.median(source.choices(samples, k=len(samples))) for _ in range(_DRAWS)
    )
    tail = round((1 - _LEVEL) / 2 * _DRAWS)
    return Figure(middle, medians[tail], medians[-1 - tail], len(samples))


def holds(direction: str, bound: float, found: Figure) -> str:
    """`cannot tell` when the interval has the bound inside."""
    if direction == AT_LEAST:
        direction, bound = AT_MOST, -bound
        found = Figure(-found.value, -found.high, -found.low, found.n)
    if found.high <= bound:
        return "yes"
    return "no" if found.low > bound else "cannot tell"


def undisturbed(rounds: Sequence[tuple[float, ...]], told_by: Sequence[int]) -> list[tuple[float, ...]]:
    """The rounds in which each of these numbers was at most a tenth above its best: neighbours slow a
    processor by a third, for seconds, and a difference of two processes would be of their speeds. All
    rounds, when only one or two are left.
    """
    best = {i: min(one[i] for one in rounds) for i in told_by}
    calm = [one for one in rounds if all(one[i] <= _CALM * best[i] for i in told_by)]
    return calm if len(calm) >= _ENOUGH else list(rounds)


def exponent(times: Mapping[float, float]) -> float:
    """p of the fit time = c * size^p: 0 is flat, 1 is linear."""
    sizes = [math.log(size) for size in times]
    return statistics.linear_regression(sizes, [math.log(ns) for ns in times.values()]).slope


@dataclass(frozen=True)
class Line:
    slope: float  # ns for one more
    intercept: float
    r_squared: float


def line(times: Mapping[float, float]) -> Line:
    """The straight line through the times."""
    sizes, ns = list(times), list(times.values())
    slope, intercept = statistics.linear_regression(sizes, ns)
    correlation = statistics.correlation(sizes, ns) if len(set(ns)) > 1 else 1.0
    return Line(slope, intercept, correlation**2)
