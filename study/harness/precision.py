"""How precise a run is so far: what the stopping rule and the progress line need, and no more.

The published intervals are made by `analysis`; these are the cheap forms of the same, with the typical batch of a warm process
in the place of its mean call.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from . import statistics


_Entrants = defaultdict[tuple[str, int], dict[tuple[int, int], float]]


class Precision:
    """Gathers the headline figures of the trials as they come."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._references = set(plan["references"].values())
        # (metric, context) -> (contender, twin) -> (round, block) -> ns
        self._series: defaultdict[tuple[str, str], _Entrants] = defaultdict(lambda: defaultdict(dict))
        self.trials = self.contended = self.void = 0

    def add(self, trial: Mapping[str, Any], first_request: float | None = None) -> None:
        """`first_request` is the ns of a life's first request, which the line itself does not hold."""
        self.trials += 1
        self.contended += bool(trial["contended"])
        if "void" in trial:
            self.void += 1
            return
        if trial["algorithm"] != self._plan["headline"]["algorithm"]:
            return
        context = f"{trial['runtime']} {trial['profile']} {trial['client'] or '-'}"
        for metric, value in _figures(trial, first_request, self._plan["headline"]["cell"]):
            if value > 0:
                self._series[metric, context][trial["contender"], trial["twin"]][trial["round"], trial["block"]] = value

    def half_widths(self) -> dict[str, float]:
        """For each headline claim the half width of its interval, as a share of what the plan asks for."""
        limits = self._plan["stopping"]["half_width"]
        found: dict[str, float] = {}
        for (metric, context), series in self._series.items():
            reference = next((name for name in self._references if (name, 0) in series), None)
            for (contender, twin), values in list(series.items()):
                if reference is None or twin or contender == reference:
                    continue
                half = statistics.half_width(values, series[reference, 0])
                limit = limits["warm" if metric == "warm" else "cold"]
                found[f"{metric} {contender} {context}"] = math.inf if half is None else half / limit
        return found

    def noise_floor(self) -> dict[str, float]:
        """For each headline metric the largest ratio that this run gives to equal things, over its contexts."""
        floors: dict[str, float] = {}
        for (metric, _), series in self._series.items():
            for contender, twin in list(series):
                if twin == 0 or (contender, 0) not in series:
                    continue
                found = statistics.sentinel(series[contender, 0], series[contender, 1])
                if found and found["floor"] is not None:
                    floors[metric] = max(floors.get(metric, 1.0), found["floor"])
        return floors


def _figures(trial: Mapping[str, Any], first_request: float | None, cell: str) -> Iterator[tuple[str, float]]:
    if trial["kind"] == "life":
        yield "ready", float(trial["marks"]["ready"])
        if first_request is not None:
            yield "first", first_request
    elif trial["kind"] in ("warm", "worker"):
        for one in trial["cells"]:
            if one["cell"] == cell:
                yield "warm", float(one["ns"])
