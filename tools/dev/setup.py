"""./dev setup: installs what is missing; a second run finds nothing to do."""

from __future__ import annotations

from collections.abc import Sequence

from . import environment
from .console import Failure, heading, say
from .lock import exclusive
from .needs import Finding, look
from .system import CANNOT_INSTALL, install


def setup(optional: bool = False) -> int:
    """`optional`: what can be done without as well, as far as it can be installed."""
    heading("setup")
    with exclusive():
        findings = look()
        required = [finding for finding in findings if not finding.need.optional]
        if any(not finding.version for finding in required):
            install(required)
            _check_again()
        if optional:
            _install_optional([finding for finding in findings if finding.need.optional])
        environment.make_venv()
        environment.make_node_modules()
        environment.make_openssl_source()
    say("   ready")
    return 0


def _install_optional(findings: Sequence[Finding]) -> None:
    try:
        install(findings)
    except Failure as failure:
        say(f"   going on without: {failure}")


def _check_again() -> None:
    """A package can be installed and still not serve: too old, or hidden by another on PATH."""
    unusable = [
        finding.need.name
        for finding in look()
        if not finding.version and not finding.need.optional
    ]
    if unusable:
        raise Failure(
            f"installed, but still not usable: {', '.join(unusable)} "
            "(an older one earlier on PATH?); see ./dev doctor",
            CANNOT_INSTALL,
        )
