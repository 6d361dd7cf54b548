"""The design of a run as data: which processes are compared with which, in which order, and when it is enough.

A plan is written and hashed before the first process. From it alone follows every trial: a round is a list of
blocks, a block holds each entrant of one row once and the runtime's reference twice, both in an order that the
recorded seed decides.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .contender import ALGORITHMS, Contender
from .folder import FORMAT
from .workload import ALL_CELLS, BASE_CELL, STAR_CELLS

# The base cell itself has processes of its own.
NEIGHBOUR_CELLS = tuple(cell for cell in STAR_CELLS if cell != BASE_CELL)
KINDS = ("life", "warm", "sweep", "worker")
HEADLINE_REFERENCE = "js-tuned"
HEADLINE_METRICS = ("ready", "first", "warm")
# Who is the reference where the family's own does not know the algorithm: jsonwebtoken has no EdDSA.
STAND_INS = {"node": "js-bare"}
MARGINS = {"cold": 0.05, "warm": 0.03, "size": 0.01}
# Who is also compared with whom, beside the reference: each door with what a team would take instead of it, and the
# published comparison itself. Fixed here, before any process.
RIVALS = (
    ("napi", "js-bare"),
    ("napi", "js-fast"),
    ("napi", "js-noders"),
    ("napi", "wasm-host"),
    ("wasm-host", "js-bare"),
    ("wasm-host", "js-fast"),
    ("wasm-host", "rust-article"),
    ("wasm-host", "rust-lean"),
    ("wasm-host", "wasm-scalar"),
    ("rust-article", "js-article"),
    ("pybind11", "py-stdlib"),
    ("pybind11", "py-joserfc"),
)
# 128 MB are 7.2 % of a core (1,769 MB are one); the period is inferred from published logs.
PROFILES: dict[str, dict[str, int] | None] = {"free": None, "edge-viewer": {"us": 1446, "period": 20000}, "unthrottled": None}
# What others may have of a process's core: a tenth of its time, or one of the ticks that it is counted in.
CONTENTION_LIMIT = {"share": 0.1, "least_ns": 10_000_000}
PADDING = 4096  # bytes of the environment, at most
PATH_PADDING = 120  # characters of the folder's path, at most


class PlanError(ValueError):
    """A run that cannot be planned as asked."""


@dataclass(frozen=True)
class Settings:
    """What a quick and a full run differ in. Every window is CPU time, so that a busy machine does not cut it short."""

    least_rounds: int
    most_rounds: int
    budget_seconds: float
    builds: int = 3
    compiles: int = 0
    requests: int = 100
    warm_up_ms: float = 70
    window_ms: float = 60
    mix_ms: float = 70  # of every outcome in turn, before the first cell of a sweep
    sweep_warm_up_ms: float = 6
    sweep_window_ms: float = 6
    batch_ms: float = 0.5
    least_batches: int = 5
    worker_ms: float = 100


QUICK = Settings(least_rounds=5, most_rounds=12, budget_seconds=280)
FULL = Settings(
    least_rounds=8,
    most_rounds=60,
    budget_seconds=3600,
    builds=7,
    compiles=1,
    warm_up_ms=250,
    window_ms=150,
    mix_ms=250,
    sweep_warm_up_ms=8,
    sweep_window_ms=8,
    worker_ms=150,
)


@dataclass(frozen=True)
class RowDesign:
    """One line of the design: a context, and who takes part in it."""

    kind: str
    algorithm: str
    profile: str = "free"
    runtimes: str = "default"  # default: one line of each family; or the label of another runtime
    cells: tuple[str, ...] = (BASE_CELL,)
    every: int = 1  # takes place in the rounds with round % every == offset
    offset: int = 0
    repeats: int = 1
    clients: bool = False  # the floors and the reference also run with the other runtime client
    # Only the contenders of a quick run, and those that have no HS256 and so nothing else: all would take too long.
    core: bool = False
    floors: bool = True  # empty handlers take part: not where they would only do again what they do with HS256


QUICK_ROWS = (
    RowDesign("life", "HS256", "edge-viewer"),
    RowDesign("life", "HS256", "free", repeats=2),
    *(RowDesign("warm", algorithm, floors=algorithm == "HS256") for algorithm in ALGORITHMS),
    RowDesign("sweep", "HS256", cells=NEIGHBOUR_CELLS),
    RowDesign("worker", "HS256"),
)


def full_rows(other_runtimes: Sequence[str]) -> tuple[RowDesign, ...]:
    """The quick rows, and what there is no time for in a quick run. The rarer rows take turns."""
    others = ALGORITHMS[1:]
    return (
        RowDesign("life", "HS256", "edge-viewer"),
        # Starts are cheap, and the noisiest of what a process gives as one value.
        RowDesign("life", "HS256", "free", repeats=4, clients=True),
        *(RowDesign("life", algorithm, "free", repeats=2, core=True) for algorithm in others),
        *(RowDesign("life", algorithm, "edge-viewer", every=2, offset=i % 2, core=True) for i, algorithm in enumerate(others)),
        *(RowDesign("warm", algorithm, floors=algorithm == "HS256") for algorithm in ALGORITHMS),
        *(
            RowDesign(kind, "HS256", profile, runtime, every=2, offset=i % 2, core=True)
            for i, runtime in enumerate(other_runtimes)
            for kind, profile in (("life", "edge-viewer"), ("life", "free"), ("warm", "free"))
        ),
        *(
            RowDesign("sweep", algorithm, cells=ALL_CELLS, every=2, offset=i % 2, core=True)
            for i, algorithm in enumerate(ALGORITHMS)
        ),
        *(RowDesign("worker", algorithm, every=1 if algorithm == "HS256" else 2) for algorithm in ALGORITHMS),
    )


@dataclass(frozen=True)
class Machine:
    """What of the machine shapes the design."""

    runtimes: dict[str, list[str]]  # family -> labels that are here; the first one is the default
    clients: dict[str, list[str]]  # runtime label -> runtime clients, the preferred first
    cgroup: bool


@dataclass(frozen=True)
class Step:
    """One process to come."""

    trial: int
    kind: str
    round: int
    block: int
    order: int
    contender: str
    twin: int
    algorithm: str
    runtime: str
    client: str | None
    profile: str
    cells: tuple[str, ...]
    environment_padding: int
    path_padding: int


@dataclass
class Entrants:
    """Who may take part: contenders that are built and have passed, by algorithm and runtime."""

    contenders: list[Contender]
    passed: Mapping[str, Sequence[str]] = field(default_factory=dict)  # name -> algorithms
    unfit: frozenset[tuple[str, str]] = frozenset()  # (name, runtime) that does not answer there

    def of(self, family: str, algorithm: str) -> list[Contender]:
        return [c for c in self.contenders if c.runtime == family and algorithm in self.passed.get(c.name, ())]


def _families(kind: str) -> tuple[str, ...]:
    return ("workerd",) if kind == "worker" else ("node", "python")


def _row_runtimes(design: RowDesign, machine: Machine) -> list[tuple[str, str]]:
    """(family, runtime) of a row."""
    if design.runtimes != "default":
        return [(family, design.runtimes) for family in _families(design.kind) if design.runtimes.startswith(family)]
    return [(family, machine.runtimes[family][0]) for family in _families(design.kind) if machine.runtimes.get(family)]


def _reference(family: str, taking_part: Sequence[Contender]) -> str | None:
    """Who runs twice in a block, and is what ratios refer to."""
    names = [c.name for c in taking_part if c.role == "reference"]
    names += [c.name for c in taking_part if c.name == STAND_INS.get(family)]
    return names[0] if names else None


def _entrants(design: RowDesign, entrants: Entrants, machine: Machine) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for family, runtime in _row_runtimes(design, machine):
        taking_part = [c for c in entrants.of(family, design.algorithm) if (c.name, runtime) not in entrants.unfit]
        if design.runtimes != "default" and family == "python":
            taking_part = [c for c in taking_part if c.role != "door"]  # a module is compiled for one Python
        if design.core:
            taking_part = [c for c in taking_part if c.quick or ALGORITHMS[0] not in c.algorithms]
        if not design.floors:
            taking_part = [c for c in taking_part if c.role != "baseline"]
        clients: list[Any] = machine.clients.get(runtime, []) if design.kind == "life" else [None]
        if not clients:
            continue
        reference = _reference(family, taking_part)
        for contender in taking_part:
            # A floor answers the same to everything: only requests that are allowed tell something about it.
            cells = list(design.cells) if contender.decides else [c for c in design.cells if c.startswith("allow/")]
            if not cells:
                continue
            entrant = {"contender": contender.name, "runtime": runtime, "client": clients[0], "twin": 0, "cells": cells}
            found.append(entrant)
            if contender.name == reference:
                found.append({**entrant, "twin": 1})
            if design.clients and (contender.role == "baseline" or contender.name == HEADLINE_REFERENCE):
                found += [{**entrant, "client": other} for other in clients[1:]]
    return found


def row_id(design: RowDesign) -> str:
    place = "" if design.runtimes == "default" else f"-{design.runtimes}"
    profile = [design.profile] if design.kind == "life" else []
    return "-".join((design.kind, *profile, design.algorithm)) + place


def rows_of(mode: str, machine: Machine) -> tuple[RowDesign, ...]:
    others = [label for labels in machine.runtimes.values() for label in labels[1:]]
    return full_rows(others) if mode == "full" else QUICK_ROWS


def make_plan(
    mode: str,
    seed: int,
    settings: Settings,
    entrants: Entrants,
    machine: Machine,
    commit: str | None = None,
    artefacts: Mapping[str, Mapping[str, str]] | None = None,
    rows: Sequence[RowDesign] | None = None,
) -> dict[str, Any]:
    """The content of plan.json."""
    restricted = rows is not None
    if rows is None:
        rows = rows_of(mode, machine)
    planned: list[dict[str, Any]] = []
    for design in rows:
        profile = design.profile
        if profile == "edge-viewer" and not machine.cgroup:
            profile = "unthrottled"  # without a cgroup nothing is throttled, and the label says so
        design = dataclasses.replace(design, profile=profile)
        taking_part = _entrants(design, entrants, machine)
        if taking_part:
            planned.append(
                {
                    "id": row_id(design),
                    "kind": design.kind,
                    "algorithm": design.algorithm,
                    "profile": profile,
                    "every": design.every,
                    "offset": design.offset,
                    "repeats": design.repeats,
                    "entrants": taking_part,
                }
            )
    return {
        "format": FORMAT,
        "mode": mode,
        "seed": seed,
        "commit": commit,
        "artefacts": {name: dict(one) for name, one in (artefacts or {}).items()},
        "settings": dataclasses.asdict(settings),
        "margins": MARGINS,
        "references": {c.runtime: c.name for c in entrants.contenders if c.role == "reference"},
        "contenders": [c.name for c in entrants.contenders],
        "rivals": [list(pair) for pair in RIVALS if {*pair} <= {c.name for c in entrants.contenders}],
        "restricted": {
            "kinds": list(dict.fromkeys(row.kind for row in rows)) if restricted else None,
            "algorithms": list(dict.fromkeys(row.algorithm for row in rows)) if restricted else None,
        },
        "profiles": {name: PROFILES[name] for name in sorted({row["profile"] for row in planned})},
        "contention_limit": CONTENTION_LIMIT,
        "headline": {"reference": HEADLINE_REFERENCE, "metrics": list(HEADLINE_METRICS), "algorithm": "HS256", "cell": BASE_CELL},
        "stopping": {
            "least_rounds": settings.least_rounds,
            "most_rounds": settings.most_rounds,
            "budget_seconds": settings.budget_seconds,
            "half_width": {"cold": MARGINS["cold"] / 2, "warm": MARGINS["warm"] / 2},
            "rule": "After the least number of rounds: stop when the 95 % interval of every headline claim "
            "is at most half a margin to each side, at the most rounds, or when the budget does not hold another round. Never on significance.",
        },
        "rows": planned,
    }


def round_steps(plan: dict[str, Any], round_: int, trial: int = 0, block: int = 0) -> list[Step]:
    """The processes of one round in their order. `trial` and `block` are the first free numbers."""
    source = random.Random(f"{plan['seed']}/{round_}")
    environment_padding, path_padding = source.randint(0, PADDING), source.randint(1, PATH_PADDING)
    blocks = [row for row in plan["rows"] if round_ % row["every"] == row["offset"] for _ in range(row["repeats"])]
    source.shuffle(blocks)
    steps: list[Step] = []
    for index, row in enumerate(blocks):
        entrants = list(row["entrants"])
        source.shuffle(entrants)
        # One order of the cells for the whole block: what comes later meets a warmer process, for all of them alike.
        places = list(dict.fromkeys(cell for entrant in row["entrants"] for cell in entrant["cells"]))
        source.shuffle(places)
        for order, entrant in enumerate(entrants):
            cells = [cell for cell in places if cell in entrant["cells"]]
            steps.append(
                Step(
                    trial=trial + len(steps),
                    kind=row["kind"],
                    round=round_,
                    block=block + index,
                    order=order,
                    contender=entrant["contender"],
                    twin=entrant["twin"],
                    algorithm=row["algorithm"],
                    runtime=entrant["runtime"],
                    client=entrant["client"],
                    profile=row["profile"],
                    cells=tuple(cells),
                    environment_padding=environment_padding,
                    path_padding=path_padding,
                )
            )
    return steps


def rounds(plan: dict[str, Any]) -> Iterator[list[Step]]:
    """Every round that the plan allows, one after the other."""
    trial = block = 0
    for round_ in range(plan["stopping"]["most_rounds"]):
        steps = round_steps(plan, round_, trial, block)
        if steps:
            trial, block = steps[-1].trial + 1, max(step.block for step in steps) + 1
        yield steps


def planned_fields(step: Step) -> dict[str, Any]:
    """What a trial's line repeats of the plan."""
    fields = dataclasses.asdict(step)
    fields.pop("cells")
    return fields


# Seconds of a process beside its windows; the pilot replaces them as soon as there is a round.
_START = {"node": 0.12, "python": 0.12, "workerd": 0.4}


def step_seconds(step: Step, settings: Mapping[str, Any]) -> float:
    """A guess for `study plan`: a modest machine, before anything was run."""
    seconds: float = _START[re.sub(r"[\d.]+$", "", step.runtime)]
    if step.kind == "life":
        return seconds + int(settings["requests"]) * (0.02 if step.profile == "edge-viewer" else 0.002)
    if step.kind == "warm":
        return seconds + 0.15 + float(settings["warm_up_ms"] + settings["window_ms"]) / 1000
    if step.kind == "sweep":
        cell = float(settings["sweep_warm_up_ms"] + settings["sweep_window_ms"]) / 1000
        return seconds + 0.15 + float(settings["mix_ms"]) / 1000 + len(step.cells) * (cell + 0.01)
    return seconds + 8 * float(settings["worker_ms"]) / 1000


def plan_seconds(plan: dict[str, Any]) -> float:
    """The guess for the mean round."""
    period = 6  # every row's turn comes at least once in it
    steps = [step for round_ in range(period) for step in round_steps(plan, round_)]
    return sum(step_seconds(step, plan["settings"]) for step in steps) / period


_UNITS = {"s": 1, "m": 60, "h": 3600}


def parse_budget(text: str) -> float:
    """Seconds of `90s`, `20m`, `1h`, `1h30m`, or a bare number of minutes."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text) * 60
    parts = re.findall(r"(\d+(?:\.\d+)?)([smh])", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise PlanError(f"{text!r}: expected a time such as 90s, 20m or 1h")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def stop_reason(
    plan: dict[str, Any], done: int, elapsed: float, longest: float, half_widths: Mapping[str, float] | None
) -> str | None:
    """Why no further round is begun, or None. `half_widths` are those of the headline claims, as a share of their limit."""
    stopping = plan["stopping"]
    if done >= stopping["most_rounds"]:
        return f"the most rounds of the plan: {done}"
    if done and elapsed + longest > stopping["budget_seconds"]:
        short = f", fewer than the {stopping['least_rounds']} that were wanted" if done < stopping["least_rounds"] else ""
        return f"the budget of {stopping['budget_seconds']:g} s does not hold another round after {done}{short}"
    if done < stopping["least_rounds"] or not half_widths:
        return None
    if max(half_widths.values()) <= 1:
        return f"precision: every headline claim's interval is narrow enough after {done} rounds"
    return None
