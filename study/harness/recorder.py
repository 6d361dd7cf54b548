"""Writes trials down as they come: a line each, and beside them every duration as 32-bit floats."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from .folder import FolderError, RunFolder

TRIALS, ITERATIONS = "trials.ndjson", "iterations.f32"


def spans(trial: dict[str, Any]) -> list[dict[str, int]]:
    """Where a trial's durations are in iterations.f32."""
    found = [trial[name] for name in ("requests",) if isinstance(trial.get(name), dict)]
    return found + [cell["batches"] for cell in trial.get("cells", []) if isinstance(cell.get("batches"), dict)]


class Recorder:
    """Appends to a run's folder. What an interruption has cut off is cut back to the last whole trial first."""

    def __init__(self, folder: RunFolder) -> None:
        self._trials, self._iterations = folder.file(TRIALS), folder.file(ITERATIONS)
        self.done = folder.trials()
        for number, trial in enumerate(self.done):
            if trial["trial"] != number:
                raise FolderError(f"{self._trials}: line {number + 1} is trial {trial['trial']}, expected {number}")
        self._offset = max((span["offset"] + span["count"] for trial in self.done for span in spans(trial)), default=0)
        self._cut_back()
        self._lines = open(self._trials, "ab")
        self._floats = open(self._iterations, "ab")

    def _cut_back(self) -> None:
        if self._trials.exists():
            text = self._trials.read_bytes()
            os.truncate(self._trials, text.rfind(b"\n") + 1)
        if self._iterations.exists():
            if self._iterations.stat().st_size < self._offset * 4:
                raise FolderError(f"{self._iterations}: shorter than the trials say")
            os.truncate(self._iterations, self._offset * 4)
        elif self._offset:
            raise FolderError(f"{self._iterations}: absent, and the trials refer to it")

    def keep(self, values: Sequence[float]) -> dict[str, int]:
        """Appends durations and gives their place."""
        span = {"offset": self._offset, "count": len(values)}
        self._floats.write(np.asarray(values, dtype="<f4").tobytes())
        self._offset += len(values)
        return span

    def write(self, trial: dict[str, Any]) -> None:
        # The durations first: a line never refers to what is not there.
        self._floats.flush()
        self._lines.write(json.dumps(trial, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
        self._lines.flush()
        self.done.append(trial)

    def close(self) -> None:
        self._floats.close()
        self._lines.close()
