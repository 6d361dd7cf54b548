"""Lets the tests of this folder import doors and read tests/vectors."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors"))
sys.path.insert(0, str(Path(__file__).resolve().parent))
