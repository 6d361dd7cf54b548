"""The CPythons at hand that the package is for."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .command import answer_of
from .paths import VENV_PYTHON

_LEAST = (3, 11)
_ASK = """
import json, os, sys, sysconfig
print(json.dumps({
    "executable": os.path.realpath(getattr(sys, "_base_executable", sys.executable)),
    "implementation": sys.implementation.name,
    "version": sys.version_info[:3],
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "headers": os.path.isfile(os.path.join(sysconfig.get_path("include"), "Python.h")),
}))
"""


@dataclass(frozen=True)
class Interpreter:
    executable: Path
    version: tuple[int, int, int]
    free_threaded: bool
    has_headers: bool

    @property
    def tag(self) -> str:
        """Interpreters of one tag take the same wheel."""
        return f"cp{self.version[0]}{self.version[1]}{'t' if self.free_threaded else ''}"

    @property
    def name(self) -> str:
        kind = ", free-threaded" if self.free_threaded else ""
        return f"CPython {'.'.join(map(str, self.version))}{kind}"


def _candidates() -> Iterator[Path]:
    """The one of .venv first, then those on PATH, then those that pyenv has."""
    yield VENV_PYTHON
    named = re.compile(r"python3(\.\d+t?)?")
    for folder in os.get_exec_path():
        if os.path.isdir(folder):
            yield from sorted(p for p in Path(folder).iterdir() if named.fullmatch(p.name))
    if shutil.which("pyenv"):
        for version in (answer_of(["pyenv", "versions", "--bare", "--skip-aliases"]) or "").split():
            prefix = answer_of(["pyenv", "prefix", version])
            if prefix:
                yield Path(prefix, "bin", "python3")


def find_pythons() -> list[Interpreter]:
    found: dict[Path, Interpreter] = {}
    for candidate in _candidates():
        answer = answer_of([candidate, "-I", "-c", _ASK])
        facts = json.loads(answer) if answer else None
        if not facts or facts["implementation"] != "cpython" or tuple(facts["version"]) < _LEAST:
            continue
        executable = Path(facts["executable"])
        found.setdefault(
            executable,
            Interpreter(
                executable, tuple(facts["version"]), facts["free_threaded"], facts["headers"]
            ),
        )
    return list(found.values())
