"""One ./dev at a time may install or build in this tree."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from .console import say
from .paths import BUILD


@contextmanager
def exclusive(name: str = ".lock") -> Iterator[None]:
    BUILD.mkdir(exist_ok=True)
    with open(BUILD / name, "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("   waiting for another ./dev in this tree ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
