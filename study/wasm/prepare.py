"""prepare.py [check] FLAVOUR FOLDER: compiles the default form of the WASM module with other flags into FOLDER.

The flavours are those of PORTCULLIS_WASM_FLAVOUR in wasm/CMakeLists.txt. Ninja compiles again only what has changed.
What happens when something goes wrong, and what `check` does, is in ../prepare_common.py.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "study"))

import prepare_common  # noqa: E402
from prepare_common import Failure  # noqa: E402

MODULE = ("portcullis.wasm",)
FLAVOURS = {"speed": MODULE, "scalar": MODULE}
CACHE = ROOT / "build" / "wasm" / "CMakeCache.txt"
OPENSSL = ("PORTCULLIS_OPENSSL_SOURCE", "PORTCULLIS_OPENSSL_HEADERS", "PORTCULLIS_OPENSSL_LIBRARY")
_SUFFIXES = (".cpp", ".hpp", ".h", ".c", ".def", ".in", ".cmake")
_NAMES = ("CMakeLists.txt", "exports.txt", "exports_edge.txt")


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


def sources() -> str:
    """The same for every flavour: CMakeLists.txt, which has the flags, is one of them."""
    files = [path for name in ("core", "wasm") for path in (ROOT / name).rglob("*")]
    return prepare_common.digest((path for path in files if path.suffix in _SUFFIXES or path.name in _NAMES), ROOT)


def prepare(flavour: str, folder: Path) -> None:
    log, build, made_of = folder / prepare_common.LOG, folder / "build", sources()
    settings = [f"-DPORTCULLIS_WASM_FLAVOUR={flavour}", f"-DPORTCULLIS_WASM_OUTPUT={folder}", *openssl_settings()]
    configure = ["emcmake", "cmake", "-S", str(ROOT / "wasm"), "-B", str(build), "-G", "Ninja", *settings]
    # Debian's Emscripten keeps the JavaScript packages that it needs in this folder.
    environment = {"NODE_PATH": "/usr/share/nodejs"}
    for argv in (configure, ["cmake", "--build", str(build), "--target", "portcullis_portcullis"]):
        prepare_common.run(argv, log, ROOT, environment)
    prepare_common.record(folder, {"sources": made_of})


def main(argv: Sequence[str]) -> int:
    return prepare_common.main(argv, FLAVOURS, sources, prepare)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
