"""The files of a bundle, and the zip of them: the same inputs give the same bytes."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Failure
from .pack_door import ask
from .pack_policy import read_file
from .pack_variants import ESBUILD, NODE, Variant, extension_module
from .paths import ROOT, VENV_PYTHON

_HERE = Path(__file__).parent
_PATIENCE = 60

# Each is a whole function. JavaScript imports `portcullis` for the door that is packed.
_FUNCTION = """\
const { createHandler } = require('portcullis');
exports.handler = createHandler(require('./policy.json'));
"""
_PYTHON_FUNCTION = """\
import os.path

from portcullis import create_handler

with open(os.path.join(os.path.dirname(__file__), "policy.json"), "rb") as policy:
    lambda_handler = create_handler(policy.read())
"""
_ENTRY = "module.exports = require('{entry}');\n"
# A request of the Fetch standard gives several Authorization headers as one with commas, which is
# no credential and denied.
_WORKER = """\
import { Verifier } from 'portcullis';
import { createGuard } from 'portcullis/fetch';
import policy from './policy.json';

const guard = createGuard(new Verifier(policy), {
  clientIp: (request) => request.headers.get('cf-connecting-ip') ?? undefined,
});

export default {
  async fetch(request) {
    const passed = {};
    return guard(request, passed) ?? fetch(passed.request);
  },
};
"""


@dataclass(frozen=True)
class Handler:
    """The function's own source: a person's file, or the ready one of the target."""

    file: Path | None = None

    def text(self, ready: str) -> str:
        if self.file is None:
            return ready
        try:
            return read_file(self.file).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Failure(f"{self.file}: {error}") from None


def stage(
    variant: Variant, target: str, handler: Handler, policy: bytes | None, out: Path
) -> None:
    """Puts what will be zipped into an empty folder."""
    if variant.language == "python":
        assert policy is not None
        _stage_python(variant, handler, policy, out)
    else:
        _stage_node(variant, target, handler, policy, out)


def _stage_node(
    variant: Variant, target: str, handler: Handler, policy: bytes | None, out: Path
) -> None:
    worker = target == "workers"
    ready = _ENTRY.format(entry=variant.entry) if variant.entry else _FUNCTION
    task: dict[str, Any] = {
        "root": str(ROOT),
        "esbuild": str(ESBUILD),
        "target": target,
        "door": variant.door,
        "script": str(variant.script),
        "module": variant.artefact.name,
        "inline": str(variant.artefact) if variant.inline else None,
        "hostCrypto": "portcullis.host_crypto" in variant.host_functions,
        "edge": variant.at_edge,
        "policy": policy.decode("utf-8") if policy else None,
        "handler": handler.text(_WORKER if worker else ready),
        "name": handler.file.name if handler.file else "handler.js",
        # Where the handler's own imports are looked up.
        "folder": str(handler.file.resolve().parent if handler.file else out),
        "outfile": str(out / "index.js"),
    }
    errors = ask([NODE, _HERE / "pack_bundle.js"], task)["errors"]
    if errors:
        raise Failure("\n  ".join(["the handler cannot be bundled:", *errors]))
    if policy and not worker:
        (out / "policy.json").write_bytes(policy)
    if not variant.inline:
        # esbuild has put the addon there if the handler imports the door.
        shutil.copyfile(variant.artefact, out / variant.artefact.name)


def _stage_python(variant: Variant, handler: Handler, policy: bytes, out: Path) -> None:
    (out / "lambda_function.py").write_text(handler.text(_PYTHON_FUNCTION), encoding="utf-8")
    (out / "policy.json").write_bytes(policy)
    package = out / "portcullis"
    package.mkdir()
    modules = [extension_module(variant.artefact)]
    # A handler of one's own may import what the ready one does not.
    sources = variant.artefact.glob("*.py") if handler.file else [variant.artefact / "__init__.py"]
    if handler.file or variant.at_edge:
        modules.append(extension_module(variant.artefact, "_core_edge"))
    for file in (*modules, *sources):
        shutil.copyfile(file, package / file.name)
    # Lambda's file system is read-only, so that byte-code is kept only if it comes along.
    done = subprocess.run(
        [
            *(VENV_PYTHON, "-m", "compileall", "-q", "-s", str(out)),
            *("--invalidation-mode", "unchecked-hash", str(out)),
        ],
        env={**os.environ, "PYTHONHASHSEED": "0"},
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Failure(f"lambda_function.py cannot be compiled:\n{done.stdout.strip()}")


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def zip_of(folder: Path) -> bytes:
    """Sorted names, one date, two modes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files_of(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, so that the mode below is one
            mode = 0o755 if file.suffix in (".node", ".so") else 0o644
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, file.read_bytes(), compresslevel=9)
    return made.getvalue()


@dataclass(frozen=True)
class Loaded:
    """What the function does when its host starts it."""

    entry: str
    style: str
    parameters: int
    variables: list[str]  # environment variables that it looked for
    memory: int
    response: dict[str, Any] | None  # to a request without token; None for a handler of one's own
    passes: bool = False  # that request goes on


def load(variant: Variant, target: str, handler: Handler, folder: Path) -> Loaded:
    """Starts the function in its folder, in a process without environment variables. A handler of
    one's own is not called: nobody knows what it does."""
    mode = "load" if handler.file else "call"
    argv: list[str | Path]
    if variant.language == "node":
        # Node may wait for ever for its own threads when a process ends (nodejs/node#54918): without any.
        argv = [NODE, "--no-warnings", "--single-threaded", _HERE / "pack_load.js", target, mode]
    else:
        argv = [VENV_PYTHON, "-P", "-B", _HERE / "pack_load.py", target, mode]
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            cwd=folder,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise Failure(f"the packed function does not start within {_PATIENCE} s") from None
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-8:]
        raise Failure("\n  ".join(["the packed function does not start:", *last]))
    # The last line: a handler of one's own may print.
    loaded: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Loaded(**loaded)
