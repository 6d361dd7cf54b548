"""The builds that are there to be tested only: with the sanitizers of addresses, undefined behaviour and leaks
(build/sanitize) and with that of threads (build/tsan). One of each serves every test that wants it."""

from __future__ import annotations

import os
from pathlib import Path

from . import command
from .environment import run_environment
from .lock import exclusive
from .paths import BUILD

SANITIZE = BUILD / "sanitize"
THREADS = BUILD / "tsan"

# What Python and Node load of it; the first are the targets, the others where their files are.
DOORS = ("portcullis_python", "portcullis_python_files", "portcullis_node", "portcullis_node_edge")
PYTHON_DOOR = SANITIZE / "python"
NODE_DOOR = SANITIZE / "node"


def sanitized(*targets: str) -> Path:
    """Builds these targets with AddressSanitizer and UndefinedBehaviorSanitizer; gives the build's folder."""
    return _build("sanitize", SANITIZE, targets)


def threads(*targets: str) -> Path:
    """The same with ThreadSanitizer."""
    return _build("threads", THREADS, targets)


def _build(preset: str, folder: Path, targets: tuple[str, ...]) -> Path:
    if not targets:
        raise ValueError("name what is to be built")
    jobs = str(len(os.sched_getaffinity(0)))
    with exclusive(f".{preset}-lock"):
        command.run(f"cmake {preset}", ["cmake", "--preset", preset], env=run_environment())
        command.run(
            f"build {preset}",
            ["cmake", "--build", folder, "--parallel", jobs, "--target", *targets],
            env=run_environment(),
        )
    return folder
