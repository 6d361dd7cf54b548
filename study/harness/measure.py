"""Runs the processes: randomised complete blocks, one process at a time, every sample kept."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .artefact import Tools
from .contender import Contender
from .machine import cpu_ticks, load
from .scenario import EXPECTED, OUTCOMES
from .task import TaskError, run_task


@dataclass(frozen=True)
class Settings:
    rounds: int
    starts_per_round: int
    warm_up_ms: int  # of CPU time, as is the window
    window_ms: int
    batch_ms: float = 0.5
    least_calls: int = 8
    least_batches: int = 5
    builds: int = 5
    compiles: int = 1


QUICK = Settings(rounds=12, starts_per_round=3, warm_up_ms=300, window_ms=200)
FULL = Settings(rounds=40, starts_per_round=5, warm_up_ms=600, window_ms=400, builds=9, compiles=3)


@dataclass(frozen=True)
class Step:
    kind: str  # start | warm
    round: int
    block: int
    order: int
    contender: Contender
    run: int  # 0, and 1 for the reference's second run in the same block
    outcome: str


def _entrants(contenders: list[Contender], headline: str | None) -> list[tuple[Contender, int]]:
    """The contenders of one block; the headline reference twice, to see what the machine makes of equal things."""
    return [(c, 0) for c in contenders] + [(c, 1) for c in contenders if c.name == headline]


def plan(contenders: list[Contender], headline: str | None, settings: Settings, seed: int) -> list[Step]:
    """Every process of the run in its order: a block holds each entrant once, shuffled by the recorded seed."""
    source = random.Random(seed)
    steps: list[Step] = []

    def add_block(kind: str, round_: int, block: int, outcome: str, entrants: list[tuple[Contender, int]]) -> None:
        source.shuffle(entrants)
        steps.extend(Step(kind, round_, block, order, c, run, outcome) for order, (c, run) in enumerate(entrants))

    for round_ in range(settings.rounds):
        for start in range(settings.starts_per_round):
            add_block("start", round_, round_ * settings.starts_per_round + start, "allow", _entrants(contenders, headline))
        for outcome in source.sample(OUTCOMES, len(OUTCOMES)):
            taking_part = [c for c in contenders if c.decides or outcome == "allow"]
            add_block("warm", round_, round_, outcome, _entrants(taking_part, headline))
    return steps


def expected_outcome(contender: Contender, outcome: str) -> str:
    return EXPECTED[outcome] if contender.decides else "allow"


def _task(step: Step, events: dict[str, list[dict[str, Any]]], settings: Settings) -> dict[str, Any]:
    if step.kind == "start":
        return {"kind": "start", "event": events["allow"][0]}
    return {
        "kind": "warm",
        "events": events[step.outcome],
        "expected": expected_outcome(step.contender, step.outcome),
        "warm_up_ns": settings.warm_up_ms * 1_000_000,
        "window_ns": settings.window_ms * 1_000_000,
        "batch_ns": settings.batch_ms * 1_000_000,
        "least_batches": settings.least_batches,
        "least_calls": settings.least_calls,
    }


def _sample(step: Step, tools: Tools, folder: Path, task_file: Path) -> dict[str, Any]:
    sample: dict[str, Any] = {
        "kind": step.kind,
        "round": step.round,
        "block": step.block,
        "order": step.order,
        "contender": step.contender.name,
        "run": step.run,
        "outcome": step.outcome,
    }
    try:
        finished = run_task(step.contender, tools, folder, task_file)
    except TaskError as error:
        return {**sample, "void": str(error)}
    result = finished.result
    expected = expected_outcome(step.contender, step.outcome)
    if result["outcome"] != expected:
        return {**sample, "void": f"answered {result['outcome']}, expected {expected}"}
    sample |= {"process_ns": finished.ended - finished.spawned, "process_cpu_ns": finished.cpu_ns}
    if step.kind == "start":
        marks, cpu = result["marks"], result["cpu"]
        return sample | {
            "load_ns": marks["ready"] - marks["begin"],
            "first_ns": marks["decided"] - marks["ready"],
            "spawn_to_ready_ns": marks["ready"] - finished.spawned,
            "spawn_to_decided_ns": marks["decided"] - finished.spawned,
            "cpu_to_ready_ns": cpu["ready"],
            "cpu_to_decided_ns": cpu["decided"],
            "peak_memory": result["peak_memory"],
        }
    return sample | {
        "calls_per_batch": result["calls_per_batch"],
        "batch_ns_per_call": result["samples"],
        "cpu_ns_per_call": result["cpu_per_call"],
        "peak_memory": result["peak_memory"],
    }


def run(
    steps: list[Step],
    tools: Tools,
    folders: dict[str, Path],
    events: dict[str, list[dict[str, Any]]],
    settings: Settings,
    work: Path,
    report: Callable[[Step, bool], None],
) -> Iterator[dict[str, Any]]:
    """Yields one record per process, and one of the machine's load after each round."""
    if not steps:
        raise ValueError("measure: the plan is empty, so nothing would be measured")
    tasks: dict[tuple[str, str, str], Path] = {}
    for step in steps:
        key = (step.contender.name, step.kind, step.outcome)
        if key not in tasks:
            tasks[key] = work / f"{'.'.join(key)}.json"
            where = {"folder": str(folders[step.contender.name]), "entry": step.contender.entry}
            tasks[key].write_text(json.dumps({**where, **_task(step, events, settings)}))

    for index, step in enumerate(steps):
        key = (step.contender.name, step.kind, step.outcome)
        yield _sample(step, tools, folders[step.contender.name], tasks[key])
        ends_round = index + 1 == len(steps) or steps[index + 1].round != step.round
        report(step, ends_round)
        if ends_round:
            yield {"kind": "machine", "round": step.round, "load": load(), "cpu_ticks": cpu_ticks()}
