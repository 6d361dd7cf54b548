"""The peers: the ones the study names are there, their handlers are small, and each passes its gate as shipped."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from harness import artefact, contender, gate
from harness.contender import Contender, load_contender
from harness.tools import ROOT, Tools

SHARED = contender.FOLDER.parent / "peers"
ALL = ["HS256", "RS256", "ES256", "EdDSA"]

# name -> runtime, role, algorithms, quick, complexity, what a team must accept
PEERS: dict[str, tuple[str, str, list[str], bool, int, list[str]]] = {
    "noop": ("node", "baseline", ALL, True, 0, []),
    "passthrough-js": ("node", "baseline", ALL, False, 0, []),
    "wasm-passthrough": ("node", "baseline", ALL, False, 2, []),
    "js-article": ("node", "historical", ["HS256"], True, 1, []),
    "js-tuned": ("node", "reference", ["HS256", "RS256", "ES256"], True, 1, []),
    "js-fast": ("node", "peer", ALL, True, 1, []),
    "js-fast-cache": ("node", "peer", ALL, False, 1, []),
    "js-jose": ("node", "peer", ALL, False, 1, []),
    "js-bare": ("node", "peer", ALL, True, 0, ["own-code"]),
    "js-aws": ("node", "peer", ["RS256", "ES256", "EdDSA"], False, 1, []),
    "js-noders": ("node", "peer", ALL, False, 4, ["native-binary"]),
    "py-noop": ("python", "baseline", ALL, True, 0, []),
    "py-stdlib": ("python", "peer", ["HS256"], False, 0, ["own-code"]),
    "py-pyjwt": ("python", "reference", ALL, True, 1, []),
    "py-joserfc": ("python", "peer", ALL, False, 4, ["native-binary"]),
}
NODE = [name for name, (runtime, *_) in PEERS.items() if runtime == "node"]
DESCRIPTORS = {name: load_contender(contender.FOLDER / name) for name in PEERS}

OTHERS = [
    *("rust-article", "rust-lean", "rust-passthrough", "napi"),
    *("wasm-asset", "wasm-inline", "wasm-host", "wasm-simd", "wasm-openssl"),
    *("pybind11", "worker-noop", "worker-js", "worker-wasm"),
]


@pytest.mark.parametrize("name", [*PEERS, *OTHERS])
def test_every_named_contender_is_there(name: str) -> None:
    assert load_contender(contender.FOLDER / name).name == name


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_what_the_study_says(name: str) -> None:
    c = DESCRIPTORS[name]
    assert (c.runtime, c.role, c.algorithms, c.quick, c.complexity, c.accepts) == PEERS[name]
    assert c.targets == ["lambda-edge", "lambda", "server"]


@pytest.mark.parametrize("name", PEERS)
def test_complexity_is_written_down(name: str) -> None:
    descriptor = tomllib.loads((contender.FOLDER / name / "contender.toml").read_text(encoding="utf-8"))
    assert {"complexity", "algorithms"} <= set(descriptor)


def _handlers(c: Contender) -> list[Path]:
    """The contender's own, and what its build takes from another contender."""
    taken = [Path(command[1].replace("{root}", str(ROOT))) for command in c.commands if command[0] == "cp"]
    return [file for file in [*c.folder.iterdir(), *taken] if file.suffix in (".ts", ".js", ".py")]


@pytest.mark.parametrize("name", PEERS)
def test_a_handler_is_small(name: str) -> None:
    sources = _handlers(DESCRIPTORS[name])
    assert sources
    for file in sources:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 90, file


def test_no_policy_lies_in_a_folder() -> None:
    assert not list(contender.FOLDER.glob("**/policy.json"))
    assert not list(SHARED.glob("**/policy.json"))


def test_peers_of_a_runtime_share_the_edges() -> None:
    """What stands around the library is the same code, so that a ratio compares libraries."""
    for name, c in DESCRIPTORS.items():
        if c.role not in ("peer", "reference"):
            continue
        text = "".join(file.read_text(encoding="utf-8") for file in _handlers(c) if file.suffix != ".js")
        words = ("from 'peers/cloudfront'",) if c.runtime == "node" else ("from cloudfront import",)
        assert all(word in text for word in words), name
        assert "www-authenticate" not in text, name


def _built(c: Contender, algorithm: str, folder: Path) -> Path:
    built = artefact.build(c, algorithm, Tools(), folder / "zip", 1, timed=False)
    return artefact.unpack(built, folder / "unpacked")


@pytest.mark.parametrize(
    ("name", "algorithm"),
    [
        *((name, algorithm) for name in NODE for algorithm in PEERS[name][2]),
        # The zips with the cryptography package take seconds each: one of each library.
        *(("py-noop", "HS256"), ("py-stdlib", "HS256"), ("py-pyjwt", "HS256"), ("py-pyjwt", "ES256"), ("py-joserfc", "RS256")),
    ],
)
def test_a_peer_passes_its_gate_as_shipped(name: str, algorithm: str, tmp_path: Path) -> None:
    c = DESCRIPTORS[name]
    assert gate.ask(c, algorithm, Tools(), _built(c, algorithm, tmp_path)).refused == []


def test_pyjwt_leaves_cryptography_out_where_it_can(tmp_path: Path) -> None:
    assert not (_built(DESCRIPTORS["py-pyjwt"], "HS256", tmp_path) / "cryptography").exists()


@pytest.mark.parametrize("name", ["js-tuned", "js-fast", "js-jose", "js-bare", "js-aws"])
def test_a_bundle_is_one_file(name: str, tmp_path: Path) -> None:
    files = [file.name for file in _built(DESCRIPTORS[name], "RS256", tmp_path).iterdir()]
    assert files == ["index.js"]
