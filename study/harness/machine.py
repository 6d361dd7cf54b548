"""Where a run took place: machine, load and versions, as the manifest records them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

from .artefact import ROOT, Tools
from .contender import Contender


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


def cpu_ticks() -> dict[str, int]:
    """Totals of /proc/stat: their growth over the run gives the idle and the stolen share."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:]
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
    if any(contender.runtime == "node" for contender in contenders):
        text = _output(str(tools.node), "-p", "JSON.stringify(process.versions)")
        node = json.loads(text) if text else {}
        found |= {"node": node.get("node"), "node's V8": node.get("v8"), "node's OpenSSL": node.get("openssl")}
    for contender in contenders:
        found |= {package: _npm_version(tools, package) for package in contender.npm}
        found |= {package: _python_version(package) for package in contender.python}
    if any(contender.role == "door" for contender in contenders):
        found["C++ compiler"] = _compiler(ROOT / "build" / "native" / "CMakeCache.txt")
        found["Emscripten"] = _compiler(ROOT / "build" / "wasm" / "CMakeCache.txt")
    found |= {package: _python_version(package) for package in ("numpy", "scipy", "jinja2")}
    return found
