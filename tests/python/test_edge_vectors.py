"""The edge vectors through the Python module: decisions, responses, edits, log lines, handlers."""

import copy
import functools
import json

import portcullis
import pytest
import vector_files as vectors

CASES = vectors.edge_cases()
# One answer at any time, by a verifier that remembers nothing: a handler can be asked.
ANY_NOW = [case for case in CASES if case.get("any_now")]
LATENCIES = {"<0.1ms", "<1ms", "<10ms", "<100ms", ">=100ms"}


def by_id(cases):
    return pytest.mark.parametrize("case", cases, ids=[case["id"] for case in cases])


def is_shadow(case):
    return case["policy_json"].get("mode") == "shadow"


@functools.cache
def made_once(policy_text):
    return portcullis.Verifier(policy_text)


@functools.cache
def handler_of(policy_text):
    """A handler, and the lists that its log lines and decisions go into."""
    lines, told = [], []
    handler = portcullis.create_handler(policy_text, log=lines.append, on_decision=told.append)
    return handler, lines, told


def verifier_of(case):
    """A verifier of its own where the case has steps."""
    text = json.dumps(case["policy_json"])
    return made_once(text) if "now" in case else portcullis.Verifier(text)


def check_response(response, expect):
    """The response that answers instead of the origin."""
    if "location" in expect:
        response, location = vectors.split_location(response, expect["location"])
        assert location == expect["location"]
    assert response == expect["response"]


def expected_request(step):
    return step["expect"].get("request", vectors.request_of(step["event"]))


def check(decision, step, shadow):
    expect = step["expect"]
    allowed = expect["decision"] == "allow"
    assert (decision.kind, decision.reason) == (expect["decision"], expect["reason"])
    assert decision.allowed is allowed
    assert decision.status == expect.get("status")
    assert decision.route == expect.get("route")
    if allowed:
        assert decision.response is None
    else:
        check_response(decision.response, expect)
        assert decision.claims is None
    request = vectors.request_of(step["event"])
    if request is not None and (allowed or shadow):
        assert vectors.apply_edits(request, decision.edits or {}) == expected_request(step)
    else:
        assert decision.edits is None
    line = decision.log_line
    assert (line and json.loads(line)) == expect.get("log")


def test_the_vectors_are_there():
    assert len(CASES) >= vectors.FEWEST_EDGE
    assert len(ANY_NOW) >= vectors.FEWEST_EDGE // 2


@by_id(CASES)
def test_decision(case):
    verifier = verifier_of(case)
    for step in case["steps"]:
        event = copy.deepcopy(step["event"])
        check(verifier.verify(event, step["now"]), step, is_shadow(case))
        assert event == step["event"]


def test_decisions_do_not_depend_on_their_order():
    for case in reversed(CASES):
        if "now" not in case:
            continue
        decision = verifier_of(case).verify(case["event"], case["now"])
        assert (case["id"], decision.reason) == (case["id"], case["expect"]["reason"])


@by_id(ANY_NOW)
def test_handler(case):
    handler, lines, told = handler_of(json.dumps(case["policy_json"]))
    lines.clear()
    told.clear()
    event = copy.deepcopy(case["event"])
    request = vectors.request_of(event)
    answer = handler(event, None)
    [step] = case["steps"]
    expect = step["expect"]
    if request is not None and (expect["decision"] == "allow" or is_shadow(case)):
        assert answer is request
        assert request == expected_request(step)
    else:
        check_response(answer, expect)
        assert event == case["event"]

    [info] = told
    assert info.pop("milliseconds") >= 0
    assert info == {
        "kind": expect["decision"],
        "reason": expect["reason"],
        "status": expect.get("status"),
        "route": expect.get("route"),
    }
    if "log" not in expect:
        assert lines == []
        return
    [line] = lines
    logged = json.loads(line)
    assert logged.pop("latency") in LATENCIES
    if request is not None:
        assert logged.pop("requestId") == case["event"]["Records"][0]["cf"]["config"]["requestId"]
    assert logged == expect["log"]
