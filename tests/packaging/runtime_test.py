"""Each packed zip under Lambda's own runtime client, with the event of CloudFront's manual."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lambda_client import started
from packing import PACKABLE, QUESTIONS, event_with, pack

from harness import clients
from harness.tools import PYTHON_LINE, Tools

NODE_RUNTIMES = ("node22", "node24")
CASES = [
    (variant.name, runtime)
    for variant in PACKABLE.values()
    for runtime in (NODE_RUNTIMES if variant.language == "node" else (f"python{PYTHON_LINE}",))
]


def check_denial(answer: Any, status: str) -> None:
    assert answer["status"] == status
    headers = {name: entries[0]["value"] for name, entries in answer["headers"].items()}
    assert headers["www-authenticate"].startswith("Bearer")
    assert headers["cache-control"] == "no-store"
    assert None not in answer.values()


@pytest.mark.parametrize(("variant", "runtime"), CASES)
def test_a_packed_zip_answers_the_documented_event(
    variant: str, runtime: str, tools: Tools, tmp_path: Path
) -> None:
    assert "ric" in clients.available(runtime)
    with started(runtime, tools, pack(variant, tmp_path)) as api:
        for name, token, expected in QUESTIONS:
            event = event_with(token)
            answer, _ = api.invoke(event)
            if expected == "allow" or not PACKABLE[variant].judges:
                assert answer == event["Records"][0]["cf"]["request"], name
            else:
                check_denial(answer, expected)
