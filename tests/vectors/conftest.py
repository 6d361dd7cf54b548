"""Lets the test of this folder import vector_files."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
