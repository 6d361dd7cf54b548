"""Lets the tests of this folder import the vectors and the programs, and tells the seed."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [
    str(Path(__file__).resolve().parent),
    str(TESTS / "vectors"),
    str(TESTS / "tools" / "verify_lines"),
]


def pytest_report_header():
    import settings

    return f"differential: PORTCULLIS_SEED={settings.SEED} count {settings.COUNT}"
