"""./dev choose: hands over to study/run.py; needs a run, and nothing built."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence

from . import environment
from .lock import exclusive
from .paths import ROOT, VENV_PYTHON


def choose(arguments: Sequence[str]) -> int:
    if not (environment.venv_is_fresh() and environment.npm_is_fresh()):
        with exclusive():
            environment.make_venv()
            environment.make_node_modules()
    return subprocess.run(
        [VENV_PYTHON, ROOT / "study" / "run.py", "choose", *arguments],
        env={**os.environ, **environment.run_environment()},
    ).returncode
