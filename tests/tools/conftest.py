"""Puts the dev package on the path, and gives tests a PATH of their own making."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))


class FakePath:
    """A folder of small programs that stands for the whole PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("sh", "env", "cat", "dirname"):
            self.keep(name)

    def keep(self, name: str) -> None:
        """Lets a real program through."""
        for place in ("/usr/bin", "/bin"):
            if Path(place, name).exists():
                (self.folder / name).symlink_to(Path(place, name))
                return
        raise AssertionError(f"no {name} on this system")

    def add(self, name: str, script: str) -> None:
        (self.folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (self.folder / name).chmod(0o755)


@pytest.fixture
def fake_path(tmp_path: Path) -> FakePath:
    folder = tmp_path / "bin"
    folder.mkdir()
    return FakePath(folder)


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def dev() -> Run:
    """Runs ./dev's Python side with standard output and error captured."""

    def run(*arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, ROOT / "tools" / "dev", *arguments],
            env={**os.environ, **({"PATH": str(path)} if path else {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    return run
