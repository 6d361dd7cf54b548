"""SECURITY.md: each promise names tests that exist and hold something."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, read

SECTION = read(ROOT / "SECURITY.md").split("\n## Promises\n")[1].split("\n## ")[0]
ROWS = re.findall(r"^\| ([A-Z`].*?) \| (.*) \|$", SECTION, re.M)
HAS_A_TEST = {
    ".py": re.compile(r"^ *(?:async )?def test_", re.M),
    ".js": re.compile(r"\btest\(|Tests\("),
    ".cpp": re.compile(r"^(?:TEST|TEST_F|TEST_P|INSTANTIATE_TEST_SUITE_P)\(|static_assert\(", re.M),
}


def test_there_are_promises() -> None:
    lines = [line for line in SECTION.splitlines() if line.startswith("|")]
    # But for the heading and the line under it.
    assert len(ROWS) == len(lines) - 2 and len(ROWS) > 15


@pytest.mark.parametrize(("promise", "tests"), ROWS, ids=[promise[:40] for promise, _ in ROWS])
def test_a_promise_is_held_by_tests(promise: str, tests: str) -> None:
    named = re.findall(r"`(tests/[\w./-]+)`", tests)
    assert named and re.sub(r"`[^`]*`", "", tests).strip() == "", tests
    for path in map(Path, named):
        text = read(ROOT / path)
        if path.suffix == ".json":
            assert path.parts[1] == "vectors" and any(json.loads(text).values())
        else:
            assert HAS_A_TEST[path.suffix].search(text), path
