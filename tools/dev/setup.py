"""./dev setup: installs what is missing; a second run finds nothing to do."""

from __future__ import annotations

from . import environment
from .console import Failure, heading, say
from .lock import exclusive
from .needs import look
from .system import CANNOT_INSTALL, install


def setup() -> int:
    heading("setup")
    with exclusive():
        findings = look()
        if any(not finding.version for finding in findings):
            install(findings)
            _check_again()
        environment.make_venv()
        environment.make_node_modules()
        environment.make_openssl_source()
    say("   ready")
    return 0


def _check_again() -> None:
    """A package can be installed and still not serve: too old, or hidden by another on PATH."""
    unusable = [finding.need.name for finding in look() if not finding.version]
    if unusable:
        raise Failure(
            f"installed, but still not usable: {', '.join(unusable)} "
            "(an older one earlier on PATH?); see ./dev doctor",
            CANNOT_INSTALL,
        )
