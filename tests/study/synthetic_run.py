"""Makes a whole run folder from invented numbers whose truth is known, for the tests of everything that reads a run.

    python tests/study/synthetic_run.py OUT [--full] [--rounds N] [--seed N]

Nothing here was measured. The sizes of the numbers are those that one would see, so that charts and texts look as they will.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

MS, US = 1_000_000, 1_000
OUTCOMES = ("allow", "expired", "bad-signature", "wrong-scope", "malformed", "absent")
TOKENS, EVENTS = ("0.3", "1", "4"), ("small", "typical", "large")
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
BASE = "allow/0.3/typical"
REFERENCES = {"node": "js-tuned", "python": "py-pyjwt", "workerd": "worker-js"}
REQUESTS, BATCHES, QUOTA_NS, PERIOD_NS = 100, 60, 1_446 * US, 20 * MS
COMMIT = "0" * 40
PARITY = hashlib.sha256(b"the reference's decisions").hexdigest()

# name: title, role, complexity, quick, algorithms, warm us (HS256), ready ms (free), first requests' cost in CPU ms, zip KB,
# peak memory MiB, what a team must accept.
_ALL, _H, _HR = ALGORITHMS, ("HS256",), ("HS256", "RS256")
_N: list[tuple[Any, ...]] = [
    ("noop", "empty Node handler", "baseline", 0, True, _ALL, 0.05, 62, 0.35, 0.3, 43, ()),
    ("passthrough-js", "the empty handler of article B", "baseline", 0, False, _ALL, 0.06, 62, 0.4, 0.4, 43, ()),
    ("js-article", "jsonwebtoken as in the article", "historical", 1, True, _H, 48, 83, 3.2, 21, 49, ()),
    ("js-tuned", "jsonwebtoken, used well", "reference", 1, True, ("HS256", "RS256", "ES256"), 7.7, 82, 2.4, 20, 48, ()),
    ("js-fast", "fast-jwt, cache off", "peer", 1, True, _ALL, 7.4, 86, 2.2, 34, 50, ()),
    ("js-fast-cache", "fast-jwt, cache on", "peer", 1, False, _ALL, 4.0, 86, 2.3, 34, 51, ()),
    ("js-jose", "jose", "peer", 1, True, _ALL, 60, 78, 3.5, 17, 51, ()),
    ("js-bare", "node:crypto by hand", "peer", 0, True, _ALL, 6.7, 66, 1.5, 1.6, 45, ("own-code",)),
    ("js-aws", "aws-jwt-verify", "peer", 1, False, ("RS256", "ES256", "EdDSA"), 11, 79, 2.6, 14, 47, ()),
    ("js-noders", "@node-rs/jsonwebtoken", "peer", 4, False, _ALL, 9, 72, 1.3, 1100, 49, ("native-binary",)),
    ("rust-article", "Rust WASM as in article A", "historical", 3, True, _H, 17, 92, 9.0, 120, 62, ("toolchain",)),
    ("rust-lean", "Rust WASM, built for size", "peer", 3, False, _H, 9, 84, 5.5, 58, 57, ("toolchain",)),
    ("rust-passthrough", "the empty Rust handler of article B", "baseline", 3, False, _H, 6, 76, 3.4, 31, 53, ("toolchain",)),
    ("napi", "Portcullis, Node-API addon", "door", 4, True, _ALL, 0.8, 66, 0.7, 40, 45, ("native-binary",)),
    ("wasm-asset", "Portcullis, WebAssembly, self-contained", "door", 2, True, _ALL, 3.2, 75, 4.0, 160, 56, ()),
    ("wasm-inline", "Portcullis, WebAssembly inside the script", "door", 2, False, _ALL, 3.3, 78, 4.2, 175, 58, ()),
    ("wasm-host", "Portcullis, WebAssembly with the host's crypto", "door", 2, True, _ALL, 2.5, 68, 1.6, 21, 48, ()),
    ("wasm-simd", "Portcullis, WebAssembly with SIMD", "experiment", 2, False, _ALL, 2.9, 75, 4.0, 162, 56, ()),
    ("wasm-openssl", "Portcullis, WebAssembly with all of libcrypto", "experiment", 3, False, _ALL, 5.0, 90, 8.0, 610, 70, ()),
]
_P: list[tuple[Any, ...]] = [
    ("py-noop", "empty Python handler", "baseline", 0, True, _ALL, 0.12, 55, 0.25, 0.3, 24, ()),
    ("py-stdlib", "hmac by hand", "peer", 0, False, _H, 13, 63, 0.8, 1.5, 26, ("own-code",)),
    ("py-pyjwt", "PyJWT, used well", "reference", 1, True, _ALL, 40, 98, 1.6, 1900, 38, ()),
    ("py-joserfc", "joserfc", "peer", 1, False, _ALL, 66, 104, 2.1, 1980, 40, ()),
    ("pybind11", "Portcullis, pybind11 module", "door", 4, True, _ALL, 0.75, 61, 0.4, 950, 27, ("native-binary",)),
]
_W: list[tuple[Any, ...]] = [
    ("worker-noop", "empty Worker", "baseline", 0, True, _ALL, 0.4, 62, 0.3, 0.3, 70, ()),
    ("worker-js", "WebCrypto by hand", "reference", 1, True, _ALL, 34, 64, 0.9, 1.7, 71, ()),
    ("worker-wasm", "Portcullis in a Worker", "door", 2, True, _ALL, 5.1, 70, 1.4, 92, 76, ()),
]
# What the signature of an algorithm adds to a verification, us: with the runtime's own crypto, and inside WebAssembly.
_SIGNATURE = {"HS256": (0.0, 0.0), "RS256": (27.0, 390.0), "ES256": (74.0, 880.0), "EdDSA": (92.0, 1150.0)}
_IN_WASM = ("wasm-asset", "wasm-inline", "wasm-simd", "wasm-openssl", "worker-wasm")
_REJECT = {"allow": 1.0, "expired": 0.97, "bad-signature": 0.92, "wrong-scope": 0.98, "malformed": 0.35, "absent": 0.12}
_LINE_WARM = {"js-article": {"node20": 14.0, "node22": 1.2}, "js-tuned": {"node20": 2.1, "node22": 1.2}}
_LINE_READY = {"node20": 0.86, "node22": 0.93}


@dataclass(frozen=True)
class Made:
    """One invented contender."""

    name: str
    title: str
    runtime: str
    role: str
    complexity: int
    quick: bool
    algorithms: tuple[str, ...]
    warm_us: float
    ready_ms: float
    first_ms: float
    zip_kb: float
    memory_mib: float
    accepts: tuple[str, ...]

    @property
    def entry(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "title": self.title,
            "runtime": self.runtime,
            "role": self.role,
            "source": "invented for the tests",
            "notes": [],
            "caveats": ["verifies on another thread"] if self.name in ("js-jose", "worker-js") else [],
            "algorithms": list(self.algorithms),
            "quick": self.quick,
            "complexity": self.complexity,
            "accepts": list(self.accepts),
            "targets": ["workers"] if self.runtime == "workerd" else ["lambda-edge", "lambda", "server"],
            "responses": "policy" if self.role in ("door", "experiment", "reference") else "own",
            "disagreements": {"permissions-empty": "allow"} if self.role == "historical" else {},
            "strictness": {},
            "known": {},
            "decides": self.role != "baseline",
            "status": "measured",
            "reasons": [],
        }


def contenders() -> list[Made]:
    tables = ((_N, "node"), (_P, "python"), (_W, "workerd"))
    return [Made(row[0], row[1], runtime, *row[2:]) for table, runtime in tables for row in table]


@dataclass(frozen=True)
class Block:
    """A context and those that are measured in it once a round."""

    kind: str
    algorithm: str
    runtime: str
    profile: str
    client: str | None
    names: tuple[str, ...]
    cells: tuple[str, ...] = ()
    every: int = 1  # only in every n-th round


@dataclass
class _Run:
    folder: Path
    source: np.random.Generator
    sha: str
    made: dict[str, Made]
    truth: Mapping[str, Mapping[str, Any]]
    noise: float
    outliers: float
    contended: float
    sentinel: float
    wrong: Mapping[str, str]
    crashes: Mapping[str, float]
    lines: list[str] = field(default_factory=list)
    floats: list[np.ndarray] = field(default_factory=list)
    offset: int = 0
    wrong_done: set[str] = field(default_factory=set)

    def keep(self, values: np.ndarray) -> dict[str, int]:
        place = {"offset": self.offset, "count": len(values)}
        self.floats.append(values.astype("<f4"))
        self.offset += len(values)
        return place

    def pace(self, size: float) -> float:
        """The noise of one process: log-normal, and now and then something gets in the way."""
        late = self.source.exponential(0.3) if self.source.random() < self.outliers else 0.0
        return math.exp(self.noise * self.source.normal(0, size) + late)

    def like(self, name: str) -> Made:
        return self.made[self.truth.get(name, {}).get("like", name)]

    def factor(self, name: str, what: str) -> float:
        return float(self.truth.get(name, {}).get(what, 1.0))


def _blocks(made: Sequence[Made], full: bool) -> list[Block]:
    def names(runtime: str, algorithm: str) -> tuple[str, ...]:
        return tuple(c.name for c in made if c.runtime == runtime and algorithm in c.algorithms)

    def add(kind: str, algorithm: str, runtime: str, profile: str, client: str | None, **more: Any) -> None:
        family = runtime.rstrip("0123456789.")
        only = more.pop("only", None)
        chosen = tuple(name for name in names(family, algorithm) if only is None or name in only)
        if chosen:
            blocks.append(Block(kind, algorithm, runtime, profile, client, chosen, **more))

    blocks: list[Block] = []
    cells = tuple(f"{outcome}/0.3/typical" for outcome in OUTCOMES)
    for runtime in ("node24", "python3.11"):
        add("life", "HS256", runtime, "edge-viewer", "ric")
        add("life", "HS256", runtime, "free", "ric")
        add("life", "HS256", runtime, "edge-viewer", "thin", only=("noop", "js-tuned", "py-noop", "py-pyjwt"))
        add("warm", "HS256", runtime, "free", None, cells=cells)
        add("warm", "RS256", runtime, "free", None, cells=cells[:1])
    add("worker", "HS256", "workerd", "free", None, cells=cells)
    if full:
        for runtime in ("node20", "node22"):
            add("life", "HS256", runtime, "edge-viewer", "ric")
            add("warm", "HS256", runtime, "free", None, cells=cells[:1])
        for algorithm in ALGORITHMS[1:]:
            add("worker", algorithm, "workerd", "free", None, cells=cells[:1])
            for runtime in ("node24", "python3.11"):
                add("life", algorithm, runtime, "edge-viewer", "ric")
                if algorithm != "RS256":
                    add("warm", algorithm, runtime, "free", None, cells=cells[:1])
        sweep = tuple(f"allow/{token}/{event}" for token in TOKENS for event in EVENTS if (token, event) != ("0.3", "typical"))
        for runtime in ("node24", "python3.11"):
            add("sweep", "HS256", runtime, "free", None, cells=sweep, every=4)
    return blocks


def _warm_ns(run: _Run, name: str, block: Block, cell: str) -> float:
    like = run.like(name)
    outcome, token, event = cell.split("/")
    us = like.warm_us * _LINE_WARM.get(like.name, {}).get(block.runtime, 1.0)
    if like.role != "baseline":
        checked = outcome not in ("malformed", "absent")
        us += _SIGNATURE[block.algorithm][like.name in _IN_WASM] * checked
        us *= _REJECT[outcome] * (1 + 0.35 * TOKENS.index(token)) * (1 + 0.12 * (EVENTS.index(event) - 1))
    return us * US * run.factor(name, "warm")


def _requests(run: _Run, name: str, block: Block, pace: float) -> tuple[np.ndarray, np.ndarray]:
    """Wall and CPU ns of the first hundred requests: first expensive, then settling, with stalls under a quota."""
    like = run.like(name)
    steady = 0.16 * MS + _warm_ns(run, name, block, BASE) * 1.3
    k = np.arange(REQUESTS)
    extra = like.first_ms * MS * (np.exp(-k / 1.2) + 0.06 * np.exp(-k / 14))
    cpu = (steady + extra) * run.factor(name, "requests") * pace * np.exp(run.noise * run.source.normal(0, 0.08, REQUESTS))
    wall = cpu * 1.15
    if block.profile == "edge-viewer":
        left, stalled = QUOTA_NS * run.source.random(), np.zeros(REQUESTS)
        for i, need in enumerate(cpu.tolist()):
            left = min(left + 0.1 * MS, QUOTA_NS)  # a little comes back while the next request is prepared
            while need > left:
                need -= left
                stalled[i] += PERIOD_NS - QUOTA_NS
                left = QUOTA_NS
            left -= need
        wall += stalled
    return wall, cpu


def _life(run: _Run, name: str, block: Block, pace: float) -> dict[str, Any]:
    like = run.like(name)
    ready = like.ready_ms * MS * _LINE_READY.get(block.runtime, 1.0) * run.factor(name, "ready") * pace
    own = run.pace(0.03)
    wall, cpu = _requests(run, name, block, run.pace(0.03))
    begin, end = 0.55 * ready, 0.55 * ready + like.first_ms * 1.5 * MS * own
    ready_cpu = 0.9 * ready
    marks = {"load_begin": round(begin), "load_end": round(min(end, 0.98 * ready)), "ready": round(ready)}
    memory = round(like.memory_mib * 2**20)
    return {
        "marks": marks,
        "cpu": {
            "ready": round(ready_cpu),
            "first": round(ready_cpu + cpu[0]),
            "hundred": round(ready_cpu + cpu.sum()),
        },
        "queue": {"ready": 200_000, "first": 220_000, "hundred": 900_000},
        "requests": run.keep(wall),
        "quota": {"us": 1446, "period": 20000} if block.profile == "edge-viewer" else None,
        "memory": {"ready": round(memory * 0.95), "hundred": memory},
    }


def _warm_cells(run: _Run, name: str, block: Block, pace: float) -> list[dict[str, Any]]:
    cells = []
    late = run.source.random() < 0.06  # never comes to rest
    for cell in block.cells:
        ns = _warm_ns(run, name, block, cell) * pace * run.pace(0.01)
        calls = max(1, round(2 * MS / ns))
        k = np.arange(BATCHES)
        curve = ns * (1 + 1.5 * np.exp(-k / 2.5)) * np.exp(run.noise * run.source.normal(0, 0.01, BATCHES))
        if late:
            curve[40:] *= 1.12
        from_, to = 20, BATCHES
        steady = curve[from_:to]
        pairs = np.column_stack([np.full(BATCHES, calls, float), curve * calls]).ravel()
        cells.append(
            {
                "cell": cell,
                "ns": float(np.median(steady)),
                "p90": float(np.percentile(steady, 90)),
                "p99": float(np.percentile(steady, 99)),
                "cpu_ns": float(np.median(steady) * 1.01),
                "calls": int(calls * (to - from_)),
                "steady": [from_, to],
                "batches": run.keep(pairs),
            }
        )
    return cells


def _worker(run: _Run, name: str, block: Block, pace: float) -> dict[str, Any]:
    ready = run.like(name).ready_ms * MS * run.factor(name, "ready") * pace
    own, cells = run.pace(0.02), []
    for cell in block.cells:
        ns = _warm_ns(run, name, block, cell) * own
        points = [[n, round(600_000 + n * ns)] for n in (1, 1000, 4000)]
        cells.append({"cell": cell, "ns": ns, "points": points})
    return {"start": {"ready": round(ready)}, "isolate_ns": round(0.08 * ready), "cells": cells}


def _trial(run: _Run, block: Block, where: dict[str, Any], name: str, twin: int, weather: float) -> dict[str, Any]:
    size = {"life": 0.035, "worker": 0.04}.get(block.kind, 0.025)
    contended = bool(run.source.random() < run.contended)
    pace = weather * run.pace(size) * (run.sentinel if twin else 1.0) * (1.04 if contended else 1.0)
    memory = run.like(name).memory_mib * run.source.normal(1, 0.004)
    line: dict[str, Any] = {
        **where,
        "contender": name,
        "twin": twin,
        "algorithm": block.algorithm,
        "runtime": block.runtime,
        "client": block.client,
        "profile": block.profile,
        "wall_ns": round(900 * MS * pace),
        "cpu_ns": round(700 * MS * pace),
        "peak_memory": round(memory * 2**20),
        "minor_faults": int(run.source.integers(3_000, 9_000)),
        "major_faults": 0,
        "voluntary_switches": int(run.source.integers(90, 400)),
        "involuntary_switches": int(run.source.integers(0, 60)),
        "exit": -9 if block.kind == "life" else 0,  # a life is ended from outside
        "before": {"psi": round(float(run.source.exponential(0.6)) + 8 * contended, 2), "load": 0.8},
        "foreign_ns": int(run.source.integers(0, 3)) * 10_000_000 + 10**9 * int(contended),
        "stolen_ns": 0,
        "contended": contended,
        "environment_padding": int(run.source.integers(0, 4096)),
        "path_padding": int(run.source.integers(0, 64)),
        "parity": PARITY,
    }
    if run.source.random() < run.crashes.get(name, 0.0):
        return line | {"exit": -11, "parity": None, "void": "the process ended (signal 11): it printed nothing"}
    if name in run.wrong and name not in run.wrong_done:
        run.wrong_done.add(name)
        return line | {"parity": hashlib.sha256(b"other").hexdigest(), "void": run.wrong[name]}
    if block.kind == "life":
        return line | _life(run, name, block, pace)
    if block.kind == "worker":
        return line | _worker(run, name, block, pace)
    return line | {"cells": _warm_cells(run, name, block, pace)}


def _measure(run: _Run, blocks: Sequence[Block], rounds: int) -> Iterator[dict[str, Any]]:
    trial = block_number = 0
    drift = 0.0
    for round_ in range(rounds):
        drift = 0.8 * drift + run.noise * run.source.normal(0, 0.04)
        for index in run.source.permutation(len(blocks)):
            block = blocks[index]
            if round_ % block.every:
                continue
            weather = math.exp(drift + run.noise * run.source.normal(0, 0.015))
            reference = REFERENCES[run.made[block.names[0]].runtime]
            entries = [(name, 0) for name in block.names] + [(reference, 1)] * (reference in block.names)
            for order, chosen in enumerate(run.source.permutation(len(entries))):
                name, twin = entries[chosen]
                where = {
                    "trial": trial,
                    "kind": block.kind,
                    "plan_sha256": run.sha,
                    "round": round_,
                    "block": block_number,
                    "order": order,
                }
                yield _trial(run, block, where, name, twin, weather)
                trial += 1
            block_number += 1


def _builds(made: Sequence[Made], sha: str, source: np.random.Generator) -> dict[str, Any]:
    built: dict[str, Any] = {}
    for c in made:
        entry = "index.js" if c.runtime == "node" else "index.py" if c.runtime == "python" else "worker.js"
        zipped = round(c.zip_kb * 1000)
        for number, algorithm in enumerate(c.algorithms):
            raw = round(zipped * 2.9) + 40 * number
            built.setdefault(c.name, {})[algorithm] = {
                "sizes": {
                    "zip": zipped + 12 * number,
                    "unpacked": raw,
                    "gzip": round(zipped * 0.99) + 12 * number,
                    "brotli": round(zipped * 0.86) + 12 * number,
                    "files": {entry: raw - 700, "policy.json": 700} if raw > 1500 else {entry: raw},
                },
                "sha256": hashlib.sha256(f"{c.name} {algorithm}".encode()).hexdigest(),
                "build_ns": [round(0.4e9 * float(np.exp(source.normal(0, 0.05)))) for _ in range(3)],
            }
    compiled = {
        c.name: {"time": {"n": 3, "median": 21e9, "q1": 20e9, "q3": 23e9}, "covers": "the core and the door", "reason": None}
        for c in made
        if c.role in ("door", "experiment")
    }
    return {"plan_sha256": sha, "built": built, "compile": compiled}


def _write(path: Path, value: Any) -> bytes:
    data = (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
    path.write_bytes(data)
    return data


def _plan(everyone: Sequence[Made], blocks: Sequence[Block], seed: int, rounds: int, full: bool) -> dict[str, Any]:
    rows = []
    for block in blocks:
        twins = [name for name in block.names if name in REFERENCES.values()]
        rows.append(
            {
                "id": "-".join(filter(None, (block.kind, block.profile, block.algorithm, block.runtime, block.client))),
                "kind": block.kind,
                "algorithm": block.algorithm,
                "profile": block.profile,
                "every": block.every,
                "offset": 0,
                "repeats": 1,
                "entrants": [
                    {"contender": name, "runtime": block.runtime, "client": block.client, "twin": twin}
                    | {"cells": list(block.cells or (BASE,))}
                    for twin, names in ((0, block.names), (1, twins))
                    for name in names
                ],
            }
        )
    return {
        "format": 2,
        "mode": "full" if full else "quick",
        "seed": seed,
        "commit": COMMIT,
        "artefacts": {},
        "settings": {
            "least_rounds": rounds,
            "most_rounds": rounds,
            "budget_seconds": 300,
            "builds": 3,
            "compiles": 3,
            "requests": REQUESTS,
            "warm_up_ms": 40,
            "window_ms": 80,
            "mix_ms": 50,
            "sweep_warm_up_ms": 40,
            "sweep_window_ms": 80,
            "batch_ms": 2,
            "least_batches": 5,
            "worker_ms": 150,
        },
        "margins": {"cold": 0.05, "warm": 0.03, "size": 0.01},
        "references": REFERENCES,
        "contenders": [c.name for c in everyone],
        "rivals": [["wasm-host", "js-jose"], ["napi", "wasm-host"]],
        "restricted": {"kinds": None, "algorithms": None},
        "profiles": {"edge-viewer": {"us": 1446, "period": 20000}, "free": None},
        "contention_limit": {"share": 0.1, "least_ns": 10_000_000},
        "headline": {
            "reference": "js-tuned",
            "metrics": ["ready", "first", "warm"],
            "algorithm": "HS256",
            "cell": BASE,
        },
        "stopping": {
            "least_rounds": rounds,
            "most_rounds": rounds,
            "budget_seconds": 300,
            "half_width": {"cold": 0.025, "warm": 0.015},
            "rule": "After the planned rounds.",
        },
        "rows": rows,
    }


def _status(reason: tuple[str, str] | None) -> tuple[str, list[str]]:
    return ("measured", []) if reason is None else (reason[0], [reason[1]])


def _manifest(entries: list[dict[str, Any]], builds: dict[str, Any], seed: int, sha: str, full: bool) -> dict[str, Any]:
    return {
        "format": 2,
        "plan_sha256": sha,
        "mode": "full" if full else "quick",
        "seed": seed,
        "started": "2026-01-01T00:00:00+00:00",
        "ended": "2026-01-01T00:07:00+00:00",
        "interrupted": False,
        "stopped": "the planned rounds were done",
        "resumed": [],
        "command": ["./dev", "study"] + (["--full"] if full else []),
        "source": {"commit": COMMIT, "changed": False},
        "versions": {
            "python": "3.11.2",
            "node": "24.21.0",
            "node20": "20.19.5",
            "node22": "22.23.3",
            "node24": "24.21.0",
            "python3.11": "3.11.2",
            "workerd": "1.20260101.0",
            "jsonwebtoken": "9.0.2",
        },
        "headline": "js-tuned",
        "references": REFERENCES,
        "clients": {runtime: ["ric", "thin"] for runtime in ("node24", "node22", "node20", "python3.11")},
        "load": [0.4, 0.5, 0.5],
        "load_at_end": [1.2, 1.1, 0.8],
        "prepared": {},
        "contenders": entries,
        "artefacts": {name: {a: b["sha256"] for a, b in per.items()} for name, per in builds["built"].items()},
    }


def _environment(sha: str) -> dict[str, Any]:
    return {
        "plan_sha256": sha,
        "machine": {
            "cpu": "an invented processor",
            "cores": 2,
            "memory_mb": 8000,
            "system": "Debian GNU/Linux 12",
            "kernel": "6.1.0",
            "virtual": True,
        },
        "cgroup": "v1",
        "pinning": {"child": [1], "driver": [0]},
        "psi": True,
        "sentinel": {"references": REFERENCES, "runs": 2},
    }


def _gate(asked: Sequence[Made], refused: Mapping[str, str], sha: str) -> dict[str, Any]:
    def verdict(c: Made) -> dict[str, Any]:
        return {
            "outcomes": {"allow-typical": "allow"},
            "response_differs": [],
            "refused": [refused[c.name]] if c.name in refused else [],
            "vectors": {"cases": 400, "passed": 400} if c.role in ("door", "experiment") else None,
            "digest": PARITY,
        }

    case = {"id": "allow-typical", "kind": "decision", "what": "a token as it should be", "expected": "allow"}
    return {
        "plan_sha256": sha,
        "cases": [case | {"algorithms": list(ALGORITHMS)}],
        "verdicts": {c.name: {algorithm: verdict(c) for algorithm in c.algorithms} for c in asked},
        "elsewhere": {},
    }


def make(
    folder: Path,
    seed: int = 1,
    rounds: int | None = None,
    truth: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    full: bool = False,
    names: Sequence[str] | None = None,
    kinds: Sequence[str] = ("life", "warm", "sweep", "worker"),
    algorithms: Sequence[str] | None = None,
    noise: float = 1.0,
    outliers: float = 0.05,
    contended: float = 0.03,
    sentinel: float = 1.0,
    wrong: Mapping[str, str] | None = None,
    crashes: Mapping[str, float] | None = None,
    refused: Mapping[str, str] | None = None,
    not_built: Mapping[str, str] | None = None,
) -> Path:
    """Writes a run below `folder` (which becomes the run folder) and gives it back.

    truth     {contender: {"like": another contender, "warm"|"ready"|"requests": factor}}: `like` takes the other's values
    names     only these contenders; default those of a quick run, with `full` all
    noise     1 is a fairly quiet machine, 0 none
    sentinel  factor on the reference's second run: away from 1 it breaks the sentinel
    wrong     {contender: reason}: one of its trials is void, because it answered wrongly
    crashes   {contender: rate}
    """
    rounds = (40 if full else 12) if rounds is None else rounds
    refused, not_built = refused or {}, not_built or {}
    everyone = [c for c in contenders() if (c.name in names if names is not None else full or c.quick)]
    present = [c for c in everyone if c.name not in refused and c.name not in not_built]
    blocks = [b for b in _blocks(present, full) if b.kind in kinds and (algorithms is None or b.algorithm in algorithms)]
    folder.mkdir(parents=True, exist_ok=True)

    sha = hashlib.sha256(_write(folder / "plan.json", _plan(everyone, blocks, seed, rounds, full))).hexdigest()
    source = np.random.default_rng(seed)
    builds = _builds([c for c in everyone if c.name not in not_built], sha, source)
    reasons = {name: ("refused", reason) for name, reason in refused.items()}
    reasons |= {name: ("not built", reason) for name, reason in not_built.items()}
    entries = [c.entry | dict(zip(("status", "reasons"), _status(reasons.get(c.name)), strict=True)) for c in everyone]
    _write(folder / "manifest.json", _manifest(entries, builds, seed, sha, full))
    _write(folder / "environment.json", _environment(sha))
    _write(folder / "gate.json", _gate([c for c in everyone if c.name not in not_built], refused, sha))
    _write(folder / "builds.json", builds)

    run = _Run(
        folder=folder,
        source=source,
        sha=sha,
        made={c.name: c for c in contenders()},
        truth=truth or {},
        noise=noise,
        outliers=outliers,
        contended=contended,
        sentinel=sentinel,
        wrong=wrong or {},
        crashes=crashes or {},
    )
    with open(folder / "trials.ndjson", "w", encoding="utf-8") as trials:
        for line in _measure(run, blocks, rounds):
            trials.write(json.dumps(line, separators=(",", ":")) + "\n")
    floats = np.concatenate(run.floats) if run.floats else np.zeros(0, "<f4")
    (folder / "iterations.f32").write_bytes(floats.tobytes())
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--full", action="store_true", help="every contender, algorithm and runtime; 40 rounds")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(make(arguments.out, arguments.seed, arguments.rounds, full=arguments.full))


if __name__ == "__main__":
    main()
