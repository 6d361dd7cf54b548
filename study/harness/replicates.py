"""What the run might as well have given: 200 resamples of its rounds, the same rounds for every contender.

As all contenders see the same resampled rounds, differences between their replicates are paired, and how often one comes out
best is how sure the run is of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .samples import BASE_CELL, REQUESTS, Context, Lives, Run
from .statistics import Array, generator

COUNT = 200
SUMS = (1, 3, 10, 30, 100)
_Drawn = npt.NDArray[np.intp]


def _three_digits(values: Array) -> list[float]:
    return [float(f"{value:.3g}") for value in values]


class _Resamples:
    """The rounds of the run, drawn with replacement."""

    def __init__(self, run: Run) -> None:
        self._at = {round_: place for place, round_ in enumerate(run.rounds)}
        self._size = len(run.rounds)
        source = generator(run.seed, "replicates")
        self.drawn: _Drawn = source.integers(0, self._size, (COUNT, self._size))
        self._times = np.zeros((COUNT, self._size), np.int32)  # how often a resample holds a round
        np.add.at(self._times, (np.arange(COUNT)[:, None], self.drawn), 1)

    def medians(self, rounds: list[int], values: Array) -> Array:
        """The median over each resample's rounds; a round in which there was nothing is passed over."""
        sums, numbers = np.zeros(self._size), np.zeros(self._size)
        places = [self._at[round_] for round_ in rounds]
        np.add.at(sums, places, values)
        np.add.at(numbers, places, 1)
        by_round = np.where(numbers > 0, sums / np.maximum(numbers, 1), np.nan)
        drawn = by_round[self.drawn]
        # With rare rounds a resample may hold none of them: then the run's own median stands.
        empty = np.isnan(drawn).all(axis=1)
        drawn[empty, 0] = float(np.nanmedian(by_round))
        return np.asarray(np.nanmedian(drawn, axis=1))

    def pooled(self, rounds: list[int], rows: Array, part: float) -> Array:
        """Of all requests of each resample's rounds together the smallest that at least this part does not exceed."""
        places = np.repeat([self._at[round_] for round_ in rounds], rows.shape[1])
        order = np.argsort(rows, axis=None, kind="stable")
        weights = np.cumsum(self._times[:, places[order]], axis=1)
        total = weights[:, -1:]
        found = np.asarray(rows.ravel()[order][(weights < part * total).sum(axis=1).clip(max=rows.size - 1)])
        empty = total[:, 0] == 0
        found[empty] = np.quantile(rows, part)
        return found


def _of_lives(lives: Lives, resamples: _Resamples) -> dict[str, Any]:
    rounds, late = lives.rounds(), lives.requests[:, REQUESTS // 2 :]
    totals = np.cumsum(lives.requests, axis=1)
    return {
        "ready": _three_digits(resamples.medians(rounds, np.array(lives.ready))),
        "sum": {str(k): _three_digits(resamples.medians(rounds, totals[:, k - 1])) for k in SUMS},
        "steady": _three_digits(resamples.medians(rounds, np.median(late, axis=1))),
        "steady_mean": _three_digits(resamples.medians(rounds, late.mean(axis=1))),
        "p99": _three_digits(resamples.pooled(rounds, late, 0.99)),
        "warm": None,
    }


def _medians(run: Run, resamples: _Resamples, metric: str, name: str, context: Context) -> list[float] | None:
    samples = run.series.get((metric, name, 0, context))
    if samples is None:
        return None
    series = samples.series()
    return _three_digits(resamples.medians([key[0] for key in series], np.array(list(series.values()))))


def _preferred(clients: set[str | None]) -> str | None:
    return next((client for client in ("ric", "thin") if client in clients), None)


def replicates(run: Run) -> dict[str, Any]:
    """"steady", "steady_mean" and "p99" are of a process's last 50 requests; "warm" is the call in the process."""
    if not run.rounds:
        return {"count": COUNT, "contenders": {}}
    resamples = _Resamples(run)
    measured = run.measured()
    found: dict[str, dict[str, Any]] = {name: {} for name in measured}
    groups: dict[tuple[str, str, str, str], set[str | None]] = {}
    for name, twin, context in run.lives:
        if twin == 0 and name in measured:
            groups.setdefault((name, context.algorithm, str(context.runtime), str(context.profile)), set()).add(context.client)
    warm = {
        (name, context.algorithm, str(context.runtime)): context
        for metric, name, twin, context in sorted(run.series, key=lambda place: (place[0], place[1], place[2], place[3].order()))
        if metric == "warm" and twin == 0 and context.cell == BASE_CELL and name in measured
    }
    for (name, algorithm, runtime, profile), clients in sorted(groups.items()):
        context = Context(algorithm, runtime, profile, _preferred(clients), None)
        entry = _of_lives(run.lives[name, 0, context], resamples)
        if (name, algorithm, runtime) in warm:
            entry["warm"] = _medians(run, resamples, "warm", name, warm[name, algorithm, runtime])
        found[name][f"{algorithm}|{runtime}|{profile}"] = entry
    for (name, algorithm, runtime), context in sorted(warm.items()):
        start = Context(algorithm, runtime, context.profile, context.client, None)
        ready = _medians(run, resamples, "start", name, start)
        calls = _medians(run, resamples, "warm", name, context)
        if ready and calls:
            # A Worker is seen from outside: its start holds the first response, and every further call costs the same.
            sums = {str(k): _three_digits((k - 1) * np.array(calls)) for k in SUMS}
            more = {"steady": calls, "steady_mean": calls, "p99": None, "warm": calls}
            found[name][f"{algorithm}|{runtime}|{context.profile}"] = {"ready": ready, "sum": sums, **more}
    return {"count": COUNT, "contenders": {name: entries for name, entries in found.items() if entries}}
