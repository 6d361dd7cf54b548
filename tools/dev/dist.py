"""./dev dist: what is released, in dist/."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from .build import build
from .console import heading, say, table
from .lock import exclusive
from .paths import relative
from .setup import setup

# Each is made by `make(out: Path) -> list[Path]` of the module dist_<kind>.
KINDS = ("python", "node", "sbom")


def dist(kinds: Sequence[str], out: Path) -> int:
    if "node" in kinds:  # takes its modules from the tree; a wheel is built apart from it
        build()
    else:
        setup()
    heading("dist")
    made: list[Path] = []
    # A lock of its own: who packs need not wait.
    with exclusive(".dist-lock"):
        out.mkdir(parents=True, exist_ok=True)
        for kind in kinds:
            made += import_module(f".dist_{kind}", __package__).make(out)
    say()
    rows = [("file", "bytes", "SHA-256")]
    for path in made:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        rows.append((relative(path), str(path.stat().st_size), digest))
    say(table(rows, numbers=(1,)))
    return 0
