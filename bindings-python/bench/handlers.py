"""The same as bindings-node/bench/handlers.js, for handlers in Python."""

import importlib.util
import json
import random
import sys
from collections import deque
from itertools import repeat
from pathlib import Path
from time import perf_counter, thread_time_ns

task = json.load(sys.stdin)


def request_of(event):
    return event["Records"][0]["cf"]["request"]


def make_event(token):
    authorization, number = task["marks"]
    return json.loads(task["event"].replace(authorization, token).replace(number, "bench"))


def load_handler(name, folder, entry):
    """A module of its own name; what it imports from its folder must not serve the next one."""
    file, member = entry.split(".")
    known = set(sys.modules)
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(f"handler of {name}", Path(folder, f"{file}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.path.remove(folder)
    for added in set(sys.modules) - known:
        if str(getattr(sys.modules[added], "__file__", "")).startswith(folder):
            # Lazy imports of the package itself still have to find it.
            if not added.partition(".")[0] in ("portcullis", "jwt"):
                del sys.modules[added]
    return getattr(module, member)


class Subject:
    def __init__(self, name, folder, entry):
        self.name, self.samples, self.rounds = name, [], 1
        self.handler = load_handler(name, folder, entry)
        self.events = [make_event(token) for token in task["tokens"]]
        for event in self.events:
            if self.handler(event, None) is not request_of(event):
                sys.exit(f"{name}: denies a valid token")
        # The floor lets everything through, and is not a verifier.
        if name != task["floor"] and self.handler(make_event(task["forged"]), None).get("status") != "401":
            sys.exit(f"{name}: does not refuse a forged token")

    def batch(self):
        """Nanoseconds of processor time a call; the loop is one of C."""
        handler, calls = self.handler, self.events * self.rounds
        begin = thread_time_ns()
        deque(map(handler, calls, repeat(None)), maxlen=0)
        return (thread_time_ns() - begin) / len(calls)


subjects = [Subject(**handler) for handler in task["handlers"]]
for subject in random.sample(subjects, len(subjects)):
    end = perf_counter() + task["warmUpMs"] / 1e3
    while perf_counter() < end:
        if subject.batch() * len(subject.events) * subject.rounds < task["batchMs"] * 1e6:
            subject.rounds *= 2
for _ in range(task["batches"]):
    for subject in random.sample(subjects, len(subjects)):
        subject.samples.append(subject.batch())
json.dump({subject.name: subject.samples for subject in subjects}, sys.stdout)
