"""The Python package as it is released: an sdist, and of it a manylinux wheel for each CPython at hand."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from . import command
from .console import Failure, Step, say
from .paths import BUILD, ROOT, VENV, VENV_PYTHON
from .pythons import Interpreter, find_pythons

WORK = BUILD / "dist" / "python"
# One for all interpreters: the core does not depend on them.
CMAKE = WORK / "cmake"
# PEP 600: the newest glibc that a wheel may ask for.
_NEWEST_GLIBC = (2, 28)


def make(out: Path) -> list[Path]:
    """Downloads nothing: the backend and the tools are those of .venv, which are locked."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir(parents=True)
    for old in (*out.glob("portcullis-*.whl"), *out.glob("portcullis-*.tar.gz")):
        old.unlink()
    with Step("sdist"):
        made = [make_sdist(out)]
    source = _unpack(made[0])
    for interpreter in chosen():
        with Step(f"wheel for {interpreter.name}") as step:
            wheel = make_wheel(interpreter, source, out)
            step.outcome(wheel.name.split("-", 2)[2])
            made.append(wheel)
    with Step("metadata"):
        command.run("twine check", [VENV / "bin" / "twine", "check", "--strict", *made])
    return made


def chosen() -> list[Interpreter]:
    """One for each tag; what is passed over is told."""
    chosen: dict[str, Interpreter] = {}
    for each in find_pythons():
        if each.free_threaded:
            say(f"   {each.name}: no wheel: the module needs the GIL")
        elif not each.has_headers:
            say(f"   {each.name}: no wheel: its headers are missing")
        else:
            chosen.setdefault(each.tag, each)
    if not chosen:
        raise Failure("no CPython with headers; ./dev setup installs Debian's")
    return sorted(chosen.values(), key=lambda each: each.version)


def _environment() -> dict[str, str]:
    path = os.pathsep.join((str(VENV / "bin"), os.environ.get("PATH", "")))
    # The earliest date that a zip can say.
    return {"PATH": path, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "315532800")}


def make_sdist(out: Path) -> Path:
    command.run(
        "sdist",
        [VENV_PYTHON, "-m", "build", "--sdist", "--no-isolation", "--outdir", out, ROOT],
        env=_environment(),
    )
    (made,) = out.glob("portcullis-*.tar.gz")
    return made


def _unpack(sdist: Path) -> Path:
    command.run("unpack sdist", ["tar", "--extract", "--gzip", "--file", sdist, "--directory", WORK])
    return WORK / sdist.name.removesuffix(".tar.gz")


def make_wheel(interpreter: Interpreter, source: Path, out: Path) -> Path:
    raw = WORK / interpreter.tag
    command.run(
        f"wheel {interpreter.tag}",
        [
            *(interpreter.executable, "-m", "build", "--wheel", "--no-isolation"),
            *(f"--config-setting=build-dir={CMAKE}", "--outdir", raw, source),
        ],
        env={
            **_environment(),
            # Backend and front end are pure Python: one copy serves them all.
            "PYTHONPATH": _packages(),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
    )
    (wheel,) = raw.glob("*.whl")
    repaired = raw / "repaired"
    command.run(
        f"auditwheel {interpreter.tag}",
        [VENV_PYTHON, "-m", "auditwheel", "repair", "--wheel-dir", repaired, wheel],
        env=_environment(),
    )
    (wheel,) = repaired.glob("*.whl")
    glibc = [tuple(map(int, found)) for found in re.findall(r"manylinux_(\d+)_(\d+)_", wheel.name)]
    if not glibc or min(glibc) > _NEWEST_GLIBC:
        raise Failure(f"{wheel.name}: not manylinux_2_28 or lower")
    return Path(shutil.copy2(wheel, out))


def _packages() -> str:
    place = command.answer_of(
        [VENV_PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    )
    if not place:
        raise Failure(".venv has no Python; ./dev setup makes one")
    return place
