"""Runs one task on an unpacked artefact: python.py <task.json> <result.json>.

Times are perf_counter_ns, which is CLOCK_MONOTONIC.
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


def gate(handler):
    outcomes = {}
    with open(task["cases"], encoding="utf-8") as file:
        cases = json.load(file)
    for case in cases:
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


def cell_of(cell, few=None):
    """The events of a cell: parsed from text as the runtime's client parses them, one for each token."""
    with open(cell["tokens"], encoding="ascii") as file:
        lines = file.read().split("\n")[:-1][:few]
    marks = task["marks"]
    texts = [
        cell["event"].replace(marks["authorization"], token).replace(marks["request"], request)
        for token, request in zip(lines, task["requests"])
    ]
    events = [json.loads(text) for text in texts]
    status = None if cell["expected"] == "allow" else cell["expected"]
    return {**cell, "events": events, "requests": [request_of(event) for event in events], "status": status}


def check(handler, cell):
    """Puts every event of a cell to the handler while no clock runs. Returns the first wrong answer, if there is one."""
    for event in cell["events"]:
        outcome = outcome_of(handler(event, None), event)
        if outcome != cell["expected"]:
            return f"{cell['cell']}: answered {outcome}, expected {cell['expected']}"
    return None


def time_allow(handler, cell, at, calls):
    """Returns nanoseconds, right answers and the next index. Every result is looked at, so none can be skipped."""
    events, requests = cell["events"], cell["requests"]
    count, right = len(events), 0
    begin = perf_counter_ns()
    for _ in range(calls):
        if handler(events[at], None) is requests[at]:
            right += 1
        at += 1
        if at == count:
            at = 0
    return perf_counter_ns() - begin, right, at


def time_deny(handler, cell, at, calls):
    events, status = cell["events"], cell["status"]
    count, right = len(events), 0
    begin = perf_counter_ns()
    for _ in range(calls):
        if handler(events[at], None)["status"] == status:
            right += 1
        at += 1
        if at == count:
            at = 0
    return perf_counter_ns() - begin, right, at


def time_cell(handler, cell, warm_up_ns, window_ns, batch_ns, least_batches):
    """Times one cell: every batch from the first call on is kept. Batches grow from one call until they last batch_ns.

    Both windows are CPU time, so that a busy machine stretches them and does not cut them short.
    """
    time = time_allow if cell["status"] is None else time_deny
    batches = []
    calls, at, right, called = 1, 0, 0, 0

    def one():
        nonlocal at, right, called
        elapsed, hits, at = time(handler, cell, at, calls)
        batches.append((calls, elapsed))
        called += calls
        right += hits
        return elapsed

    time(handler, cell, 0, 0)  # as in the Node runner; the handler is not called
    begin = process_time_ns()
    while process_time_ns() - begin < warm_up_ns:
        if one() < batch_ns:
            calls *= 2

    first, called_before, cpu_before = len(batches), called, process_time_ns()
    while process_time_ns() - cpu_before < window_ns or len(batches) - first < least_batches:
        one()
    cpu = process_time_ns() - cpu_before
    return {
        "cell": cell["cell"],
        "batches": batches,
        "steady": [first, len(batches)],
        "cpu": cpu,
        "steady_calls": called - called_before,
        "called": called,
        "right": right,
    }


def measure(handler, description, settings):
    """Checks a cell whole and then times it. A sweep holds the events of one cell at a time."""
    cell = cell_of(description)
    wrong = check(handler, cell)
    if wrong:
        return {"wrong": wrong}
    try:
        result = time_cell(handler, cell, **settings)
    except Exception as error:
        return {"wrong": f"{cell['cell']}: threw while timed: {error!r}"}
    if result["right"] != result["called"]:
        missed = result["called"] - result["right"]
        return {"wrong": f"{cell['cell']}: {missed} of {result['called']} answers were wrong while timed"}
    return result


def time_cells():
    handler = load_handler()
    # Equal decisions first: here some of every outcome, and every event of a cell before that cell is timed. The gate's
    # whole list comes after the clock: its hostile shapes would unsettle the specialised byte-code, which no service's
    # traffic does.
    others = [cell_of(description, task["few"]) for description in task["outcomes"]]
    for cell in others:
        wrong = check(handler, cell)
        if wrong:
            return {"wrong": wrong}
    # A sweep's windows are short: its process is warm before the first of them.
    begin = process_time_ns()
    while process_time_ns() - begin < task["mix_ns"]:
        for cell in others:
            check(handler, cell)
    settings = {name: task[name] for name in ("warm_up_ns", "window_ns", "batch_ns", "least_batches")}
    results = []
    for description in task["cells"]:
        result = measure(handler, description, settings)
        if "wrong" in result:
            return result
        results.append(result)
    memory = peak_memory()

    def empty(event, context):
        return event

    # What the loop itself takes: around a function that returns what it is given.
    floor = time_cell(empty, {**cell_of(task["cells"][0]), "status": None}, **task["floor"])
    outcomes = gate(handler)["outcomes"]
    return {"cells": results, "awaited": False, "floor": floor, "peak_memory": memory, "gate": outcomes}


TASKS = {"gate": lambda: gate(load_handler()), "vectors": vectors, "warm": time_cells, "sweep": time_cells}
result = TASKS[task["kind"]]()
with open(result_file, "w", encoding="utf-8") as file:
    json.dump(result, file)
