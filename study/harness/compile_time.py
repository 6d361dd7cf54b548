"""How long a door's artefact takes to compile from nothing, in a copy of the tree that disturbs nobody."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from .contender import Contender
from .machine import cores, first_match
from .tools import ROOT, Tools

_SOURCES = ("core", "bindings-node", "bindings-python", "wasm", "cmake", "CMakeLists.txt")
_CACHE = ROOT / "build" / "wasm" / "CMakeCache.txt"


def _result(seconds: list[float] | None = None, covers: str = "", reason: str | None = None) -> dict[str, Any]:
    time = None
    if seconds:
        q1, median, q3 = (round(float(value) * 1e9) for value in np.percentile(seconds, [25, 50, 75]))
        time = {"n": len(seconds), "median": median, "q1": q1, "q3": q3}
    return {"time": time, "covers": covers, "reason": reason}


def switched_off() -> dict[str, Any]:
    return _result(reason="switched off in this run")


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    at = next((i for i, line in enumerate(lines) if "error" in line.lower()), 0)
    return " ".join(lines[at : at + 2]) or "no message"


def compile_time(contender: Contender, tools: Tools, repeats: int) -> dict[str, Any]:
    """Seconds of `cmake --build` for the door's target, configured before; or the reason why there are none."""
    covers = f"clean compile of the door with the core, {cores()} jobs; configuration is not counted"
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="portcullis-compile-") as temporary:
        tree = Path(temporary) / "tree"
        tree.mkdir()
        for name in _SOURCES:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, tree / name)
            else:
                shutil.copyfile(source, tree / name)
        (tree / "node_modules").symlink_to(tools.node_modules)
        for repeat in range(repeats):
            build = Path(temporary) / f"build-{repeat}"
            words = {
                "tree": str(tree),
                "build": str(build),
                "python": str(tools.python),
                "openssl_source": first_match(r"^PORTCULLIS_OPENSSL_SOURCE:\w+=(.+)$", _CACHE) or "",
                "openssl_headers": first_match(r"^PORTCULLIS_OPENSSL_HEADERS:\w+=(.+)$", _CACHE) or "",
                "openssl_library": first_match(r"^PORTCULLIS_OPENSSL_LIBRARY:\w+=(.+)$", _CACHE) or "",
            }
            commands = [
                [word.format_map(words) for word in contender.configure],
                ["cmake", "--build", str(build), "--target", contender.target or "all", "--parallel", str(cores())],
            ]
            for command in commands:
                begin = perf_counter()
                # Debian's Emscripten keeps the JavaScript packages it needs in this folder.
                environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
                try:
                    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
                except OSError as error:
                    return _result(reason=str(error))
                if done.returncode != 0:
                    return _result(reason=f"{command[0]} failed: {_first_error(done.stderr + done.stdout)}")
                took = perf_counter() - begin
            seconds.append(took)
    return _result(seconds, covers)
