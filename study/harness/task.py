"""Runs one task of a runner in a fresh process, with a small fixed environment."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any

from .contender import Contender
from .tools import Tools

RUNNERS = Path(__file__).resolve().parent / "runners"
TIMEOUT_SECONDS = 120
# A small fixed environment: what the caller's shell exports must not decide anything.
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": ":UTC", "PYTHONHASHSEED": "0"}


class TaskError(RuntimeError):
    """A process that gave no result: its exit code and the end of what it printed."""


@dataclass(frozen=True)
class Usage:
    """What the system counted for a process that has ended."""

    cpu_ns: int
    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int
    exit: int

    @classmethod
    def of(cls, status: int, usage: Any) -> Usage:
        return cls(
            cpu_ns=round((usage.ru_utime + usage.ru_stime) * 1e9),
            minor_faults=usage.ru_minflt,
            major_faults=usage.ru_majflt,
            voluntary_switches=usage.ru_nvcsw,
            involuntary_switches=usage.ru_nivcsw,
            exit=os.waitstatus_to_exitcode(status),
        )


@dataclass(frozen=True)
class Finished:
    result: dict[str, Any]
    spawned: int  # CLOCK_MONOTONIC, just before the process was made
    ended: int
    cpu_ns: int  # user and system time of the whole process
    usage: Usage


def command(runtime: str, tools: Tools) -> list[str]:
    """The runner of a runtime or of a family's default one.

    Python runs without its site-packages: what the zip lacks cannot be found elsewhere.
    """
    interpreter = str(tools.interpreter(runtime))
    if runtime.startswith("node"):
        return [interpreter, str(RUNNERS / "node.cjs")]
    return [interpreter, "-S", "-s", "-B", str(RUNNERS / "python.py")]


def run_task(
    contender: Contender,
    tools: Tools,
    folder: Path,
    task: dict[str, Any] | Path,
    runtime: str | None = None,
    environment: dict[str, str] | None = None,
    core: int | None = None,
) -> Finished:
    """`task` is the task itself, or a file that holds it. `core` pins the child."""
    with tempfile.TemporaryDirectory(prefix="portcullis-task-") as temporary:
        task_file, result_file, log_file = (Path(temporary) / name for name in ("task.json", "result.json", "log"))
        if isinstance(task, Path):
            task_file = task
        else:
            task_file.write_text(json.dumps({"folder": str(folder), "entry": contender.entry, **task}))
        argv = [*command(runtime or contender.runtime, tools), str(task_file), str(result_file)]
        variables = {**ENVIRONMENT, **(environment or {})}
        # The handler's own log goes to the null device; only a process without a result is run again to show it.
        finished = _spawn(argv, folder, variables, os.devnull, core)
        if not result_file.exists():
            _spawn(argv, folder, variables, str(log_file), core)
            raise TaskError(_gist(log_file.read_text(errors="replace")))
        spawned, ended, usage = finished
        return Finished(json.loads(result_file.read_text()), spawned, ended, usage.cpu_ns, usage)


def _gist(log: str) -> str:
    """The line that names the error, and after it both ends of what was printed."""
    lines = log.strip().splitlines()
    if not lines:
        return "the process gave no result and printed nothing"
    named = next((line for line in lines if re.match(r"(\w+\.)*\w*(Error|Exception)\b", line)), lines[-1])
    text = log.strip()
    return f"{named}\n{text if len(text) <= 1200 else text[:600] + ' […] ' + text[-600:]}"


def _spawn(argv: list[str], folder: Path, environment: dict[str, str], log: str, core: int | None) -> tuple[int, int, Usage]:
    with open(log, "wb") as output:
        before = os.sched_getaffinity(0)
        spawned = perf_counter_ns()
        try:
            # The child inherits the affinity: no code of ours runs between fork and exec.
            if core is not None:
                os.sched_setaffinity(0, {core})
            child = subprocess.Popen(
                argv, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        finally:
            if core is not None:
                os.sched_setaffinity(0, before)
        try:
            _wait_for_end(child)
            ended = perf_counter_ns()
            _, status, usage = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
        except BaseException:
            child.kill()
            child.wait()
            raise
    return spawned, ended, Usage.of(status, usage)


def _wait_for_end(child: subprocess.Popen[bytes]) -> None:
    descriptor = os.pidfd_open(child.pid)
    try:
        ended, _, _ = select.select([descriptor], [], [], TIMEOUT_SECONDS)
        if not ended:
            raise TaskError(f"no result after {TIMEOUT_SECONDS} s")
    finally:
        os.close(descriptor)
