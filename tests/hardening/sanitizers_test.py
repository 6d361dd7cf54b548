"""Every C++ test, and the tests of the Python and the Node door, with AddressSanitizer, UndefinedBehaviorSanitizer and
LeakSanitizer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, Facts
from dev.command import answer_of
from dev.instrumented import DOORS, NODE_DOOR, PYTHON_DOOR, sanitized
from dev.paths import NODE_BIN

TESTS = ROOT / "tests"
# As the list of the build has them, so that none is left out.
PROGRAMS = re.findall(r"portcullis_add_tests\((portcullis_\w+)", (TESTS / "CMakeLists.txt").read_text())

# The short form takes what brings hostile bytes in: the vectors, and what no honest caller sends.
SHORT = {
    "python": ("test_vectors.py", "test_edge_vectors.py", "test_hostile.py", "test_errors.py"),
    "node": ("vectors.test.js", "edge_vectors.test.js", "hostile.test.js"),
}
# What the long form leaves out, and why.
LEFT_OUT = {
    "python": {
        "test_memory.py": "measures memory, which the sanitizers' own bookkeeping is most of",
        "test_clock.py": "preloads a library of its own, before the sanitizers'",
    },
    "node": {"bundle.test.js": "copies the addon, so that it cannot be exchanged for the instrumented one"},
}

# And of the other files.
LEFT_OUT_TESTS = {
    "python": {
        "test_import.py::test_another_pybind11_module_beside": "that module is not in this build",
        "test_import.py::test_memory_that_runs_out_is_an_error": "the sanitizers take more than its limit",
    },
    "node": {"verifiers are freed": "measures memory"},
}

OPTIONS = "abort_on_error=1:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
# Frames of what is ours in a report.
OURS = re.compile(r"\((?:[^()]*/)?(?:_core(?:_edge)?\.cpython[^/()]*\.so|(?:portcullis(?:-edge)?|planted)\.node)\+")


@dataclass(frozen=True)
class Ran:
    code: int
    output: str
    errors: tuple[str, ...]  # what the sanitizers reported, but leaks of a runtime's own
    foreign_leaks: int


@pytest.fixture(scope="module")
def build() -> Path:
    return sanitized(*PROGRAMS, *DOORS, "portcullis_planted", "portcullis_planted_module")


def run(words: Sequence[str | Path], reports: Path, env: Mapping[str, str] = {}, **options: str) -> Ran:
    """Runs a program whose processes each write what the sanitizers find into `reports`."""
    reports.mkdir(parents=True)
    if "preload" in env:
        # The symbolizer would be preloaded, too, and wait for itself.
        options["symbolize"] = "0"
    settings = ":".join([OPTIONS, f"log_path={reports}/report", *(f"{k}={v}" for k, v in options.items())])
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env={
            **os.environ,
            "ASAN_OPTIONS": settings,
            "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={reports}/report:symbolize={int('preload' not in env)}",
            **env,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    errors, foreign = [], 0
    for path in sorted(reports.iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "LeakSanitizer: detected" not in text or "AddressSanitizer:" in text.split("LeakSanitizer: detected")[0]:
            errors.append(text)
            continue
        for leak in re.split(r"\n(?=(?:Direct|Indirect) leak of )", text)[1:]:
            if "preload" in env and not OURS.search(leak):
                foreign += 1
            else:
                errors.append(leak)
    return Ran(done.returncode, done.stdout, tuple(errors), foreign)


def preloaded(**more: str) -> dict[str, str]:
    """For a runtime that is not instrumented and loads what is.

    CPython and Node leave memory behind when they end, and hold some where LeakSanitizer does not look. So a leak
    counts when a frame of one of our modules is in its stack, and ends no process; every other report does.
    """
    return {
        "LD_PRELOAD": str(answer_of(["clang", "-print-file-name=libclang_rt.asan-x86_64.so"])),
        "preload": "1",
        # Python's own allocator would hide what is behind an object.
        "PYTHONMALLOC": "malloc",
        "PYTHONPATH": str(PYTHON_DOOR),
        "NODE_OPTIONS": f"--require={TESTS / 'hardening' / 'instrumented_addon.js'}",
        "PORTCULLIS_ADDONS": str(NODE_DOOR),
        **more,
    }


@pytest.mark.parametrize(
    ("mistake", "report"),
    [
        ("overread", "heap-buffer-overflow"),
        ("undefined", "signed integer overflow"),
        ("leak", "LeakSanitizer: detected memory leaks|leak of 5 byte"),
    ],
)
@pytest.mark.parametrize("door", ["program", "python", "node"])
def test_a_mistake_is_found(build: Path, tmp_path: Path, door: str, mistake: str, report: str) -> None:
    folder = build / "tests" / "hardening"
    module = folder / "planted.node"
    words: dict[str, Sequence[str | Path]] = {
        "program": (folder / "portcullis_planted", mistake),
        "python": (
            sys.executable,
            "-c",
            "import ctypes, sys; ctypes.CDLL(sys.argv[1]).portcullis_make_mistake(sys.argv[2].encode())",
            module,
            mistake,
        ),
        "node": (NODE_BIN / "node", "-e", f"require({str(module)!r})"),
    }
    env = {} if door == "program" else preloaded(PORTCULLIS_MISTAKE=mistake, PORTCULLIS_LOADED=str(tmp_path / "loaded"))
    ran = run(words[door], tmp_path / "reports", env, **({} if door == "program" else {"exitcode": "0"}))
    assert any(re.search(report, error) for error in ran.errors), ran


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_core(build: Path, tmp_path: Path, facts: Facts, program: str) -> None:
    shards = len(os.sched_getaffinity(0))

    def run_shard(number: int) -> tuple[Ran, int]:
        result = tmp_path / f"{number}.xml"
        ran = run(
            [build / "tests" / program, f"--gtest_output=xml:{result}", "--gtest_brief=1"],
            tmp_path / f"reports-{number}",
            {"GTEST_TOTAL_SHARDS": str(shards), "GTEST_SHARD_INDEX": str(number)},
        )
        return ran, int(xml.parse(result).getroot().attrib["tests"]) if result.exists() else 0

    with ThreadPoolExecutor(shards) as pool:
        all_ran = list(pool.map(run_shard, range(shards)))
    for ran, _ in all_ran:
        assert not ran.errors and ran.code == 0, (*ran.errors, ran.output[-4000:])
    tests = sum(count for _, count in all_ran)
    assert tests > 0
    facts["C++ tests"] = int(facts.get("C++ tests", 0)) + tests


def chosen(door: str, length: str, suffix: str) -> list[Path]:
    folder = TESTS / door
    if length == "short":
        return [folder / name for name in SHORT[door]]
    return [path for path in sorted(folder.glob(f"*{suffix}")) if path.name not in LEFT_OUT[door]]


def test_the_python_door(build: Path, tmp_path: Path, facts: Facts, length: str) -> None:
    report = tmp_path / "report.xml"
    files = [path for path in chosen("python", length, ".py") if path.name.startswith("test_")]
    where = subprocess.run(
        [sys.executable, "-c", "import portcullis; print(portcullis._core.__file__)"],
        env={**os.environ, **preloaded(), "ASAN_OPTIONS": "detect_leaks=0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(PYTHON_DOOR)
    ran = run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}"),
            *(f"--deselect=tests/python/{name}" for name in LEFT_OUT_TESTS["python"]),
            *files,
        ],
        tmp_path / "reports",
        preloaded(PORTCULLIS_LOADED=str(tmp_path / "loaded")),
        exitcode="0",
    )
    assert not ran.errors and ran.code == 0, (*ran.errors, ran.output[-4000:])
    suite = xml.parse(report).getroot()[0].attrib
    assert int(suite["tests"]) > 0 and suite["skipped"] == "0", ran.output[-4000:]
    facts["tests of the Python door"] = int(suite["tests"])
    facts["leaks of Python's own"] = ran.foreign_leaks


def test_the_node_door(build: Path, tmp_path: Path, facts: Facts, length: str) -> None:
    loaded = tmp_path / "loaded"
    ran = run(
        [
            NODE_BIN / "node",
            "--test",
            "--test-concurrency=2",
            "--test-reporter=tap",
            *(f"--test-skip-pattern=^{name}$" for name in LEFT_OUT_TESTS["node"]),
            *chosen("node", length, ".test.js"),
        ],
        tmp_path / "reports",
        preloaded(PORTCULLIS_LOADED=str(loaded)),
        exitcode="0",
    )
    assert not ran.errors and ran.code == 0, (*ran.errors, ran.output[-4000:])
    counts = {name: int(count) for name, count in re.findall(r"^# (\w+) (\d+)$", ran.output, re.M)}
    assert counts["pass"] == counts["tests"] > 0, ran.output[-4000:]
    assert {NODE_DOOR / "portcullis.node", NODE_DOOR / "portcullis-edge.node"} <= set(
        map(Path, loaded.read_text().split())
    )
    facts["tests of the Node door"] = counts["tests"]
    facts["leaks of Node's own"] = ran.foreign_leaks
