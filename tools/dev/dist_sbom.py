"""The bill of materials of what is in a folder; sbom.py makes it."""

from __future__ import annotations

from pathlib import Path

from .console import Step
from .environment import run_module


def make(out: Path) -> list[Path]:
    for old in out.glob("portcullis-*.spdx.json"):
        old.unlink()
    with Step("bill of materials"):
        run_module("sbom", "sbom", out)
    return sorted(out.glob("portcullis-*.spdx.json"))
