"""The same sources give the same modules, byte for byte: built again in another folder, at another time
zone and umask, in another language, one file at a time. What is packed of them is in tests/packaging."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Facts

from dev.environment import openssl_headers, openssl_source, run_environment
from dev.openssl_wasm import openssl_wasm_library

# What a build leaves in the tree, by the target that makes it. The first of each toolchain is the short form.
NATIVE = {
    "portcullis_node_edge": "bindings-node/portcullis-edge.node",
    "portcullis_python_edge": "build/native/python/portcullis/_core_edge.*.so",
    "portcullis_node": "bindings-node/portcullis.node",
    "portcullis_python": "build/native/python/portcullis/_core.*.so",
}
WASM = {
    "portcullis_portcullis": "wasm/portcullis.wasm",
    "portcullis_portcullis-edge": "wasm/portcullis-edge.wasm",
    "portcullis_portcullis-self-contained": "wasm/portcullis-self-contained.wasm",
    "portcullis_portcullis-self-contained-edge": "wasm/portcullis-self-contained-edge.wasm",
    "portcullis_portcullis-openssl": "wasm/portcullis-openssl.wasm",
    "portcullis_portcullis-passthrough": "wasm/portcullis-passthrough.wasm",
}
# What a build must not take from where it runs.
ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "SOURCE_DATE_EPOCH": "1", "USER": "somebody", "HOME": "/"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tree's own files, elsewhere; what was downloaded is linked."""
    folder = tmp_path_factory.mktemp("a-folder-with-another-name") / "tree"
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(ROOT / name)
    yield folder
    shutil.rmtree(folder)


def run(argv: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, **run_environment(), **ELSEWHERE, "NODE_PATH": "/usr/share/nodejs"},
        umask=0o077,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]


def build_native(folder: Path, jobs: str, targets: list[str]) -> None:
    run(["cmake", "--preset", "native"], folder)
    run(["cmake", "--build", "build/native", "--parallel", jobs, "--target", *targets], folder)


def build_wasm(folder: Path, jobs: str, targets: list[str]) -> None:
    settings = {
        "PORTCULLIS_OPENSSL_SOURCE": openssl_source(),
        "PORTCULLIS_OPENSSL_HEADERS": openssl_headers(),
        "PORTCULLIS_OPENSSL_LIBRARY": openssl_wasm_library(),
    }
    given = [f"-D{name}={path}" for name, path in settings.items()]
    run(["emcmake", "cmake", "-S", "wasm", "-B", "build/wasm", "-G", "Ninja", *given], folder)
    run(["cmake", "--build", "build/wasm", "--parallel", jobs, "--target", *targets], folder)


@pytest.mark.parametrize(
    ("build", "made"), [(build_native, NATIVE), (build_wasm, WASM)], ids=["native", "wasm"]
)
def test_built_again_elsewhere(build, made: dict[str, str], copy: Path, length: str, facts: Facts) -> None:
    targets = [*made] if length == "long" else [*made][:1]
    build(copy, "1" if length == "long" else str(len(os.sched_getaffinity(0))), targets)
    for target in targets:
        (here,), (there,) = ROOT.glob(made[target]), copy.glob(made[target])
        assert not there.is_symlink() and not there.samefile(here)
        assert there.read_bytes() == here.read_bytes(), made[target]
        assert str(ROOT).encode() not in here.read_bytes(), f"{made[target]} knows where it was built"
    facts["modules built twice, equal"] = int(facts.get("modules built twice, equal", 0)) + len(targets)
