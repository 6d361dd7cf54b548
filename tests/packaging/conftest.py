"""Lambda's own runtime clients, for the tests that run what is packed."""

from __future__ import annotations

import pytest
from packing import ABSENT

from harness import prepare
from harness.tools import Tools


@pytest.fixture(scope="session")
def tools() -> Tools:
    """With aws-lambda-ric installed and compiled; the study and this share it."""
    found = Tools()
    missing = prepare.runtimes(found, print, only_default=True)
    if missing:
        pytest.skip(f"{ABSENT}{'; '.join(missing)}")
    return found
