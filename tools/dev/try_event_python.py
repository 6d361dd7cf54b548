"""The same question as try_event.js, to the Python door."""

import json
import sys
from time import perf_counter_ns

asked = json.load(sys.stdin)


def tell():
    begin = perf_counter_ns()
    import portcullis

    loaded = perf_counter_ns() - begin
    begin = perf_counter_ns()
    try:
        verifier = portcullis.Verifier(asked["policy"])
    except portcullis.PolicyError as error:
        return {"error": str(error)}
    made = perf_counter_ns() - begin

    begin = perf_counter_ns()
    decision = verifier.verify(json.loads(asked["event"]), asked["now"])
    first = perf_counter_ns() - begin

    lines = []
    handler = portcullis.create_handler(asked["policy"], log=lines.append)
    event = json.loads(asked["event"])
    result = handler(event, None)
    try:
        same = result is event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError, IndexError):
        same = False

    times = []
    for _ in range(asked["calls"]):
        again = json.loads(asked["event"])
        begin = perf_counter_ns()
        handler(again, None)
        times.append(perf_counter_ns() - begin)
    told = ("kind", "reason", "status", "route", "response", "edits", "claims")
    return {
        **{name: getattr(decision, name, None) for name in told},
        "handler": {"returns": "the request" if same else "a response", "value": result},
        "log": lines[:1],
        "times": {"loaded": loaded, "made": made, "first": first, "calls": times},
    }


json.dump(tell(), sys.stdout)
