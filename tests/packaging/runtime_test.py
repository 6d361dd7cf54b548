"""Each packed zip under Lambda's own runtime client, behind a Runtime API, with the event of CloudFront's manual."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from packing import ABSENT, PACKABLE, QUESTIONS, event_with, pack

from dev.pack_variants import HANDLERS
from harness import clients, prepare
from harness.sandbox import Sandbox
from harness.tools import PYTHON_LINE, Tools

NODE_RUNTIMES = ("node22", "node24")
CASES = [
    (variant.name, runtime)
    for variant in PACKABLE.values()
    for runtime in (NODE_RUNTIMES if variant.language == "node" else (f"python{PYTHON_LINE}",))
]


@pytest.fixture(scope="module")
def tools() -> Tools:
    """With aws-lambda-ric installed and compiled; the study and this share it."""
    found = Tools()
    missing = prepare.runtimes(found, print, only_default=True)
    if missing:
        pytest.skip(f"{ABSENT}{'; '.join(missing)}")
    return found


# The start of awslambdaric's own program, with that package and its needs on the path, no others.
_PYTHON_CLIENT = """
import sys
sys.path.insert(1, sys.argv.pop(1))
from awslambdaric.__main__ import main
main(["awslambdaric", *sys.argv[1:]])
"""


def command(
    runtime: str, language: str, tools: Tools, folder: Path
) -> tuple[list[str], dict[str, str]]:
    """As Lambda starts it: the function's own folder and handler, the reserved variables, no others."""
    handler = HANDLERS[language]
    argv, environment = clients.command(runtime, "ric", tools, folder, handler)
    kept = {name: value for name, value in environment.items() if not name.startswith("STUDY_")}
    kept |= {"LAMBDA_TASK_ROOT": str(folder), "_HANDLER": handler}
    if language == "python":
        *start, _, package = argv
        return [*start, "-c", _PYTHON_CLIENT, package, handler], kept
    return [*argv[:-1], handler], kept


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
    folder = pack(variant, tmp_path)
    argv, environment = command(runtime, PACKABLE[variant].language, tools, folder)
    with Sandbox(argv, environment, folder) as sandbox:
        sandbox.api.next_ready(60)
        for name, token, expected in QUESTIONS:
            event = event_with(token)
            answer, _ = sandbox.api.invoke(event)
            if expected == "allow" or not PACKABLE[variant].judges:
                assert answer == event["Records"][0]["cf"]["request"], name
            else:
                check_denial(answer, expected)
