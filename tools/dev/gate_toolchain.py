"""What the counts depend on beside the sources. A baseline belongs to one such set."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from . import command
from .console import Failure
from .gate_counts import environment
from .pack_variants import NODE
from .paths import VENV_PYTHON

Toolchain = dict[str, str]


def _version(*argv: str | Path) -> str:
    found = re.search(r"\d+(\.\d+)+", command.answer_of(argv) or "")
    if not found:
        raise Failure(f"{Path(argv[0]).name} does not tell its version; see ./dev doctor")
    return found[0]


def toolchain(folder: Path) -> Toolchain:
    """`folder`: a staged tree. Its core tells which instructions valgrind shows."""
    valgrind = _version("valgrind", "--version")
    program = [folder / "portcullis_gate_core", "inputs.json", "toolchain"]
    done = subprocess.run(
        ["valgrind", "-q", "--tool=none", *map(str, program)],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Failure(f"valgrind does not run the core: {done.stderr.strip()}")
    told: Toolchain = json.loads(done.stdout)
    return {
        **told,
        "valgrind": valgrind,
        "node": _version(NODE, "--version"),
        "python": _version(VENV_PYTHON, "--version"),
        "emcc": _version("emcc", "--version"),
    }


def differences(ours: Toolchain, theirs: Toolchain) -> list[str]:
    names = sorted(set(ours) | set(theirs))
    return [
        f"{name}: {theirs.get(name, 'none')} -> {ours.get(name, 'none')}"
        for name in names
        if ours.get(name) != theirs.get(name)
    ]
