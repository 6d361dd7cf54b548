"""./dev bench: the core's Google Benchmark binary; ./dev bench wasm: the forms of the WASM module."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .build import TARGETS, build
from .console import heading
from .paths import NATIVE, NODE_BIN, ROOT


def bench(arguments: Sequence[str]) -> int:
    forms = arguments[:1] == ["wasm"]
    build(TARGETS if forms else ("native",))
    heading("bench")
    if forms:
        command = [NODE_BIN / "node", ROOT / "wasm" / "bench" / "forms.js", *arguments[1:]]
    else:
        command = [NATIVE / "tests" / "portcullis_bench", *arguments]
    return subprocess.run(command, cwd=ROOT).returncode
