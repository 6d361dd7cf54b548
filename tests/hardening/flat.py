"""Whether memory stays flat: one judge for every door, and for what is planted."""

from __future__ import annotations

import itertools
import statistics
from typing import Any

# Bytes for each decision, at most. A leak of one smallest block (32 bytes) is above it if it happens
# once in sixteen decisions (short), in six hundred (long). The short form is too short for less: what
# a collector, a compiler or an allocator keeps for itself comes and goes by megabytes of resident memory.
BOUND = {"short": 2.0, "long": 0.05}
_RESIDENT = {"short": 40.0, "long": 0.05}
WARM_UP = 1 / 3  # of the decisions


def slopes(samples: list[Any]) -> dict[str, float]:
    """By measure, the median of the slopes of all pairs after the warm-up (Theil and Sen)."""
    end = samples[-1][0]
    kept = [(at, told) for at, told in samples if at >= end * WARM_UP]
    assert len(kept) >= 10, "too few samples for a slope"
    pairs = list(itertools.combinations(kept, 2))
    return {
        name: statistics.median((b[name] - a[name]) / (y - x) for (x, a), (y, b) in pairs)
        for name in kept[0][1]
    }


def leaks(samples: list[Any], length: str) -> dict[str, float]:
    """The measures that grow; empty when memory is flat."""
    bound = {"rss": _RESIDENT[length]}
    return {
        name: slope
        for name, slope in slopes(samples).items()
        if slope > bound.get(name, BOUND[length])
    }
