"""The doors as contenders: which there are, that each passes its gate as shipped, and the workerd peers beside them."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import artefact, choice, contender, gate
from harness.contender import Contender, load_contender
from harness.tools import ROOT, Tools

ALL = ["HS256", "RS256", "ES256", "EdDSA"]
PREPARE = ROOT / "study" / "wasm" / "prepare.py"

# name -> runtime, quick, complexity, what a team must accept
DOORS: dict[str, tuple[str, bool, int, list[str]]] = {
    "napi": ("node", True, 4, ["native-binary"]),
    "wasm-asset": ("node", True, 2, []),
    "wasm-handler": ("node", False, 2, []),
    "wasm-host": ("node", True, 2, []),
    "wasm-inline": ("node", False, 2, []),
    "wasm-openssl": ("node", False, 2, []),
    "wasm-scalar": ("node", False, 2, []),
    "wasm-simd": ("node", False, 2, []),
    "pybind11": ("python", True, 4, ["native-binary"]),
    "worker-wasm": ("workerd", True, 2, []),
}
EXPERIMENTS = ("wasm-handler", "wasm-simd", "wasm-scalar", "wasm-openssl")
WORKERS = ["worker-noop", "worker-js", "worker-wasm"]
DESCRIPTORS = {name: load_contender(contender.FOLDER / name) for name in [*DOORS, *WORKERS]}


@pytest.mark.parametrize("name", DOORS)
def test_a_door_is_what_the_study_says(name: str) -> None:
    c = DESCRIPTORS[name]
    assert (c.runtime, c.quick, c.complexity, c.accepts) == DOORS[name]
    role = "experiment" if name in EXPERIMENTS else "door"
    assert (c.role, c.algorithms, c.responses) == (role, ALL, "policy")
    assert c.targets == (["workers"] if c.runtime == "workerd" else ["lambda-edge", "lambda", "server"])


@pytest.mark.parametrize("name", DOORS)
def test_a_door_lets_nothing_through(name: str) -> None:
    """Nothing is declared, so the gate wants every strictness case refused and every response as the policy's."""
    c = DESCRIPTORS[name]
    assert not c.strictness and not c.disagreements and not c.known


def test_workerd_has_its_floor_and_its_reference() -> None:
    roles = {name: DESCRIPTORS[name].role for name in WORKERS}
    assert roles == {"worker-noop": "baseline", "worker-js": "reference", "worker-wasm": "door"}
    assert all(DESCRIPTORS[name].targets == ["workers"] for name in WORKERS)


def _built(c: Contender, algorithm: str, folder: Path) -> Path:
    return artefact.unpack(artefact.build(c, algorithm, Tools(), folder / "zip", 1, timed=False), folder / "unpacked")


# The first algorithm brings the vectors along; the others differ in the policy only.
CASES = [*((name, "HS256") for name in DESCRIPTORS), *((name, algorithm) for name in ("napi", *WORKERS) for algorithm in ALL[1:])]
CASES += [("wasm-host", "RS256"), ("wasm-asset", "ES256"), ("wasm-inline", "EdDSA"), ("pybind11", "ES256")]


# Two modules are compiled by `./dev study prepare` only.
MARKED = [pytest.param(*case, marks=pytest.mark.prepared) if DESCRIPTORS[case[0]].prepare else case for case in CASES]


@pytest.mark.parametrize(("name", "algorithm"), MARKED)
def test_a_door_passes_its_gate_as_shipped(name: str, algorithm: str, tmp_path: Path) -> None:
    c = DESCRIPTORS[name]
    verdict = gate.ask(c, algorithm, Tools(), _built(c, algorithm, tmp_path))
    assert verdict.refused == []
    if c.vectors and algorithm == c.algorithms[0]:
        assert verdict.vectors and verdict.vectors["cases"] == verdict.vectors["passed"] > 1000


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("wasm-asset", ["index.js", "policy.json", "portcullis-self-contained.wasm"]),
        ("wasm-host", ["index.js", "policy.json", "portcullis.wasm"]),
        ("wasm-inline", ["index.js", "policy.json"]),
        ("napi", ["index.js", "policy.json", "portcullis.node"]),
        ("worker-js", ["worker.js"]),
        ("worker-wasm", ["portcullis.wasm", "worker.js"]),
    ],
)
def test_an_artefact_holds_no_more_than_it_needs(name: str, files: list[str], tmp_path: Path) -> None:
    assert sorted(file.name for file in _built(DESCRIPTORS[name], "HS256", tmp_path).iterdir()) == files


# Contender -> what ./dev pack calls it. (A Worker's entry is `fetch` there, and here what the study times: `handler`.)
PACKED = {**{name: packed for name, packed in choice.PACKED.items() if name != "worker-wasm"}, "wasm-handler": "wasm-handler"}


@pytest.mark.parametrize("name", PACKED)
def test_what_is_measured_is_what_is_packed(name: str, tmp_path: Path) -> None:
    """The same bytes, zip for zip."""
    zips = [tmp_path / "packed.zip", artefact.build(DESCRIPTORS[name], "RS256", Tools(), tmp_path / "built", 1, timed=False).zip]
    argv = [sys.executable, ROOT / "tools" / "dev", "pack", "--variant", PACKED[name], "--write-anyway"]
    argv += ["--policy", artefact.policy_file("RS256"), "-o", zips[0]]
    subprocess.run(argv, capture_output=True, check=False, timeout=120)  # Lambda's Python may be too old for this machine's module
    assert len({hashlib.sha256(archive.read_bytes()).hexdigest() for archive in zips}) == 1


def test_the_inlined_module_is_the_shipped_one(tmp_path: Path) -> None:
    script = (_built(DESCRIPTORS["wasm-inline"], "HS256", tmp_path) / "index.js").read_text(encoding="utf-8")
    module = base64.b64encode((ROOT / "wasm" / "portcullis.wasm").read_bytes()).decode()
    assert module.rstrip("=") in script


# Modules with other flags.


def _prepare(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, str(PREPARE), *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("sources", [None, "of another day"])
def test_a_module_of_older_sources_is_refused_and_removed(sources: str | None, tmp_path: Path) -> None:
    (tmp_path / "portcullis.wasm").write_bytes(b"\0asm")
    if sources:
        (tmp_path / "prepared.json").write_text(json.dumps({"sources": sources}), encoding="utf-8")
    done = _prepare("check", "speed", tmp_path)
    assert done.returncode == 1
    assert (tmp_path / "reason.txt").read_text(encoding="utf-8") == done.stderr
    assert "older sources" in done.stderr and not (tmp_path / "portcullis.wasm").exists()


@pytest.mark.parametrize("arguments", [(), ("speed",), ("fast", "x"), ("check", "speed")])
def test_wrong_arguments_are_told(arguments: tuple[str, ...]) -> None:
    done = _prepare(*arguments)
    assert done.returncode == 2
    assert done.stderr == "usage: prepare.py [check] speed|scalar FOLDER\n"


def test_the_flavours_are_the_build_s() -> None:
    text = (ROOT / "wasm" / "CMakeLists.txt").read_text(encoding="utf-8")
    assert 'PROPERTY STRINGS "" speed scalar)' in text
    for name, flavour in (("wasm-simd", "speed"), ("wasm-scalar", "scalar")):
        assert f"-DPORTCULLIS_WASM_FLAVOUR={flavour}" in DESCRIPTORS[name].configure
        assert DESCRIPTORS[name].vectors == f"node:./study/wasm/{flavour}.js"
        assert (ROOT / "study" / "wasm" / f"{flavour}.js").is_file()
