"""Takes the series of ./dev bench. A round starts one process of each source in an order that is drawn,
and gives each series one number; what is compared ran within one process, or in neighbouring ones.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from .bench_programs import BENCHMARK, Counters, output_of, run_benchmarks
from .console import Failure, Step
from .pack_variants import VARIANTS, extension_module
from .paths import BUILD, NATIVE, NODE_BIN, ROOT, VENV_PYTHON

FOLDER = BUILD / "bench"
NODE = NODE_BIN / "node"
_LOOP = ROOT / "study" / "harness" / "runners" / "loop.cjs"
_FLOORS = {"node": "noop", "python": "py-noop"}
_CALL = "/call"

@dataclass(frozen=True)
class Effort:
    """How long everything takes."""

    rounds: int
    repetitions: int  # of each benchmark within a round
    seconds: float  # of each repetition
    cold_calls: int
    warm_up_ms: float  # of each handler
    batch_ms: float
    batches: int
    starts: int  # processes for start-up and memory

    def with_rounds(self, rounds: int) -> Effort:
        return replace(self, rounds=rounds)


FULL = Effort(
    rounds=15,
    repetitions=7,
    seconds=0.01,
    cold_calls=41,
    warm_up_ms=400,
    batch_ms=1,
    batches=101,
    starts=31,
)
QUICK = Effort(
    rounds=3,
    repetitions=3,
    seconds=0.005,
    cold_calls=9,
    warm_up_ms=150,
    batch_ms=1,
    batches=15,
    starts=3,
)


@dataclass
class Series:
    samples: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    absent: dict[str, str] = field(default_factory=dict)  # series -> why
    counters: dict[str, dict[str, float]] = field(default_factory=dict)  # of the core's benchmarks


class Sources:
    """Everything that gives series, by the first word of their names."""

    def __init__(self, wanted: Iterable[str], effort: Effort) -> None:
        self.effort = effort
        self.series = Series()
        self.by_source: dict[str, list[str]] = defaultdict(list)
        self.calls: list[str] = []  # handlers whose calls are timed without the await as well
        for name in dict.fromkeys(wanted):
            source, _, rest = name.partition("/")
            if rest.endswith(_CALL):
                rest = rest.removesuffix(_CALL)
                self.calls.append(rest)
            if rest not in self.by_source[source]:
                self.by_source[source].append(rest)
        self._folders: dict[str, dict[str, str]] = {}
        self._scenarios: dict[str, dict[str, Any]] = {}

    def take(self) -> Series:
        self._prepare()
        self._rounds()
        for source, take in (("load", self._load), ("memory", self._memory), ("size", self._size)):
            if source in self.by_source:
                take(self.by_source[source])
        return self.series

    # The study's contenders.

    def _prepare(self) -> None:
        wanted = [*self.by_source.get("node", []), *self.by_source.get("python", [])]
        for source in ("node", "python"):
            for algorithm in {name.partition("/")[2] for name in self.by_source.get(source, [])}:
                wanted.append(f"{_FLOORS[source]}/{algorithm}")
        if "memory" in self.by_source or "scenario" in self.by_source.get("core", []):
            wanted.append("noop/HS256")
        if not wanted:
            return
        with Step("the study's contenders"):
            script = ROOT / "tools" / "dev" / "bench_contenders.py"
            environment = {"PATH": os.environ.get("PATH", ""), "HOME": os.environ.get("HOME", "/")}
            argv: list[str | Path] = [VENV_PYTHON, "-B", script, FOLDER, *dict.fromkeys(wanted)]
            told = json.loads(output_of(argv, environment=environment))
        self._folders, self._scenarios = told["contenders"], told["scenarios"]
        for source in ("node", "python"):
            for name in self.by_source.get(source, []):
                if "absent" in self._folders[name]:
                    # On a machine's own paths nothing depends.
                    reason = self._folders[name]["absent"].replace(f"{ROOT}/", "")
                    self.series.absent[f"{source}/{name}"] = reason
                    if name in self.calls:
                        self.series.absent[f"{source}/{name}{_CALL}"] = reason

    # Warm: one process of each source a round.

    def _rounds(self) -> None:
        tasks: list[Callable[[], None]] = []
        core = [name for name in self.by_source.get("core", []) if not name.startswith("growth_")]
        growth = [name for name in self.by_source.get("core", []) if name.startswith("growth_")]
        if core and self._lacks_libjwt():
            self.series.absent["core/libjwt_decode"] = "built without Debian's libjwt-dev"
            core = [name for name in core if name != "libjwt_decode"]
        if core:
            tasks.append(partial(self._core, core))
        if growth:
            tasks.append(partial(self._core, growth))
        if "cold" in self.by_source:
            tasks.append(self._cold)
        for source in ("node", "python"):
            for algorithm in sorted({name.partition("/")[2] for name in self.by_source.get(source, [])}):
                tasks.append(partial(self._handlers, source, algorithm))
        if not tasks:
            return
        with Step(f"{self.effort.rounds} rounds of {len(tasks)} processes"):
            for _ in range(self.effort.rounds):
                for task in random.sample(tasks, len(tasks)):
                    task()

    def _lacks_libjwt(self) -> bool:
        names = output_of([BENCHMARK, "--benchmark_list_tests=true"])
        return "libjwt_decode" not in names.split()

    def _environment(self) -> dict[str, str]:
        scenario = self._scenarios.get("HS256")
        return {"PORTCULLIS_SCENARIO": scenario["folder"]} if scenario else {}

    def _core(self, names: Sequence[str]) -> None:
        repetitions, seconds = self.effort.repetitions, self.effort.seconds
        times, counters = run_benchmarks(names, repetitions, seconds, self._environment(), min)
        self._add("core", names, times, counters)

    def _cold(self) -> None:
        names = self.by_source["cold"]
        times, counters = run_benchmarks(names, self.effort.cold_calls, 0, {}, statistics.median)
        self._add("cold", names, times, counters)

    def _add(
        self, source: str, names: Sequence[str], times: Mapping[str, float], counters: Counters
    ) -> None:
        for name in names:
            if name not in times:
                raise Failure(f"portcullis_bench did not run {name}")
            self.series.samples[f"{source}/{name}"].append(times[name])
        self.series.counters |= {f"{source}/{name}": of_one for name, of_one in counters.items()}

    def _handlers(self, source: str, algorithm: str) -> None:
        floor = f"{_FLOORS[source]}/{algorithm}"
        names = [name for name in (floor, *self.by_source[source]) if name.endswith(f"/{algorithm}")]
        present = [name for name in dict.fromkeys(names) if "absent" not in self._folders[name]]
        scenario = self._scenarios[algorithm]
        task = {
            **{key: scenario[key] for key in ("event", "marks", "tokens", "forged")},
            "loop": str(_LOOP),
            "floor": floor,
            "calls": self.calls,
            "warmUpMs": self.effort.warm_up_ms,
            "batchMs": self.effort.batch_ms,
            "batches": self.effort.batches,
            "handlers": [
                {"name": name, **{key: self._folders[name][key] for key in ("folder", "entry")}}
                for name in random.sample(present, len(present))
            ],
        }
        # Python without its site-packages: what the artefact lacks cannot be found elsewhere.
        runners: dict[str, list[str | Path]] = {
            "node": [NODE, ROOT / "bindings-node" / "bench" / "handlers.js"],
            "python": [*(VENV_PYTHON, "-S", "-s", "-B"), ROOT / "bindings-python" / "bench" / "handlers.py"],
        }
        program = runners[source]
        for name, batches in json.loads(output_of(program, json.dumps(task))).items():
            self.series.samples[f"{source}/{name}"].append(lower_quartile(batches))

    # Start-up, memory, size.

    def _load(self, names: Sequence[str]) -> None:
        """A program each for Node, Python and WASM that lets fresh processes take turns."""
        for door, argv in _LOADS.items():
            wanted = [name for name in names if name.partition("-")[0] == door]
            if not wanted:
                continue
            if not argv[1].exists():
                reason = f"{argv[1].relative_to(ROOT)} is not there"
                self.series.absent |= {f"load/{name}": reason for name in wanted}
                continue
            with Step(f"{door}: load to first decision, {self.effort.starts} starts"):
                rounds = ("--rounds", str(self.effort.starts))
                told = json.loads(output_of([*argv, "--json", *rounds]))
            for name in wanted:
                self.series.samples[f"load/{name}"] = [float(one) for one in told[_SUBJECTS[name]]]

    def _memory(self, names: Sequence[str]) -> None:
        scenario = self._scenarios["HS256"]["folder"]
        script = ROOT / "bindings-node" / "bench" / "memory.js"
        commands: dict[str, list[str | Path]] = {
            "node": [NODE, script, VARIANTS["napi"].script, scenario],
            "wasm": [NODE, script, VARIANTS["wasm"].script, scenario],
            "python": [
                *(VENV_PYTHON, "-S", "-s", "-B", ROOT / "bindings-python" / "bench" / "memory.py"),
                *(VARIANTS["pybind11"].artefact.parent, scenario),
            ],
        }
        if "python" in names:
            # Byte-code comes along with a function; a build tree has none yet.
            output_of([VENV_PYTHON, "-m", "compileall", "-q", VARIANTS["pybind11"].artefact])
        with Step(f"memory, {self.effort.starts} starts each"):
            for _ in range(self.effort.starts):
                for name in random.sample(list(names), len(names)):
                    self.series.samples[f"memory/{name}"].append(float(output_of(commands[name])))

    def _size(self, names: Sequence[str]) -> None:
        package = VARIANTS["pybind11"].artefact
        files = {
            "node": [VARIANTS["napi"].artefact],
            # What ./dev pack takes for the ready handler, without its byte-code.
            "python": [extension_module(package), package / "__init__.py"],
            "python-module": [extension_module(package)],
            "wasm": [VARIANTS["wasm"].artefact],
        }
        for name in names:
            self.series.samples[f"size/{name}"] = [float(zipped_size(files[name]))]


_LOADS = {
    "node": (NODE, ROOT / "bindings-node" / "bench" / "load.js"),
    "python": (VENV_PYTHON, ROOT / "bindings-python" / "bench" / "load.py"),
    "wasm": (NODE, ROOT / "wasm" / "bench" / "load.js"),
}
# What those programs call their subjects.
_SUBJECTS = {
    **{door: "portcullis" for door in _LOADS},
    **{f"{door}-empty": "empty" for door in _LOADS},
    "node-door": "door",  # the addon through its JavaScript
}


def lower_quartile(values: Sequence[float]) -> float:
    """Of a process's batches: nearly the median on a quiet machine, on a busy one what ran alone."""
    return sorted(values)[len(values) // 4]


def zipped_size(files: Sequence[Path]) -> int:
    """As `zip -9` makes it, of these files alone."""
    with tempfile.TemporaryFile() as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for file in files:
                archive.write(file, file.name)
        return target.tell()
