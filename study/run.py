#!/usr/bin/env python3
"""The study: `run.py --help` lists what it does."""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

from harness.cli import main  # noqa: E402

sys.exit(main())
