"""Everything that can fail does, once and from there on: memory, OpenSSL, Node-API, the clock, the random source, the
host's crypto. What is to be denied stays denied, nothing ends the process, hangs or is left behind, and afterwards the
answers are right again.

    tests/core/faults.cpp    the core under ASan and LSan: allocations, and calls of libcrypto by their table
    faults_python.py         the Python door in a process whose malloc fails (failing_memory.c)
    faults_node.js           the addons, whose Node-API and malloc fail (faults_node.cpp), and the WASM module's host

Short: each allocation and call fails once, in warm processes (of the three largest scenarios every fifth allocation);
of cold ones every 397th allocation; in Python also all after it. Long: all after it fail everywhere, and cold every
one. Functions that succeed with a wrong answer are out of scope: nobody can tell.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
sys.path.insert(0, str(ROOT / "tools"))

from dev.environment import run_environment  # noqa: E402
from dev.instrumented import sanitized  # noqa: E402
from dev.paths import BUILD, NODE_BIN, VENV_PYTHON  # noqa: E402

NODE = NODE_BIN / "node"
WORK = BUILD / "campaigns" / "faults"
ALL = ("once", "on")
# A process that hangs is a failure as well.
SECONDS = 900
# Of these the short form has every fifth allocation fail; their parts are scenarios of their own.
LARGE = ("keys", "jwks", "signature")
COLD = ("token-ES256", "token-PS384", "token-EdDSA", "keys")


def ran(*words: object, env: dict[str, str] | None = None) -> list[dict[str, int | str]]:
    done = subprocess.run(
        [str(word) for word in words],
        cwd=ROOT,
        env={**run_environment(), "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=1", **(env or {})},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-4000:]}"
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert told, f"{words} tells nothing"
    return told


@cache
def faults() -> Path:
    return sanitized("portcullis_faults") / "tests" / "portcullis_faults"


@cache
def listed() -> dict[str, list[str]]:
    return json.loads(subprocess.run([faults()], capture_output=True, text=True, check=True).stdout)


@cache
def compiled(source: str, *options: str) -> Path:
    """A library of this folder, made anew when its source is."""
    WORK.mkdir(parents=True, exist_ok=True)
    path = HERE / source
    out = WORK / (path.stem + (".node" if source == "faults_node.cpp" else ".so"))
    if not out.exists() or out.stat().st_mtime < path.stat().st_mtime:
        compiler = "c++" if path.suffix == ".cpp" else "cc"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", *options, "-o", out, path, "-ldl"], check=True)
    return out


def node_addon() -> Path:
    return compiled("faults_node.cpp", "-std=c++20", f"-I{ROOT / 'node_modules/node-api-headers/include'}")


def python(*words: str) -> list[dict[str, int | str]]:
    preloaded = {"LD_PRELOAD": str(compiled("failing_memory.c")), "PYTHONMALLOC": "malloc"}
    return ran(VENV_PYTHON, HERE / "faults_python.py", *words, env=preloaded)


def add(facts: dict, name: str, told: Sequence[dict[str, int | str]]) -> None:
    facts[f"{name}: faults"] = facts.get(f"{name}: faults", 0) + sum(int(each.get("runs", each["calls"])) for each in told)


def ways(length: str) -> tuple[str, ...]:
    return ALL if length == "long" else ALL[:1]


def test_core_memory(length, facts):
    for way in ways(length):
        for name in listed()["scenarios"]:
            step = 5 if length == "short" and name in LARGE else 1
            told = ran(faults(), "run", name, "memory", way, step)
            assert told[0]["calls"] > 0 and told[0]["runs"] > told[0]["calls"] // step, told
            add(facts, "core, memory", told)


def test_core_libcrypto(length, facts):
    for way in ways(length):
        for name in listed()["scenarios"]:
            told = ran(faults(), "run", name, "libcrypto", way, 1)
            assert told[0]["calls"] > 0 and told[0]["runs"] == 2 * (told[0]["calls"] + 1), told
            add(facts, "core, libcrypto", told)


def test_core_cold_libcrypto(length, facts):
    """libcrypto begins while memory fails; then it may be lost for good, which denies."""
    step = 1 if length == "long" else 397
    for way in ways(length):
        for name in COLD:
            told = ran(faults(), "cold", name, way, step)
            assert told[0]["runs"] > 3, told
            add(facts, "core, libcrypto's beginning", told)


def test_every_function_of_libcrypto_has_its_fault():
    """What the core's objects import of libcrypto by name, beside the table that the core reads, is made to fail."""
    archive = sanitized("portcullis_core") / "core" / "libportcullis_core.a"
    libcrypto = subprocess.run(
        ["cc", "-print-file-name=libcrypto.a"], capture_output=True, text=True, check=True
    ).stdout.strip()

    def names(*options: str) -> set[str]:
        done = subprocess.run(["nm", "--format=posix", *options], capture_output=True, text=True, check=True)
        return {line.split()[0] for line in done.stdout.splitlines() if len(line.split()) > 1}

    imported = names("--undefined-only", archive) & names("--defined-only", "--extern-only", libcrypto)
    assert imported, "the core imports nothing of libcrypto: nothing is tested"
    missing = imported - set(listed()["functions"])
    assert not missing, f"no fault for {missing}"


def test_python(facts):
    names = json.loads(subprocess.run(
        [VENV_PYTHON, HERE / "faults_python.py", "list"],
        env={**run_environment(), "LD_PRELOAD": str(compiled("failing_memory.c"))},
        capture_output=True, text=True, check=True,
    ).stdout)  # fmt: skip
    for way in ALL:
        told = python(",".join(names), way, "1")
        assert len(told) == len(names) > 20
        assert sum(int(each["calls"]) for each in told) > 1000
        left = [each["scenario"] for each in told if each["left"]]
        assert not left, f"memory left behind: {left}"
        add(facts, "python, memory", told)


def test_python_clock_and_random_numbers(facts):
    add(facts, "python, clock and random numbers", python("clock"))


def test_node(length, facts):
    for way in ways(length):
        told = ran(NODE, "--expose-gc", HERE / "faults_node.js", node_addon(), "addon", way)
        by_name = {(each["scenario"], each.get("kind")): each for each in told}
        assert len(told) > 40 and by_name["construct-edge", "napi"]["calls"] > 60
        assert by_name["left", None]["left"] == 0, "memory left behind"
        add(facts, "node, Node-API and memory", told)


def test_hosts(facts):
    told = ran(NODE, "--expose-gc", HERE / "faults_node.js", node_addon(), "host")
    assert {each["scenario"] for each in told} == {
        *("clock-native", "clock-wasm", "random-native", "random-wasm", "host-crypto", "module")
    }
    add(facts, "node and wasm, clock, random numbers, crypto, module", told)


@pytest.mark.parametrize("planted", ["allows", "leaks", "ends"])
def test_detectors_detect(planted, tmp_path):
    """A module that lets through, keeps or aborts where memory fails is found."""
    script = tmp_path / "planted.py"
    acts = {
        "allows": "return Told('ok')",
        "leaks": "kept.append(bytearray(4096)); raise",
        "ends": "__import__('os').abort()",
    }
    script.write_text(
        "import sys\n"
        f"sys.argv = ['x', 'list']; sys.path.insert(0, {str(HERE)!r})\n"
        "import faults_python as f\n"
        "class Told:\n"
        "    def __init__(self, reason): self.reason, self.allowed = reason, reason == 'ok'\n"
        "kept = []\n"
        "def judge():\n"
        "    try:\n"
        "        bytearray(100000)\n"
        "    except MemoryError:\n"
        f"        {acts[planted]}\n"
        "    return Told('expired')\n"
        "f.SCENARIOS['planted'] = lambda: f.Scenario(lambda: judge, lambda told: told.reason == 'expired')\n"
        "print(f.run('planted', False, 1)['left'])\n"
    )
    done = subprocess.run(
        [VENV_PYTHON, script],
        env={**run_environment(), "LD_PRELOAD": str(compiled("failing_memory.c")), "PYTHONMALLOC": "malloc"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    if planted == "leaks":
        assert done.returncode == 0 and int(done.stdout) > 0, done.stderr[-2000:]
    else:
        assert done.returncode != 0, done.stdout
