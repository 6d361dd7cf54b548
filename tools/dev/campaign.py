"""./dev campaign: the attacks of tests/hardening, by name and as long as a release needs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from . import command
from .build import build
from .console import Failure, Step, heading, say, table
from .environment import run_environment
from .paths import BUILD, REPORTS, ROOT, VENV_PYTHON, relative
from .report import count

# The environment variable that tells a campaign how long it is: short or long.
LENGTH = "PORTCULLIS_LENGTH"
_TESTS = ROOT / "tests" / "hardening"
CAMPAIGNS = tuple(sorted(path.name.removesuffix("_test.py") for path in _TESTS.glob("*_test.py")))


def results_of(name: str) -> Path:
    """Where a campaign writes what it did and found."""
    return BUILD / "campaigns" / f"{name}.json"


def campaign(names: Sequence[str], long: bool) -> int:
    unknown = [name for name in names if name not in CAMPAIGNS]
    if unknown:
        raise Failure(f"no campaign {unknown[0]} (there are: {', '.join(CAMPAIGNS)})", code=2)
    build()
    heading("campaigns")
    length = "long" if long else "short"
    # Not all(…): one that fails keeps none of the others from running.
    held = [_run(name, length) for name in names or CAMPAIGNS]
    return 0 if all(held) else 1


def _run(name: str, length: str) -> bool:
    report = REPORTS / f"campaign-{name}.xml"
    for old in (report, results_of(name)):
        old.unlink(missing_ok=True)
    log = f"campaign {name}"
    with Step(f"{name}, {length}") as step:
        code = command.logged(
            log,
            [VENV_PYTHON, "-m", "pytest", _TESTS / f"{name}_test.py", f"--junit-xml={report}"],
            env={**run_environment(), LENGTH: length},
        )
        found = count(report)
        held = code == 0 and found.passed == found.total > 0
        step.outcome("held" if held else "FAILED")
    if not held:
        command.show_log(log)
        say(f"   log: {relative(command.log_of(log))}")
    if results_of(name).is_file():
        facts = json.loads(results_of(name).read_text())["facts"]
        rows = [(f"      {key}", _text(value)) for key, value in facts.items()]
        if rows:
            say(table(rows, numbers=(1,)))
    return held


def _text(value: object) -> str:
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)
