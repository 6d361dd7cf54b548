"""The core as it is shipped, by valgrind's memcheck: every decision of the vectors, and in the long form every unit test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from conftest import ROOT, Facts
from dev.paths import NATIVE

VECTORS = ROOT / "tests" / "vectors" / "decisions"
REPORTED = 99
# Each asks for more than memory checked word by word gives in reasonable time, and is in the sanitizers' campaign.
TOO_LONG = ("*mutated*", "*every_octet*", "*many_threads*")


def memcheck(words: Sequence[str | Path], given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *("valgrind", "--quiet", f"--error-exitcode={REPORTED}", "--num-callers=30"),
            # What is still held at the end is the runtime's; a block that nobody points to is a leak.
            *("--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible"),
            *map(str, words),
        ],
        input=given,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(("mistake", "report"), [
    ("overread", "Invalid read of size 1"),
    ("uninitialised", "depends on uninitialised value"),
    ("leak", "5 bytes in 1 blocks are definitely lost"),
])
def test_a_mistake_is_found(mistake: str, report: str) -> None:
    ran = memcheck([NATIVE / "tests" / "hardening" / "portcullis_planted", mistake])
    assert ran.returncode == REPORTED and report in ran.stderr, ran.stderr


def questions() -> Iterator[tuple[str, str]]:
    """A line for verify_lines, and the reason that it has to answer with."""
    for path in sorted(VECTORS.glob("*.json")):
        file = json.loads(path.read_text(encoding="utf-8"))
        for case in file["cases"]:
            line = {"event": case["event"], "now": case["now"], "policy": file["policies"][case["policy"]]}
            yield json.dumps(line), case["expect"]["reason"]


def test_the_vectors(facts: Facts) -> None:
    asked = list(questions())
    ran = memcheck([NATIVE / "tests" / "verify_lines"], "".join(f"{line}\n" for line, _ in asked))
    assert ran.returncode == 0, ran.stderr[-8000:]
    answers = [json.loads(line).get("reason") for line in ran.stdout.splitlines()]
    assert answers == [reason for _, reason in asked] and answers
    facts["decisions"] = len(answers)


def test_the_units(facts: Facts, length: str, tmp_path: Path) -> None:
    # Short: the parsers that read ahead, by blocks.
    chosen = "*" if length == "long" else "base64url*:quote_index*:compact_jws*:hmac*:constant_time*"
    ran = memcheck([
        NATIVE / "tests" / "portcullis_tests",
        "--gtest_brief=1",
        f"--gtest_filter={chosen}-{':'.join(TOO_LONG)}",
        f"--gtest_output=json:{tmp_path / 'report.json'}",
    ])
    assert ran.returncode == 0, (ran.stdout + ran.stderr)[-8000:]
    tests = json.loads((tmp_path / "report.json").read_text())["tests"]
    assert tests > 0
    facts["unit tests"] = tests
