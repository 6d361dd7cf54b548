"""The Rust peers: what they are, what is said where they cannot be built, and that they decide right where they are built."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from harness import artefact, contender, gate
from harness.contender import load_contender
from harness.tools import ROOT, Tools

RUST = ROOT / "study" / "rust"
ALL = ["HS256", "RS256", "ES256", "EdDSA"]
# contender -> crate, role, algorithms, quick
PEERS = {
    "rust-article": ("article", "peer", ALL, True),
    "rust-lean": ("lean", "peer", ["HS256"], False),
    "rust-passthrough": ("passthrough", "baseline", ALL, False),
}


def _load_prepare() -> ModuleType:
    spec = importlib.util.spec_from_file_location("study_rust_prepare", RUST / "prepare.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


prepare = _load_prepare()
prepare_common = prepare.prepare_common


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_is_what_the_study_says(name: str) -> None:
    crate, role, algorithms, quick = PEERS[name]
    c = load_contender(contender.FOLDER / name)
    assert (c.runtime, c.role, c.algorithms, c.quick, c.complexity, c.accepts) == ("node", role, algorithms, quick, 3, ["toolchain"])
    assert c.prepare is not None
    assert c.prepare.command[2:] == [crate, "{prepared}"]
    assert c.commands[0] == ["{python}", "{root}/study/rust/prepare.py", "check", crate, "{prepared}"]
    assert (c.folder / c.prepare.command[1]).resolve() == RUST / "prepare.py"
    assert c.prepare.provides == [f"{{prepared}}/{file}" for file in prepare.PEERS[crate].files(crate)]
    assert all(package in c.prepare.needs_text for package in prepare.PACKAGES)


def test_the_lock_file_holds_the_article_s_versions() -> None:
    lock = tomllib.loads((RUST / "Cargo.lock").read_text(encoding="utf-8"))
    versions = {package["name"]: package["version"] for package in lock["package"]}
    assert versions["jsonwebtoken"] == "9.3.1"
    # The glue is made by the same version as the code that it fits.
    assert versions["wasm-bindgen"] == versions["wasm-bindgen-cli-support"] == "0.2.126"


# Where the toolchain cannot be had.


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """A machine without the toolchain: which packages it has, whether it has apt-get, and who asks."""

    def make(has: tuple[str, ...] = (), apt: bool = True, user: int = 0) -> None:
        monkeypatch.setattr(prepare, "PACKAGES", {name: tmp_path / "absent" / name for name in prepare.PACKAGES})
        monkeypatch.setattr(prepare, "installed", lambda package: package in has)
        monkeypatch.setattr(prepare.shutil, "which", lambda program: f"/usr/bin/{program}" if apt else None)
        monkeypatch.setattr(prepare.os, "geteuid", lambda: user)

    return make


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        ({"apt": False}, "there is no apt-get here"),
        ({"user": 1000}, "only root may install them"),
        ({"has": ("rustc", "cargo")}, "which cannot be installed beside Debian's rustc, cargo"),
    ],
)
def test_an_absent_toolchain_is_one_sentence(bare: Callable[..., None], tmp_path: Path, machine: dict[str, object], said: str) -> None:
    bare(**machine)
    out = tmp_path / "prepared" / "rust-lean"
    out.mkdir(parents=True)
    (out / "lean.wasm").write_bytes(b"of an older run")
    assert prepare.main(["lean", str(out)]) == 1
    sentence = (out / "reason.txt").read_text(encoding="utf-8")
    assert said in sentence and "Debian's rustc-web, cargo-web, rust-web-src, lld, clang, llvm" in sentence
    assert sentence.count("\n") == 1
    assert not (out / "lean.wasm").exists()


def test_a_failed_install_names_apt_s_own_reason(bare: Callable[..., None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    bare()

    def refuse(argv: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        printed = "Reading package lists...\nE: Unable to locate package rustc-web\n"
        return subprocess.CompletedProcess(argv, 0 if "update" in argv else 100, "", printed)

    monkeypatch.setattr(prepare.subprocess, "run", refuse)
    assert prepare.main(["article", str(tmp_path / "prepared" / "rust-article")]) == 1
    sentence = (tmp_path / "prepared" / "rust-article" / "reason.txt").read_text(encoding="utf-8")
    assert sentence == "apt-get install -y failed: E: Unable to locate package rustc-web\n"


def test_a_reason_names_no_host_and_no_folder_of_the_machine() -> None:
    text = "   Compiling a\n\x1b[31merror\x1b[0m: failed to get `ring` from https://index.example.test/ri/ng in /var/lib/me/.cargo/registry/ring.rs"
    assert prepare_common.gist(text) == "error: failed to get `ring` from the registry in ring.rs"
    assert prepare_common.gist("notes\ncore/a.cpp:3:4: error: no such name\nninja: stopped") == "core/a.cpp:3:4: error: no such name"
    assert prepare_common.gist("") == "no message"


def test_wrong_arguments_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert prepare.main(["other", "x"]) == 2
    assert "usage: prepare.py [check] article|passthrough|lean FOLDER" in capsys.readouterr().err


@pytest.mark.parametrize("sources", ["today's", "of another day", None])
def test_a_module_of_older_sources_is_refused_and_removed(sources: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the files alone: where a module is used, no compiler need be."""
    monkeypatch.setattr(prepare, "sources", lambda: "today's")
    module = tmp_path / "lean.wasm"
    module.write_bytes(b"\0asm")
    if sources:
        prepare_common.record(tmp_path, {"sources": sources})
    fresh = sources == "today's"
    assert prepare.main(["check", "lean", str(tmp_path)]) == (0 if fresh else 1)
    assert module.exists() == fresh
    assert (tmp_path / "reason.txt").exists() != fresh


class _Elsewhere(Tools):
    """Tools whose prepared folders are a test's own."""

    def prepared(self, name: str) -> Path:
        return Path(self.node_modules.parent) / "prepared" / name


@pytest.mark.parametrize("name", PEERS)
def test_the_report_says_why_a_peer_is_not_built(name: str, tmp_path: Path) -> None:
    c = load_contender(contender.FOLDER / name)
    tools = _Elsewhere(node_modules=tmp_path / "node_modules")
    with pytest.raises(artefact.BuildError, match=r"not built: not prepared; .*rustc-web"):
        artefact.build(c, "HS256", tools, tmp_path / "zip", 1, timed=False)
    folder = tools.prepared(name)
    folder.mkdir(parents=True)
    (folder / "reason.txt").write_text("the toolchain is absent: of a test\n", encoding="utf-8")
    with pytest.raises(artefact.BuildError, match="^not built: the toolchain is absent: of a test$"):
        artefact.build(c, "HS256", tools, tmp_path / "zip", 1, timed=False)


# Where it is built.


def _built(name: str, algorithm: str, tmp_path: Path) -> Path:
    c = load_contender(contender.FOLDER / name)
    return artefact.unpack(artefact.build(c, algorithm, Tools(), tmp_path / "zip", 1, timed=False), tmp_path / "unpacked")


@pytest.mark.prepared
@pytest.mark.parametrize(("name", "algorithm"), [(name, algorithm) for name in PEERS for algorithm in PEERS[name][2]])
def test_a_peer_passes_its_gate_as_shipped(name: str, algorithm: str, tmp_path: Path) -> None:
    c = load_contender(contender.FOLDER / name)
    assert gate.ask(c, algorithm, Tools(), _built(name, algorithm, tmp_path)).refused == []


# Damaged tokens by the hundred, and then the good one: a trap would leave the instance dead.
_HOSTILE = """
const { handler } = require(process.argv[1] + '/index.js');
const [good, marker] = JSON.parse(process.argv[2]);
const event = (value) => ({ Records: [{ cf: { request: { clientIp: '192.0.2.1', headers: { authorization: [{ key: 'Authorization', value }] }, method: 'GET', querystring: '', uri: '/' } } }] });
const allowed = async (value) => { const one = event(value); return (await handler(one)) === one.Records[0].cf.request; };
(async () => {
  let state = 7;
  const next = (below) => (state = (state * 48271) % 2147483647) % below;
  let wrong = 0;
  for (let i = 0; i < 600; i += 1) {
    const at = next(good.length);
    const damaged = [
      good.slice(0, at),
      good.slice(0, at) + String.fromCharCode(next(0x10000)) + good.slice(at + 1),
      good.slice(0, at) + good.slice(at + 1 + next(8)),
      good + '.'.repeat(next(4) + 1),
      good.replace(/[^.]+/, Buffer.from('['.repeat(next(5000))).toString('base64url')),
      'A'.repeat(next(200000)),
    ][i % 6];
    const value = 'Bearer ' + damaged;
    if (value !== good && (await allowed(value)) && damaged.slice(0, -1) !== good.slice(7, -1)) wrong += 1;
  }
  console.log(JSON.stringify({ wrong, still: await allowed(good) }));
})();
"""


@pytest.mark.prepared
@pytest.mark.parametrize("name", ["rust-article", "rust-lean"])
def test_no_token_stops_the_instance(name: str, tmp_path: Path) -> None:
    folder = _built(name, "HS256", tmp_path)
    good = next(case for case in gate.gate_cases("HS256") if case.id == "valid")
    value = good.event["Records"][0]["cf"]["request"]["headers"]["authorization"][0]["value"]
    argv = [str(Tools().node()), "-e", _HOSTILE, str(folder), json.dumps([value, ""])]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"wrong": 0, "still": True}


@pytest.mark.prepared
@pytest.mark.parametrize("name", PEERS)
def test_a_module_tells_nothing_of_the_machine(name: str, tmp_path: Path) -> None:
    for file in _built(name, "HS256", tmp_path).iterdir():
        data = file.read_bytes()
        assert str(ROOT).encode() not in data and str(Path.home()).encode() + b"/" not in data, file.name


@pytest.mark.prepared
def test_the_lean_module_asks_nothing_of_its_host(tmp_path: Path) -> None:
    module = _built("rust-lean", "HS256", tmp_path) / "lean.wasm"
    script = "console.log(WebAssembly.Module.imports(new WebAssembly.Module(require('fs').readFileSync(process.argv[1]))).length)"
    done = subprocess.run([str(Tools().node()), "-e", script, str(module)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0"
