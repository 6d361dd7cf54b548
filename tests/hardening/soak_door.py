"""The Python door under soak: soak_door.py WORKLOAD DECISIONS [leak]. workload.py tells what is asked.

Every answer is compared; in every thirty-second round everything that a decision can tell is read and must
be what it was the first time. The verifier of one policy after the other is made anew. Prints one JSON
line: the samples of memory, [decisions, {measure: bytes}].
"""

import ctypes
import gc
import json
import resource
import sys
import time
from itertools import count
from pathlib import Path

import portcullis

SELDOM = 200  # rounds
DEEP = 32
SAMPLES = 60
LEAK = 16  # decisions, of which one is kept when that is asked for


class Mallinfo(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()
    ]


_libc = ctypes.CDLL(None)
_libc.mallinfo2.restype = Mallinfo


def memory():
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    heap = _libc.mallinfo2()
    return {
        "rss": pages * resource.getpagesize(),
        "heap": heap.uordblks + heap.hblkhd,
        "blocks": sys.getallocatedblocks() * 16,
    }


def read(decision):
    told = [decision.claims, decision.response, decision.edits, decision.log_line]
    return json.dumps(told, sort_keys=True)


class Soak:
    def __init__(self, path):
        self.work = json.loads(Path(path).read_text())
        self.verifiers = [portcullis.Verifier(text) for text in self.work["policies"]]
        self.decisions = self.rounds = 0
        self.first = {}
        self.kept = None
        self.lists = {
            name: [
                (case["policy"], case.get("tick", 0), case.get("fresh", False), self.steps(case))
                for case in self.work[name]
            ]
            for name in ("often", "seldom")
        }

    @staticmethod
    def steps(case):
        return [
            (case["id"], one["event"], one["now"], one["kind"], one["reason"], one["status"], one["route"])
            for one in case["steps"]
        ]

    def sweep(self, name):
        verifiers, deep, kept = self.verifiers, self.rounds % DEEP == 0, self.kept
        asked = 0
        for policy, tick, fresh, steps in self.lists[name]:
            made = verifiers[policy]
            if fresh:
                made = portcullis.Verifier(self.work["policies"][policy])
            later = tick * self.rounds
            for at, (id, event, now, kind, reason, status, route) in enumerate(steps):
                decision = made.verify(event, now + later)
                asked += 1
                if decision.kind != kind or decision.reason != reason:
                    self.wrong(id, at, decision)
                if deep:
                    if decision.status != status or decision.route != route:
                        self.wrong(id, at, decision)
                    if not tick and self.first.setdefault((id, at), text := read(decision)) != text:
                        self.wrong(id, at, decision)
                if kept is not None and asked % LEAK == 0:
                    kept.append(decision)
        self.decisions += asked

    def wrong(self, id, at, decision):
        told = f"{decision.kind} {decision.reason} {decision.status} {read(decision)}"
        sys.exit(f"round {self.rounds}, {id}, step {at}: {told}")

    def run(self, wanted):
        samples = [[0, memory()]]
        for self.rounds in count():
            if self.rounds % SELDOM == 0:
                self.sweep("seldom")
            self.sweep("often")
            policy = self.rounds % len(self.verifiers)
            self.verifiers[policy] = portcullis.Verifier(self.work["policies"][policy])
            if self.decisions >= len(samples) * wanted / SAMPLES:
                samples.append([self.decisions, memory()])
            if self.decisions >= wanted:
                return samples


def main():
    path, wanted, *leak = sys.argv[1:]
    soak = Soak(path)
    if leak:
        soak.kept = []
    start = time.monotonic()
    samples = soak.run(int(wanted))
    told = {
        "door": "python",
        "decisions": soak.decisions,
        "rounds": soak.rounds + 1,
        "seconds": round(time.monotonic() - start, 2),
        "samples": samples,
    }
    print(json.dumps(told))


main()
