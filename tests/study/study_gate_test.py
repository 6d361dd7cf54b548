"""The gate: what it asks, and that a wrong contender cannot pass it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from harness import contender, gate
from harness.artefact import Tools
from harness.contender import Contender, load_contender
from harness.gate_cases import Case, gate_cases
from harness.scenario import EXPECTED, OUTCOMES, TOKENS_PER_OUTCOME, Scenario, load_scenario, workload

SCENARIO = load_scenario()
CASES = gate_cases(SCENARIO)
PEER = replace(load_contender(contender.FOLDER / "js-tuned"), strictness={})
ARTICLE = load_contender(contender.FOLDER / "js-article")
FLOOR = load_contender(contender.FOLDER / "noop")


def right_answers() -> dict[str, dict[str, Any]]:
    return {case.id: {"outcome": case.expected, "response": case.response} for case in CASES}


def answer(**changes: str) -> dict[str, dict[str, Any]]:
    """Right answers but for the named cases; underscores stand for hyphens."""
    answers = right_answers()
    for name, outcome in changes.items():
        answers[name.replace("_", "-")] = {"outcome": outcome, "response": None}
    return answers


def test_enough_cases_of_every_kind() -> None:
    decision = [case for case in CASES if case.kind == "decision"]
    assert len(decision) >= 40
    assert {case.expected for case in decision} == {"allow", "401", "403", "500"}
    assert len([case for case in CASES if case.kind == "strictness"]) >= 10
    assert all(case.expected != "allow" for case in CASES if case.kind == "strictness")


def _authorization(case: Case) -> str:
    return case.event["Records"][0]["cf"]["request"]["headers"]["authorization"][0]["value"]


def test_allowed_cases_carry_tokens_that_another_library_accepts() -> None:
    for case in CASES:
        if case.expected == "allow":
            token = _authorization(case).split()[1]
            jwt.decode(token, SCENARIO.secret, ["HS256"], issuer=SCENARIO.policy["issuer"], audience=SCENARIO.policy["audience"])


def test_a_case_differs_from_the_valid_one() -> None:
    events = [str(case.event) for case in CASES]
    assert len(set(events)) == len(events)


def test_right_answers_pass() -> None:
    assert gate.judge(PEER, CASES, right_answers()).refused == []


def test_no_cases_is_an_error() -> None:
    with pytest.raises(ValueError, match="no cases"):
        gate.judge(PEER, [], {})


def test_an_unanswered_case_refuses() -> None:
    answers = right_answers()
    del answers["valid"]
    assert gate.judge(PEER, CASES, answers).refused == ["no answer to valid"]


@pytest.mark.parametrize("case", [case for case in CASES if case.kind == "decision"], ids=lambda case: case.id)
def test_every_decision_case_can_refuse(case: Case) -> None:
    answers = right_answers()
    answers[case.id] = {"outcome": "401" if case.expected == "allow" else "allow", "response": None}
    assert gate.judge(PEER, CASES, answers).refused == [f"decision {case.id}: {answers[case.id]['outcome']}, not declared"]


def test_undeclared_strictness_refuses() -> None:
    assert gate.judge(PEER, CASES, answer(strict_crit="allow")).refused == ["strictness strict-crit: allow, not declared"]


def test_a_declaration_that_no_longer_holds_refuses() -> None:
    stale = replace(PEER, strictness={"strict-crit": "allow"})
    assert gate.judge(stale, CASES, right_answers()).refused == ["strictness strict-crit: declared as allow, not seen"]


def test_a_declared_disagreement_must_have_the_declared_outcome() -> None:
    other = replace(ARTICLE, disagreements={"permissions-empty": "allow"}, strictness={})
    assert gate.judge(other, CASES, answer(permissions_empty="allow")).refused == []
    refused = gate.judge(other, CASES, answer(permissions_empty="401")).refused
    assert refused == ["decision permissions-empty: 401, not declared"]


def test_another_response_refuses_unless_the_descriptor_says_so() -> None:
    answers = right_answers()
    answers["expired"]["response"] = {**answers["expired"]["response"], "body": "{}"}
    assert gate.judge(PEER, CASES, answers).refused == ["response expired: not the policy's"]
    own = replace(PEER, responses="own")
    verdict = gate.judge(own, CASES, answers)
    assert (verdict.refused, verdict.response_differs) == ([], ["expired"])


def test_a_floor_that_decides_is_refused() -> None:
    assert len(gate.judge(FLOOR, CASES, right_answers()).refused) > 40


def _asked(folder: Path, scenario: Scenario = SCENARIO) -> gate.Verdict:
    return gate.ask(load_contender(folder), Tools(), folder, gate_cases(scenario))


def test_a_handler_that_allows_everything_is_refused(planted: Callable[..., Path]) -> None:
    verdict = _asked(planted("allows-all"))
    assert "decision expired: allow, not declared" in verdict.refused
    assert "decision event-empty: throws, not declared" in verdict.refused


def test_a_handler_that_returns_a_copy_is_refused(planted: Callable[..., Path]) -> None:
    handler = "exports.handler = async (event) => ({ ...event.Records[0].cf.request });\n"
    verdict = _asked(planted("copies", handler, role="baseline"))
    assert "baseline valid: neither a request nor a response, expected the request" in verdict.refused


def test_a_handler_that_changes_the_request_is_refused(planted: Callable[..., Path]) -> None:
    handler = "exports.handler = async (event) => { const r = event.Records[0].cf.request; r.uri = '/'; return r; };\n"
    verdict = _asked(planted("changes", handler, role="baseline"))
    assert "baseline valid: event changed, expected the request" in verdict.refused


def test_a_handler_that_does_not_load_is_refused_with_the_reason(planted: Callable[..., Path]) -> None:
    verdict = _asked(planted("broken", "require('no-such-package');\n"))
    assert len(verdict.refused) == 1
    assert "Cannot find module 'no-such-package'" in verdict.refused[0]


DOOR_MODULE = """
class Decision:
    def __init__(self, kind, reason, status):
        self.kind, self.reason, self.status = kind, reason, status

class Verifier:
    def __init__(self, policy): pass
    def verify(self, event, now): return Decision("allow", "ok", None)
"""


def _replayed(folder: Path, files: list[Path]) -> gate.Verdict:
    folder.joinpath("planted_door.py").write_text(DOOR_MODULE, encoding="utf-8")
    door: Contender = replace(load_contender(contender.FOLDER / "pybind11"), vectors="python:planted_door")
    verdict = gate.Verdict()
    gate.replay_vectors(door, Tools(), folder, files, verdict)
    return verdict


def test_a_door_that_allows_everything_fails_the_vectors(tmp_path: Path) -> None:
    verdict = _replayed(tmp_path, [gate.VECTORS / "expiration.json"])
    assert verdict.vectors is not None
    assert 0 < verdict.vectors["passed"] < verdict.vectors["cases"]
    assert any(text.startswith("vector expiration-plain-at: allow ok, expected deny expired") for text in verdict.refused)


def test_a_door_without_vectors_is_refused(tmp_path: Path) -> None:
    assert _replayed(tmp_path, []).refused == ["no decision vectors were replayed"]


def test_the_workload_is_distinct_and_repeats_with_its_seed() -> None:
    events = workload(SCENARIO, 3)
    assert set(events) == set(OUTCOMES) == set(EXPECTED)
    for outcome in OUTCOMES:
        assert TOKENS_PER_OUTCOME >= 64
        assert len({str(event) for event in events[outcome]}) == TOKENS_PER_OUTCOME
    assert events == workload(SCENARIO, 3)
    assert events != workload(SCENARIO, 4)
