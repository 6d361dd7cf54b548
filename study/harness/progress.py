"""What the study shows while it runs: one line a round, and on a terminal a live line of the process that runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from rich.console import Console
from rich.status import Status


def clock(seconds: float) -> str:
    seconds = max(0, round(seconds))
    if seconds >= 3600:
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{seconds // 60}:{seconds % 60:02d}"


class StudyProgress:
    """Plain lines that are flushed at once; a pipe gets the same lines as a terminal."""

    def __init__(self, console: Console | None = None) -> None:
        # A pipe has no width: wide enough for the table. A terminal keeps its own.
        width = None if sys.stdout.isatty() else 110
        self.console = console or Console(file=sys.stdout, highlight=False, width=width)
        self._status: Status | None = None
        self._shown = 0.0

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)
        self.console.file.flush()

    def begin(self) -> None:
        if self.console.is_terminal:
            self._status = self.console.status("")
            self._status.start()

    def step(self, text: str) -> None:
        """What is measured now; drawn a few times a second at most, and never on the child's core."""
        if self._status and time.monotonic() - self._shown > 0.5:
            self._shown = time.monotonic()
            self._status.update(text)

    def round(self, number: int, trials: int, elapsed: float, left: float, floors: Mapping[str, float], contended: float) -> None:
        noise = ", ".join(f"{metric} {100 * (floor - 1):.1f} %" for metric, floor in floors.items()) or "after 5 rounds"
        self.say(
            f"  round {number}: {trials} processes, {clock(elapsed)} elapsed, at most {clock(left)} left; "
            f"noise floor: {noise}; contended {100 * contended:.0f} %"
        )

    def end(self) -> None:
        if self._status:
            self._status.stop()
            self._status = None
