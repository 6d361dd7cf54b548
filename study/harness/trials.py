"""One planned process after the other: gives each to the module of its kind and writes down what came of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import gate, life, warm, worker
from .cgroup import PERIOD_US, Cgroup
from .contender import Contender
from .gate_cases import gate_cases
from .gating import Gate
from .machine import OtherWork, Pinning, before_trial
from .plan import Step, planned_fields
from .recorder import Recorder
from .tools import Tools
from .workload import EXPECTED, cell_event, split_cell

# What a process that gave nothing has used: a line has every common field.
_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("wall_ns", "cpu_ns", "peak_memory", "minor_faults", "major_faults"), 0),
    **dict.fromkeys(("voluntary_switches", "involuntary_switches"), 0),
    "exit": None,
    "parity": None,
}


def expected_answer(contender: Contender, cell: str) -> str:
    return EXPECTED[split_cell(cell)[0]] if contender.decides else "allow"


def is_contended(trial: Mapping[str, Any], limit: Mapping[str, float]) -> bool:
    """Whether others had more of the process's core than the plan allows."""
    lost = trial["foreign_ns"] + trial["stolen_ns"]
    return bool(lost > max(limit["least_ns"], limit["share"] * trial["wall_ns"]))


@dataclass
class Trials:
    plan: dict[str, Any]
    plan_sha256: str
    contenders: dict[str, Contender]
    tools: Tools
    group: Cgroup | None
    gate: Gate
    pinning: Pinning
    recorder: Recorder
    folder_for: Callable[[str, str, str], Path]
    _parities: dict[tuple[str, str], life.Parity] = field(default_factory=dict)

    def run(self, step: Step) -> tuple[dict[str, Any], float | None]:
        """The line that was written, and the ns of a life's first request."""
        core = self.pinning.child
        before, others = before_trial(), OtherWork.now(core)
        kinds = {"life": self._life, "warm": self._warm, "sweep": self._warm, "worker": self._worker}
        try:
            found = kinds[step.kind](step)
        except Exception as error:  # one process's oddity must not end the run; it is on record
            found = {"void": f"the harness failed: {type(error).__name__}: {error}"}
        line = {**planned_fields(step), "plan_sha256": self.plan_sha256, **_NOTHING, **found}
        # The plan's own words stay as they were, whatever a module says.
        line |= planned_fields(step)
        line |= {"before": before, **OtherWork.now(core).since(others, core)}
        line["contended"] = is_contended(line, self.plan["contention_limit"])
        first = self._keep(line)
        self.recorder.write(line)
        return line, first

    def _keep(self, line: dict[str, Any]) -> float | None:
        """Moves the durations to iterations.f32."""
        first = None
        if "requests" in line:
            durations = line["requests"]
            first = float(durations[0]) if durations else None
            line["requests"] = self.recorder.keep(durations)
        for cell in line.get("cells", []):
            if "batches" in cell:
                cell["batches"] = self.recorder.keep(_flat(cell["batches"]))
        return first

    def _parity(self, step: Step) -> life.Parity:
        key = (step.contender, step.algorithm)
        if key not in self._parities:
            expected = self.gate.digest(*key)
            cases = [(case.id, case.event) for case in gate_cases(step.algorithm)]
            self._parities[key] = life.Parity(cases, gate.answers_digest, expected or "")
        return self._parities[key]

    def _requests(self, step: Step, cell: str) -> list[dict[str, Any]]:
        count, seed = self.plan["settings"]["requests"], self.plan["seed"]
        return [cell_event(cell, step.algorithm, seed, number) for number in range(count)]

    def _life(self, step: Step) -> dict[str, Any]:
        contender, cell = self.contenders[step.contender], step.cells[0]
        return life.run(
            life.Life(
                runtime=step.runtime,
                client=step.client or "thin",
                profile="free" if step.profile == "unthrottled" else step.profile,
                folder=self.folder_for(step.contender, step.algorithm, step.runtime),
                entry=contender.entry,
                events=self._requests(step, cell),
                expected=expected_answer(contender, cell),
                parity=self._parity(step),
                environment_padding=step.environment_padding,
                path_padding=step.path_padding,
                phase_ns=random.Random(f"{self.plan['seed']}/phase/{step.trial}").randrange(PERIOD_US * 1000),
                core=self.pinning.child,
            ),
            self.tools,
            self.group,
        )

    def _warm(self, step: Step) -> dict[str, Any]:
        folder = self.folder_for(step.contender, step.algorithm, step.runtime)
        parity = self.gate.digest(step.contender, step.algorithm) or ""
        wanted = warm.of_step(
            step, self.contenders[step.contender], folder, self.plan["settings"], self.plan["seed"], parity, self.pinning.child
        )
        return warm.run(wanted, self.tools)

    def _worker(self, step: Step) -> dict[str, Any]:
        contender = self.contenders[step.contender]
        seed = self.plan["seed"]
        cells = [
            worker.Cell(cell, [cell_event(cell, step.algorithm, seed, n) for n in range(256)], expected_answer(contender, cell))
            for cell in step.cells
        ]
        return worker.run(
            self.tools,
            self.folder_for(step.contender, step.algorithm, step.runtime),
            cells,
            self.plan["settings"]["worker_ms"],
            core=self.pinning.child,
            parity=self._parity(step),
            with_isolate=True,
            environment_padding=step.environment_padding,
            path_padding=step.path_padding,
        )


def _flat(batches: Any) -> list[float]:
    """[[calls, ns], ...] or already calls, ns, calls, ns."""
    return [value for pair in batches for value in pair] if batches and isinstance(batches[0], list | tuple) else list(batches)
