"""The trees that are counted: this one, and the base commit in a worktree. What they have built is put
into a folder whose path has the same length for both, as a longer path costs a runtime instructions."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import command
from .build import build_doors
from .console import Failure, Step, say
from .environment import openssl_headers, openssl_source, run_environment
from .paths import BUILD, NATIVE, NODE_MODULES, ROOT, VENV_PYTHON

GATE = ROOT / "tools" / "gate"
_BASE = BUILD / "gate" / "base"


@dataclass(frozen=True)
class Tree:
    """Sources, and where they were built."""

    root: Path
    native: Path

    @property
    def addon(self) -> Path:
        return self.root / "bindings-node" / "portcullis.node"

    @property
    def wasm(self) -> Path:
        return self.root / "wasm" / "portcullis.wasm"

    @property
    def package(self) -> Path:
        return self.native / "python" / "portcullis"

    @property
    def extension(self) -> Path:
        found = sorted(self.package.glob("_core.*.so"))
        if len(found) != 1:
            raise Failure(f"expected one _core.*.so in {self.package}, found {len(found)}")
        return found[0]

    @property
    def edge_extension(self) -> Path | None:
        """None: `extension` has the edge layer as well."""
        return next(self.package.glob("_core_edge.*.so"), None)


HEAD = Tree(ROOT, NATIVE)


def build_head() -> Tree:
    build_doors(("portcullis_gate",))
    return HEAD


def git(*words: str) -> str | None:
    """What git answers, or None."""
    return command.answer_of(["git", "-C", ROOT, *words])


def base_revision(wanted: str | None) -> str:
    """`wanted`; else where this branch left origin/main; on main itself the commit before."""
    if wanted:
        revision = git("rev-parse", "--verify", f"{wanted}^{{commit}}")
        if not revision:
            raise Failure(f"--base {wanted}: git knows no such commit", 2)
        return revision
    head = git("rev-parse", "HEAD")
    for candidate in (git("merge-base", "origin/main", "HEAD"), git("rev-parse", "--verify", "HEAD~1")):
        if candidate and candidate != head:
            return candidate
    raise Failure("git knows no commit to compare with (a shallow clone?); name one by --base")


@contextmanager
def base_tree(revision: str) -> Iterator[Tree]:
    """That commit, built with the tools of this tree and counted by its programs."""
    remove: list[str | Path] = ["git", "-C", ROOT, "worktree", "remove", "--force", _BASE]
    command.answer_of(remove)  # what a broken-off run left
    shutil.rmtree(_BASE, ignore_errors=True)
    command.answer_of(["git", "-C", ROOT, "worktree", "prune"])
    command.run("gate worktree", ["git", "-C", ROOT, "worktree", "add", "--detach", _BASE, revision])
    try:
        tree = Tree(_BASE, _BASE / "build" / "native")
        with Step(f"build of the base commit {revision[:10]}"):
            _build_base(tree)
        yield tree
    finally:
        command.answer_of(remove)


def _build_base(tree: Tree) -> None:
    jobs = str(len(os.sched_getaffinity(0)))
    settings = {
        "PORTCULLIS_TESTS": "OFF",
        "PORTCULLIS_BENCH": "OFF",
        "Python_EXECUTABLE": VENV_PYTHON,
        "NODE_API_INCLUDE": NODE_MODULES / "node-api-headers" / "include",
        "NODE_ADDON_API_INCLUDE": NODE_MODULES / "node-addon-api",
        "CMAKE_PROJECT_portcullis_INCLUDE": GATE / "gate.cmake",
    }
    command.run(
        "gate cmake base",
        ["cmake", "--preset", "native", *(f"-D{name}={value}" for name, value in settings.items())],
        cwd=tree.root,
        env=run_environment(),
    )
    command.run(
        "gate build base", ["cmake", "--build", tree.native, "--parallel", jobs], cwd=tree.root, env=run_environment()
    )
    env = {"NODE_PATH": "/usr/share/nodejs"}
    command.run(
        "gate cmake base wasm",
        [
            *("emcmake", "cmake", "-S", tree.root / "wasm", "-B", tree.root / "build" / "wasm", "-G", "Ninja"),
            f"-DPORTCULLIS_OPENSSL_SOURCE={openssl_source()}",
            f"-DPORTCULLIS_OPENSSL_HEADERS={openssl_headers()}",
        ],
        env=env,
    )
    target = ("--target", "portcullis_portcullis", "portcullis_portcullis-edge")
    command.run(
        "gate build base wasm",
        ["cmake", "--build", tree.root / "build" / "wasm", "--parallel", jobs, *target],
        env=env,
    )


def _code_of(module: Path) -> bytes:
    """The machine code of a module; nothing where it cannot be told."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "text")
        argv = ["objcopy", "-O", "binary", "--only-section=.text", module, out]
        done = subprocess.run(argv, capture_output=True)
        return out.read_bytes() if done.returncode == 0 and out.is_file() else b""


def _countable(shipped: Path, named: Path) -> Path:
    """The copy with the names of functions, if it is the same code as what is shipped; else the latter."""
    code = _code_of(shipped)
    if code and code == _code_of(named):
        return named
    say(f"   {shipped.name}: the copy with names is other code; counted as it is shipped, without names")
    return shipped


@contextmanager
def staged(tree: Tree) -> Iterator[Path]:
    """A folder with the programs of the gate and the doors of a tree."""
    gate = tree.native / "gate"
    if not (gate / "portcullis_gate_core").is_file():
        raise Failure("the gate's programs were not built: valgrind's headers are missing; ./dev setup installs them")
    # Not the place that TMPDIR names, for the length of its path.
    with tempfile.TemporaryDirectory(prefix="portcullis-gate-", dir="/tmp") as name:
        folder = Path(name)
        for door in ("bindings-node", "wasm"):
            (folder / door).mkdir()
            for file in (tree.root / door).glob("*.js"):
                shutil.copyfile(file, folder / door / file.name)
        addon = _countable(tree.addon, gate / tree.addon.name)
        shutil.copyfile(addon, folder / "bindings-node" / addon.name)
        shutil.copyfile(tree.wasm, folder / "wasm" / "portcullis.wasm")
        shutil.copyfile(tree.root / "package.json", folder / "package.json")
        shutil.copytree(tree.package, folder / "portcullis", ignore=shutil.ignore_patterns("__pycache__"))
        extension = _countable(tree.extension, gate / tree.extension.name)
        shutil.copyfile(extension, folder / "portcullis" / extension.name)
        for file in (gate / "mark.node", gate / "mark.so", gate / "portcullis_gate_core", *GATE.glob("count.*")):
            shutil.copy(file, folder / file.name)
        shutil.copyfile(GATE / "inputs.json", folder / "inputs.json")
        yield folder
