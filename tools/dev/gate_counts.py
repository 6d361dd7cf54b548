"""What the gate counts of a tree: for each variant and operation the instructions of a call and of the
load, and how often a call asks for memory. Decisions are compared first: a wrong answer has no cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .console import Failure
from .gate_callgrind import MADE_AT_RUN_TIME, Cost, count
from .pack_variants import NODE
from .paths import VENV_PYTHON

# One thread, one seed, and a young generation so large that no collection falls into the count.
_NODE: tuple[str | Path, ...] = (
    NODE,
    *"--predictable --predictable-gc-schedule --single-threaded --hash-seed=1 --random-seed=1".split(),
    *"--no-concurrent-sweeping --expose-gc --min-semi-space-size=128 --max-semi-space-size=128".split(),
)
# The same compilers as ever, earlier, so that all is compiled when the count of calls begins.
_EARLY = (
    *"--invocation-count-for-maglev=100 --invocation-count-for-turbofan=400 --invocation-count-for-osr=100".split(),
    *"--minimum-invocations-after-ic-update=100 --wasm-wrapper-tiering-budget=100".split(),
)
# Which compiler V8 takes for WebAssembly, and when, is a matter of time: here it is told.
_TIERS = {"load": ("--liftoff-only",), "run": ("--no-liftoff", "--no-wasm-lazy-compilation")}


@dataclass(frozen=True)
class Variant:
    name: str
    calls: int  # N: the cost of a call is (cost of 2 N calls - cost of N calls) / N
    warm_up: int
    own: str  # objects whose instructions are ours, as a pattern for the names of functions
    node_door: str = ""
    tiers: bool = False

    def command(self, folder: Path, mode: str) -> list[str | Path]:
        if self.node_door:
            early = _EARLY if mode == "run" else ()
            tier = _TIERS.get(mode, ()) if self.tiers else ()
            return [*_NODE, *early, *tier, folder / "count.js", f"./{self.node_door}", "inputs.json"]
        if self.name == "pybind11":
            # -S: the packages of the virtual environment are no part of a function.
            return [VENV_PYTHON, "-S", folder / "count.py", "inputs.json"]
        return [folder / "portcullis_gate_core", "inputs.json"]


_OBJECT = r"portcullis_gate_core|portcullis_gate_core_planted"
VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("core", 200, 50, _OBJECT),
        Variant(
            "napi", 500, 2000, rf"portcullis\.node|{re.escape(MADE_AT_RUN_TIME)}", "bindings-node/native.js"
        ),
        Variant("wasm", 500, 2000, re.escape(MADE_AT_RUN_TIME), "wasm/index.js", tiers=True),
        Variant("pybind11", 500, 200, r"_core\.\S+\.so"),
    )
}
OPERATIONS = ("hs256-allow", "rs256-allow", "bad-signature", "malformed")
# Of those that load something which the others do not.
LOADS = ("hs256-allow", "rs256-allow")

# Its cost depends on the processor's own instructions for it, which valgrind hides.
_HASH = re.compile(r"\bsha256_block_data_order")
_ALLOCATES = re.compile(r"^libc\.so\.6: (malloc|calloc|realloc|memalign|aligned_alloc|posix_memalign)$")
_SETTLED = 0.01  # N calls and the N after them cost the same, but for this
_NAMED = 0.002  # functions below this share of their cell are left out


@dataclass
class Counts:
    """`numbers` by metric, such as core.hs256-allow.instructions; `functions` by metric as well."""

    numbers: dict[str, float] = field(default_factory=dict)
    functions: dict[str, dict[str, float]] = field(default_factory=dict)
    facts: dict[str, list[str]] = field(default_factory=dict)


def environment() -> dict[str, str]:
    """The same for everybody: what is in it is copied, and counted."""
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PYTHONHASHSEED": "0", "HOME": "/"}


def decisions(folder: Path, variant: Variant) -> dict[str, object]:
    done = subprocess.run(
        [str(word) for word in [*variant.command(folder, "decide"), "decide"]],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Failure(f"{variant.name} does not decide (exit code {done.returncode})\n{done.stderr.strip()}")
    told: dict[str, object] = json.loads(done.stdout)
    return told


def check_decisions(folder: Path, variants: Sequence[Variant]) -> None:
    """Each variant says what inputs.json says, and so what the others say."""
    inputs = json.loads((folder / "inputs.json").read_text(encoding="utf-8"))["operations"]
    if sorted(each["name"] for each in inputs) != sorted(OPERATIONS):
        raise Failure("inputs.json does not have the gate's operations")
    expected = {each["name"]: {"reason": each["reason"], "passes": each["reason"] == "ok"} for each in inputs}
    for variant in variants:
        told = decisions(folder, variant)
        for name, wanted in expected.items():
            if told.get(name) != wanted:
                raise Failure(f"{variant.name} decides wrongly: {name}: {told.get(name)}, expected {wanted}")


def _share(cost: Mapping[str, int], calls: int) -> dict[str, float]:
    total = sum(cost.values())
    named = {name: value for name, value in cost.items() if abs(value) >= total * _NAMED}
    return {name: round(value / calls, 1) for name, value in sorted(named.items(), key=lambda row: -row[1])}


def _own(variant: Variant, cost: Cost) -> Counter[str]:
    return Counter(
        {
            name: value
            for name, value in cost.instructions.items()
            if re.match(variant.own, name) and not _HASH.search(name)
        }
    )


def _settled(cell: str, first: int, both: int) -> None:
    if abs(both - 2 * first) > _SETTLED * both:
        raise Failure(f"{cell}: {first} instructions, then {both} for twice as many calls: it has not settled")


def _parts(variant: Variant, folder: Path, operation: str, mode: str, env: Mapping[str, str]) -> dict[str, Cost]:
    numbers = (variant.calls, variant.warm_up) if mode == "run" else ()
    words = [*variant.command(folder, mode), mode, operation, *map(str, numbers)]
    parts = count(words, {**environment(), **env}, folder)
    wanted = {"start", "load"} | ({"warm-up", "n", "2n"} if mode == "run" else set())
    if not wanted <= set(parts):
        raise Failure(f"{variant.name} {operation}: callgrind wrote no part for {sorted(wanted - set(parts))}")
    return parts


def count_run(variant: Variant, folder: Path, operation: str, env: Mapping[str, str] = {}) -> Counts:
    parts = _parts(variant, folder, operation, "run", env)
    cell = f"{variant.name}.{operation}"
    _settled(cell, parts["n"].total, parts["2n"].total)
    calls = variant.calls
    cost = parts["2n"] - parts["n"]
    own = _own(variant, cost)
    counts = Counts()
    counts.numbers[f"{cell}.instructions"] = round(cost.total / calls, 1)
    counts.functions[f"{cell}.instructions"] = _share(cost.instructions, calls)
    counts.numbers[f"{cell}.own"] = round(sum(own.values()) / calls, 1)
    counts.functions[f"{cell}.own"] = _share(own, calls)
    allocations = sum(value for name, value in cost.calls.items() if _ALLOCATES.match(name))
    counts.numbers[f"{cell}.allocations"] = round(allocations / calls, 1)
    return counts


def count_load(variant: Variant, folder: Path, operation: str, env: Mapping[str, str] = {}) -> Counts:
    cost = _parts(variant, folder, operation, "load", env)["load"]
    cell = f"{variant.name}.{operation}.load"
    return Counts({cell: float(cost.total)}, {cell: _share(cost.instructions, 1)})


def count_variants(folder: Path, variants: Sequence[Variant]) -> Counts:
    check_decisions(folder, variants)
    # The longest first.
    works = [
        (work, variant, operation)
        for work, operations in ((count_run, OPERATIONS), (count_load, LOADS))
        for variant in sorted(variants, key=lambda each: -each.warm_up)
        for operation in operations
    ]
    counts = Counts()
    with ThreadPoolExecutor(max_workers=min(2, len(os.sched_getaffinity(0)))) as pool:
        futures = [pool.submit(work, variant, folder, operation) for work, variant, operation in works]
        try:
            for future in futures:
                told = future.result()
                counts.numbers.update(told.numbers)
                counts.functions.update(told.functions)
        finally:
            for future in futures:
                future.cancel()
    return counts
