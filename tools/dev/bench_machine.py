"""Where ./dev bench ran: figures belong to it, ratios less so."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path

from .command import answer_of
from .paths import NATIVE, NODE_BIN, ROOT, VENV_PYTHON, WASM


def _first(pattern: str, text: str | None) -> str | None:
    found = re.search(pattern, text or "", re.M)
    return found[1].strip() if found else None


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _compiler(cache: Path) -> str | None:
    compiler = _first(r"^CMAKE_CXX_COMPILER:\w+=(.+)$", _read(str(cache)))
    return (answer_of([compiler, "--version"]) or "").partition("\n")[0] or None if compiler else None


def machine() -> dict[str, str | int | bool | list[float] | None]:
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": _first(r"^model name\s*:\s*(.+)$", _read("/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "virtual": bool(_first(r"^flags\s*:.*\b(hypervisor)\b", _read("/proc/cpuinfo"))),
        "sha_ni": bool(_first(r"^flags\s*:.*\b(sha_ni)\b", _read("/proc/cpuinfo"))),
        "kernel": platform.release(),
        "system": _first(r'^PRETTY_NAME="?(.+?)"?$', _read("/etc/os-release")),
        "load": [round(value, 2) for value in os.getloadavg()],
        "compiler": _compiler(NATIVE / "CMakeCache.txt"),
        "emscripten": _compiler(WASM / "CMakeCache.txt"),
        "openssl": _first(r"^OpenSSL (\S+)", answer_of(["openssl", "version"])),
        "node": answer_of([NODE_BIN / "node", "-p", "process.versions.node"]),
        "node_openssl": answer_of([NODE_BIN / "node", "-p", "process.versions.openssl"]),
        "python": _first(r"(\S+)$", answer_of([VENV_PYTHON, "--version"])),
        "commit": answer_of(["git", "-C", ROOT, "rev-parse", "HEAD"]),
        "changed": bool(answer_of(["git", "-C", ROOT, "status", "--porcelain"])),
    }
