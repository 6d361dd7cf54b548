"""The study's statistics: paired log-ratios, their bootstrap intervals, the noise of the machine, corrections.

The hierarchy is round > block > process > iteration.

* A process is one value (a start, or the mean call of its steady window); its iterations are never resampled, because they
  are not independent of each other.
* Subject and reference are compared inside a block, as the logarithm of their ratio. A round's value is the mean over its
  blocks. The estimate is the median over rounds, so that one process in twenty that was disturbed does not carry it.
* The bootstrap draws rounds with replacement and takes a drawn round's blocks whole. (Drawing the blocks again as well
  would count their noise twice: Davison and Hinkley, Bootstrap Methods, 1997, section 3.8.)
* Percentile intervals of a median over few rounds are too short. Their tails are therefore moved out: the normal quantile
  is replaced by the mean of it and Student's, times sqrt(n/(n-1)). With that, the 95 % interval holds the truth 93 to 97
  times of 100 for 5 to 40 rounds; the self-test (tests/study/study_selftest_test.py) repeats this. (With 5 and 6 rounds it
  reaches from the smallest value to the largest, which hold the truth in 93.75 and 96.9 % of runs, whatever the noise.)

The resamples are seeded by (the run's seed, the claim's id): one claim can be recomputed without the others.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special, stats  # type: ignore[import-untyped]

LEAST_PAIRS = 5  # rounds; with fewer an interval would be a decoration
LEAST_PAIRS_OF_FULL = 7  # rounds that a claim which is not exploratory needs
RESAMPLES = 10_000
CONFIDENCE, CONFIDENCE_OF_EQUIVALENCE = 0.95, 0.90
POWER = 0.80
MEDIAN_OVER_MEAN = 1.25  # standard error of the median of normal values over that of their mean
LEAST_P = 1e-9
_NORMAL = NormalDist()
_REACH = _NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) + _NORMAL.inv_cdf(POWER)

Array = npt.NDArray[np.float64]
Key = tuple[int, int]  # round, block
Series = Mapping[Key, float]


@dataclass(frozen=True)
class Interval:
    """The median over rounds with its 95 % and 90 % intervals (absent with too few rounds) and its two-sided p."""

    rounds: int
    median: float
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p: float | None

    def map(self, function: Any) -> Interval:
        """The same through an increasing function, such as exp."""
        low, high, low90, high90 = (
            None if value is None else float(function(value)) for value in (self.low, self.high, self.low90, self.high90)
        )
        return Interval(self.rounds, float(function(self.median)), low, high, low90, high90, self.p)


@dataclass(frozen=True)
class Pair:
    """The two values of one block, or the means over a round where they have no block in common."""

    round: int
    block: int | None
    subject: float
    reference: float

    @property
    def log_ratio(self) -> float:
        return math.log(self.subject / self.reference)


@dataclass(frozen=True)
class Paired:
    """A comparison: how many pairs and rounds, the ratio, the difference, and the robust spread of the log-ratios."""

    n: int
    ratio: Interval
    difference: Interval
    sigma: float


@dataclass(frozen=True)
class Noise:
    """What the run shows of two equal things: the reference against its second run in the same block."""

    n: int
    ratio: Interval
    sigma: float
    floor: float | None  # the largest ratio, >= 1, that the run gives to equal things
    mde: float | None  # smallest detectable difference, as a part of 1


def summarise(values: Sequence[float]) -> dict[str, Any] | None:
    if not len(values):
        return None
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    return {"n": len(values), "median": float(median), "q1": float(q1), "q3": float(q3)}


def generator(seed: int, name: str) -> np.random.Generator:
    """The random numbers that belong to one claim or figure of one run."""
    digest = hashlib.sha256(f"{seed}:{name}".encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


@lru_cache(maxsize=4096)
def tail(confidence: float, n: int) -> float:
    """The part of the resamples below the interval's low end, for n rounds."""
    half = 0.5 + confidence / 2
    reach = (_NORMAL.inv_cdf(half) + float(stats.t.ppf(half, n - 1))) / 2 * math.sqrt(n / (n - 1))
    return _NORMAL.cdf(-reach)


@lru_cache(maxsize=4096)
def _tails(n: int) -> tuple[Array, Array]:
    """A table from tail to two-sided p: the inverse of `tail`, which has no closed form."""
    z = np.linspace(0, 7, 1401)
    with np.errstate(divide="ignore"):
        reach = (z + stats.t.isf(stats.norm.sf(z), n - 1)) / 2 * math.sqrt(n / (n - 1))
    return np.asarray(reach, float), 2 * np.asarray(stats.norm.sf(z), float)


Ranks = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]


def middle_ranks(n: int, resamples: int, source: np.random.Generator) -> Ranks:
    """For each resample of n of n values, which values (counted from the smallest) are its two middle ones.

    A resample's median needs no more than that. Its middle values are those of n uniform numbers, of which the k-th
    smallest follows Beta(k, n + 1 - k), and the next one, given it, the smallest of n - k that lie above it.
    """
    k = (n + 1) // 2
    first = source.beta(k, n - k + 1, resamples)
    low = np.minimum((first * n).astype(np.intp), n - 1)
    if n % 2:
        return low, low
    second = 1 - (1 - first) * source.random(resamples) ** (1 / (n - k))
    return low, np.minimum((second * n).astype(np.intp), n - 1)


def median_resamples(values: Array, ranks: Ranks) -> Array:
    """The medians of the resamples of the values along the first axis."""
    ordered = np.sort(values, axis=0)
    low, high = ranks
    return np.asarray((ordered[low] + ordered[high]) / 2)


def median_interval(values: Array, source: np.random.Generator, centre: float = 0.0) -> Interval:
    """Of one value a round. The p is that of the hypothesis that the median is `centre`."""
    return _interval(values, _ranks(len(values), source), centre)


def _ranks(n: int, source: np.random.Generator, least: int = LEAST_PAIRS) -> Ranks | None:
    return middle_ranks(n, RESAMPLES, source) if n >= least else None


def _interval(values: Array, ranks: Ranks | None, centre: float = 0.0) -> Interval:
    n, median = len(values), float(np.median(values))
    if ranks is None:
        return Interval(n, median, None, None, None, None, None)
    medians = np.sort(median_resamples(values, ranks))
    wide, narrow = tail(CONFIDENCE, n), tail(CONFIDENCE_OF_EQUIVALENCE, n)
    low, high, low90, high90 = map(float, np.quantile(medians, (wide, 1 - wide, narrow, 1 - narrow)))
    return Interval(n, median, low, high, low90, high90, _p(medians, median, centre, n))


def _p(ordered: Array, median: float, centre: float, n: int) -> float:
    """Two-sided, with the tails moved as those of the interval are.

    Resampling resolves no p below about one in the number of resamples; where none reaches the centre, Student's tail of
    the median over its bootstrap standard error goes on from there.
    """
    first, last = np.searchsorted(ordered, centre, "left"), np.searchsorted(ordered, centre, "right")
    below = float(first + last) / 2 / len(ordered)
    share = min(below, 1 - below)
    least = 1 / (len(ordered) + 1)
    reach, p = _tails(n)
    value = float(np.interp(-_NORMAL.inv_cdf(min(max(share, least), 0.5)), reach, p))
    if share < least:
        error = float(np.std(ordered)) * math.sqrt(n / (n - 1))
        beyond = 2 * float(special.stdtr(n - 1, -abs(median - centre) / error)) if error > 0 else LEAST_P
        value = min(value, beyond)
    return max(value, LEAST_P)


def pairs(subject: Series, reference: Series) -> list[Pair]:
    """Block by block where they share blocks, else round by round."""
    common = sorted(subject.keys() & reference.keys())
    if common:
        return [Pair(round_, block, subject[round_, block], reference[round_, block]) for round_, block in common]
    above, below = _round_means(subject), _round_means(reference)
    return [Pair(round_, None, above[round_], below[round_]) for round_ in sorted(above.keys() & below.keys())]


def _round_means(series: Series) -> dict[int, float]:
    """The geometric mean over a round's blocks: of logarithms, as everything here."""
    logs: dict[int, list[float]] = {}
    for (round_, _), value in sorted(series.items()):
        logs.setdefault(round_, []).append(math.log(value))
    return {round_: math.exp(sum(values) / len(values)) for round_, values in logs.items()}


def by_round(rounds: Sequence[int], values: Sequence[float]) -> Array:
    """The mean over each round's blocks, in the order of the rounds."""
    if all(before < after for before, after in zip(rounds, rounds[1:], strict=False)):
        return np.array(values, float)
    found: dict[int, list[float]] = {}
    for round_, value in zip(rounds, values, strict=True):
        found.setdefault(round_, []).append(value)
    return np.array([sum(found[round_]) / len(found[round_]) for round_ in sorted(found)], float)


def spread(values: Array) -> float:
    """A standard deviation that one process in twenty cannot carry: from the median absolute deviation."""
    if len(values) < 2:
        return 0.0
    deviation = 1.4826 * float(stats.median_abs_deviation(values))
    # The median absolute deviation of few values is too small on average: Croux and Rousseeuw 1992.
    deviation *= len(values) / (len(values) - 0.8)
    return deviation if deviation > 0 else float(np.std(values, ddof=1))


def compare(pairs: Sequence[Pair], source: np.random.Generator, least: int = LEAST_PAIRS) -> Paired | None:
    """`least`: how many rounds an interval needs."""
    if not pairs:
        return None
    rounds = [pair.round for pair in pairs]
    logs = by_round(rounds, [pair.log_ratio for pair in pairs])
    differences = by_round(rounds, [pair.subject - pair.reference for pair in pairs])
    ranks = _ranks(len(logs), source, least)  # the same rounds for both
    return Paired(len(pairs), _interval(logs, ranks).map(math.exp), _interval(differences, ranks), spread(logs))


def mde(sigma: float, n: int) -> float | None:
    """The smallest difference (a part of 1) that n pairs of this spread find four times of five."""
    return _REACH * sigma * MEDIAN_OVER_MEAN / math.sqrt(n) if n else None


def pairs_needed(sigma: float, margin: float, per_round: float = 1.0) -> int:
    """How many pairs bring the smallest detectable difference down to the margin, where a round holds `per_round` of them.

    `sigma` is the spread of the rounds' values, as everywhere here.
    """
    rounds = max(LEAST_PAIRS, math.ceil((_REACH * sigma * MEDIAN_OVER_MEAN / margin) ** 2))
    return math.ceil(rounds * per_round)


def noise(pairs: Sequence[Pair], source: np.random.Generator, least: int = LEAST_PAIRS) -> Noise | None:
    """From the reference's second run over its first, block by block."""
    compared = compare(pairs, source, least)
    if compared is None:
        return None
    ratio = compared.ratio
    floor = None
    if ratio.low is not None and ratio.high is not None:
        floor = max(ratio.high, 1 / ratio.low, 1.0)
    return Noise(compared.n, ratio, compared.sigma, floor, mde(compared.sigma, ratio.rounds))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the k-th smallest of m is multiplied by m - k + 1, and none falls below the last."""
    order = sorted(range(len(p_values)), key=lambda index: (p_values[index], index))
    corrected, largest = [0.0] * len(p_values), 0.0
    for step, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - step) * p_values[index]))
        corrected[index] = largest
    return corrected


def tukey(values: Sequence[float]) -> tuple[int, int]:
    """How many lie outside the quartiles by 1.5 to 3 quartile distances, and by more. They are counted, never removed."""
    if len(values) < 4:
        return 0, 0
    data = np.asarray(values, float)
    q1, q3 = np.percentile(data, [25, 75])
    beyond = np.maximum(q1 - data, data - q3)
    severe = int(np.count_nonzero(beyond > 3 * (q3 - q1)))
    return int(np.count_nonzero(beyond > 1.5 * (q3 - q1))) - severe, severe


# Cheap forms for a run in progress: no resampling, the same unit and spread.


def half_width(subject: Series, reference: Series) -> float | None:
    """About half the length of the 95 % interval of the ratio, as a part of 1: what the stopping rule looks at."""
    found = pairs(subject, reference)
    logs = by_round([pair.round for pair in found], [pair.log_ratio for pair in found])
    if len(logs) < LEAST_PAIRS:
        return None
    reach = -_NORMAL.inv_cdf(tail(CONFIDENCE, len(logs)))
    return reach * spread(logs) * MEDIAN_OVER_MEAN / math.sqrt(len(logs))


def sentinel(reference: Series, twin: Series) -> dict[str, Any] | None:
    """The noise so far: {"n", "ratio", "floor", "mde"}; floor and mde are None with too few pairs."""
    found = pairs(twin, reference)
    if not found:
        return None
    logs = by_round([pair.round for pair in found], [pair.log_ratio for pair in found])
    middle, half = float(np.median(logs)), half_width(twin, reference)
    floor = None if half is None else math.exp(abs(middle) + half)
    found_mde = None if half is None else mde(spread(logs), len(logs))
    return {"n": len(found), "ratio": math.exp(middle), "floor": floor, "mde": found_mde}
