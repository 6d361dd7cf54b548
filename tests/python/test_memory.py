"""References are given back and memory stays flat."""

import gc
import resource
import sys
import tracemalloc
import weakref
from pathlib import Path

import portcullis
import pytest
import tokens

CALLS = 100_000


def resident_bytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def parts_of(event):
    request = tokens.request_of(event)
    parts = [event, event["Records"], event["Records"][0], event["Records"][0]["cf"], request]
    if "headers" in request:
        parts.append(request["headers"])
        for entries in request["headers"].values():
            parts += [entries, *entries, *(value for entry in entries for value in entry.values())]
    return parts


EVENTS = {
    "allow": tokens.bearer_event(exp=tokens.FAR_FUTURE),
    "expired": tokens.bearer_event(exp=1),
    "surrogate": tokens.event_of("Bearer \ud800"),
    "not ascii": tokens.event_of("Bearer \u00e9"),
    "missing": tokens.event_of_headers({}),
    "wrong value": tokens.event_of(7),
    "repeated": tokens.event_of_headers({"authorization": [{"value": "a"}, {"value": "b"}]}),
}


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("ask", ["handler", "verify"])
def test_every_reference_is_given_back(name, ask):
    event = EVENTS[name]
    call = (
        portcullis.create_handler(tokens.POLICY)
        if ask == "handler"
        else portcullis.Verifier(tokens.POLICY).verify
    )
    parts = parts_of(event)
    before = [sys.getrefcount(part) for part in parts]
    for _ in range(1000):
        call(event)
    assert [sys.getrefcount(part) for part in parts] == before


def measure(call):
    """Growth over CALLS calls, after a warm-up: (traced bytes, allocated blocks)."""
    for _ in range(1000):
        call()
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(100):
            call()
        gc.collect()
        blocks = sys.getallocatedblocks()
        traced = tracemalloc.get_traced_memory()[0]
        for _ in range(CALLS):
            call()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - traced, sys.getallocatedblocks() - blocks
    finally:
        tracemalloc.stop()


CALLABLES = {
    "handler allow": lambda verifier, handler: lambda: handler(EVENTS["allow"], None),
    "handler deny": lambda verifier, handler: lambda: handler(EVENTS["expired"], None),
    "handler not an event": lambda verifier, handler: lambda: handler(None, None),
    "verify": lambda verifier, handler: lambda: verifier.verify(EVENTS["allow"]),
    "verify_token surrogate": lambda verifier, handler: lambda: verifier.verify_token("\ud800"),
    "decision": lambda verifier, handler: lambda: verifier.verify(EVENTS["expired"], 5).response,
}


@pytest.mark.parametrize("name", CALLABLES)
def test_memory_is_flat_over_many_calls(name):
    call = CALLABLES[name](
        portcullis.Verifier(tokens.POLICY), portcullis.create_handler(tokens.POLICY)
    )
    resident = resident_bytes()
    traced, blocks = measure(call)
    assert traced < 2000, "about one byte in fifty calls"
    assert blocks < 50
    # What C++ allocates is not traced; 100,000 leaks of the smallest block would be 3 MB.
    assert resident_bytes() - resident < 2_500_000


def test_memory_is_flat_over_many_verifiers():
    def churn(count):
        for _ in range(count):
            portcullis.Verifier(tokens.POLICY).verify_token(tokens.sign_text("{}"), 0)
            portcullis.create_handler(tokens.POLICY)
            with pytest.raises(portcullis.PolicyError):
                portcullis.Verifier(tokens.policy(realm=""))

    churn(200)
    gc.collect()
    resident = resident_bytes()
    churn(2000)
    gc.collect()
    assert resident_bytes() - resident < 2_000_000, "a leaked verifier is more than 2 kB"


def test_handler_and_decision_keep_only_what_they_need():
    class Request(dict):
        pass

    event = tokens.bearer_event()
    request = event["Records"][0]["cf"]["request"] = Request(tokens.request_of(event))
    alive = weakref.ref(request)
    decision = portcullis.Verifier(tokens.POLICY).verify(event, tokens.NOW)
    assert decision.allowed
    del event, request
    gc.collect()
    assert alive() is None
    assert decision.claims == tokens.CLAIMS


def test_answer_is_the_request_and_holds_one_reference():
    handler = portcullis.create_handler(tokens.POLICY)
    event = EVENTS["allow"]
    request = tokens.request_of(event)
    before = sys.getrefcount(request)
    answers = [handler(event, None) for _ in range(100)]
    assert sys.getrefcount(request) == before + 100
    assert all(answer is request for answer in answers)
    del answers
    assert sys.getrefcount(request) == before
