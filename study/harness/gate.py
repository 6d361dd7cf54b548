"""Equal decisions before any clock: which contenders get a number, and why the others do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .artefact import ROOT, Tools
from .contender import Contender
from .gate_cases import Case
from .task import TaskError, run_task

VECTORS = ROOT / "tests" / "vectors" / "decisions"


@dataclass
class Verdict:
    """What a contender did on the gate cases. `refused` lists why it gets no number; empty means it may be measured."""

    outcomes: dict[str, str] = field(default_factory=dict)
    response_differs: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    vectors: dict[str, int] | None = None  # for a door: how many of the repository's decision vectors it passed


def _undeclared(declared: dict[str, str], found: dict[str, str], what: str) -> list[str]:
    reasons = [f"{what} {id_}: {outcome}, not declared" for id_, outcome in found.items() if declared.get(id_) != outcome]
    reasons += [f"{what} {id_}: declared as {outcome}, not seen" for id_, outcome in declared.items() if id_ not in found]
    return reasons


def judge(contender: Contender, cases: list[Case], answers: dict[str, dict[str, Any]]) -> Verdict:
    """Compares the answers of the shipped handler with the cases."""
    if not cases:
        raise ValueError("gate: no cases, so nothing would be proved")
    verdict = Verdict()
    missing = [case.id for case in cases if case.id not in answers]
    if missing:
        verdict.refused.append(f"no answer to {', '.join(missing)}")
        return verdict
    verdict.outcomes = {case.id: answers[case.id]["outcome"] for case in cases}

    if not contender.decides:
        # A floor must do nothing: the request comes back wherever there is one.
        verdict.refused = [
            f"baseline {case.id}: {verdict.outcomes[case.id]}, expected the request"
            for case in cases
            if case.kind == "decision" and case.expected != "500" and verdict.outcomes[case.id] != "allow"
        ]
        return verdict

    differs: dict[str, dict[str, str]] = {"decision": {}, "strictness": {}}
    for case in cases:
        outcome = verdict.outcomes[case.id]
        if outcome != case.expected:
            differs[case.kind][case.id] = outcome
        elif case.response is not None and answers[case.id]["response"] != case.response:
            verdict.response_differs.append(case.id)
    verdict.refused += _undeclared(contender.disagreements, differs["decision"], "decision")
    verdict.refused += _undeclared(contender.strictness, differs["strictness"], "strictness")
    if contender.responses == "policy":
        verdict.refused += [f"response {id_}: not the policy's" for id_ in verdict.response_differs]
    return verdict


def replay_vectors(contender: Contender, tools: Tools, folder: Path, files: list[Path], verdict: Verdict) -> None:
    """Replays the decision vectors on the door that the artefact was built from.

    The compiled file is the same, byte for byte: the build compares it. Python takes the whole package from the zip.
    """
    task = {
        "kind": "vectors",
        "module": (contender.vectors or "").partition(":")[2],
        "base": str(ROOT / "package.json"),
        "files": [str(file) for file in files],
    }
    try:
        result = run_task(contender, tools, folder, task).result
    except TaskError as error:
        verdict.refused.append(f"the door gave no answers to the vectors: {error}")
        return
    cases, failed = result["cases"], result["failed"]
    verdict.vectors = {"cases": cases, "passed": cases - len(failed)}
    if cases == 0:
        verdict.refused.append("no decision vectors were replayed")
    verdict.refused += [f"vector {text}" for text in failed]


def ask(contender: Contender, tools: Tools, folder: Path, cases: list[Case]) -> Verdict:
    """Puts every case to the unpacked artefact's own handler, and the vectors to a door."""
    task = {"kind": "gate", "cases": [{"id": case.id, "event": case.event} for case in cases]}
    try:
        answers = run_task(contender, tools, folder, task).result["outcomes"]
    except TaskError as error:
        return Verdict(refused=[f"the handler gave no answers: {error}"])
    verdict = judge(contender, cases, answers)
    if contender.vectors:
        replay_vectors(contender, tools, folder, sorted(VECTORS.glob("*.json")), verdict)
    return verdict
