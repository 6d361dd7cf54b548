"""Where a run took place: machine, load and versions, as the manifest records them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .contender import Contender
from .tools import ROOT, Tools


def _output(*argv: str) -> str | None:
    try:
        done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def first_match(pattern: str, file: Path | str) -> str | None:
    try:
        found = re.search(pattern, Path(file).read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    except OSError:
        return None
    return found[1].strip() if found else None


def cpu_ticks(row: str = "cpu") -> dict[str, int]:
    """A row of /proc/stat: `cpu` for all cores, `cpu0` for the first."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    rows = (line.split() for line in Path("/proc/stat").read_text(encoding="ascii").splitlines())
    fields = next(fields[1:] for fields in rows if fields[0] == row)
    return {name: int(value) for name, value in zip(names, fields, strict=False)}


def load() -> list[float]:
    return [round(value, 2) for value in os.getloadavg()]


def cores() -> int:
    return len(os.sched_getaffinity(0))


def machine() -> dict[str, Any]:
    memory = first_match(r"^MemTotal:\s+(\d+) kB$", "/proc/meminfo")
    return {
        "cpu": first_match(r"^model name\s*:\s*(.+)$", "/proc/cpuinfo") or platform.processor() or "unknown",
        "cores": cores(),
        "memory_mb": round(int(memory) / 1024) if memory else None,
        "system": first_match(r'^PRETTY_NAME="?(.+?)"?$', "/etc/os-release"),
        "kernel": platform.release(),
        "virtual": bool(first_match(r"^flags\s*:.*\b(hypervisor)\b", "/proc/cpuinfo")),
    }


def source() -> dict[str, Any]:
    """The commit that ran. A tree with changes is recorded as such."""
    commit = _output("git", "rev-parse", "HEAD")
    return {"commit": commit, "changed": bool(_output("git", "status", "--porcelain")) if commit else None}


def _npm_version(tools: Tools, package: str) -> str | None:
    try:
        return str(json.loads((tools.node_modules / package / "package.json").read_text(encoding="utf-8"))["version"])
    except (OSError, KeyError, ValueError):
        return None


def _python_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _compiler(cache: Path) -> str | None:
    found = first_match(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", cache)
    version = _output(found, "--version") if found else None
    return re.sub(r"\s*\([^)]*\)", "", version.splitlines()[0]) if version else None


def versions(contenders: list[Contender], tools: Tools) -> dict[str, str | None]:
    found: dict[str, str | None] = {"python": platform.python_version()}
    families = {contender.runtime for contender in contenders}
    if "node" in families:
        text = _output(str(tools.node()), "-p", "JSON.stringify(process.versions)")
        node = json.loads(text) if text else {}
        found |= {"node": node.get("node"), "node's V8": node.get("v8"), "node's OpenSSL": node.get("openssl")}
        for line in tools.node_lines():
            text = _output(str(tools.node(line)), "-p", "process.version")
            found[f"node{line}"] = text.lstrip("v") if text else None
    if "python" in families:
        for line in tools.python_lines():
            text = _output(str(tools.interpreter(f"python{line}")), "-c", "import platform; print(platform.python_version())")
            found[f"python{line}"] = text
    if "workerd" in families:
        found["workerd"] = _npm_version(tools, "@cloudflare/workerd-linux-64")
    for contender in contenders:
        found |= {package: _npm_version(tools, package) for package in contender.npm}
        found |= {package: _python_version(package) for package in contender.python}
    if any(contender.role == "door" for contender in contenders):
        found["C++ compiler"] = _compiler(ROOT / "build" / "native" / "CMakeCache.txt")
        found["Emscripten"] = _compiler(ROOT / "build" / "wasm" / "CMakeCache.txt")
    found |= {package: _python_version(package) for package in ("numpy", "scipy", "jinja2")}
    return found


_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class OtherWork:
    """What other processes have used so far, and what the hypervisor took, in ns.

    By each process's own account. The ticks of a core would be simpler, but a process under a CPU quota wakes with the
    tick and is then counted for the whole of it; the pressure figures count the waiting that a quota brings about.
    """

    used: dict[tuple[int, int], tuple[int, int]]  # (process, its start) -> ns, the core that it last ran on
    stolen_ns: int

    @classmethod
    def now(cls, core: int | None) -> OtherWork:
        stolen = cpu_ticks("cpu" if core is None else f"cpu{core}").get("steal", 0) * _TICK_NS
        return cls(dict(_processes()), stolen)

    def since(self, before: OtherWork, core: int | None) -> dict[str, int]:
        """On `core`, or anywhere when the measured process has none of its own."""
        grown = ((used - before.used.get(key, (0, 0))[0], where) for key, (used, where) in self.used.items())
        foreign = sum(ns for ns, where in grown if core in (None, where))
        return {"foreign_ns": max(0, foreign), "stolen_ns": self.stolen_ns - before.stolen_ns}


def _processes() -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """All but this one, whose children are what is measured."""
    for path in Path("/proc").iterdir():
        if not path.name.isdigit() or int(path.name) == os.getpid():
            continue
        try:
            # After the name, which may hold anything: state is field 3.
            fields = (path / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        ticks = sum(int(field) for field in fields[11:15])  # its own time and that of its children that ended
        yield (int(path.name), int(fields[19])), (ticks * _TICK_NS, int(fields[36]))


def pressure() -> float | None:
    """The share of the last 10 seconds in which something waited for a core, in percent; null without PSI."""
    found = first_match(r"^some avg10=([\d.]+)", "/proc/pressure/cpu")
    return float(found) if found else None


def before_trial() -> dict[str, float | None]:
    return {"psi": pressure(), "load": load()[0]}


@dataclass(frozen=True)
class Pinning:
    """The child has the last core to itself, as far as we decide; the driver keeps to the others."""

    child: int | None
    driver: list[int]

    @classmethod
    def find(cls) -> Pinning:
        mine = sorted(os.sched_getaffinity(0))
        return cls(None, mine) if len(mine) < 2 else cls(mine[-1], mine[:-1])

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keeps the driver off the child's core for a while."""
        before = os.sched_getaffinity(0)
        if self.child is not None:
            os.sched_setaffinity(0, self.driver)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)
