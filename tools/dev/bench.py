"""./dev bench: the core's Google Benchmark binary."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .build import build
from .console import heading
from .paths import NATIVE, ROOT


def bench(arguments: Sequence[str]) -> int:
    build(("native",))
    heading("bench")
    return subprocess.run([NATIVE / "tests" / "portcullis_bench", *arguments], cwd=ROOT).returncode
