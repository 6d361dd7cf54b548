"""Warm requests: one fresh process that answers the events of one cell, or of several, again and again.

Kind `warm` is the base cell with a long window, kind `sweep` several cells with short ones. What is timed was checked
before, is checked while it is timed, and the whole gate list is put to the same process after it: when the digest of its
answers is not the one that the gate recorded, or one answer was wrong, the trial is void.

The same rule gives the steady window of every contender: the batches after the warm-up's CPU time, until the window's CPU
time is over. Every batch from the first call on is kept. Garbage is collected when the runtime wants to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .contender import Contender
from .gate import answers_digest, cases_file
from .life import padded
from .plan import Step
from .task import Finished, TaskError, run_task
from .tools import Tools
from .workload import AUTHORIZATION_MARK, OUTCOMES, PER_CELL, REQUEST_MARK, cell_task, request_id, split_cell

FEW = 32  # events of each outcome that are checked first: every kind of malformed token four times
_FLOOR = {"warm_up_ns": 25_000_000, "window_ns": 10_000_000, "batch_ns": 200_000, "least_batches": 5}


@dataclass(frozen=True)
class Windows:
    """In CPU time, so that a busy machine stretches a window and does not cut it short."""

    warm_up_ms: float
    window_ms: float
    batch_ms: float
    least_batches: int
    mix_ms: float = 0  # of every outcome in turn before the first cell

    @classmethod
    def of(cls, kind: str, settings: Mapping[str, Any]) -> Windows:
        """From a plan's settings."""
        prefix = "sweep_" if kind == "sweep" else ""
        return cls(
            warm_up_ms=settings[f"{prefix}warm_up_ms"],
            window_ms=settings[f"{prefix}window_ms"],
            batch_ms=settings["batch_ms"],
            least_batches=settings["least_batches"],
            mix_ms=settings["mix_ms"] if kind == "sweep" else 0,
        )


@dataclass(frozen=True)
class Warm:
    """What one trial runs."""

    kind: str  # warm | sweep
    contender: Contender
    folder: Path  # the unpacked artefact of this algorithm
    algorithm: str
    runtime: str  # node24, python3.11
    cells: Sequence[str]
    seed: int  # of the tokens
    windows: Windows
    parity: str  # the digest that the gate recorded
    environment_padding: int = 0
    path_padding: int = 0
    core: int | None = None


def of_step(
    step: Step, contender: Contender, folder: Path, settings: Mapping[str, Any], seed: int, parity: str, core: int | None
) -> Warm:
    return Warm(
        kind=step.kind,
        contender=contender,
        folder=folder,
        algorithm=step.algorithm,
        runtime=step.runtime,
        cells=step.cells,
        seed=seed,
        windows=Windows.of(step.kind, settings),
        parity=parity,
        environment_padding=step.environment_padding,
        path_padding=step.path_padding,
        core=core,
    )


def comparable(contender: Contender, algorithm: str, cell: str) -> bool:
    """False for a cell that the contender says it decides otherwise: two answers are no comparison of times.

    Tokens of 1 and 4 KB carry permissions beside the required one, which the published handlers refuse.
    """
    outcome, token, _ = split_cell(cell)
    if outcome != "allow" or token == "0.3" or not contender.decides:
        return True
    return contender.disagreements_for(algorithm).get("permissions-more", "allow") == "allow"


def _task(warm: Warm, cells: Sequence[str]) -> dict[str, Any]:
    def description(cell: str) -> dict[str, Any]:
        task = cell_task(cell, warm.algorithm, warm.seed)
        return task if warm.contender.decides else {**task, "expected": "allow"}  # a floor lets everything through

    return {
        "kind": warm.kind,
        "cells": [description(cell) for cell in cells],
        "outcomes": [description(f"{outcome}/0.3/typical") for outcome in OUTCOMES],
        "few": FEW,
        "marks": {"authorization": AUTHORIZATION_MARK, "request": REQUEST_MARK},
        "requests": [request_id(number) for number in range(PER_CELL)],
        "cases": str(cases_file(warm.algorithm)),
        "mix_ns": round(warm.windows.mix_ms * 1e6),
        "warm_up_ns": round(warm.windows.warm_up_ms * 1e6),
        "window_ns": round(warm.windows.window_ms * 1e6),
        "batch_ns": round(warm.windows.batch_ms * 1e6),
        "least_batches": warm.windows.least_batches,
        "floor": _FLOOR,
    }


def _per_call(result: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Nanoseconds per call of the steady window's batches."""
    first, end = result["steady"]
    pairs = np.array(result["batches"][first:end], dtype=np.float64)
    return np.asarray(pairs[:, 1] / pairs[:, 0])


def _cell_fields(result: Mapping[str, Any]) -> dict[str, Any]:
    steady = _per_call(result)
    middle, p90, p99 = (round(float(value), 1) for value in np.percentile(steady, (50, 90, 99)))
    return {
        "cell": result["cell"],
        "ns": middle,
        "p90": p90,
        "p99": p99,
        "cpu_ns": round(result["cpu"] / result["steady_calls"], 1),
        "calls": result["called"],
        "steady": result["steady"],
        "batches": result["batches"],
    }


def _fields(warm: Warm, finished: Finished) -> dict[str, Any]:
    """Of a process that ended. `batches` are lists of [calls, ns], for the caller to put into iterations.f32."""
    result = finished.result
    fields: dict[str, Any] = {"wall_ns": finished.ended - finished.spawned, **asdict(finished.usage)}
    if "wrong" in result:
        return {**fields, "void": result["wrong"]}
    fields |= {
        "peak_memory": result["peak_memory"],
        "awaited": result["awaited"],
        # The loop around a function that returns what it is given: how much of every figure is the runner's own.
        "loop_ns": round(float(np.median(_per_call(result["floor"]))), 2),
        "parity": answers_digest(result["gate"]),
        "cells": [_cell_fields(cell) for cell in result["cells"]],
    }
    if fields["parity"] != warm.parity:
        fields["void"] = "the process that was timed does not decide as the gate recorded"
    return fields


def run(warm: Warm, tools: Tools) -> dict[str, Any]:
    """The trial's own fields; `void` is there only when it gives no numbers."""
    cells = [cell for cell in warm.cells if comparable(warm.contender, warm.algorithm, cell)]
    fields: dict[str, Any] = {"environment_padding": warm.environment_padding, "path_padding": warm.path_padding}
    left_out = [cell for cell in warm.cells if cell not in cells]
    if left_out:
        fields["left_out"] = left_out
    if not cells:
        return {**fields, "void": "it decides every one of these cells otherwise, as it declares"}
    environment = {"STUDY_PADDING": "x" * warm.environment_padding}
    try:
        with padded(warm.folder, warm.path_padding) as folder:
            finished = run_task(
                warm.contender, tools, folder, _task(warm, cells), runtime=warm.runtime, environment=environment, core=warm.core
            )
    except (TaskError, OSError) as error:
        return {**fields, "void": str(error)}
    return fields | _fields(warm, finished)
