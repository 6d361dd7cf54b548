"""An unpacked zip under Lambda's own runtime client, behind the study's Runtime API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import packing  # noqa: F401  (the paths of the two below)

from dev.pack_variants import HANDLERS
from harness import clients
from harness.runtime_api import RuntimeApi
from harness.sandbox import Sandbox
from harness.tools import Tools

# The start of awslambdaric's own program, with that package and its needs on the path, no others.
_PYTHON = """
import sys
sys.path.insert(1, sys.argv.pop(1))
from awslambdaric.__main__ import main
main(["awslambdaric", *sys.argv[1:]])
"""


def _command(runtime: str, tools: Tools, folder: Path) -> tuple[list[str], dict[str, str]]:
    """As Lambda starts it: the function's own folder and handler, the reserved variables, no others."""
    handler = HANDLERS[clients.family(runtime)]
    argv, environment = clients.command(runtime, "ric", tools, folder, handler)
    kept = {name: value for name, value in environment.items() if not name.startswith("STUDY_")}
    kept |= {"LAMBDA_TASK_ROOT": str(folder), "_HANDLER": handler}
    if clients.family(runtime) == "python":
        *start, _, package = argv
        return [*start, "-c", _PYTHON, package, handler], kept
    return [*argv[:-1], handler], kept


@contextmanager
def started(runtime: str, tools: Tools, folder: Path) -> Iterator[RuntimeApi]:
    """Ready for its first event."""
    with Sandbox(*_command(runtime, tools, folder), folder) as sandbox:
        sandbox.api.next_ready(60)
        yield sandbox.api
