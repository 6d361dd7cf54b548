"""What clang-tidy, with the checks of .clang-tidy, and cppcheck find in the core and the doors."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import command
from .console import Failure
from .paths import NATIVE, ROOT, WASM

SOURCES = tuple(ROOT / f for f in ("core/src", "bindings-python/src", "bindings-node/src", "wasm/src"))

# What decides about a file's meaning; how it is optimised does not matter here, and clang has other options
# for it than the compiler of the build. The library's own switch clang takes for a macro defined twice.
_FLAG = re.compile(r"-(?:D(?!_GLIBCXX).+|[IW].+|std=.+|m(?:simd|bulk|sign|nontrapping).+|fno-(?:exceptions|rtti)|isystem.+)")
# The forms of the core: each has code of its own behind #if. cppcheck takes one after the other.
_DEFINES = (
    ("PORTCULLIS_EDGE=1", "PORTCULLIS_JSON_NLOHMANN=1", "__x86_64__=1", "__SSE2__=1"),
    ("PORTCULLIS_EDGE=1", "PORTCULLIS_LOAD_SHA256=1", "PORTCULLIS_LOAD_SHA512=1", "__x86_64__=1"),
    ("PORTCULLIS_EDGE=1", "__wasm__=1", "__wasm_simd128__=1", "__EMSCRIPTEN__=1"),
)
# A statement of pybind11's, whose headers cppcheck is not given.
_MACROS = ("PYBIND11_CHECK_PYTHON_VERSION=",)


@dataclass(frozen=True)
class Unit:
    """A source file as one of the builds compiles it."""

    file: Path
    flags: tuple[str, ...]


def sources() -> list[Path]:
    return sorted(path for folder in SOURCES for path in folder.rglob("*.cpp"))


def units(files: Iterable[Path], *, all_forms: bool) -> list[Unit]:
    """Each file once, with the most that a build defines; or in all forms that differ in what is compiled."""
    known: dict[Path, list[Unit]] = {}
    for unit in (*_units(NATIVE, ()), *_units(WASM, tuple(_emscripten()))):
        forms = known.setdefault(unit.file, [])
        if unit not in forms:
            forms.append(unit)
    if lost := [file for file in files if file not in known]:
        raise Failure(f"no build compiles {', '.join(map(str, lost))}")
    if all_forms:
        return _distinct([unit for file in files for unit in known[file]])
    return [max(known[file], key=_reach) for file in files]


def clang_tidy(chosen: Sequence[Unit], *, analyzer: bool) -> list[str]:
    """Its findings, each once."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = pool.map(lambda unit: _clang_tidy(unit, analyzer), chosen)
        return sorted({finding for findings in found for finding in findings})


def cppcheck(paths: Sequence[Path]) -> list[str]:
    """Its findings in these files and folders, in every form of the core."""
    found: set[str] = set()
    for defines in _DEFINES:
        done = subprocess.run(
            [
                *("cppcheck", "--std=c++20", "--language=c++", "--quiet", "--inline-suppr"),
                *("--enable=warning,performance,portability", f"-j{len(os.sched_getaffinity(0))}"),
                *("--template={file}:{line}: {message} [{id}]", "--template-location=", "--error-exitcode=3"),
                *(f"-D{define}" for define in (*defines, *_MACROS)),
                *(f"-I{ROOT / folder}" for folder in ("core/src", "core/include")),
                *map(str, paths),
            ],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        lines = done.stderr.splitlines()
        if done.returncode not in (0, 3) or (done.returncode == 3) != bool(lines) or done.stdout:
            raise Failure(f"cppcheck failed with exit code {done.returncode}: {done.stdout}{done.stderr}")
        found |= {line.removeprefix(f"{ROOT}/") for line in lines}
    return sorted(found)


def _reach(unit: Unit) -> tuple[bool, int]:
    """How much of a file a form has: a native one has the machine's own instructions, which WASM has not."""
    native = not any(flag.startswith("--target") for flag in unit.flags)
    return native, sum(flag.startswith("-D") for flag in unit.flags)


def _units(build: Path, more: tuple[str, ...]) -> list[Unit]:
    commands = build / "compile_commands.json"
    if not commands.is_file():
        raise Failure(f"no {commands}; ./dev build makes it")
    found = []
    for entry in json.loads(commands.read_text()):
        file = Path(entry["file"])
        if file.suffix == ".cpp" and any(folder in file.parents for folder in SOURCES):
            words = re.sub(r"-isystem (?=\S)", "-isystem", entry["command"])
            flags = [word for word in shlex.split(words)[1:] if _FLAG.fullmatch(word)]
            found.append(Unit(file, (*more, *dict.fromkeys(flags))))
    return found


def _emscripten() -> list[str]:
    """What emcc adds for its clang: the machine and where its headers are."""
    flags = command.answer_of(["emcc", "--cflags"])
    if not flags:
        raise Failure("emcc --cflags does not answer; see ./dev doctor")
    target = re.search(r"-target (\S+)", flags)
    if not target:
        raise Failure(f"emcc --cflags names no target: {flags}")
    return [f"--target={target[1]}", *re.findall(r"--sysroot=\S+|-D\S+", flags)]


def _distinct(chosen: Sequence[Unit]) -> list[Unit]:
    """Without those that are the same text as another one after the preprocessor."""

    def text_of(unit: Unit) -> tuple[Path, bytes]:
        done = subprocess.run(["clang++", "-E", "-P", *unit.flags, unit.file], cwd=ROOT, capture_output=True)
        if done.returncode:
            raise Failure(f"clang++ -E {unit.file}: {done.stderr.decode(errors='replace')}")
        return unit.file, hashlib.sha256(done.stdout).digest()

    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return list(dict(zip(pool.map(text_of, chosen), chosen, strict=True)).values())


def _clang_tidy(unit: Unit, analyzer: bool) -> list[str]:
    done = subprocess.run(
        [
            *("clang-tidy", "--quiet", f"--config-file={ROOT / '.clang-tidy'}"),
            *(() if analyzer else ("--checks=-clang-analyzer-*",)),
            str(unit.file),
            *("--", *unit.flags),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    found = [
        line.removeprefix(f"{ROOT}/").replace(",-warnings-as-errors]", "]")
        for line in done.stdout.splitlines()
        if re.search(r"\[[\w.,+-]+\]$", line)
    ]
    if bool(done.returncode) != bool(found):
        raise Failure(f"clang-tidy {unit.file}: exit code {done.returncode}: {done.stdout}{done.stderr}")
    return found
