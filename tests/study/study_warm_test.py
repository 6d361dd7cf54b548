"""Warm trials: what is timed is proved right before, while and after, and every batch is kept. No test looks at a time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import contender, gate, warm
from harness.artefact import build, unpack
from harness.contender import Contender, load_contender
from harness.plan import Step
from harness.tools import Tools
from harness.workload import BASE_CELL, PER_CELL, STAR_CELLS

TOOLS = Tools()
SHORT = warm.Windows(warm_up_ms=1, window_ms=1, batch_ms=0.05, least_batches=3)
CHECKS = 6 * warm.FEW + PER_CELL  # calls before the clock, of a process with one cell
NODE_FLOOR = load_contender(contender.FOLDER / "noop")
PYTHON_FLOOR = load_contender(contender.FOLDER / "py-noop")

NODE_RIGHT = "exports.handler = (event) => event.Records[0].cf.request;\n"
# Right while it is checked, and then something else for a while or for good.
NODE_CHEATS = "let n = 0;\nexports.handler = (event) => (++n > %d && n < %d ? %s : event.Records[0].cf.request);\n"
PYTHON_CHEATS = """
calls = 0
def lambda_handler(event, context):
    global calls
    calls += 1
    return %s if %d < calls < %d else event["Records"][0]["cf"]["request"]
"""


def trial(
    who: Contender, folder: Path, parity: str | None = None, cells: tuple[str, ...] = (BASE_CELL,), **more: Any
) -> dict[str, Any]:
    parity = gate.ask(who, "HS256", TOOLS, folder).digest if parity is None else parity
    request = warm.Warm(
        kind="warm" if cells == (BASE_CELL,) else "sweep",
        contender=who,
        folder=folder,
        algorithm="HS256",
        runtime=TOOLS.default_runtime(who.runtime),
        cells=cells,
        seed=1,
        windows=SHORT,
        parity=parity or "",
    )
    return warm.run(replace(request, **more), TOOLS)


@pytest.fixture
def node(tmp_path: Path) -> Callable[[str], Path]:
    def plant(handler: str) -> Path:
        (tmp_path / "node").mkdir()
        (tmp_path / "node" / "index.js").write_text(handler, encoding="utf-8")
        return tmp_path / "node"

    return plant


@pytest.fixture
def python(tmp_path: Path) -> Callable[[str], Path]:
    def plant(handler: str) -> Path:
        (tmp_path / "python").mkdir()
        (tmp_path / "python" / "lambda_function.py").write_text(handler, encoding="utf-8")
        return tmp_path / "python"

    return plant


def built(name: str, folder: Path) -> tuple[Contender, Path]:
    who = load_contender(contender.FOLDER / name)
    artefact = build(who, "HS256", TOOLS, folder / "zip", 1, timed=False)
    return who, unpack(artefact, folder / "unpacked")


@pytest.mark.parametrize("name", ["js-tuned", "js-jose", "py-pyjwt"])
def test_a_peer_has_every_outcome_right_and_gets_its_numbers(name: str, tmp_path: Path) -> None:
    who, folder = built(name, tmp_path)
    fields = trial(who, folder, cells=STAR_CELLS[1:], environment_padding=50, path_padding=30, core=None)
    assert "void" not in fields
    assert [cell["cell"] for cell in fields["cells"]] == list(STAR_CELLS[1:])
    assert fields["exit"] == 0
    assert fields["peak_memory"] > 1_000_000
    assert fields["loop_ns"] > 0
    assert fields["awaited"] is (who.runtime == "node")  # both of these Node handlers answer promises
    assert (fields["environment_padding"], fields["path_padding"]) == (50, 30)
    for name in ("wall_ns", "cpu_ns", "minor_faults", "voluntary_switches"):
        assert fields[name] > 0
    for cell in fields["cells"]:
        first, end = cell["steady"]
        assert 0 <= first < end == len(cell["batches"])  # a warm-up of a millisecond may be over before it began
        assert end - first >= SHORT.least_batches
        assert cell["calls"] == sum(calls for calls, _ in cell["batches"])
        assert [calls for calls, _ in cell["batches"]] == sorted(calls for calls, _ in cell["batches"])
        assert cell["batches"][0][0] == 1  # kept from the very first timed call on
        assert cell["ns"] <= cell["p90"] <= cell["p99"]
        assert cell["cpu_ns"] > 0
    sizes = {calls for calls, _ in fields["cells"][0]["batches"][fields["cells"][0]["steady"][0] :]}
    assert len(sizes) == 1  # the steady window's batches are all of one size


def test_a_sync_handler_is_called_without_await(node: Callable[[str], Path]) -> None:
    fields = trial(NODE_FLOOR, node(NODE_RIGHT))
    assert "void" not in fields
    assert fields["awaited"] is False


@pytest.mark.parametrize("core", [None, min(os.sched_getaffinity(0))], ids=["any core", "one core"])
def test_the_python_floor_gets_its_numbers(core: int | None, python: Callable[[str], Path]) -> None:
    right = (contender.FOLDER / "py-noop" / "lambda_function.py").read_text(encoding="utf-8")
    fields = trial(PYTHON_FLOOR, python(right), core=core)
    assert "void" not in fields
    assert [cell["cell"] for cell in fields["cells"]] == [BASE_CELL]


REQUEST = "event.Records[0].cf.request"


@pytest.mark.parametrize("wrong", ["{}", "null", f"{{ ...{REQUEST} }}", f"Promise.resolve({REQUEST})"])
def test_a_handler_that_is_wrong_only_while_timed_is_void(wrong: str, node: Callable[[str], Path]) -> None:
    folder = node(NODE_CHEATS % (CHECKS + 5, CHECKS + 9, wrong))
    fields = trial(NODE_FLOOR, folder)
    assert fields["void"].startswith(f"{BASE_CELL}: 3 of ")
    assert fields["void"].endswith(" answers were wrong while timed")
    assert "cells" not in fields


def test_a_handler_that_throws_only_while_timed_is_void(node: Callable[[str], Path]) -> None:
    fields = trial(NODE_FLOOR, node(NODE_CHEATS % (CHECKS + 5, CHECKS + 9, "event.no.such")))
    assert fields["void"].startswith(f"{BASE_CELL}: threw while timed: TypeError")


@pytest.mark.parametrize(("wrong", "what"), [("{}", "3 of "), ("event['no']", "threw while timed: KeyError")])
def test_a_python_handler_that_is_wrong_only_while_timed_is_void(wrong: str, what: str, python: Callable[[str], Path]) -> None:
    fields = trial(PYTHON_FLOOR, python(PYTHON_CHEATS % (wrong, CHECKS + 5, CHECKS + 9)))
    assert fields["void"].startswith(f"{BASE_CELL}: {what}")


def test_a_handler_that_decides_otherwise_after_the_clock_is_void(node: Callable[[str], Path]) -> None:
    """The gate's list comes last in the timed process: here one answer differs from the gate's own process."""
    handler = "let n = 0;\nexports.handler = (event) => { n += 1;\n"
    handler += f"  if (n > {CHECKS} && !event.Records) return {{ status: '500' }};\n  return event.Records[0].cf.request; }};\n"
    fields = trial(NODE_FLOOR, node(handler))
    assert fields["void"] == "the process that was timed does not decide as the gate recorded"
    assert len(fields["parity"]) == 64


ONE_WRONG = """
const { handler } = require('./right.js');
let denied = 0;
exports.handler = async (event) => {
  const answer = await handler(event);
  const last = answer.status === '401' && event.Records[0].cf.request.headers?.authorization && ++denied === 3;
  return last ? event.Records[0].cf.request : answer;
};
"""


def test_a_contender_with_one_wrong_decision_gets_no_number(tmp_path: Path) -> None:
    """It lets the third token pass that it should refuse: refused by the gate, and void should it be timed nevertheless."""
    who, folder = built("js-tuned", tmp_path)
    (folder / "index.js").rename(folder / "right.js")
    (folder / "index.js").write_text(ONE_WRONG, encoding="utf-8")
    assert gate.ask(who, "HS256", TOOLS, folder).refused == ["decision expired-negative: allow, not declared"]
    assert trial(who, folder, parity="")["void"] == "expired/0.3/typical: answered allow, expected 401"


def test_a_handler_that_allows_everything_is_void(node: Callable[[str], Path]) -> None:
    decides = replace(NODE_FLOOR, role="peer")
    fields = trial(decides, node(NODE_RIGHT), parity="")
    assert fields["void"] == "expired/0.3/typical: answered allow, expected 401"


def test_a_handler_that_does_not_load_is_void_with_the_reason(node: Callable[[str], Path]) -> None:
    fields = trial(NODE_FLOOR, node("require('no-such-package');\n"), parity="")
    assert "Cannot find module 'no-such-package'" in fields["void"]


def test_cells_that_a_published_handler_decides_otherwise_are_left_out(node: Callable[[str], Path]) -> None:
    article = load_contender(contender.FOLDER / "js-article")
    left_out = [cell for cell in STAR_CELLS if not warm.comparable(article, "HS256", cell)]
    assert left_out == ["allow/1/typical", "allow/4/typical"]
    assert all(warm.comparable(NODE_FLOOR, "HS256", cell) for cell in STAR_CELLS)
    fields = trial(article, node(NODE_RIGHT), parity="", cells=("allow/4/typical",))
    assert fields["left_out"] == ["allow/4/typical"]
    assert fields["void"] == "it decides every one of these cells otherwise, as it declares"


def test_a_step_of_the_plan_becomes_a_trial() -> None:
    settings = {"warm_up_ms": 4, "window_ms": 3, "sweep_warm_up_ms": 2, "sweep_window_ms": 1, "mix_ms": 3}
    settings |= {"batch_ms": 0.5, "least_batches": 5}
    step = Step(9, "sweep", 1, 2, 3, "noop", 0, "RS256", "node24", None, "free", STAR_CELLS[1:3], 70, 80)
    made = warm.of_step(step, NODE_FLOOR, Path("folder"), settings, 11, "digest", 1)
    assert made.windows == warm.Windows(2, 1, 0.5, 5, mix_ms=3)
    assert (made.kind, made.algorithm, made.runtime, made.cells) == ("sweep", "RS256", "node24", STAR_CELLS[1:3])
    assert (made.seed, made.parity, made.environment_padding, made.path_padding, made.core) == (11, "digest", 70, 80, 1)
    assert warm.of_step(replace(step, kind="warm"), NODE_FLOOR, Path("folder"), settings, 11, "", 1).windows.warm_up_ms == 4
