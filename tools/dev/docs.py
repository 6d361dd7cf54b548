"""./dev docs: the pages of docs/api."""

from __future__ import annotations

from .console import Step, heading
from .environment import run_module
from .setup import setup


def docs() -> int:
    setup()
    heading("docs")
    with Step("docs/api: the reference of every door"):
        run_module("docs", "docs_make")
    return 0
