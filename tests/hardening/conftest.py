"""What every campaign has: its length, and a place for what it did and found."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dev.campaign import LENGTH, results_of  # noqa: E402

Facts = dict[str, float | int | str]


@pytest.fixture(scope="session")
def length() -> Literal["short", "long"]:
    """short: all campaigns together in minutes, for every change. long: for a release."""
    value = os.environ.get(LENGTH, "short")
    if value not in ("short", "long"):
        raise pytest.UsageError(f"{LENGTH} is {value!r}: neither short nor long")
    return value  # type: ignore[return-value]


@pytest.fixture(scope="module")
def facts(request: pytest.FixtureRequest, length: str) -> Iterator[Facts]:
    """How much was tried and what was seen, by name; kept beside the campaign's other facts."""
    found: Facts = {}
    start = time.monotonic()
    failed = request.session.testsfailed
    yield found
    path = results_of(request.path.stem.removesuffix("_test"))
    path.parent.mkdir(parents=True, exist_ok=True)
    outcome = "failed" if request.session.testsfailed > failed else "held"
    told = {"length": length, "outcome": outcome, "seconds": round(time.monotonic() - start, 1)}
    path.write_text(json.dumps({**told, "facts": found}, indent=1) + "\n")
