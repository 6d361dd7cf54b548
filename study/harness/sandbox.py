"""One process behind one Runtime API: what stands for a Lambda sandbox in the life trials and in the load test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import clock_gettime_ns, monotonic_ns
from typing import Any

from .held_signals import held_signals
from .runtime_api import RuntimeApi, RuntimeApiError


@dataclass(frozen=True)
class Counters:
    """What the kernel has counted for a living process so far."""

    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int


def _sum(pattern: str, texts: list[str]) -> int:
    return sum(int(number) for text in texts for number in re.findall(pattern, text, re.MULTILINE))


class Sandbox:
    """Starts the process on entering and kills it on leaving; every question in between is about that process."""

    def __init__(self, argv: list[str], environment: dict[str, str], folder: Path, core: int | None = None) -> None:
        self._argv, self._environment, self._folder, self._core = argv, environment, folder, core
        self.api = RuntimeApi()
        self.spawned = 0  # CLOCK_MONOTONIC, just before the process was made

    def __enter__(self) -> Sandbox:
        self._temporary = tempfile.TemporaryDirectory(prefix="portcullis-sandbox-")
        self._marks = Path(self._temporary.name) / "marks.json"
        self._log = Path(self._temporary.name) / "log"
        self.api.__enter__()
        started = False
        try:
            with held_signals():
                self._process = self._spawn()
                self._watcher = threading.Thread(target=self._watch, name="sandbox-watch", daemon=True)
                self._watcher.start()
                started = True
        except BaseException:
            if started:
                self.end()
            self.api.__exit__()
            self._temporary.cleanup()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self.api.__exit__()
        self._temporary.cleanup()

    @property
    def pid(self) -> int:
        return self._process.pid

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {**self._environment, "AWS_LAMBDA_RUNTIME_API": self.api.address, "STUDY_MARKS": str(self._marks)}
        before = os.sched_getaffinity(0)
        with open(self._log, "wb") as log:
            try:
                # The child inherits the affinity of this thread: no code of ours runs between fork and exec.
                if self._core is not None:
                    os.sched_setaffinity(0, {self._core})
                self.spawned = monotonic_ns()
                return subprocess.Popen(
                    self._argv,
                    cwd=self._folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            finally:
                if self._core is not None:
                    os.sched_setaffinity(0, before)

    def _watch(self) -> None:
        """Learns of the process's end without reaping it, and tells whoever waits for an answer."""
        try:
            ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError:
            return
        if ended is None:
            return
        what = f"exit code {ended.si_status}" if ended.si_code == os.CLD_EXITED else f"signal {ended.si_status}"
        self.api.process_ended(f"the process ended ({what}): {self.printed()}")

    def printed(self) -> str:
        """The end of what the process printed, on one line."""
        try:
            text = self._log.read_text(errors="replace").strip()
        except OSError:
            text = ""
        return " | ".join(text.splitlines())[-600:] or "it printed nothing"

    def marks(self) -> dict[str, int]:
        """The shim's marks, in ns after the spawn."""
        try:
            marks: dict[str, Any] = json.loads(self._marks.read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise RuntimeApiError("the process asked for work and had not loaded the handler through the shim") from None
        return {name: round(value) - self.spawned for name, value in marks.items()}

    def cpu_ns(self) -> int:
        """CPU time of all threads, also of those that have ended: the kernel's clock of that process."""
        return clock_gettime_ns((~self.pid << 3) | 2)

    def queue_ns(self) -> int:
        """How long the threads were ready to run and had no core: the second field of schedstat."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                total += int((task / "schedstat").read_text().split()[1])
            except (OSError, IndexError):  # the thread has just ended
                continue
        return total

    def memory(self) -> tuple[int, int]:
        """Resident bytes now, and at most so far."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = dict(re.findall(r"^Vm(RSS|HWM):\s+(\d+) kB$", status, re.MULTILINE))
        if len(found) != 2:
            raise RuntimeApiError("the process has ended")
        return int(found["RSS"]) * 1024, int(found["HWM"]) * 1024

    def counters(self) -> Counters:
        # After the name, which may hold spaces: state is field 0, minor faults 7, major faults 9.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        statuses = []
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                statuses.append((task / "status").read_text())
            except OSError:  # the thread has just ended
                continue
        return Counters(
            minor_faults=int(fields[7]),
            major_faults=int(fields[9]),
            voluntary_switches=_sum(r"^voluntary_ctxt_switches:\s+(\d+)$", statuses),
            involuntary_switches=_sum(r"^nonvoluntary_ctxt_switches:\s+(\d+)$", statuses),
        )

    def end(self) -> int:
        """Kills the process if it still runs; its exit code, negative for a signal."""
        if self._process.returncode is None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self._watcher.join()
            _, status, _ = os.wait4(self.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
        return self._process.returncode
