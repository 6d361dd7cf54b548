"""What the harness's tests share: its import path, contender folders made on the spot, and one small real run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "study"
sys.path.insert(0, str(STUDY))

# As small as it goes: one round, one algorithm, windows of a millisecond.
TINY = [
    *("--seed", "1", "--rounds", "1", "--builds", "2", "--algorithm", "HS256"),
    *("--warm-up-ms", "1", "--window-ms", "1", "--sweep-warm-up-ms", "1", "--sweep-window-ms", "1", "--mix-ms", "1"),
    *("--batch-ms", "0.1", "--least-batches", "1", "--worker-ms", "1"),
]

ALLOWS_ALL = "exports.handler = async (event) => event.Records[0].cf.request;\n"
DESCRIPTOR = """
name = "{name}"
title = "a contender of the tests"
runtime = "node"
entry = "index.handler"
role = "{role}"
source = "the tests"

[build]
covers = "copy"
copy = [["index.js", "index.js"]]
"""


def run_study(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, STUDY / "run.py", *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)


def only(*names: str) -> list[str]:
    """The words that pick these contenders."""
    return [word for name in names for word in ("--contender", name)]


@pytest.fixture
def planted(tmp_path: Path) -> Callable[..., Path]:
    """Makes a contender folder below tmp_path/contenders and gives its path."""

    def plant(name: str, handler: str = ALLOWS_ALL, role: str = "peer", more: str = "") -> Path:
        folder = tmp_path / "contenders" / name
        folder.mkdir(parents=True)
        (folder / "contender.toml").write_text(DESCRIPTOR.format(name=name, role=role) + more, encoding="utf-8")
        (folder / "index.js").write_text(handler, encoding="utf-8")
        return folder

    return plant


@pytest.fixture(scope="session")
def tiny_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """The whole line once, as small as it goes, on one contender of each kind that needs no compiled door."""
    folder = tmp_path_factory.mktemp("study") / "run"
    names = only("noop", "js-article", "js-tuned", "py-noop", "py-pyjwt")
    return folder, run_study(*names, *TINY, "--out", folder)


def pytest_configure(config: pytest.Config) -> None:
    """The real runtime client for the pinned Node, once and before the workers of a parallel run ask for it."""
    if not hasattr(config, "workerinput"):
        from harness import prepare
        from harness.tools import Tools

        prepare.runtimes(Tools(), print, only_default=True)


@pytest.fixture(scope="session")
def toolchains() -> None:
    from harness import contender, prepare
    from harness.tools import Tools

    missing = prepare.contenders(Tools(), contender.load_contenders([contender.FOLDER]), print)
    assert missing == [], missing


@pytest.fixture(autouse=True)
def prepared(request: pytest.FixtureRequest) -> None:
    """A test that is marked `prepared` finds the contenders with a toolchain of their own built."""
    if request.node.get_closest_marker("prepared"):
        request.getfixturevalue("toolchains")
