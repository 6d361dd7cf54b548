"""What the person at the terminal reads. Plain text unless standard output is a terminal."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType

_FANCY = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
_STYLES = {"bold": "1", "red": "31", "green": "32", "yellow": "33", "dim": "2"}


class Failure(Exception):
    """A reason to stop that a person can act on."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def paint(text: str, style: str) -> str:
    return f"\033[{_STYLES[style]}m{text}\033[0m" if _FANCY else text


def say(text: str = "") -> None:
    print(text, flush=True)


def heading(text: str) -> None:
    say(paint(f"== {text}", "bold"))


def complain(text: str) -> None:
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)


def table(rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()) -> str:
    """Columns as wide as their widest cell; those in `numbers` are aligned to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths))
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


class Step:
    """One line per step: what is done, then how it ended and how long it took."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._outcome = "done"
        self._stop = threading.Event()
        self._ticker: threading.Thread | None = None

    def outcome(self, text: str) -> None:
        self._outcome = text

    def __enter__(self) -> Step:
        self._start = time.monotonic()
        if _FANCY:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()
        else:
            say(f"   {self._what} ...")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._ticker:
            self._ticker.join()
            print("\r\033[K", end="")
        outcome = self._outcome if kind is None else "FAILED"
        style = "green" if kind is None and "FAILED" not in outcome else "red"
        seconds = time.monotonic() - self._start
        say(f"   {self._what}: {paint(outcome, style)} ({seconds:.1f} s)")

    def _tick(self) -> None:
        while not self._stop.wait(0.5):
            seconds = time.monotonic() - self._start
            print(f"\r   {self._what} ... {seconds:.0f} s", end="", flush=True)
