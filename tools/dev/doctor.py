"""./dev doctor: what the project needs, what is there, what a missing piece disables."""

from __future__ import annotations

import sys

from . import environment
from .console import paint, say, table
from .needs import look
from .paths import NPM_LOCK, PYTHON_LOCK
from .system import apt_line, missing_packages


def doctor() -> int:
    findings = look()
    rows = [("needs", "found", "Debian package", "without it")]
    for f in findings:
        rows.append(
            (
                f.need.name,
                f.version or ("absent" if f.need.optional else "MISSING"),
                " ".join(f.need.packages) or f"(comes with {sys.executable})",
                "" if f.version else f.need.disables,
            )
        )
    rows += [
        _prepared(".venv", environment.venv_is_fresh(), PYTHON_LOCK.name),
        _prepared("node_modules", environment.npm_is_fresh(), NPM_LOCK.name),
        _prepared("OpenSSL source", environment.openssl_is_fresh(), "wasm/openssl/Cargo.lock"),
    ]
    head, *body = table(rows).splitlines()
    say(paint(head, "bold"))
    for line, row in zip(body, rows[1:]):
        say(paint(line, "red") if row[1] == "MISSING" else line)

    absent = [f for f in findings if not f.version]
    missing = [f for f in absent if not f.need.optional]
    if not missing:
        say()
        say("nothing is missing" + (" that is needed; ./dev setup installs the rest" if absent else ""))
        return 0
    say()
    say(f"{len(missing)} missing; ./dev setup installs what Debian has, or as root run:")
    say(f"  {apt_line(missing_packages(findings))}")
    return 1


def _prepared(name: str, fresh: bool, lock: str) -> tuple[str, str, str, str]:
    """What is made in the tree and so is never missing, only not there yet."""
    state, hint = ("ready", "") if fresh else ("not yet", "./dev setup makes it")
    return (name, state, f"(from {lock})", hint)
