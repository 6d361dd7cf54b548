"""Running other programs: quiet, logged, and loud when they fail."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .console import Failure, complain
from .paths import LOGS, ROOT, relative

verbose = False  # --verbose: programs write to the terminal as well
_SHOWN_LINES = 60


def logged(
    name: str,
    argv: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> int:
    """Runs a program with its output in build/logs/<name>.log; returns its exit code."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with open(log_of(name), "w", encoding="utf-8", errors="replace") as log:
        log.write(f"$ {' '.join(map(str, argv))}\n")
        log.flush()
        try:
            process = subprocess.Popen(
                [str(word) for word in argv],
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
                errors="replace",
            )
        except OSError as error:
            log.write(f"{error}\n")
            return 127
        assert process.stdout
        try:
            for line in process.stdout:
                log.write(line)
                log.flush()
                if verbose:
                    sys.stdout.write(line)
                    sys.stdout.flush()
            return process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise


def run(
    name: str,
    argv: Sequence[str | Path],
    *,
    cwd: Path = ROOT,
    env: Mapping[str, str] | None = None,
) -> None:
    """The same; anything but exit code 0 shows the log's end and is a Failure."""
    code = logged(name, argv, cwd=cwd, env=env)
    if code != 0:
        show_log(name)
        raise Failure(f"{name} failed with exit code {code} (log: {relative(log_of(name))})")


def log_of(name: str) -> Path:
    return LOGS / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.log"


def show_log(name: str) -> None:
    if verbose:
        return  # it was on the terminal already
    lines = log_of(name).read_text(encoding="utf-8", errors="replace").splitlines()
    if len(lines) > _SHOWN_LINES:
        complain(f"   | ({len(lines) - _SHOWN_LINES} lines before these)")
    for line in lines[-_SHOWN_LINES:]:
        complain(f"   | {line}")


def answer_of(argv: Sequence[str | Path]) -> str | None:
    """What a program prints, or None if it is not there or fails."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
