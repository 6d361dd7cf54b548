"""A root of Debian 11: glibc 2.31, older than what this tree is built on. Made once by debootstrap, in build/,
for tests that run in it what was made here."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from . import command, stamp
from .console import Failure
from .paths import BUILD

SUITE = "bullseye"
GLIBC = (2, 31)
_DEBOOTSTRAP = Path("/usr/sbin/debootstrap")
_PLACE = BUILD / SUITE


def older_root() -> Path:
    """The folder to chroot into; a Failure that says what it lacks."""
    if os.geteuid() != 0:
        raise Failure("root, for debootstrap and chroot")
    if not _DEBOOTSTRAP.exists():
        raise Failure("debootstrap; ./dev setup installs it")
    _PLACE.mkdir(parents=True, exist_ok=True)
    key = stamp.key_of(SUITE)
    with open(_PLACE / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = _PLACE / "root"
        if not stamp.is_fresh(_PLACE, key):
            shutil.rmtree(root, ignore_errors=True)
            argv: list[str | Path] = [_DEBOOTSTRAP, "--variant=minbase", SUITE, root]
            if command.logged(f"debootstrap {SUITE}", argv) != 0:
                shutil.rmtree(root, ignore_errors=True)
                raise Failure(f"a mirror of Debian that debootstrap can make {SUITE} of")
            stamp.make(_PLACE, key)
    return root


def run(
    root: Path, argv: Sequence[str], given: str = "", env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A program of the root, in the root, without an environment but for what is given."""
    return subprocess.run(
        ["/usr/sbin/chroot", root, *argv],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **(env or {})},
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
    )
