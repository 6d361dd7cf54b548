"""./dev build: the native doors with their tests and benchmark, and the forms of the WASM module."""

from __future__ import annotations

import base64
import os

from . import command
from .console import Step, heading
from .environment import openssl_headers, openssl_source, run_environment
from .lock import exclusive
from .openssl_wasm import make_openssl_wasm, openssl_wasm_is_fresh, openssl_wasm_library
from .paths import NATIVE, ROOT, WASM
from .setup import setup

TARGETS = ("native", "wasm")

# The forms that portcullis/wasm-inline has inside of a script (wasm/inline*.js).
_INLINED = ("portcullis", "portcullis-edge", "portcullis-self-contained-edge")


# What a quick study measures: without the tests, and without the form that holds the whole of libcrypto.
_DOORS = (
    "portcullis_node",
    "portcullis_node_edge",
    "portcullis_python",
    "portcullis_python_files",
)


def build(targets: tuple[str, ...] = TARGETS) -> int:
    setup()
    heading("build")
    with exclusive():
        if "native" in targets:
            with Step("native: core, tests, benchmark, Node addon, Python module"):
                _native()
        if "wasm" in targets:
            make_openssl_wasm()
            with Step("wasm: the forms of the module in wasm/"):
                _wasm()
    return 0


def build_doors(more: tuple[str, ...] = ()) -> None:
    """The shipped doors alone: half of the time. `more`: targets of the native build beside them."""
    setup()
    heading("build")
    with exclusive():
        with Step("native: Node addon, Python module"):
            _native((*_DOORS, *more))
        with Step("wasm: the shipped forms of the module in wasm/"):
            _wasm()


def _jobs() -> str:
    return str(len(os.sched_getaffinity(0)))


def _native(only: tuple[str, ...] = ()) -> None:
    command.run("cmake native", ["cmake", "--preset", "native"], env=run_environment())
    command.run(
        "build native",
        # A test that does not compile must not keep the doors from being built.
        [
            *("cmake", "--build", NATIVE, "--parallel", _jobs()),
            *(("--target", *only) if only else ()),
            *("--", "-k", "0"),
        ],
        env=run_environment(),
    )


def _wasm() -> None:
    # emcc's own JavaScript needs packages that Debian keeps here, whichever Node is on PATH.
    env = {"NODE_PATH": "/usr/share/nodejs"}
    command.run(
        "cmake wasm",
        [
            *("emcmake", "cmake", "-S", ROOT / "wasm", "-B", WASM, "-G", "Ninja"),
            f"-DPORTCULLIS_OPENSSL_SOURCE={openssl_source()}",
            f"-DPORTCULLIS_OPENSSL_HEADERS={openssl_headers()}",
            # Without it the form of the whole libcrypto is left out.
            f"-DPORTCULLIS_OPENSSL_LIBRARY={openssl_wasm_library() if openssl_wasm_is_fresh() else ''}",
        ],
        env=env,
    )
    command.run("build wasm", ["cmake", "--build", WASM, "--parallel", _jobs()], env=env)
    for form in _INLINED:
        text = base64.b64encode((ROOT / "wasm" / f"{form}.wasm").read_bytes()).decode("ascii")
        (ROOT / "wasm" / f"{form}.wasm.js").write_text(f"'use strict';\n\nmodule.exports =\n  '{text}';\n")
