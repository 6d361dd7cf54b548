"""Equal decisions before any clock: which contenders get a number, and why the others do not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from . import worker
from .contender import Contender
from .folder import write_bytes
from .gate_cases import Case, all_ids, gate_cases
from .task import TaskError, run_task
from .tools import ROOT, Tools

VECTORS = ROOT / "tests" / "vectors" / "decisions"
_CACHE = ROOT / "build" / "study-cache" / "gate"


@dataclass
class Verdict:
    """What a contender did on the gate cases. `refused` lists why it gets no number; empty means it may be measured."""

    outcomes: dict[str, str] = field(default_factory=dict)
    response_differs: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    vectors: dict[str, int] | None = None  # for a door: how many of the repository's decision vectors it passed
    digest: str | None = None  # of `outcomes`: every process that is timed must come to the same


def digest(outcomes: dict[str, str]) -> str:
    """SHA-256 of the sorted pairs of case and outcome."""
    pairs = sorted(outcomes.items())
    return hashlib.sha256(json.dumps(pairs, separators=(",", ":")).encode()).hexdigest()


def answers_digest(answers: dict[str, dict[str, Any]]) -> str:
    """The digest of a runner's answers, {id: {"outcome", "response"}}."""
    return digest({id_: answer["outcome"] for id_, answer in answers.items()})


@cache
def cases_file(algorithm: str) -> Path:
    """The cases as a runner reads them, kept beside the tokens: a timed process reads them after the clock."""
    cases = [{"id": case.id, "event": case.event} for case in gate_cases(algorithm)]
    text = json.dumps(cases, separators=(",", ":")).encode()
    file = _CACHE / f"{algorithm}-{hashlib.sha256(text).hexdigest()[:24]}.json"
    if not file.exists():
        write_bytes(file, text)
    return file


def _applying(declared: dict[str, str], cases: list[Case]) -> dict[str, str]:
    """Without what is declared of another algorithm's cases; a case that no algorithm has stays, and is then not seen."""
    here = {case.id for case in cases}
    return {id_: outcome for id_, outcome in declared.items() if id_ in here or id_ not in all_ids()}


def _undeclared(declared: dict[str, str], found: dict[str, str], what: str) -> list[str]:
    reasons = [f"{what} {id_}: {outcome}, not declared" for id_, outcome in found.items() if declared.get(id_) != outcome]
    reasons += [f"{what} {id_}: declared as {outcome}, not seen" for id_, outcome in declared.items() if id_ not in found]
    return reasons


def judge(contender: Contender, algorithm: str, cases: list[Case], answers: dict[str, dict[str, Any]]) -> Verdict:
    """Compares the answers of the shipped handler with the cases."""
    if not cases:
        raise ValueError("gate: no cases, so nothing would be proved")
    verdict = Verdict()
    missing = [case.id for case in cases if case.id not in answers]
    if missing:
        verdict.refused.append(f"no answer to {', '.join(missing)}")
        return verdict
    verdict.outcomes = {case.id: answers[case.id]["outcome"] for case in cases}
    verdict.digest = digest(verdict.outcomes)

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
    verdict.refused += _undeclared(_applying(contender.disagreements_for(algorithm), cases), differs["decision"], "decision")
    verdict.refused += _undeclared(_applying(contender.strictness_for(algorithm), cases), differs["strictness"], "strictness")
    if contender.responses == "policy":
        verdict.refused += [f"response {id_}: not the policy's" for id_ in verdict.response_differs]
    return verdict


def replay_vectors(contender: Contender, tools: Tools, folder: Path, files: list[Path], verdict: Verdict) -> None:
    """Replays the decision vectors on the door that the artefact was built from.

    The compiled file is the same, byte for byte: the build compares it. Python takes the whole package from the zip.
    """
    runtime, _, module = (contender.vectors or "").partition(":")
    task = {"kind": "vectors", "module": module, "base": str(ROOT / "package.json"), "files": [str(file) for file in files]}
    try:
        result = run_task(contender, tools, folder, task, runtime=runtime).result
    except TaskError as error:
        verdict.refused.append(f"the door gave no answers to the vectors: {error}")
        return
    cases, failed = result["cases"], result["failed"]
    verdict.vectors = {"cases": cases, "passed": cases - len(failed)}
    if cases == 0:
        verdict.refused.append("no decision vectors were replayed")
    verdict.refused += [f"vector {text}" for text in failed]


def _answers(contender: Contender, algorithm: str, tools: Tools, folder: Path, runtime: str | None) -> dict[str, Any]:
    if contender.runtime == "workerd":
        return worker.ask(tools, folder, [(case.id, case.event) for case in gate_cases(algorithm)])
    task = {"kind": "gate", "cases": str(cases_file(algorithm))}
    answers: dict[str, Any] = run_task(contender, tools, folder, task, runtime=runtime).result["outcomes"]
    return answers


def ask(contender: Contender, algorithm: str, tools: Tools, folder: Path, runtime: str | None = None) -> Verdict:
    """Puts every case to the unpacked artefact's own handler, and once for each door the vectors."""
    cases = gate_cases(algorithm)
    try:
        answers = _answers(contender, algorithm, tools, folder, runtime)
    except TaskError as error:
        return Verdict(refused=[f"the handler gave no answers: {error}"])
    verdict = judge(contender, algorithm, cases, answers)
    # The vectors bring their own policies, of every algorithm: one artefact answers for all.
    if contender.vectors and algorithm == contender.algorithms[0]:
        replay_vectors(contender, tools, folder, sorted(VECTORS.glob("*.json")), verdict)
    return verdict
