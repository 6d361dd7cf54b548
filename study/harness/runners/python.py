"""Runs one task on an unpacked artefact: python.py <task.json> <result.json>.

All marks are perf_counter_ns, which is CLOCK_MONOTONIC: the clock the driver also reads.
Like Lambda's own client this runner has loaded json before the handler is loaded.
"""

import json
import re
import sys
from time import perf_counter_ns, process_time_ns

task_file, result_file = sys.argv[1:]
with open(task_file, encoding="utf-8") as file:
    task = json.load(file)
sys.path[0] = task["folder"]


def load_handler():
    module, name = task["entry"].split(".")
    return getattr(__import__(module), name)


def peak_memory():
    with open("/proc/self/status", encoding="ascii") as status:
        return int(re.search(r"^VmHWM:\s+(\d+) kB$", status.read(), re.MULTILINE)[1]) * 1024


def request_of(event):
    try:
        return event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError, IndexError):
        return None


def outcome_of(result, event):
    request = request_of(event)
    if request is not None and result is request:
        return "allow"
    status = result.get("status") if isinstance(result, dict) else None
    return status if isinstance(status, str) else "neither a request nor a response"


def gate():
    handler = load_handler()
    outcomes = {}
    for case in task["cases"]:
        event = case["event"]
        before = json.dumps(event)
        try:
            result = handler(event, None)
            outcome = "event changed" if json.dumps(event) != before else outcome_of(result, event)
            outcomes[case["id"]] = {"outcome": outcome, "response": None if outcome == "allow" else result}
        except Exception as error:
            outcomes[case["id"]] = {"outcome": "throws", "response": repr(error)}
    return {"outcomes": outcomes}


def vectors():
    """Replays decision vectors on a door's module: the events and times of the vectors, with their own policies."""
    verifier_of = __import__(task["module"]).Verifier
    cases = 0
    failed = []
    for path in task["files"]:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        verifiers = {name: verifier_of(policy) for name, policy in document["policies"].items()}
        for row in document["cases"]:
            cases += 1
            decision = verifiers[row["policy"]].verify(row["event"], row["now"])
            expect = row["expect"]
            found = (decision.kind, decision.reason, decision.status)
            if found != (expect["decision"], expect["reason"], expect.get("status")):
                failed.append(f"{row['id']}: {found[0]} {found[1]}, expected {expect['decision']} {expect['reason']}")
    return {"cases": cases, "failed": failed}


def start():
    begin = perf_counter_ns()
    handler = load_handler()
    ready = perf_counter_ns()
    ready_cpu = process_time_ns()
    result = handler(task["event"], None)
    decided = perf_counter_ns()
    decided_cpu = process_time_ns()
    return {
        "marks": {"begin": begin, "ready": ready, "decided": decided},
        "cpu": {"ready": ready_cpu, "decided": decided_cpu},
        "outcome": outcome_of(result, task["event"]),
        "peak_memory": peak_memory(),
    }


def warm():
    handler = load_handler()
    events = task["events"]
    count = len(events)
    requests = [request_of(event) for event in events]
    for event in events:
        outcome = outcome_of(handler(event, None), event)
        if outcome != task["expected"]:
            return {"outcome": outcome}

    allowed = called = at = 0

    def batch(calls):
        nonlocal allowed, called, at
        hits, index = 0, at
        begin = perf_counter_ns()
        for _ in range(calls):
            if handler(events[index], None) is requests[index]:
                hits += 1
            index += 1
            if index == count:
                index = 0
        elapsed = perf_counter_ns() - begin
        allowed, called, at = allowed + hits, called + calls, index
        return elapsed

    calls = task["least_calls"]
    # Both windows are CPU time, so that a busy machine stretches them and does not cut them short.
    begin = process_time_ns()
    while process_time_ns() - begin < task["warm_up_ns"]:
        if batch(calls) < task["batch_ns"]:
            calls *= 2

    samples = []
    called_before, cpu_before = called, process_time_ns()
    while process_time_ns() - cpu_before < task["window_ns"] or len(samples) < task["least_batches"]:
        samples.append(round(batch(calls) / calls, 1))
    return {
        "outcome": task["expected"] if allowed == (called if task["expected"] == "allow" else 0) else "changed while timed",
        "calls_per_batch": calls,
        "samples": samples,
        "cpu_per_call": round((process_time_ns() - cpu_before) / (called - called_before)),
        "peak_memory": peak_memory(),
    }


result = {"gate": gate, "vectors": vectors, "start": start, "warm": warm}[task["kind"]]()
with open(result_file, "w", encoding="utf-8") as file:
    json.dump(result, file)
