"""What the study shows while it runs: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class StudyProgress:
    """Counts processes. The remaining time is the pace so far applied to what is left."""

    def __init__(self, console: Console | None = None) -> None:
        # A pipe has no width: wide enough for the table. A terminal keeps its own.
        width = None if sys.stdout.isatty() else 110
        self.console = console or Console(file=sys.stdout, highlight=False, width=width)
        self._bar: Progress | None = None
        self._total = self._done = 0
        self._begin = time.monotonic()

    def say(self, text: str) -> None:
        self.console.print(text, markup=False, soft_wrap=True)

    def begin(self, total: int) -> None:
        self._total, self._begin = total, time.monotonic()
        if self.console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.fields[left]}"),
                console=self.console,
            )
            self._bar.start()
            self._bar.add_task("measuring", total=total, left="")

    def step(self, what: str, line: bool = False) -> None:
        """One process is done. `line` marks a step worth a plain line where there is no bar."""
        self._done += 1
        elapsed = time.monotonic() - self._begin
        left = f"about {_clock(elapsed / self._done * (self._total - self._done))} left"
        if self._bar:
            self._bar.update(self._bar.task_ids[0], advance=1, description=what, left=left)
        elif line:
            self.say(f"  {what}: {self._done} of {self._total} processes, {_clock(elapsed)} elapsed, {left}")

    def end(self) -> None:
        if self._bar:
            self._bar.stop()
            self._bar = None
