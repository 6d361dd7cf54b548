"""The vectors through the Python module: decisions, bare tokens, handlers, policies, signatures."""

import copy
import functools
import json

import portcullis
import pytest
import vector_files as vectors

DECISIONS = vectors.decision_cases()
TOKENS = [case for case in DECISIONS if vectors.bare_token(case) is not None]
ANY_NOW = [case for case in DECISIONS if case["any_now"]]
POLICIES = vectors.policy_cases()
SIGNATURES = vectors.signature_cases()


def by_id(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


@functools.cache
def made_once(make, policy_text):
    return make(policy_text)


def verifier_of(case):
    return made_once(portcullis.Verifier, json.dumps(case["policy_json"]))


def check(decision, case):
    expect = case["expect"]
    allowed = expect["decision"] == "allow"
    assert (decision.kind, decision.reason) == (expect["decision"], expect["reason"])
    assert decision.allowed is allowed
    assert decision.status == expect.get("status")
    assert decision.response == vectors.expected_response(case)
    if allowed:
        assert decision.claims == vectors.claims_of(vectors.bare_token(case))
    else:
        assert decision.claims is None


def test_the_vectors_are_there():
    assert len(DECISIONS) >= vectors.FEWEST_DECISIONS
    assert len(TOKENS) >= vectors.FEWEST_DECISIONS
    assert len(ANY_NOW) >= vectors.FEWEST_DECISIONS
    assert len(POLICIES) >= vectors.FEWEST_POLICIES
    assert len(SIGNATURES) >= vectors.FEWEST_SIGNATURES


@by_id(DECISIONS)
def test_decision(case):
    event = copy.deepcopy(case["event"])
    check(verifier_of(case).verify(event, case["now"]), case)
    assert event == case["event"]


def test_decisions_do_not_depend_on_their_order():
    for case in reversed(DECISIONS):
        decision = verifier_of(case).verify(case["event"], case["now"])
        assert (case["id"], decision.reason) == (case["id"], case["expect"]["reason"])


@by_id(TOKENS)
def test_token(case):
    verifier = verifier_of(case)
    token = vectors.bare_token(case)
    check(verifier.verify_token(token, case["now"]), case)
    check(verifier.verify_token(token.encode(), case["now"]), case)


@by_id(ANY_NOW)
def test_handler(case):
    handler = made_once(portcullis.create_handler, json.dumps(case["policy_json"]))
    event = copy.deepcopy(case["event"])
    answer = handler(event, None)
    if case["expect"]["decision"] == "allow":
        assert answer is event["Records"][0]["cf"]["request"]
    else:
        assert answer == vectors.expected_response(case)
        assert handler(event, None) is not answer
    assert event == case["event"]


def test_the_answer_is_the_same_at_any_now():
    for case in ANY_NOW:
        for now in (1700000600, 1800000000, 4102444799):
            decision = verifier_of(case).verify(case["event"], now)
            assert (case["id"], decision.reason) == (case["id"], case["expect"]["reason"])


@by_id(POLICIES)
def test_policy(case):
    text = vectors.policy_bytes(case)
    forms = [text]
    if "policy" in case:
        forms += [case["policy"], text.decode()]
    elif "policy_text" in case:
        forms.append(case["policy_text"])
    for form in forms:
        if case["expect"]["valid"]:
            portcullis.Verifier(form)
            continue
        with pytest.raises(portcullis.PolicyError) as caught:
            portcullis.Verifier(form)
        error = caught.value
        assert error.path == case["expect"]["path"]
        assert error.expected.startswith("expected ")
        assert str(error) == f"policy: {error.path}: {error.expected}"
        with pytest.raises(portcullis.PolicyError):
            portcullis.create_handler(form)


def judge_signature(case):
    """A key that cannot be used verifies nothing."""
    message, signature = (bytes.fromhex(case[name]) for name in ("message_hex", "signature_hex"))
    try:
        return portcullis.verify_signature(case["alg"], case["jwk"], message, signature)
    except portcullis.PolicyError:
        return False


@by_id(SIGNATURES)
def test_signature(case):
    assert judge_signature(case) is case["valid"]
