"""Missing system packages: installed on Debian when allowed to, listed otherwise."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from . import command
from .console import Failure, Step, complain, say
from .needs import Finding

CANNOT_INSTALL = 3  # exit code: a person has to install something first


def missing_packages(findings: Sequence[Finding]) -> list[str]:
    packages = {name: None for f in findings if not f.version for name in f.need.packages}
    return list(packages)


def apt_line(packages: Sequence[str]) -> str:
    return f"apt-get install --no-install-recommends {' '.join(packages)}"


def _prefix() -> list[str] | None:
    """What to put before a command to run it as root; None if that is not possible."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        # A person can type the password; nobody else can.
        if sys.stdin.isatty() or command.answer_of(["sudo", "-n", "true"]) is not None:
            return ["sudo"]
    return None


def install(findings: Sequence[Finding]) -> None:
    """Makes everything found, or raises a Failure that lists what a person has to install."""
    missing = [f.need for f in findings if not f.version]
    if not missing:
        return
    packages = missing_packages(findings)
    names = ", ".join(need.name for need in missing)

    homeless = [need.name for need in missing if not need.packages]
    if homeless:
        raise Failure(
            f"missing for this Python ({sys.executable}): {', '.join(homeless)}\n"
            "no system package brings that to an interpreter outside /usr: reinstall it with its "
            "headers and ensurepip, or put Debian's python3 first on PATH",
            CANNOT_INSTALL,
        )
    if not shutil.which("apt-get"):
        complain(f"missing: {names}")
        complain("this is not a Debian system; install what these Debian packages hold:")
        complain(f"  {apt_line(packages)}")
        raise Failure("system packages are missing and can't be installed here", CANNOT_INSTALL)
    prefix = _prefix()
    if prefix is None:
        complain(f"missing: {names}")
        complain("neither root nor sudo is at hand; as root run:")
        complain(f"  {apt_line(packages)}")
        raise Failure("system packages are missing and can't be installed here", CANNOT_INSTALL)

    say(f"   missing: {names}")
    say(f"   installing Debian packages: {' '.join(packages)}")
    _apt(prefix, packages)


def _apt(prefix: list[str], packages: Sequence[str]) -> None:
    # sudo drops the environment, hence env; --no-remove: never at the cost of what is installed.
    apt = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    with Step("apt-get update") as step:
        if command.logged("apt update", [*apt, "update"]) != 0:
            step.outcome("FAILED, going on with the package lists as they are")
    with Step(f"apt-get install of {len(packages)} packages") as step:
        code = command.logged(
            "apt install", [*apt, "install", "--no-remove", "--no-install-recommends", *packages]
        )
        if code != 0:
            step.outcome("FAILED")
    if code != 0:
        command.show_log("apt install")
        raise Failure(f"installing failed; as root run: {apt_line(packages)}", CANNOT_INSTALL)
