"""The Python release that the tests of this folder look at, made once for the same sources."""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dev import stamp  # noqa: E402
from dev.dist_python import WORK  # noqa: E402
from dev.pythons import Interpreter, find_pythons  # noqa: E402

FOLDER = ROOT / "build" / "tests" / "dist"
_SOURCES = (
    *("CMakeLists.txt", "LICENSE-*", "THIRD-PARTY-NOTICES", "README.md", "pyproject.toml", "requirements.txt"),
    *("bindings-python/*.*", "bindings-python/portcullis/*.py*", "bindings-python/src/*"),
    *("cmake/*", "core/CMakeLists.txt", "core/include/**/*.*", "core/src/**/*.*"),
    *("tools/dev/command.py", "tools/dev/dist*.py", "tools/dev/pythons.py"),
)

_FOUND = [each for each in find_pythons() if not each.free_threaded]
_BUILDABLE = {each.tag for each in _FOUND if each.has_headers}
PYTHONS = [each for each in _FOUND if each.tag in _BUILDABLE]


def without_network(*argv: str | Path) -> list[str | Path]:
    """The same command where no other machine is, if this machine can do that."""
    return ["unshare", "--net", "--map-root-user", *argv] if can_cut_the_network() else [*argv]


@cache
def can_cut_the_network() -> bool:
    if not shutil.which("unshare"):
        return False
    argv = ["unshare", "--net", "--map-root-user", "ls", "/sys/class/net"]
    return subprocess.run(argv, capture_output=True).returncode == 0


@cache
def release() -> Path:
    """A folder with the sdist and the wheels, and `log`."""
    files = sorted({file for glob in _SOURCES for file in ROOT.glob(glob) if file.is_file()})
    assert len(files) > 150
    facts = [(str(each.executable), each.name) for each in find_pythons()]
    key = stamp.key_of(*files, json.dumps([facts, [str(file) for file in files]]))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER.parent / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_fresh(FOLDER, key) and stamp.is_fresh(WORK, key)):
            shutil.rmtree(FOLDER)
            done = subprocess.run(
                without_network(sys.executable, ROOT / "tools" / "dev", "dist", "python", "-o", FOLDER),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=1800,
            )
            assert done.returncode == 0, done.stdout
            (FOLDER / "log").write_text(done.stdout, encoding="utf-8")
            stamp.make(FOLDER, key)
            stamp.make(WORK, key)
    return FOLDER


def sdist() -> Path:
    (found,) = release().glob("portcullis-*.tar.gz")
    return found


def wheel_for(interpreter: Interpreter) -> Path:
    (found,) = release().glob(f"portcullis-*-{interpreter.tag}-{interpreter.tag}-*.whl")
    return found
