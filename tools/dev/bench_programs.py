"""Runs the programs of ./dev bench, Google Benchmark's among them, and reads what they print."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .console import Failure
from .paths import NATIVE, ROOT

BENCHMARK = NATIVE / "tests" / "portcullis_bench"
_COUNTERS = ("token_bytes", "allocations")  # the token's size; what a call takes from the heap

# A small fixed environment: what the caller's shell exports must not decide anything.
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}


def output_of(
    argv: Sequence[str | Path], told: str = "", environment: Mapping[str, str] | None = None
) -> str:
    """What a program prints; a Failure with what it complained of when it fails."""
    try:
        done = subprocess.run(
            [str(word) for word in argv],
            cwd=ROOT,
            env={**_ENVIRONMENT, **(environment or {})},
            input=told,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
    except OSError as error:
        raise Failure(f"{argv[0]}: {error.strerror}") from None
    if done.returncode != 0:
        words = " ".join([Path(argv[0]).name, *map(str, argv[1:4])])
        raise Failure(f"{words}\n{done.stderr.strip()[-2000:]}")
    return done.stdout


Counters = dict[str, dict[str, float]]  # by benchmark


def benchmark_results(
    text: str, take: Callable[[Sequence[float]], float]
) -> tuple[dict[str, float], Counters]:
    """Google Benchmark's JSON as nanoseconds by name, and counters. A wrong decision is a Failure."""
    times: dict[str, list[float]] = defaultdict(list)
    counters: Counters = {}
    for one in json.loads(text)["benchmarks"]:
        name = re.sub(r"/(iterations:\d+|manual_time)", "", one["run_name"])
        name = re.sub(r"/repeats:\d+", "", name)
        if one.get("error_occurred"):
            raise Failure(f"{name}: {one['error_message']}")
        if one.get("run_type") == "aggregate":
            continue
        if one["time_unit"] != "ns":
            raise Failure(f"{name}: expected nanoseconds")
        # Processor time, which neighbours do not stretch; one that reads its own clock has no other.
        times[name].append(one["real_time" if "manual_time" in one["run_name"] else "cpu_time"])
        counters[name] = {counter: one[counter] for counter in _COUNTERS if counter in one}
    return {name: take(values) for name, values in times.items()}, counters


def run_benchmarks(
    names: Sequence[str],
    repetitions: int,
    seconds: float,
    environment: Mapping[str, str],
    take: Callable[[Sequence[float]], float],
) -> tuple[dict[str, float], Counters]:
    pattern = "|".join(re.escape(name) for name in names)
    argv: list[str | Path] = [
        BENCHMARK,
        f"--benchmark_filter=^({pattern})(/(iterations:|manual_time).*)?$",
        f"--benchmark_repetitions={repetitions}",
        f"--benchmark_min_time={seconds}",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_format=json",
    ]
    text = output_of(argv, environment=environment)
    # Without a match it complains, and is content with that.
    if not text.lstrip().startswith("{"):
        raise Failure(f"portcullis_bench has none of {', '.join(names)}")
    return benchmark_results(text, take)
