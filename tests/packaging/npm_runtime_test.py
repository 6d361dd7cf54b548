"""The installed package on every line of Node that it is for, on a Node that shares the system's OpenSSL, and in
processes that have not all of OpenSSL's functions."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import npm_support as support
import pytest
from harness import prepare
from harness.tools import NODE_LINES, Tools
from npm_support import ANSWERS, CASES, NODE, NODE_BIN, ROOT, SCRIPTS, ask
from packing import ABSENT

WASM_DOORS = ("portcullis/wasm", "portcullis/wasm-self-contained", "portcullis/wasm-inline")
DOORS = {"portcullis": "native"} | dict.fromkeys(WASM_DOORS, "wasm")
STYLES = ["require", "import"]


def plain_environment() -> dict[str, str]:
    """npm and apt as a person has them, without the pinned Node."""
    path = [part for part in os.environ["PATH"].split(os.pathsep) if part != str(NODE_BIN)]
    return {**os.environ, "PATH": os.pathsep.join(path)}


# --- Official builds: OpenSSL is inside ---


@pytest.fixture(scope="module")
def nodes() -> dict[str, Path]:
    """By line: the official builds that npm has, of the study's lock file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", plain_environment()["PATH"])
        prepare.node_lines(Tools(), print)
    return {line: Tools().node(line) for line in NODE_LINES}


def test_the_lines_of_node_are_those_that_the_package_is_for(nodes: dict[str, Path]) -> None:
    least = json.loads((ROOT / "package.json").read_text())["engines"]["node"]
    assert least == f">={min(NODE_LINES, key=int)}"
    for line, node in nodes.items():
        told = support.run([node, "-p", "process.version + process.config.variables.node_shared_openssl"], ROOT)
        assert re.fullmatch(rf"v{line}\.[\d.]+false\n", told)


@pytest.mark.parametrize("line", NODE_LINES)
def test_on_each_line(line: str, nodes: dict[str, Path]) -> None:
    told = ask(support.installed(), *DOORS, node=[nodes[line]])
    for door, implementation in DOORS.items():
        for style in STYLES:
            assert told[door][style]["implementation"] == implementation
            assert told[door][style]["answers"] == ANSWERS, (door, style)


# --- Debian's build: OpenSSL is the system's ---

DEBIAN = ROOT / "build" / "debian-node"
# Node, and what it has to have; it reads parts of its own library from /usr/share/nodejs.
PACKAGES = (
    *("nodejs/bookworm", "libnode108/bookworm", "node-acorn", "node-cjs-module-lexer", "node-undici"),
    *("libuv1", "libc-ares2", "libicu72", "libnghttp2-14", "libbrotli1"),
    *("libssl3", "zlib1g", "libstdc++6", "libgcc-s1", "libc6"),
)


@cache
def debian_root() -> Path:
    """The packages unpacked, to be the root of a process."""
    root = DEBIAN / "root"
    if (root / "usr/bin/node").exists():
        return root
    shutil.rmtree(DEBIAN, ignore_errors=True)
    packages = DEBIAN / "packages"
    packages.mkdir(parents=True)
    download = ["apt-get", "-o", "APT::Sandbox::User=root", "download", *PACKAGES]
    if subprocess.run(download, cwd=packages, capture_output=True, env=plain_environment()).returncode != 0:
        subprocess.run(["apt-get", "update", "-q"], check=True, capture_output=True)
        subprocess.run(download, cwd=packages, check=True)
    unpacked = DEBIAN / "unpacked"
    for package in sorted(packages.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, unpacked], check=True)
    unpacked.rename(root)
    shutil.rmtree(packages)
    return root


@pytest.mark.skipif(
    os.geteuid() != 0, reason=f"{ABSENT}another root folder for a process (chroot), which only root may have"
)
def test_on_a_node_that_shares_the_systems_openssl(tmp_path: Path) -> None:
    """Debian 12's Node 18 is older than what the package is for; the addon loads and decides there all the same."""
    root = debian_root()
    folder = root / "function"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(support.installed(), folder)
    chroot = shutil.which("chroot") or "/usr/sbin/chroot"
    node: list[str | Path] = [chroot, root, "/usr/bin/node", "--experimental-global-webcrypto"]
    told = support.run([*node, "-p", "process.version + process.config.variables.node_shared_openssl"], folder)
    assert re.fullmatch(r"v18\.[\d.]+true\n", told)
    for style, of_style in ask(folder, "portcullis", node=node, script="/function/ask.js")["portcullis"].items():
        assert (of_style["implementation"], of_style["answers"]) == ("native", ANSWERS), style


# --- A function of OpenSSL that is not there ---


def functions_of(table: str) -> list[str]:
    """Of one of the tables of names that the addon looks for when it is loaded, or later."""
    text = (ROOT / "core/src/crypto/openssl/libcrypto.hpp").read_text()
    rows = re.search(rf"#define {table}\b((?:.*\\\n)*.*)", text)
    assert rows
    return re.findall(r"PORTCULLIS_FUNCTION\((\w+)\)", rows[1])


AT_LOAD = functions_of("PORTCULLIS_SHA256_FUNCTIONS")
LATER = functions_of("PORTCULLIS_LIBCRYPTO_FUNCTIONS")
# Those need nothing of the second table.
ALWAYS = {name: answer for name, answer in ANSWERS.items() if name.startswith(("HS256", "edge", "wrong"))}


@pytest.fixture(scope="module")
def hide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    library = tmp_path_factory.mktemp("hide") / "missing_symbol.so"
    flags = ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run(["gcc", *flags, SCRIPTS / "missing_symbol.c", "-o", library, "-ldl"], check=True)
    return library


def ask_without(function: str, hide: Path) -> dict[str, Any]:
    environment = {"LD_PRELOAD": str(hide), "MISSING": function}
    # A process that crashes fails here.
    return ask(support.installed(), "./door.js", env=environment)["./door.js"]["require"]


@pytest.fixture(autouse=True, scope="module")
def door() -> None:
    (support.installed() / "door.js").write_text("module.exports = require('portcullis');\n")


def test_nothing_is_hidden_without_a_name(hide: Path) -> None:
    told = ask_without("none_of_openssl", hide)
    assert (told["implementation"], told["answers"]) == ("native", ANSWERS)


@pytest.mark.parametrize("function", [*AT_LOAD, "*"])
def test_without_a_function_that_is_needed_at_load_the_module_decides(function: str, hide: Path) -> None:
    told = ask_without(function, hide)
    assert (told["implementation"], told["answers"]) == ("wasm", ANSWERS)
    assert "platform package: portcullis: expected OpenSSL 3" in told["fallbackReason"]


@pytest.mark.parametrize("function", LATER)
def test_without_another_function_a_policy_that_needs_it_is_an_error(function: str, hide: Path) -> None:
    told = ask_without(function, hide)
    assert told["implementation"] == "native"
    answers = told["answers"]
    assert set(answers) == set(CASES)
    for name, answer in answers.items():
        if name in ALWAYS:
            assert answer == ALWAYS[name], name
        else:
            assert answer.startswith("PolicyError $.keys[0]"), name
