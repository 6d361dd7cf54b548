"""docs/api, the reference of every door, from docstrings, comments and types. Something public without a word
about it is an error. A test makes the pages anew and compares them with the committed ones. Run by .venv's
Python."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from . import command
from .console import Failure
from .docs_cpp import cpp_reference
from .docs_python import python_reference
from .environment import run_environment
from .paths import BUILD, NODE_BIN, NODE_MODULES, ROOT

API = ROOT / "docs" / "api"
SETTINGS = ROOT / "tools" / "docs"
_NOTE = "<!-- Made by ./dev docs: change what it is made from. -->\n"


def write() -> None:
    pages = make()
    shutil.rmtree(API, ignore_errors=True)
    for name, text in pages.items():
        (API / name).parent.mkdir(parents=True, exist_ok=True)
        (API / name).write_text(text, encoding="utf-8")


def make() -> dict[str, str]:
    """The pages by their names in docs/api. Needs the doors to be built, as ./dev build does."""
    return {"python.md": _NOTE + _python(), "cpp.md": _NOTE + _cpp(), **_node()}


def _python() -> str:
    text, silent = python_reference(ROOT / "bindings-python")
    if silent:
        raise Failure(f"without a docstring: {', '.join(silent)}")
    return text


def _cpp() -> str:
    out = BUILD / "docs" / "cpp"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    command.run("doxygen", ["doxygen", SETTINGS / "Doxyfile"])
    return cpp_reference(out / "xml")


def _node() -> dict[str, str]:
    out = BUILD / "docs" / "node"
    shutil.rmtree(out, ignore_errors=True)
    typedoc = [NODE_BIN / "node", NODE_MODULES / ".bin" / "typedoc"]
    command.run("typedoc", [*typedoc, "--options", SETTINGS / "typedoc.json"], env=run_environment())
    return {f"node/{path.name}": _NOTE + path.read_text(encoding="utf-8") for path in sorted(out.glob("*.md"))}


def differences(pages: dict[str, str]) -> list[str]:
    """Names of pages that are not as committed."""
    there = {str(path.relative_to(API)): path for path in API.rglob("*") if path.is_file()}
    return sorted(
        name
        for name in pages.keys() | there.keys()
        if name not in there or there[name].read_text(encoding="utf-8") != pages.get(name)
    )


if __name__ == "__main__":
    try:
        write()
    except Failure as failure:
        sys.exit(str(failure))
