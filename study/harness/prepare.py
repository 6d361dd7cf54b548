"""What the study installs and builds once: the Node lines, the real runtime clients, and contenders with a slow build.

`runtimes` is quick (about a minute, and a moment when done) and a run calls it by itself. `contenders` may take minutes
each, since it can mean a toolchain; only `study prepare` and a full run call it. Nothing here stops a run: what could not
be had is a sentence, and what depends on it is reported as absent.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from .clients import ric_parts
from .contender import Contender
from .tools import ROOT, Tools

Say = Callable[[str], None]

# The program that shows that it is there, and Debian's package.
_BUILD_TOOLS = {
    "autoconf": "autoconf",
    "automake": "automake",
    "libtoolize": "libtool",
    "cmake": "cmake",
    "make": "make",
    "g++": "g++",
    "xz": "xz-utils",
}
# Package below study/runtimes, the line of Node that it serves (and is built with), what it is called.
_CLIENTS = (("aws-lambda-ric", "22", "aws-lambda-ric 4"), ("ric3", "20", "aws-lambda-ric 3"))
_NOT_CONTENT = {"node_modules", "target", "__pycache__"}
_MINUTES = 60


class PrepareError(RuntimeError):
    """Why something could not be prepared, in a sentence."""


def _run(argv: Sequence[str | os.PathLike[str]], cwd: Path, minutes: float, environment: dict[str, str] | None = None) -> None:
    """Runs a program quietly; a failure carries the end of what it printed."""
    name = Path(argv[0]).name
    try:
        done = subprocess.run(
            argv,
            cwd=cwd,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=minutes * 60,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PrepareError(f"{name} did not end within {minutes:g} minutes") from None
    except OSError as error:
        raise PrepareError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode != 0:
        lines = [line for line in done.stdout.strip().splitlines() if line.strip()]
        raise PrepareError(f"{name} failed with exit code {done.returncode}: {' | '.join(lines[-4:])[-600:]}")


def _content(paths: Iterable[Path]) -> str:
    """A digest of files, and of everything in folders, by name and bytes."""
    hashes = hashlib.sha256()
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            inside = file.relative_to(path).parts if path.is_dir() else (file.name,)
            if not _NOT_CONTENT.intersection(inside):
                hashes.update("/".join(inside).encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return hashes.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""


@contextmanager
def _alone() -> Iterator[None]:
    """One preparation at a time: a second one waits and then finds everything done."""
    file = ROOT / "build" / "study-cache" / "prepare.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# The runtimes and their clients.


def _install_modules(folder: Path, say: Say) -> None:
    stamp = folder / "node_modules" / ".study-stamp"
    content = _content([folder / "package.json", folder / "package-lock.json"])
    if _read(stamp) == content:
        return
    if shutil.which("npm") is None:
        raise PrepareError("npm is not there: ./dev doctor says how to get it")
    say("  installing Node 20, 22 and 24, the Lambda runtime clients and binaryen from npm (about half a minute)")
    # Two packages have scripts that matter; those run below, with the Node that they serve.
    _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder, _MINUTES)
    stamp.write_text(content + "\n", encoding="utf-8")


def _is_root() -> bool:
    return os.geteuid() == 0


def _install_build_tools(say: Say) -> None:
    packages = [package for program, package in _BUILD_TOOLS.items() if shutil.which(program) is None]
    if not packages:
        return
    command = f"apt-get install {' '.join(packages)}"
    if not _is_root() or shutil.which("apt-get") is None:
        raise PrepareError(f"the real runtime client is compiled and needs: {command} (then ./dev study prepare)")
    say(f"  {command}")
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        _run(install, ROOT, _MINUTES, quiet)
    except PrepareError:
        _run(["apt-get", "update"], ROOT, _MINUTES, quiet)
        _run(install, ROOT, _MINUTES, quiet)


def _build_client(tools: Tools, package: str, line: str, title: str, say: Say) -> None:
    folder = tools.runtimes / "node_modules" / package
    # The line's own package, also where the pinned Node is of that line: it carries the headers.
    node = tools.runtimes / "node_modules" / f"node{line}"
    _install_build_tools(say)
    say(f"  building {title} (about a minute)")
    begin = monotonic()
    environment = {
        "PATH": f"{node / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
        "npm_config_nodedir": str(node),
        "npm_config_python": str(tools.python),
    }
    # Its own install scripts, called directly: npm 12 does not run them, and npm 11 asks.
    for script in ("preinstall.sh", "postinstall.sh"):
        _run(["nice", "sh", f"scripts/{script}"], folder, _MINUTES, environment)
    if not ric_parts(package, tools.runtimes)[1].exists():
        raise PrepareError(f"the build of {title} left no addon")
    say(f"  built {title} in {monotonic() - begin:.0f} s")


def node_lines(tools: Tools, say: Say) -> None:
    """Installs study/runtimes alone: nothing is compiled."""
    with _alone():
        _install_modules(tools.runtimes, say)


def runtimes(tools: Tools, say: Say, again: bool = False, only_default: bool = False) -> list[str]:
    """Installs study/runtimes and builds the real clients. Sentences about what is missing; `again` retries a failed build.

    `only_default` leaves out the client that only Node 20 needs, which takes as long as the other one.
    """
    with _alone():
        return _runtimes(tools, say, again, _CLIENTS[:1] if only_default else _CLIENTS)


def _runtimes(tools: Tools, say: Say, again: bool, clients: Sequence[tuple[str, str, str]]) -> list[str]:
    try:
        _install_modules(tools.runtimes, say)
    except (PrepareError, OSError) as error:
        say(f"  the other lines of Node and the real runtime clients are absent: {error}")
        return [str(error)]
    missing = []
    for package, line, title in clients:
        reason = tools.runtimes / "node_modules" / package / "study-reason.txt"
        if ric_parts(package, tools.runtimes)[1].exists():
            continue
        if reason.exists() and not again:
            missing.append(f"{title}: {_read(reason)}")
            continue
        try:
            reason.unlink(missing_ok=True)
            _build_client(tools, package, line, title, say)
        except (PrepareError, OSError) as error:
            if reason.parent.is_dir():
                reason.write_text(f"{error}\n", encoding="utf-8")
            missing.append(f"{title}: {error}")
            say(f"  {title} is absent, the thin client stands in: {error}")
    return missing


# Contenders.


def _words(contender: Contender, tools: Tools) -> dict[str, str]:
    return {
        "root": str(ROOT),
        "node_modules": str(tools.node_modules),
        "runtimes": str(tools.runtimes / "node_modules"),
        "node": str(tools.node()),
        "esbuild": str(tools.esbuild),
        "workerd": str(tools.workerd),
        "python": str(tools.python),
        "prepared": str(tools.prepared(contender.name)),
    }


def _filled(text: str, words: dict[str, str]) -> str:
    try:
        return text.format_map(words)
    except (KeyError, ValueError, IndexError):
        raise PrepareError(f"{text}: expected only the words {', '.join(f'{{{word}}}' for word in words)}") from None


def _sources(contender: Contender, argv: Sequence[str]) -> list[Path]:
    """The contender's folder, and the folder of every file that the command names elsewhere in the repository."""
    found = [contender.folder]
    for word in argv[1:]:
        path = (contender.folder / word).resolve()
        if path.is_file() and path.is_relative_to(ROOT / "study") and not path.is_relative_to(contender.folder.resolve()):
            found.append(path.parent)
    return found


def _prepare(contender: Contender, tools: Tools, say: Say) -> None:
    assert contender.prepare is not None
    words = _words(contender, tools)
    argv = [_filled(word, words) for word in contender.prepare.command]
    provided = [Path(_filled(path, words)) for path in contender.prepare.provides]
    place = tools.prepared(contender.name)
    stamp, reason = place / "stamp.txt", place / "reason.txt"
    content = f"{_content(_sources(contender, argv))} {hashlib.sha256(repr(argv).encode()).hexdigest()}"
    if _read(stamp) == content and all(path.exists() for path in provided):
        return
    place.mkdir(parents=True, exist_ok=True)
    for path in (stamp, reason):
        path.unlink(missing_ok=True)
    say(f"  preparing {contender.name} (about {contender.prepare.minutes:g} minutes)")
    begin = monotonic()
    _run(argv, contender.folder, _MINUTES)
    absent = [path.name for path in provided if not path.exists()]
    if absent:
        raise PrepareError(f"the preparation left no {', '.join(absent)}")
    stamp.write_text(content + "\n", encoding="utf-8")
    say(f"  prepared {contender.name} in {monotonic() - begin:.0f} s")


def contenders(tools: Tools, every: Sequence[Contender], say: Say) -> list[str]:
    """Runs the [prepare] command of each contender that has one. Sentences about those that could not be prepared.

    What a failure leaves out of date is removed, so that no old result passes for a new one.
    """
    missing = []
    for contender in every:
        if contender.prepare is None:
            continue
        try:
            with _alone():
                _prepare(contender, tools, say)
        except (PrepareError, OSError) as error:
            place = tools.prepared(contender.name)
            # The command's own sentence, if it left one, says more than its exit code.
            sentence = _read(place / "reason.txt") or str(error)
            place.mkdir(parents=True, exist_ok=True)
            (place / "reason.txt").write_text(sentence + "\n", encoding="utf-8")
            _remove_provided(contender, tools)
            missing.append(f"{contender.name}: {sentence}")
            say(f"  {contender.name} is not prepared: {sentence}")
    return missing


def _remove_provided(contender: Contender, tools: Tools) -> None:
    assert contender.prepare is not None
    place = tools.prepared(contender.name)
    for text in contender.prepare.provides:
        try:
            path = Path(_filled(text, _words(contender, tools)))
        except PrepareError:
            continue
        if path.is_file() and path.is_relative_to(place):
            path.unlink()


def prepare(tools: Tools, every: Sequence[Contender], say: Say) -> list[str]:
    """Everything, trying again what failed before."""
    return [*runtimes(tools, say, again=True), *contenders(tools, every, say)]
