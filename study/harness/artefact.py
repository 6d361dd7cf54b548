"""Builds a contender for one algorithm into the zip a user would upload, and unpacks it into a fresh folder."""

from __future__ import annotations

import compileall
import gzip
import hashlib
import json
import os
import py_compile
import shutil
import subprocess
import sysconfig
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from .contender import Contender
from .folder import write_bytes
from .tools import ROOT, Tools

__all__ = ["ROOT", "Artefact", "BuildError", "Tools", "build", "policy_file", "unpack", "write_zip"]

POLICIES = Path(__file__).resolve().parent.parent / "scenarios" / "view-data"
_CACHE = ROOT / "build" / "study-cache" / "compressed"
_NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "*.pyc")
_BROTLI = """
const fs = require('node:fs'), zlib = require('node:zlib');
const { BROTLI_PARAM_QUALITY: quality, BROTLI_PARAM_SIZE_HINT: hint } = zlib.constants;
const sizes = process.argv.slice(1).map((file) => {
  const data = fs.readFileSync(file);
  return zlib.brotliCompressSync(data, { params: { [quality]: 11, [hint]: data.length } }).length;
});
console.log(JSON.stringify(sizes));
"""

NOT_PREPARED = "not prepared"  # in the reason where only `study prepare` was not run


class BuildError(RuntimeError):
    """A contender that cannot be built; the message is the reason the report shows."""


@dataclass(frozen=True)
class Artefact:
    zip: Path
    build_ns: list[int]  # of the timed builds; empty when none was timed
    sizes: dict[str, Any]
    sha256: str
    compiled: dict[str, str]  # path in the zip -> SHA-256, equal to the file the vectors were replayed on


def policy_file(algorithm: str) -> Path:
    return POLICIES / f"{algorithm}.json"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and bytes of a folder's files."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    hashes = hashlib.sha256()
    for file in _files(path):
        if "__pycache__" not in file.parts:
            hashes.update(file.relative_to(path).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return hashes.hexdigest()


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


def compile_python(folder: Path, interpreter: Path) -> None:
    """Byte-code for another Python than the one that the zip was built with: it would compile at every start otherwise."""
    argv = [str(interpreter), "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"byte-compilation failed: {(done.stderr or done.stdout).strip()[-400:]}")


def _run_build_step(contender: Contender, stage: Path, out: Path, words: dict[str, str]) -> None:
    for command in contender.commands:
        argv = [_filled(word, words) for word in command]
        environment = {"PATH": os.environ.get("PATH", ""), "NODE_PATH": words["node_modules"], "HOME": str(stage)}
        try:
            done = subprocess.run(argv, cwd=stage, env=environment, capture_output=True, text=True, check=False)
        except OSError as error:
            raise BuildError(f"build step failed ({argv[0]}): {error.strerror}") from None
        if done.returncode != 0:
            raise BuildError(f"build step failed ({argv[0]}): {(done.stderr or done.stdout).strip()[-800:]}")
    for source, target in contender.copy:
        path = stage / _filled(source, words)
        try:
            (out / target).parent.mkdir(parents=True, exist_ok=True)
            if path.is_dir():
                shutil.copytree(path, out / target, ignore=_NOT_SHIPPED, dirs_exist_ok=True)
            else:
                shutil.copyfile(path, out / target)
        except OSError as error:
            raise BuildError(f"copy failed ({source}): {error.strerror}") from None
    if contender.runtime == "python":
        # Byte-code that stays valid after unpacking, as on Lambda's read-only file system nothing could be cached.
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        if not compileall.compile_dir(out, quiet=1, stripdir=out, invalidation_mode=mode):
            raise BuildError("byte-compilation failed")


def _filled(text: str, words: dict[str, str]) -> str:
    try:
        return text.format_map(words)
    except (KeyError, ValueError, IndexError):
        raise BuildError(f"{text}: expected only the words {', '.join(f'{{{word}}}' for word in words)}") from None


def _words(contender: Contender, algorithm: str, tools: Tools) -> dict[str, str]:
    policy = json.loads(policy_file(algorithm).read_text(encoding="utf-8"))
    return {
        "root": str(ROOT),
        "node_modules": str(tools.node_modules),
        "node": str(tools.node()),
        "esbuild": str(tools.esbuild),
        "workerd": str(tools.workerd),
        "python": str(tools.python),
        "site_packages": str(tools.site_packages),
        "extension_suffix": sysconfig.get_config_var("EXT_SUFFIX"),
        "prepared": str(tools.prepared(contender.name)),
        "secret_json": json.dumps(policy["keys"][0].get("secret", "")),
        "policy": "policy.json",
        "algorithm": algorithm,
    }


def _shown(path: Path) -> str:
    return os.path.relpath(path, ROOT) if path.is_relative_to(ROOT) else path.name


def _check_prepared(contender: Contender, words: dict[str, str]) -> None:
    if contender.prepare is None:
        return
    for provided in contender.prepare.provides:
        if Path(_filled(provided, words)).exists():
            continue
        try:
            reason = (Path(words["prepared"]) / "reason.txt").read_text(encoding="utf-8").strip()
        except OSError:
            reason = f"{NOT_PREPARED}; `./dev study prepare --contender {contender.name}` does it once"
            reason += f", in about {contender.prepare.minutes:g} minutes"
            if contender.prepare.needs_text:
                reason += f"; it needs {contender.prepare.needs_text}"
        raise BuildError(f"not built: {reason}")


def _check_needs(contender: Contender, words: dict[str, str]) -> None:
    for need in contender.needs:
        path = Path(_filled(need, words))
        if not path.exists():
            raise BuildError(f"not built: {_shown(path)} is absent")


@dataclass(frozen=True)
class _Built:
    ns: int
    sha256: str
    sizes: dict[str, Any]
    compiled: dict[str, str]


def _build_once(contender: Contender, algorithm: str, words: dict[str, str], archive: Path, tools: Tools | None) -> _Built:
    """One build in a fresh folder. The compressed sizes are taken when `tools` are given: equal zips have equal ones."""
    with tempfile.TemporaryDirectory(prefix="portcullis-build-") as temporary:
        stage, out = Path(temporary) / "source", Path(temporary) / "out"
        shutil.copytree(contender.folder, stage, ignore=_NOT_SHIPPED)
        shutil.copyfile(policy_file(algorithm), stage / "policy.json")
        (stage / "node_modules").mkdir(exist_ok=True)
        (stage / "node_modules" / "portcullis").symlink_to(ROOT, target_is_directory=True)
        out.mkdir()
        begin = perf_counter_ns()
        _run_build_step(contender, stage, out, {**words, "out": str(out)})
        elapsed = perf_counter_ns() - begin
        write_zip(out, archive)
        compiled = {}
        for place, outside in contender.compiled:
            inside = _filled(place, words)
            compiled[inside] = _digest(out / inside)
            if compiled[inside] != _digest(Path(_filled(outside, words))):
                raise BuildError(f"{inside} in the zip is not the file the vectors are replayed on")
        sizes = _sizes(out, archive, tools) if tools else {}
        return _Built(elapsed, _digest(archive), sizes, compiled)


def _sizes(out: Path, archive: Path, tools: Tools) -> dict[str, Any]:
    files = _files(out)
    compressed = _compressed(files, tools)
    return {
        "zip": archive.stat().st_size,
        "unpacked": sum(file.stat().st_size for file in files),
        "gzip": sum(one["gzip"] for one in compressed),
        "brotli": sum(one["brotli"] for one in compressed),
        "files": {file.relative_to(out).as_posix(): file.stat().st_size for file in files},
    }


def _compressed(files: list[Path], tools: Tools) -> list[dict[str, int]]:
    """Sizes under gzip -9 and brotli 11, each file alone. Brotli takes seconds for a large file: kept by its digest."""
    version = tools.node_version() or "none"
    known: dict[str, dict[str, int]] = {}
    wanted: dict[str, Path] = {}
    digests = [_digest(file) for file in files]
    for digest, file in zip(digests, files, strict=True):
        cached = _CACHE / version / f"{digest}.json"
        try:
            known[digest] = json.loads(cached.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            wanted[digest] = file
    if wanted:
        argv = [str(tools.node()), "-e", _BROTLI, *map(str, wanted.values())]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=600)
        except (OSError, subprocess.SubprocessError) as error:
            raise BuildError(f"brotli sizes need Node: {error}") from None
        for (digest, file), brotli in zip(wanted.items(), json.loads(done.stdout), strict=True):
            known[digest] = {"gzip": len(gzip.compress(file.read_bytes(), 9, mtime=0)), "brotli": brotli}
            write_bytes(_CACHE / version / f"{digest}.json", json.dumps(known[digest]).encode())
    return [known[digest] for digest in digests]


def build(contender: Contender, algorithm: str, tools: Tools, target: Path, repeats: int, timed: bool = True) -> Artefact:
    """Runs the contender's build step `repeats` times in fresh folders; every run must give the same zip.

    Timed builds run one after the other, untimed ones two at a time.
    """
    if algorithm not in contender.algorithms:
        raise BuildError(f"does not verify {algorithm}")
    words = _words(contender, algorithm, tools)
    _check_prepared(contender, words)
    _check_needs(contender, words)
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{contender.name}-{algorithm}.zip"

    def once(repeat: int) -> _Built:
        place = archive if repeat == 0 else archive.with_suffix(f".{repeat}.partial")
        try:
            return _build_once(contender, algorithm, words, place, tools if repeat == 0 else None)
        finally:
            if repeat:
                place.unlink(missing_ok=True)

    if timed:
        built = [once(repeat) for repeat in range(repeats)]
    else:
        with ThreadPoolExecutor(2) as pool:
            built = list(pool.map(once, range(repeats)))
    digests = {one.sha256 for one in built}
    if len(digests) != 1:
        raise BuildError(f"{repeats} builds gave {len(digests)} different zips")
    return Artefact(archive, [one.ns for one in built] if timed else [], built[0].sizes, built[0].sha256, built[0].compiled)
