"""./dev study: hands over to study/run.py with everything built that the command needs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from .build import build, build_doors
from .console import heading
from .environment import run_environment
from .paths import ROOT, VENV_PYTHON
from .setup import setup

# These read a run or the design: nothing is compiled for them.
_READING = ("plan", "report", "table", "verify", "explain", "archive", "choose", "doctor")


def study(arguments: Sequence[str]) -> int:
    asks_for_help = bool({"-h", "--help"} & set(arguments))
    if asks_for_help or (arguments and arguments[0] in _READING):
        setup()
    else:
        # A quick run measures the shipped doors; the tests and the largest form take longer than they do.
        quick = not {"--full", "--resume", "check", "prepare", "load"} & set(arguments)
        (build_doors if quick else build)()
        heading("study")
    return subprocess.run(
        [VENV_PYTHON, ROOT / "study" / "run.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **run_environment()},
    ).returncode
