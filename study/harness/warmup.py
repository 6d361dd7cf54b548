"""What a process's batches do over time: flat, warm-up, slowdown or no steady state, by changepoints.

After Barrett and others, Virtual Machine Warmup Blows Hot and Cold, 2017: the logarithms of the batches' times are cut into
segments of equal level; segments whose levels are close count as one; what the last level is, and when it was reached, names
the class. "No steady state" and "slowdown" are shown beside a warm number, never corrected away.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import ruptures  # type: ignore[import-untyped]

from .statistics import Array

FLAT, WARM_UP, SLOWDOWN, NO_STEADY_STATE = "flat", "warm-up", "slowdown", "no steady state"
CLASSES = (FLAT, WARM_UP, SLOWDOWN, NO_STEADY_STATE)
CLOSE = 0.02  # levels less than this apart (in logarithms) are one
MOST_POINTS = 200  # longer series are averaged down to about this
LEAST_POINTS = 8
TAIL = 0.25  # the last level has to hold over this part of the series


def per_call(batches: Array) -> Array:
    """ns per call of each batch, of pairs (calls, ns)."""
    return np.asarray(batches[:, 1] / np.maximum(batches[:, 0], 1), float)


def _condensed(logs: Array) -> Array:
    step = -(-len(logs) // MOST_POINTS)
    if step == 1:
        return logs
    starts = np.arange(0, len(logs), step)
    return np.asarray(np.add.reduceat(logs, starts) / np.diff(np.append(starts, len(logs))), float)


def levels(times: Array) -> list[tuple[int, int, float]]:
    """(from, to, mean) of the segments of the logarithms of the times."""
    logs = _condensed(np.log(times))
    n = len(logs)
    # The noise between neighbours, which a level does not change: it sets what a further changepoint must explain.
    noise = float(np.median(np.abs(np.diff(logs)))) * 1.4826 / np.sqrt(2)
    penalty = 3 * max(noise, 1e-4) ** 2 * np.log(n) * 2
    ends = ruptures.KernelCPD(kernel="linear", min_size=3).fit(logs.reshape(-1, 1)).predict(pen=penalty)
    found, start = [], 0
    for end in ends:
        # The median: one disturbed batch does not move the level.
        found.append((start, int(end), float(np.median(logs[start:end]))))
        start = int(end)
    return found


def classify(batches: Array) -> str | None:
    """None where there are too few batches to say."""
    times = per_call(batches)
    if len(times) < LEAST_POINTS or not np.all(times > 0):
        return None
    segments = levels(times)
    n, last = segments[-1][1], segments[-1][2]
    steady_from = n
    for start, _, level in reversed(segments):
        if abs(level - last) > CLOSE:
            break
        steady_from = start
    if steady_from == 0:
        return FLAT
    if n - steady_from < TAIL * n:
        return NO_STEADY_STATE
    fastest = min(level for _, _, level in segments)
    return WARM_UP if last <= fastest + CLOSE else SLOWDOWN


def count(processes: Sequence[Array]) -> dict[str, int]:
    classes = dict.fromkeys(CLASSES, 0)
    for batches in processes:
        found = classify(batches)
        if found:
            classes[found] += 1
    return classes
