"""From the trials of a run to series: one value per process, by metric, contender and context."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .folder import RunFolder
from .runtimes import family_of
from .statistics import LEAST_PAIRS, LEAST_PAIRS_OF_FULL, Key
from .workload import BASE_CELL

REQUESTS = 100
# Metrics of a process's life, of the warm state, and of workerd, whose process is seen from outside only.
LIFE = ("load", "ready", "ready_cpu", "first", "first_cpu", "hundred", "hundred_cpu", "lifetime", "lifetime_cpu", "memory")
WARM = ("warm", "warm_cpu")
WORKER = ("start", "isolate")
METRICS = (*LIFE, *WARM, *WORKER)
SIZES = ("zip", "unpacked", "gzip", "brotli")
ORDER = {metric: place for place, metric in enumerate((*METRICS, *SIZES))}


class Context(NamedTuple):
    algorithm: str
    runtime: str | None
    profile: str | None
    client: str | None
    cell: str | None

    @property
    def family(self) -> str:
        """The runtime without its version: node, python, workerd."""
        return family_of(self.runtime)

    @property
    def id(self) -> str:
        return ":".join(part or "-" for part in self)

    def order(self) -> tuple[str, ...]:
        return tuple(part or "" for part in self)


@dataclass
class Samples:
    """Of one contender (and twin) for one metric in one context. Several processes in a block are averaged."""

    values: dict[Key, list[float]] = field(default_factory=dict)
    contended: dict[Key, list[bool]] = field(default_factory=dict)
    _series: dict[bool, dict[Key, float]] = field(default_factory=dict)

    def add(self, key: Key, value: float, contended: bool) -> None:
        self._series.clear()
        self.values.setdefault(key, []).append(value)
        self.contended.setdefault(key, []).append(contended)

    def series(self, quiet: bool = False) -> dict[Key, float]:
        """One value per block; with `quiet` only of processes that were not contended."""
        if quiet not in self._series:
            found = {}
            for key in sorted(self.values):
                values = [v for v, c in zip(self.values[key], self.contended[key], strict=True) if not (quiet and c)]
                if values:
                    found[key] = sum(values) / len(values)
            self._series[quiet] = found
        return self._series[quiet]

    def all(self) -> list[float]:
        return [value for key in sorted(self.values) for value in self.values[key]]

    def contended_flags(self) -> list[bool]:
        return [flag for key in sorted(self.contended) for flag in self.contended[key]]


@dataclass
class Lives:
    """The first hundred requests of every process of one contender in one context."""

    keys: list[Key] = field(default_factory=list)
    ready: list[float] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    requests: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, REQUESTS)))

    def rounds(self) -> list[int]:
        return [key[0] for key in self.keys]


Place = tuple[str, str, int, Context]  # metric, contender, twin, context


@dataclass
class Run:
    """Everything that the analysis reads, read once."""

    manifest: dict[str, Any]
    plan: dict[str, Any]
    environment: dict[str, Any]
    builds: dict[str, Any]
    series: dict[Place, Samples]
    lives: dict[tuple[str, int, Context], Lives]
    batches: dict[tuple[str, Context], list[npt.NDArray[np.float64]]]
    void: dict[str, list[str]]
    outcomes: dict[tuple[str, Context], dict[str, int]]  # how the processes of a contender ended
    references: dict[tuple[str, str], str]  # (family, algorithm) -> the reference there
    processes: int
    rounds: list[int]
    contended: float | None
    seed: int

    @property
    def exploratory(self) -> bool:
        return self.manifest.get("mode") != "full"

    @property
    def least_rounds(self) -> int:
        """What a claim needs. A quick run's are exploratory, and may rest on fewer."""
        return LEAST_PAIRS if self.exploratory else LEAST_PAIRS_OF_FULL

    @property
    def margins(self) -> dict[str, float]:
        return {"cold": 0.05, "warm": 0.03, "size": 0.01, **self.plan.get("margins", {})}

    @property
    def headline(self) -> str:
        named = self.plan.get("headline") or self.manifest.get("headline") or "js-tuned"
        return str(named["reference"] if isinstance(named, dict) else named)

    def measured(self) -> dict[str, dict[str, Any]]:
        """The contenders with numbers, by name, in the manifest's order."""
        found = {}
        for entry in self.manifest["contenders"]:
            if entry.get("status", "measured") == "measured" and entry["name"] not in self.void:
                found[entry["name"]] = entry
        return found


# How a process says that it ended badly by itself: a crash, no answer in time, a client that is not there. A life is always
# ended by a signal, so the exit code tells nothing. What is not one of these was a wrong answer.
_FAILURES = (
    ("timeout", r"within [\d.]+ s\b|no result after|gave no answer|timed? ?out"),
    ("ended", r"process (has )?ended|gave no result and printed nothing|workerd has ended|crash|killed|out of memory|API was closed"),
    ("did not start", r"does not listen|is not built|is installed for|\[Errno|the harness failed|never held the process back"),
)


def _failure(trial: dict[str, Any]) -> str | None:
    """An outcome with a rate, as against a wrong answer, of which one is too many."""
    reason = str(trial.get("void", ""))
    return next((name for name, pattern in _FAILURES if re.search(pattern, reason)), None)


def _context(trial: dict[str, Any], cell: str | None) -> Context:
    return Context(trial["algorithm"], trial["runtime"], trial["profile"], trial.get("client"), cell)


def _life_values(trial: dict[str, Any], requests: npt.NDArray[np.float64]) -> Iterator[tuple[str, float | None]]:
    marks, cpu = trial["marks"], trial.get("cpu") or {}
    ready, hundred = marks["ready"], float(requests.sum()) if len(requests) == REQUESTS else None
    if marks.get("load_end") is not None and marks.get("load_begin") is not None:
        yield "load", marks["load_end"] - marks["load_begin"]
    yield "ready", ready
    yield "ready_cpu", cpu.get("ready")
    yield "first", float(requests[0]) if len(requests) else None
    yield "hundred", hundred
    yield "lifetime", None if hundred is None else ready + hundred
    yield "lifetime_cpu", None if hundred is None else cpu.get("hundred")
    yield "memory", trial.get("peak_memory")
    if cpu.get("ready") is not None:
        yield "first_cpu", None if cpu.get("first") is None else cpu["first"] - cpu["ready"]
        yield "hundred_cpu", None if cpu.get("hundred") is None else cpu["hundred"] - cpu["ready"]


def batches_of(cell: dict[str, Any], iterations: npt.NDArray[np.float32]) -> npt.NDArray[np.float64] | None:
    """(calls, ns) of each batch from the first one on; workerd, which is timed from outside, has none."""
    place = cell.get("batches")
    if not place:
        return None
    return iterations[place["offset"] : place["offset"] + place["count"]].astype(float).reshape(-1, 2)


def call_ns(cell: dict[str, Any], iterations: npt.NDArray[np.float32]) -> float:
    """The mean call of the steady window.

    The line's own "ns", "p90" and "p99" are of averages over half a millisecond. Their median leaves out what comes seldom
    and takes long, such as garbage collection, which the calls cause and have to pay for; and their p99 is no p99 of calls.
    """
    batches = batches_of(cell, iterations)
    if batches is None:
        return float(cell["ns"])
    calls, ns = batches[slice(*cell["steady"])].sum(axis=0)
    return float(ns / calls)


def _values(
    trial: dict[str, Any], requests: npt.NDArray[np.float64] | None, iterations: npt.NDArray[np.float32]
) -> Iterator[tuple[str, Context, float | None]]:
    """(metric, context, value) of one process."""
    if trial["kind"] == "life" and requests is not None:
        for metric, value in _life_values(trial, requests):
            yield metric, _context(trial, None), value
    if trial["kind"] == "worker":
        start = trial.get("start") or {}
        yield "start", _context(trial, None), start.get("ready")
        yield "isolate", _context(trial, None), trial.get("isolate_ns")
    for cell in trial.get("cells") or ():
        yield "warm", _context(trial, cell["cell"]), call_ns(cell, iterations)
        yield "warm_cpu", _context(trial, cell["cell"]), cell.get("cpu_ns")


def _void(trials: list[dict[str, Any]]) -> dict[str, list[str]]:
    """Contenders with a wrong answer while they were timed: one is enough."""
    wrong: dict[str, list[str]] = defaultdict(list)
    for trial in trials:
        if trial.get("void") and _failure(trial) is None:
            wrong[trial["contender"]].append(f"while it was timed ({trial['kind']}, round {trial['round']}): {trial['void']}")
    return dict(wrong)


def _references(run_plan: dict[str, Any], trials: list[dict[str, Any]], manifest: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Who ran twice is the reference there; without a twin it is the contender of that role."""
    found: dict[tuple[str, str], str] = {}
    for entry in manifest["contenders"]:
        if entry["role"] == "reference":
            for algorithm in entry["algorithms"]:
                found.setdefault((entry["runtime"], algorithm), entry["name"])
    for trial in trials:
        if trial["twin"] == 1:
            found[_context(trial, None).family, trial["algorithm"]] = trial["contender"]
    return found


def load(folder: RunFolder) -> Run:
    manifest, plan = folder.manifest(), folder.plan()
    trials, iterations = folder.trials(), folder.iterations()
    void = _void(trials)
    series: dict[Place, Samples] = defaultdict(Samples)
    lives: dict[tuple[str, int, Context], Lives] = defaultdict(Lives)
    batches: dict[tuple[str, Context], list[npt.NDArray[np.float64]]] = defaultdict(list)
    outcomes: dict[tuple[str, Context], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    warm = {_context(t, None) for t in trials if t["kind"] == "warm"}

    for trial in trials:
        name, twin, key = trial["contender"], trial["twin"], (trial["round"], trial["block"])
        context, contended = _context(trial, None), bool(trial.get("contended"))
        outcomes[name, context][_failure(trial) or "answered"] += 1
        if trial.get("void"):
            continue
        requests = None
        if trial["kind"] == "life":
            place = trial["requests"]
            requests = iterations[place["offset"] : place["offset"] + place["count"]].astype(float)
            if len(requests) == REQUESTS:  # a run of the tests asks for fewer
                life = lives[name, twin, context]
                life.keys.append(key)
                life.ready.append(float(trial["marks"]["ready"]))
                life.offsets.append(int(place["offset"]))
        for metric, where, value in _values(trial, requests, iterations):
            # A sweep's windows are shorter: where a context has processes of its own, only they count.
            if trial["kind"] == "sweep" and where.cell == BASE_CELL and context in warm:
                continue
            if value is not None and value > 0:
                series[metric, name, twin, where].add(key, float(value), contended)
        if trial["kind"] == "warm" and twin == 0:
            for cell in trial["cells"]:
                pairs = batches_of(cell, iterations) if cell["cell"] == BASE_CELL else None
                if pairs is not None:
                    batches[name, _context(trial, cell["cell"])].append(pairs)
    for life in lives.values():
        life.requests = np.stack([iterations[at : at + REQUESTS].astype(float) for at in life.offsets])
    return Run(
        manifest=manifest,
        plan=plan,
        environment=folder.read("environment.json"),
        builds=folder.read("builds.json"),
        series=dict(series),
        lives=dict(lives),
        batches=dict(batches),
        void=void,
        outcomes={place: dict(found) for place, found in outcomes.items()},
        references=_references(plan, trials, manifest),
        processes=len(trials),
        rounds=sorted({trial["round"] for trial in trials}),
        contended=sum(bool(t.get("contended")) for t in trials) / len(trials) if trials else None,
        seed=int(plan.get("seed", manifest.get("seed", 0))),
    )
