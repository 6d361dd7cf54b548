"""prepare.py FLAVOUR FOLDER: compiles the default form of the WASM module with other flags into FOLDER.

The flavours are those of PORTCULLIS_WASM_FLAVOUR in wasm/CMakeLists.txt. Whatever goes wrong is one sentence in
FOLDER/reason.txt, and the exit code is 1. Ninja compiles again only what has changed.

prepare.py check FLAVOUR FOLDER: whether the module is of today's sources. One that is not is removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FLAVOURS = ("speed", "scalar")
SUFFIXES = (".cpp", ".hpp", ".h", ".c", ".def", ".in", ".cmake")
NAMES = ("CMakeLists.txt", "exports.txt", "exports_edge.txt")
CACHE = ROOT / "build" / "wasm" / "CMakeCache.txt"
OPENSSL = ("PORTCULLIS_OPENSSL_SOURCE", "PORTCULLIS_OPENSSL_HEADERS", "PORTCULLIS_OPENSSL_LIBRARY")


class Failure(Exception):
    """Why there is no module, in one sentence."""


def openssl_settings() -> list[str]:
    """Where ./dev build has put OpenSSL's source, headers and library."""
    try:
        cache = CACHE.read_text(encoding="utf-8")
    except OSError:
        raise Failure("the WASM module was not built: ./dev build wasm does it") from None
    found = [re.search(rf"^{name}:\w+=(.+)$", cache, re.M) for name in OPENSSL]
    if not all(found):
        raise Failure("the WASM build does not say where OpenSSL's source is: ./dev build wasm prepares it")
    return [f"-D{name}={value[1]}" for name, value in zip(OPENSSL, found, strict=True) if value]


def run(argv: list[str], log: Path) -> None:
    # Debian's Emscripten keeps the JavaScript packages that it needs in this folder.
    environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
    try:
        done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failure(f"{argv[0]} cannot be run: {error.strerror}") from None
    output = done.stdout + done.stderr
    with open(log, "a", encoding="utf-8") as file:
        file.write(output)
    if done.returncode != 0:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        raise Failure(f"{argv[0]} failed: {next((line for line in lines if 'error' in line.lower()), 'no message')[:300]}")


def sources_digest(flavour: str) -> str:
    hashes = hashlib.sha256(flavour.encode())
    files = [path for name in ("core", "wasm") for path in (ROOT / name).rglob("*")]
    for path in sorted(files):
        if path.suffix in SUFFIXES or path.name in NAMES:
            hashes.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashes.hexdigest()


def prepare(flavour: str, folder: Path) -> None:
    log, build = folder / "log.txt", folder / "build"
    log.write_text("", encoding="utf-8")
    settings = [f"-DPORTCULLIS_WASM_FLAVOUR={flavour}", f"-DPORTCULLIS_WASM_OUTPUT={folder}", *openssl_settings()]
    run(["emcmake", "cmake", "-S", str(ROOT / "wasm"), "-B", str(build), "-G", "Ninja", *settings], log)
    run(["cmake", "--build", str(build), "--target", "portcullis_portcullis"], log)
    (folder / "sources.txt").write_text(f"{sources_digest(flavour)}\n", encoding="utf-8")


def check(flavour: str, folder: Path) -> None:
    try:
        fresh = (folder / "sources.txt").read_text(encoding="utf-8").strip() == sources_digest(flavour)
    except OSError:
        fresh = False
    if not fresh:
        raise Failure("the module is of older sources; ./dev study prepare makes it again")


def main(argv: list[str]) -> int:
    checking, arguments = argv[:1] == ["check"], argv[argv[:1] == ["check"] :]
    if len(arguments) != 2 or arguments[0] not in FLAVOURS:
        print(f"usage: prepare.py [check] {'|'.join(FLAVOURS)} FOLDER", file=sys.stderr)
        return 2
    flavour, folder = arguments[0], Path(arguments[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    reason = folder / "reason.txt"
    try:
        (check if checking else prepare)(flavour, folder)
    except Failure as failure:
        # What an older run left would be measured under today's name. What is absent, the next preparation makes.
        (folder / "portcullis.wasm").unlink(missing_ok=True)
        reason.write_text(f"{failure}\n", encoding="utf-8")
        print(failure, file=sys.stderr)
        return 1
    reason.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
