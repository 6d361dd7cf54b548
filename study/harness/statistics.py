"""The study's statistics: medians, quartiles, and ratios of the same block with a bootstrap interval.

The unit is a process (a start) or the median of a process's batches (warm). Batches inside a process are never
treated as if they were independent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

LEAST_PAIRS = 5  # below this an interval would be a decoration
RESAMPLES = 9_999
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Summary:
    n: int
    median: float
    q1: float
    q3: float


@dataclass(frozen=True)
class Paired:
    """The median over blocks of a ratio or difference, and the bootstrap interval over blocks (absent when too few)."""

    n: int
    median: float
    low: float | None
    high: float | None


def summarise(values: Sequence[float]) -> dict[str, Any] | None:
    if not len(values):
        return None
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    return asdict(Summary(len(values), float(median), float(q1), float(q3)))


def _paired(values: np.ndarray, seed: int) -> dict[str, Any] | None:
    if not len(values):
        return None
    low = high = None
    if len(values) >= LEAST_PAIRS:
        interval = stats.bootstrap(
            (values,),
            np.median,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
        low, high = float(interval.low), float(interval.high)
    return asdict(Paired(len(values), float(np.median(values)), low, high))


def _common(a: Mapping[int, float], b: Mapping[int, float]) -> tuple[np.ndarray, np.ndarray]:
    blocks = sorted(a.keys() & b.keys())
    return np.array([a[block] for block in blocks], float), np.array([b[block] for block in blocks], float)


def times_as_fast(reference: Mapping[int, float], subject: Mapping[int, float], seed: int) -> dict[str, Any] | None:
    """How many times as fast the subject is: the reference's time over the subject's, block by block."""
    above, below = _common(reference, subject)
    return _paired(above / below, seed)


def difference(subject: Mapping[int, float], floor: Mapping[int, float], seed: int) -> dict[str, Any] | None:
    """What the subject adds to the floor, block by block."""
    subject_values, floor_values = _common(subject, floor)
    return _paired(subject_values - floor_values, seed)


def noise_floor(again: dict[str, Any] | None) -> float | None:
    """From the reference against itself: the largest ratio that this run gives to two equal things."""
    if again is None or again["low"] is None:
        return None
    return float(max(again["high"], 1 / again["low"], 1.0))
