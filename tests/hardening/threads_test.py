"""The C++ tests that have threads, with ThreadSanitizer."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from conftest import Facts
from dev.instrumented import threads

# How often the long form repeats them: another time is another order.
REPEATS = {"short": 1, "long": 100}


@pytest.fixture(scope="module")
def build() -> Path:
    return threads("portcullis_tests", "portcullis_planted")


def run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(program), *words],
        env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1:abort_on_error=0:exitcode=66"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_a_race_is_found(build: Path) -> None:
    ran = run(build / "tests" / "hardening" / "portcullis_planted", "race")
    assert ran.returncode == 66 and "ThreadSanitizer: data race" in ran.stdout, ran.stdout


def test_no_race_is_found(build: Path, tmp_path: Path, facts: Facts, length: str) -> None:
    report = tmp_path / "report.xml"
    # Each process once more: libcrypto is looked for once in each, and so is what else begins once.
    for repeat in range(REPEATS[length]):
        ran = run(build / "tests" / "portcullis_tests", "--gtest_brief=1", f"--gtest_output=xml:{report}")
        assert ran.returncode == 0 and "WARNING: ThreadSanitizer" not in ran.stdout, ran.stdout[-8000:]
        tests = int(xml.parse(report).getroot().attrib["tests"])
        assert tests > 0
        facts["tests"] = tests
        facts["runs of each"] = repeat + 1
