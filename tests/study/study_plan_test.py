"""The design: complete blocks, shuffled by the seed, the reference twice; and when it is enough."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness import plan
from harness.contender import ALGORITHMS, Contender
from harness.precision import Precision
from harness.workload import ALL_CELLS, BASE_CELL


def made(name: str, runtime: str, role: str, algorithms: list[str] | None = None, **more: Any) -> Contender:
    return Contender(
        name, name, runtime, "index.handler", role, "the tests", Path(name), algorithms=algorithms or list(ALGORITHMS), **more
    )


CONTENDERS = [
    made("noop", "node", "baseline"),
    made("js-tuned", "node", "reference"),
    made("napi", "node", "door", vectors="node:x"),
    made("js-hmac", "node", "peer", ["HS256"]),
    made("py-noop", "python", "baseline"),
    made("py-pyjwt", "python", "reference"),
    made("pybind11", "python", "door", vectors="python:x"),
    made("worker-js", "workerd", "reference"),
    made("worker-wasm", "workerd", "door", vectors="node:x"),
]
PASSED = {c.name: c.algorithms for c in CONTENDERS}
MACHINE = plan.Machine(
    {"node": ["node24", "node20", "node22"], "python": ["python3.11", "python3.12"], "workerd": ["workerd"]},
    {"node24": ["ric", "thin"], "node22": ["ric", "thin"], "node20": ["thin"], "python3.11": ["ric", "thin"], "python3.12": ["thin"]},
    cgroup=True,
)


def design(mode: str = "quick", seed: int = 1, machine: plan.Machine = MACHINE, **more: Any) -> dict[str, Any]:
    settings = plan.FULL if mode == "full" else plan.QUICK
    entrants = plan.Entrants(CONTENDERS, more.pop("passed", PASSED), more.pop("unfit", frozenset()))
    return plan.make_plan(mode, seed, settings, entrants, machine, **more)


def steps_of(plan_: dict[str, Any], rounds: int = 6) -> list[plan.Step]:
    return [step for number, steps in enumerate(plan.rounds(plan_)) if number < rounds for step in steps]


@pytest.mark.parametrize("mode", ["quick", "full"])
def test_every_block_holds_each_entrant_once_and_the_references_twice(mode: str) -> None:
    blocks: dict[int, list[plan.Step]] = {}
    for step in steps_of(design(mode)):
        blocks.setdefault(step.block, []).append(step)
    for steps in blocks.values():
        # One context but for the runtime, which each entrant brings along.
        assert len({(s.kind, s.algorithm, s.profile, s.round) for s in steps}) == 1
        assert [step.order for step in steps] == list(range(len(steps)))
        entrants = Counter((s.contender, s.runtime, s.client, s.twin) for s in steps)
        assert set(entrants.values()) == {1}
        references = {"js-tuned", "py-pyjwt", "worker-js"}
        twins = {contender for contender, _, _, twin in entrants if twin}
        assert twins == {contender for contender, _, _, _ in entrants if contender in references}


def test_blocks_and_trials_are_numbered_without_gap() -> None:
    steps = steps_of(design("full"))
    assert [step.trial for step in steps] == list(range(len(steps)))
    assert sorted({step.block for step in steps}) == list(range(max(step.block for step in steps) + 1))


def test_the_seed_decides_everything() -> None:
    assert steps_of(design(seed=1)) == steps_of(design(seed=1))
    assert [s.contender for s in steps_of(design(seed=1))] != [s.contender for s in steps_of(design(seed=2))]


def test_a_round_can_be_made_again_from_the_file_alone() -> None:
    plan_ = design("full")
    again = json.loads(json.dumps(plan_))
    assert steps_of(again) == steps_of(plan_)


def test_the_paddings_change_from_round_to_round_and_not_within() -> None:
    paddings = [{(s.environment_padding, s.path_padding) for s in steps} for _, steps in zip(range(6), plan.rounds(design()), strict=False)]
    assert all(len(padding) == 1 for padding in paddings)
    assert len(set.union(*paddings)) == 6
    assert all(0 <= environment <= 4096 for padding in paddings for environment, _ in padding)


def test_all_cells_of_a_block_come_in_one_order_that_changes_from_block_to_block() -> None:
    orders: dict[int, set[tuple[str, ...]]] = {}
    for step in steps_of(design("full")):
        if step.kind == "sweep" and step.contender in ("js-tuned", "py-pyjwt"):
            orders.setdefault(step.block, set()).add(step.cells)
    assert len(orders) > 5
    assert all(len(order) == 1 for order in orders.values())
    assert len(set.union(*orders.values())) == len(orders)


def test_a_quick_run_holds_the_lives_the_base_cell_and_its_neighbours() -> None:
    rows = {row["id"]: row for row in design()["rows"]}
    assert set(rows) == {
        *("life-edge-viewer-HS256", "life-free-HS256", "warm-HS256", "warm-RS256", "warm-ES256", "warm-EdDSA", "sweep-HS256"),
        "worker-HS256",
    }
    assert {row["every"] for row in rows.values()} == {1}
    cells = {cell for entrant in rows["sweep-HS256"]["entrants"] for cell in entrant["cells"]}
    assert len(cells) == 9
    assert BASE_CELL not in cells
    assert {entrant["client"] for entrant in rows["life-free-HS256"]["entrants"]} == {"ric"}


def test_a_full_run_holds_every_runtime_cell_and_client() -> None:
    steps = steps_of(design("full"))
    assert {s.runtime for s in steps if s.kind == "life"} == {"node24", "node22", "node20", "python3.11", "python3.12"}
    for algorithm in ALGORITHMS:
        assert {cell for s in steps if s.kind == "sweep" and s.algorithm == algorithm for cell in s.cells} == set(ALL_CELLS)
        assert {s.profile for s in steps if s.kind == "life" and s.algorithm == algorithm} >= {"edge-viewer"}
    check = {(s.contender, s.client) for s in steps if s.kind == "life" and s.profile == "free" and s.runtime in ("node24", "python3.11")}
    assert {(name, client) for name in ("noop", "js-tuned", "py-noop") for client in ("ric", "thin")} <= check
    # A compiled module is for one Python.
    assert "pybind11" not in {s.contender for s in steps if s.runtime == "python3.12"}


def test_a_floor_takes_part_only_where_requests_are_allowed() -> None:
    cells = {cell for s in steps_of(design("full")) if s.contender == "noop" for cell in s.cells}
    assert cells
    assert all(cell.startswith("allow/") for cell in cells)


def test_who_does_not_pass_or_support_an_algorithm_is_left_out() -> None:
    passed = {name: algorithms for name, algorithms in PASSED.items() if name != "napi"}
    steps = steps_of(design(passed=passed, unfit=frozenset({("noop", "python3.11"), ("py-noop", "python3.11")})))
    assert "napi" not in {s.contender for s in steps}
    assert "py-noop" not in {s.contender for s in steps}
    assert {s.algorithm for s in steps if s.contender == "js-hmac"} == {"HS256"}


def test_without_a_cgroup_nothing_is_called_edge_viewer() -> None:
    plan_ = design(machine=dataclasses.replace(MACHINE, cgroup=False))
    assert {s.profile for s in steps_of(plan_)} == {"free", "unthrottled"}
    assert "edge-viewer" not in plan_["profiles"]


def test_no_client_is_made_up() -> None:
    machine = dataclasses.replace(MACHINE, clients={**MACHINE.clients, "node24": ["thin"], "python3.11": []})
    lives = [s for s in steps_of(design(machine=machine)) if s.kind == "life"]
    assert {s.client for s in lives} == {"thin"}
    assert {s.runtime for s in lives} == {"node24"}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("20m", 1200), ("1h", 3600), ("1h30m", 5400), ("1.5m", 90), ("2", 120)])
def test_budgets(text: str, seconds: float) -> None:
    assert plan.parse_budget(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "20 m", "m", "5d", "-3m"])
def test_a_budget_that_is_none(text: str) -> None:
    with pytest.raises(plan.PlanError, match="expected a time such as"):
        plan.parse_budget(text)


NARROW, WIDE = {"a": 0.4, "b": 1.0}, {"a": 0.4, "b": 1.1}


@pytest.mark.parametrize(
    ("done", "elapsed", "longest", "widths", "reason"),
    [
        (0, 0, 0, None, None),
        (4, 50, 10, NARROW, None),  # precise, and fewer rounds than the least
        (5, 50, 10, WIDE, None),
        (5, 50, 10, {}, None),  # nothing is claimed, so nothing can be precise
        (5, 50, 10, NARROW, "precision: every headline claim's interval"),
        (6, 275, 10, WIDE, "the budget of 280 s does not hold another round after 6"),
        (2, 295, 10, None, "after 2, fewer than the 5 that were wanted"),
        (0, 0, 500, None, None),  # one round always takes place
        (12, 100, 10, WIDE, "the most rounds of the plan: 12"),
    ],
)
def test_when_it_stops(done: int, elapsed: float, longest: float, widths: Any, reason: str | None) -> None:
    found = plan.stop_reason(design(), done, elapsed, longest, widths)
    assert (found is None) == (reason is None)
    assert reason is None or reason in str(found)


def _trial(block: int, contender: str, ns: float, twin: int = 0, **more: Any) -> dict[str, Any]:
    return {
        **{"kind": "warm", "round": block, "block": block, "contender": contender, "twin": twin, "algorithm": "HS256"},
        **{"runtime": "node24", "profile": "free", "client": None, "contended": False, "cells": [{"cell": BASE_CELL, "ns": ns}]},
        **more,
    }


def test_precision_looks_at_widths_and_never_at_the_effect() -> None:
    for factor in (1.0, 3.0):
        exact = Precision(design())
        for block in range(6):
            exact.add(_trial(block, "js-tuned", 1000 + block))
            exact.add(_trial(block, "js-tuned", 1001 + block, twin=1))
            exact.add(_trial(block, "napi", factor * (1000 + block)))
        assert max(exact.half_widths().values()) < 0.1
        assert 1 <= exact.noise_floor()["warm"] < 1.01


def test_precision_needs_pairs() -> None:
    few = Precision(design())
    for block in range(3):
        few.add(_trial(block, "js-tuned", 1000))
        few.add(_trial(block, "napi", 900))
    assert set(few.half_widths().values()) == {float("inf")}


def test_precision_counts_what_was_contended_and_leaves_out_what_is_void() -> None:
    precision = Precision(design())
    precision.add(_trial(0, "js-tuned", 1000, contended=True))
    precision.add(_trial(0, "napi", 1000, void="crashed"))
    assert (precision.trials, precision.contended, precision.void) == (2, 1, 1)
    assert precision.half_widths() == {}
