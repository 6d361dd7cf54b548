"""The test suites, one row each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .paths import NATIVE, NODE_BIN, ROOT, VENV_PYTHON

# Gives the command that runs a part's tests and writes JUnit XML to the path.
Runner = Callable[[Path], Sequence["str | Path"]]

_NODE_TESTS = ("*.test.js", "*.test.cjs", "*.test.mjs", "*_test.js", "*_test.cjs", "*_test.mjs")


@dataclass(frozen=True)
class Suite:
    name: str
    tests: str
    parts: tuple[Runner, ...]
    on_request: bool = False  # not part of `./dev test` without names


def _ctest(report: Path) -> Sequence[str | Path]:
    return [
        *("ctest", "--test-dir", NATIVE, "--parallel", "2"),
        *("--no-tests=error", "--output-on-failure", "--output-junit", report),
    ]


def _pytest(folder: str, *options: str) -> Runner:
    return lambda report: [
        *(VENV_PYTHON, "-m", "pytest", ROOT / folder, f"--junit-xml={report}"),
        *options,
    ]


def _node(folder: str) -> Runner:
    def command(report: Path) -> Sequence[str | Path]:
        files = sorted({file for glob in _NODE_TESTS for file in (ROOT / folder).rglob(glob)})
        return [
            NODE_BIN / "node",
            "--test",
            "--test-concurrency=2",  # Node leaves one processor idle
            "--test-reporter=spec",
            "--test-reporter-destination=stdout",
            "--test-reporter=junit",
            f"--test-reporter-destination={report}",
            # With no file node would go looking for tests by itself.
            *(files or [ROOT / folder / "no-test-file"]),
        ]

    return command


SUITES: tuple[Suite, ...] = (
    Suite("core", "the C++ units and their includes", (_ctest, _pytest("tests/core"))),
    Suite("python", "the Python door", (_pytest("tests/python"),)),
    Suite("node", "the Node door", (_node("tests/node"),)),
    Suite("wasm", "the WASM door", (_node("tests/wasm"),)),
    Suite(
        "vectors",
        "the vectors against their schema",
        (_pytest("tests/vectors", "--numprocesses=2"),),
    ),
    Suite("parity", "all doors against the vectors and each other", (_pytest("tests/parity"),)),
    Suite(
        "differential",
        "all backends against each other on random input",
        (_pytest("tests/differential", "--numprocesses=2", "--dist=worksteal"),),
    ),
    # The longest suite of one thread; its files do not depend on each other.
    Suite(
        "study",
        "the study's harness",
        (_pytest("tests/study", "--numprocesses=2", "--dist=loadfile", "-m", "not prepared"),),
    ),
    # Installs Debian packages and takes about six minutes the first time.
    Suite(
        "prepared",
        "the study's contenders that need a toolchain of their own (by name only)",
        (_pytest("tests/study", "-m", "prepared"),),
        on_request=True,
    ),
    Suite(
        "packaging",
        "what is packed and installed, and that it loads",
        (_pytest("tests/packaging", "--numprocesses=2"),),
    ),
    Suite("docs", "what README and docs say, tried out", (_pytest("tests/docs"),)),
    # Builds the core again with sanitizers; long forms and one at a time: ./dev campaign.
    Suite(
        "hardening",
        "fuzzed, sanitised, starved, soaked: each campaign's short form (by name only)",
        (_pytest("tests/hardening", "--numprocesses=2", "--dist=loadfile"),),
        on_request=True,
    ),
    Suite("tools", "./dev itself and the rules of the tree", (_pytest("tests/tools"),)),
)
