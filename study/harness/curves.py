"""The first hundred requests: lifetime curves, the request from which on one is ahead, and settling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .samples import REQUESTS, Lives
from .statistics import (
    CONFIDENCE,
    CONFIDENCE_OF_EQUIVALENCE,
    LEAST_PAIRS,
    Array,
    generator,
    median_interval,
    median_resamples,
    middle_ranks,
    tail,
)

BAND_RESAMPLES = 2_000
CROSSOVER_RESAMPLES = 1_000
ALWAYS, NEVER, CROSSES, FALLS_BEHIND, UNDECIDED = "always ahead", "never within 100", "crosses", "falls behind", "undecided"
SETTLED_WITHIN = 0.10
NINE = 9  # requests: as many a published log of one sandbox needed before it settled
WINDOW = 5  # requests: the median of as many tells whether a process has settled, as a single stall does not unsettle it
STALL_NS, STALL_TIMES = 10e6, 5  # longer than 10 ms and than five steady requests


def lifetimes(lives: Lives) -> Array:
    """T(k) of every process: its init and the first k requests."""
    return np.asarray(np.array(lives.ready)[:, None] + np.cumsum(lives.requests, axis=1), float)


def by_round(rounds: Sequence[int], rows: Array) -> tuple[list[int], Array]:
    """The mean over each round's processes."""
    names = sorted(set(rounds))
    places = np.searchsorted(names, rounds)
    sums = np.zeros((len(names), rows.shape[1]))
    np.add.at(sums, places, rows)
    return names, sums / np.bincount(places)[:, None]


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.6g}") for value in values]


def curve(lives: Lives, seed: int, name: str) -> dict[str, Any]:
    """The median over rounds of T(k) for every k, with its 95 % band."""
    _, rows = by_round(lives.rounds(), lifetimes(lives))
    low: list[float] | None = None
    high: list[float] | None = None
    if len(rows) >= LEAST_PAIRS:
        medians = median_resamples(rows, middle_ranks(len(rows), BAND_RESAMPLES, generator(seed, f"curve {name}")))
        below = tail(CONFIDENCE, len(rows))
        bounds = np.quantile(medians, [below, 1 - below], axis=0)
        low, high = _rounded(bounds[0]), _rounded(bounds[1])
    return {"k": list(range(1, REQUESTS + 1)), "median": _rounded(np.median(rows, axis=0)), "low": low, "high": high}


@dataclass(frozen=True)
class Crossing:
    kind: str
    k: int | None


def crossing(differences: Array) -> Crossing:
    """Of T(subject) - T(reference) for k = 1, 2, ...: where its sign changes for the last time, and to which."""
    kinds, places = _crossings(differences[None, :])
    return Crossing((ALWAYS, NEVER, CROSSES, FALLS_BEHIND)[kinds[0]], int(places[0]) if kinds[0] > 1 else None)


def _crossings(differences: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """For each row the kind (0 always ahead, 1 never, 2 crosses, 3 falls behind) and the k of the last change."""
    ahead = differences < 0
    last = ahead[:, -1]
    changes = ahead[:, 1:] != ahead[:, :-1]
    any_change = changes.any(axis=1)
    place = changes.shape[1] - np.argmax(changes[:, ::-1], axis=1) + 1
    kinds = np.where(any_change, np.where(last, 2, 3), np.where(last, 0, 1))
    return kinds, place


def _medians_of_rounds(rows: Array, drawn: npt.NDArray[np.intp]) -> Array:
    """The median over each resample's rounds, column by column."""
    n, found = rows.shape[0], np.empty((len(drawn), rows.shape[1]))
    # The columns are sorted once; a resample is how often it holds each rank.
    order = np.argsort(rows, axis=0, kind="stable")
    ordered = np.take_along_axis(rows, order, axis=0)
    counts = np.zeros((len(drawn), n), np.int16)
    np.add.at(counts, (np.arange(len(drawn))[:, None], drawn), 1)
    below, above = (n - 1) // 2, n // 2
    for column in range(rows.shape[1]):
        reached = np.cumsum(counts[:, order[:, column]], axis=1, dtype=np.int16)
        low = (reached <= below).sum(axis=1)
        high = low if n % 2 else (reached <= above).sum(axis=1)
        found[:, column] = (ordered[low, column] + ordered[high, column]) / 2
    return found


@dataclass(frozen=True)
class Judged:
    """What the resamples of the rounds say: which kind, and for a crossing its request with the interval.

    0 is ahead (or behind) from the start, REQUESTS + 1 is not within the measured hundred.
    """

    rounds: int
    kind: str = UNDECIDED
    k: int | None = None
    low: int | None = None
    high: int | None = None


def judge(subject: Lives, reference: Lives, seed: int, name: str) -> Judged | None:
    """From which request on the subject's life so far is the shorter one; None where the two have no round in common."""
    rounds_a, rows_a = by_round(subject.rounds(), lifetimes(subject))
    rounds_b, rows_b = by_round(reference.rounds(), lifetimes(reference))
    common = sorted(set(rounds_a) & set(rounds_b))
    if not common:
        return None
    rows = rows_a[np.isin(rounds_a, common)] - rows_b[np.isin(rounds_b, common)]
    n = len(rows)
    if n < LEAST_PAIRS:
        return Judged(n)
    source = generator(seed, f"crossover {name}")
    kinds, places = _crossings(_medians_of_rounds(rows, source.integers(0, n, (CROSSOVER_RESAMPLES, n))))
    return _judged(crossing(np.median(rows, axis=0)), kinds, places, n)


def _judged(found: Crossing, kinds: npt.NDArray[np.intp], places: npt.NDArray[np.intp], n: int) -> Judged:
    """A statement needs 95 % of the resamples, with the tail moved out as that of every interval here.

    A resample that comes out on the other side has its number beyond the hundred, not left out.
    """
    needed = 1 - tail(CONFIDENCE_OF_EQUIVALENCE, n)  # 5 % at the one end that would be another statement
    always, never, crosses, falls = (float(share) for share in np.bincount(kinds, minlength=4) / len(kinds))
    if always >= needed:
        return Judged(n, ALWAYS)
    if never >= needed:
        return Judged(n, NEVER)
    ends_ahead = found.kind in (CROSSES, ALWAYS)
    if found.k is None or (always + crosses if ends_ahead else never + falls) < needed:
        return Judged(n)
    from_start, changes = (0, 2) if ends_ahead else (1, 3)
    numbers = np.select([kinds == from_start, kinds == changes], [0, places], REQUESTS + 1)
    below = tail(CONFIDENCE, n)
    low, high = np.quantile(numbers, [below, 1 - below])
    return Judged(n, found.kind, found.k, math.floor(low), math.ceil(high))


def _stated(judged: Judged, twin: Judged | None, lifetime: str | None, ready: str | None) -> Judged:
    """What of it may be said: a direction needs the claim on start and first hundred requests together, one from the start
    that on the start as well; and nothing is said where the reference's second run would have been told from its first."""
    direction = "faster" if judged.kind in (ALWAYS, CROSSES) else "slower"
    claimed = lifetime == direction and (judged.kind != ALWAYS or ready == direction)
    told_apart = twin is not None and twin.kind != UNDECIDED
    return judged if claimed and not told_apart else Judged(judged.rounds)


def crossover(
    judged: Judged | None,
    twin: Judged | None,
    lifetime: str | None,
    ready: str | None,
    names: tuple[str, str],
    where: str,
    exploratory: bool,
) -> dict[str, Any] | None:
    """`twin` is what the reference's second run gives; `lifetime` and `ready` are the verdicts of the claims on the two."""
    if judged is None:
        return None
    stated = _stated(judged, twin, lifetime, ready)
    return {
        "against": names[1],
        "k": stated.k,
        "low": stated.low,
        "high": stated.high,
        "kind": stated.kind,
        "sentence": _sentence(stated, names, where) + (" Exploratory: a quick run." if exploratory else ""),
    }


def _bound(k: int | None) -> str:
    return f">{REQUESTS}" if k is not None and k > REQUESTS else str(k)


def _sentence(stated: Judged, names: tuple[str, str], where: str) -> str:
    subject, reference = names
    kind, counted = stated.kind, f"{stated.rounds} paired rounds"
    if kind == ALWAYS:
        said = f"{subject}'s init and first k requests together are shorter than {reference}'s for every k up to 100 ({counted})"
    elif kind == NEVER:
        said = f"{subject} does not catch up with {reference} within 100 requests ({counted})"
    elif kind == UNDECIDED:
        said = f"this run cannot tell {subject} from {reference}, init and first k requests together ({counted})"
    else:
        word = "ahead of" if kind == CROSSES else "behind"
        interval = f"95 % CI {_bound(stated.low)}–{_bound(stated.high)}"
        said = f"{subject} is {word} {reference} from request {stated.k} on ({interval}; {counted})"
    return f"{said}; {where}."


@dataclass(frozen=True)
class Settled:
    """Of each process: requests until it came within a tenth of its steady state, what they cost above it, its stalls."""

    after: npt.NDArray[np.intp]
    excess_ns: Array
    stalls: npt.NDArray[np.intp]


def settle(requests: Array) -> Settled:
    """One process a row. The steady state is the median of a process's last 50 requests."""
    length = requests.shape[1]
    steady = np.median(requests[:, length // 2 :], axis=1)[:, None]
    windows = np.lib.stride_tricks.sliding_window_view(requests, WINDOW, axis=1)
    close = np.median(windows, axis=2) <= (1 + SETTLED_WITHIN) * steady
    after = np.where(close.any(axis=1), np.argmax(close, axis=1), length)
    until = np.arange(length)[None, :] < after[:, None]
    stalled = (requests > STALL_NS) & (requests > STALL_TIMES * steady)
    return Settled(after, np.where(until, requests - steady, 0).sum(axis=1), stalled.sum(axis=1))


def _estimate(values: npt.NDArray[Any], rounds: Sequence[int], seed: int, name: str) -> dict[str, float | None]:
    _, rows = by_round(rounds, values.astype(float)[:, None])
    interval = median_interval(rows[:, 0], generator(seed, name))
    return {
        key: None if value is None else float(f"{value:.6g}")
        for key, value in (("median", interval.median), ("low", interval.low), ("high", interval.high))
    }


def settling(lives: Lives, seed: int, name: str) -> dict[str, Any]:
    """"steady_ns" and "nine_ns" are a process's own: the median of its requests 51 to 100, the sum of its first nine."""
    found, late = settle(lives.requests), lives.requests[:, REQUESTS // 2 :]
    p10, p50, p90 = np.percentile(lives.requests, [10, 50, 90], axis=0)
    rounds = lives.rounds()
    return {
        "n": len(lives.requests),
        "p10": _rounded(p10),
        "p50": _rounded(p50),
        "p90": _rounded(p90),
        "settled_after": _estimate(found.after, rounds, seed, f"settled {name}"),
        "excess_ns": _estimate(found.excess_ns, rounds, seed, f"excess {name}"),
        "steady_ns": _estimate(np.median(late, axis=1), rounds, seed, f"steady {name}"),
        "nine_ns": _estimate(lives.requests[:, :NINE].sum(axis=1), rounds, seed, f"nine {name}"),
        "stalls_per_thousand": float(f"{1000 * int(found.stalls.sum()) / lives.requests.size:.4g}"),
    }
