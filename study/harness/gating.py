"""The gate over a whole run: every contender under every algorithm that it was built for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from . import gate
from .contender import ALGORITHMS, Contender
from .gate_cases import gate_cases
from .tools import Tools


class Gate:
    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._verdicts: dict[str, dict[str, gate.Verdict]] = {}
        self._elsewhere: dict[str, dict[str, list[str]]] = {}  # runtime -> contender -> why it is not measured there

    def ask(self, contender: Contender, algorithm: str, folder: Path) -> None:
        verdict = gate.ask(contender, algorithm, self._tools, folder)
        self._verdicts.setdefault(contender.name, {})[algorithm] = verdict

    def ask_on(self, contender: Contender, algorithm: str, folder: Path, runtime: str) -> list[str]:
        """On another line of the runtime the very same answers are wanted."""
        verdict = gate.ask(contender, algorithm, self._tools, folder, runtime)
        refused = list(verdict.refused)
        if not refused and verdict.digest != self.digest(contender.name, algorithm):
            refused = [f"answers otherwise on {runtime} than on the default line"]
        if refused:
            self._elsewhere.setdefault(runtime, {})[contender.name] = refused
        return refused

    def asked(self, name: str, algorithm: str) -> bool:
        return algorithm in self._verdicts.get(name, {})

    def digest(self, name: str, algorithm: str) -> str | None:
        return self._verdicts[name][algorithm].digest

    def refused(self, name: str) -> list[str]:
        """One wrong decision under one algorithm takes all numbers."""
        verdicts = self._verdicts.get(name, {})
        return [f"{algorithm}: {reason}" for algorithm, verdict in verdicts.items() for reason in verdict.refused]

    def summary(self, contender: Contender) -> str:
        verdicts = self._verdicts[contender.name]
        vectors = next((verdict.vectors for verdict in verdicts.values() if verdict.vectors), None)
        text = "passed" if contender.decides else "does not decide, and does nothing else either"
        if contender.role == "historical":
            text = f"decides differently in {len(contender.disagreements)} declared cases"
        return f"{text}: {', '.join(verdicts)}" + (f"; {vectors['passed']} decision vectors" if vectors else "")

    def record(self) -> dict[str, Any]:
        """For gate.json. The events follow from the case's name and the harness; only what was answered is kept."""
        asked = {algorithm for verdicts in self._verdicts.values() for algorithm in verdicts}
        algorithms = [algorithm for algorithm in ALGORITHMS if algorithm in asked]
        cases: dict[str, dict[str, Any]] = {}
        for algorithm in algorithms:
            for case in gate_cases(algorithm):
                entry = {"id": case.id, "kind": case.kind, "what": case.what, "expected": case.expected, "algorithms": []}
                cases.setdefault(case.id, entry)["algorithms"].append(algorithm)
        verdicts = {
            name: {algorithm: dataclasses.asdict(verdict) for algorithm, verdict in per.items()}
            for name, per in self._verdicts.items()
        }
        return {"cases": list(cases.values()), "verdicts": verdicts, "elsewhere": self._elsewhere}
