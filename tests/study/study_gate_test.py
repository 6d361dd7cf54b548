"""The gate: what it asks, and that a wrong contender cannot pass it."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest

from harness import contender, gate
from harness.contender import Contender, Known, load_contender
from harness.gate_cases import Case, all_ids, gate_cases
from harness.scenario import ALGORITHMS, load_scenario
from harness.signing import from_base64url
from harness.tools import Tools

CASES_OF = {algorithm: gate_cases(algorithm) for algorithm in ALGORITHMS}
CASES = CASES_OF["HS256"]
EVERY = [(algorithm, case) for algorithm in ALGORITHMS for case in CASES_OF[algorithm]]
PEER = replace(load_contender(contender.FOLDER / "js-tuned"), strictness={}, known={})
ARTICLE = load_contender(contender.FOLDER / "js-article")
FLOOR = load_contender(contender.FOLDER / "noop")


def right_answers(algorithm: str = "HS256") -> dict[str, dict[str, Any]]:
    return {case.id: {"outcome": case.expected, "response": case.response} for case in CASES_OF[algorithm]}


def judge(who: Contender, answers: dict[str, dict[str, Any]], algorithm: str = "HS256") -> gate.Verdict:
    return gate.judge(who, algorithm, CASES_OF[algorithm], answers)


def answer(**changes: str) -> dict[str, dict[str, Any]]:
    """Right answers but for the named cases; underscores stand for hyphens."""
    answers = right_answers()
    for name, outcome in changes.items():
        answers[name.replace("_", "-")] = {"outcome": outcome, "response": None}
    return answers


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_enough_cases_of_every_kind(algorithm: str) -> None:
    cases = CASES_OF[algorithm]
    decision = [case for case in cases if case.kind == "decision"]
    assert len(decision) >= 60
    assert {case.expected for case in decision} == {"allow", "401", "403", "500"}
    assert len([case for case in cases if case.kind == "strictness"]) >= 10
    assert all(case.expected != "allow" for case in cases if case.kind == "strictness")
    assert len({case.id for case in cases}) == len(cases)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_case_has_an_expected_answer(algorithm: str) -> None:
    for case in CASES_OF[algorithm]:
        if case.expected == "allow":
            assert case.response is None
        else:
            assert case.response is not None
            assert case.response["status"] == case.expected


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_cases_are_the_same_each_time(algorithm: str) -> None:
    assert gate_cases(algorithm) == CASES_OF[algorithm]


def test_cases_of_all_algorithms_agree_where_they_share_an_id() -> None:
    seen: dict[str, tuple[str, str]] = {}
    for _, case in EVERY:
        assert seen.setdefault(case.id, (case.kind, case.expected)) == (case.kind, case.expected), case.id
    assert all_ids() == seen.keys()


@pytest.mark.parametrize("algorithm", ALGORITHMS[1:])
def test_confusion_of_algorithms_is_among_the_public_key_cases(algorithm: str) -> None:
    ids = {case.id: case.expected for case in CASES_OF[algorithm]}
    forged = {"alg-none", "alg-hs256-pem", "alg-hs256-jwk", "alg-renamed", "signature-zero", "signature-short"}
    forged |= {"signature-other-key", "key-embedded", "kid-unknown-other-key", "strict-kid-unknown"}
    assert {ids[id_] for id_ in forged} == {"401"}
    assert "alg-hs512" not in ids


def test_the_forged_hmac_is_right_for_who_takes_the_public_key_for_a_secret() -> None:
    for algorithm in ALGORITHMS[1:]:
        token = _token(next(case for case in CASES_OF[algorithm] if case.id == "alg-hs256-pem"))
        signing_input, _, signature = token.rpartition(".")
        pem = load_scenario(algorithm).key.public_pem()
        assert hmac.digest(pem, signing_input.encode(), "sha256") == from_base64url(signature)


def test_the_signature_of_another_allowed_padding_is_valid_pss() -> None:
    token = _token(next(case for case in CASES_OF["RS256"] if case.id == "alg-ps256"))
    key = jwt.PyJWK(load_scenario("RS256").policy["keys"][0] | {"alg": "PS256"})
    assert jwt.decode(token, key, ["PS256"], audience=load_scenario("RS256").policy["audience"])["sub"]


def _token(case: Case) -> str:
    value: str = case.event["Records"][0]["cf"]["request"]["headers"]["authorization"][0]["value"]
    return value.split()[1]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_allowed_cases_carry_tokens_that_another_library_accepts(algorithm: str) -> None:
    scenario = load_scenario(algorithm)
    key: Any = scenario.secret or jwt.PyJWK(scenario.policy["keys"][0])
    for case in CASES_OF[algorithm]:
        if case.expected == "allow":
            policy = scenario.policy
            jwt.decode(_token(case), key, [algorithm], issuer=policy["issuer"], audience=policy["audience"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_case_differs_from_the_valid_one(algorithm: str) -> None:
    events = [str(case.event) for case in CASES_OF[algorithm]]
    assert len(set(events)) == len(events)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_right_answers_pass(algorithm: str) -> None:
    assert judge(PEER, right_answers(algorithm), algorithm).refused == []


def test_no_cases_is_an_error() -> None:
    with pytest.raises(ValueError, match="no cases"):
        gate.judge(PEER, "HS256", [], {})


def test_the_digest_changes_with_one_answer_and_not_with_the_order() -> None:
    verdict = judge(PEER, right_answers())
    assert verdict.digest == gate.digest(verdict.outcomes) == gate.answers_digest(right_answers())
    assert gate.digest(dict(reversed(verdict.outcomes.items()))) == verdict.digest
    digests = {gate.digest({**verdict.outcomes, id_: "throws"}) for id_ in verdict.outcomes}
    assert len(digests | {verdict.digest}) == len(CASES) + 1


def test_an_unanswered_case_refuses() -> None:
    answers = right_answers()
    del answers["valid"]
    assert judge(PEER, answers).refused == ["no answer to valid"]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_single_case_can_refuse(algorithm: str) -> None:
    for case in CASES_OF[algorithm]:
        answers = right_answers(algorithm)
        answers[case.id] = {"outcome": "401" if case.expected == "allow" else "allow", "response": None}
        expected = [f"{case.kind} {case.id}: {answers[case.id]['outcome']}, not declared"]
        assert judge(PEER, answers, algorithm).refused == expected


def test_undeclared_strictness_refuses() -> None:
    assert judge(PEER, answer(strict_crit="allow")).refused == ["strictness strict-crit: allow, not declared"]


def test_a_declaration_that_no_longer_holds_refuses() -> None:
    stale = replace(PEER, strictness={"strict-crit": "allow"})
    assert judge(stale, right_answers()).refused == ["strictness strict-crit: declared as allow, not seen"]


def test_a_declaration_of_another_algorithms_case_does_not_matter_here() -> None:
    declares = replace(PEER, strictness={"strict-kid-unknown": "allow"})
    assert judge(declares, right_answers()).refused == []
    assert judge(declares, right_answers("RS256"), "RS256").refused == [
        "strictness strict-kid-unknown: declared as allow, not seen"
    ]


def test_a_declaration_of_no_case_at_all_refuses() -> None:
    declares = replace(PEER, strictness={"strict-crti": "allow"})
    assert judge(declares, right_answers()).refused == ["strictness strict-crti: declared as allow, not seen"]


def test_a_declaration_can_be_of_one_algorithm() -> None:
    declares = replace(PEER, known={"RS256": Known(strictness={"strict-crit": "allow"})})
    answers = {**right_answers("RS256"), "strict-crit": {"outcome": "allow", "response": None}}
    assert judge(declares, answers, "RS256").refused == []
    assert judge(declares, right_answers()).refused == []


def test_a_declared_disagreement_must_have_the_declared_outcome() -> None:
    other = replace(ARTICLE, disagreements={"permissions-empty": "allow"}, strictness={})
    assert judge(other, answer(permissions_empty="allow")).refused == []
    refused = judge(other, answer(permissions_empty="401")).refused
    assert refused == ["decision permissions-empty: 401, not declared"]


def test_another_response_refuses_unless_the_descriptor_says_so() -> None:
    answers = right_answers()
    answers["expired"]["response"] = {**answers["expired"]["response"], "body": "{}"}
    assert judge(PEER, answers).refused == ["response expired: not the policy's"]
    own = replace(PEER, responses="own")
    verdict = judge(own, answers)
    assert (verdict.refused, verdict.response_differs) == ([], ["expired"])


def test_a_floor_that_decides_is_refused() -> None:
    assert len(judge(FLOOR, right_answers()).refused) > 40


def _asked(folder: Path, algorithm: str = "HS256") -> gate.Verdict:
    return gate.ask(load_contender(folder), algorithm, Tools(), folder)


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


def test_a_worker_is_asked_the_same(planted: Callable[..., Path]) -> None:
    folder = planted("worker")
    (folder / "worker.js").write_text("export const handler = (event) => event.Records[0].cf.request;\n", encoding="utf-8")
    (folder / "index.js").unlink()
    floor = replace(load_contender(folder), runtime="workerd", role="baseline")
    verdict = gate.ask(floor, "ES256", Tools(), folder)
    assert verdict.refused == []
    assert set(verdict.outcomes) == {case.id for case in CASES_OF["ES256"]}
    decides = replace(floor, role="peer")
    assert "decision expired: allow, not declared" in gate.ask(decides, "ES256", Tools(), folder).refused


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
