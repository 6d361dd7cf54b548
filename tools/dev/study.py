"""./dev study: hands over to study/run.py with everything built."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from .build import build
from .console import heading
from .environment import run_environment
from .paths import ROOT, VENV_PYTHON


def study(arguments: Sequence[str]) -> int:
    build()
    heading("study")
    return subprocess.run(
        [VENV_PYTHON, ROOT / "study" / "run.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **run_environment()},
    ).returncode
