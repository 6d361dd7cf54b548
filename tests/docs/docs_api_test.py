"""docs/api is what ./dev docs makes of the tree. Making it fails for what is public and undocumented."""

from __future__ import annotations

import json
import re

import portcullis
import pytest
from conftest import ROOT, headings_of, read
from dev import docs_make as docs
from dev.docs_python import python_reference


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return docs.make()


def test_the_committed_pages_are_those_that_are_made(pages: dict[str, str]) -> None:
    assert len(pages) > 10
    assert docs.differences(pages) == [], "run ./dev docs"


def test_a_page_that_was_changed_is_found(pages: dict[str, str]) -> None:
    assert docs.differences({**pages, "cpp.md": pages["cpp.md"] + "by hand\n"}) == ["cpp.md"]
    assert docs.differences({**pages, "new.md": ""}) == ["new.md"]


def test_every_public_name_of_python_is_told(pages: dict[str, str]) -> None:
    told = set(headings_of(pages["python.md"]))
    assert set(portcullis.__all__) <= told
    assert {f"Decision.{name}" for name in dir(portcullis.Decision) if name[0] != "_"} <= told
    assert {f"Verifier.{name}" for name in dir(portcullis.Verifier) if name[0] != "_"} <= told


def test_a_missing_docstring_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("package")
    for path in (ROOT / "bindings-python" / "portcullis").glob("*.py*"):
        (folder / "portcullis").mkdir(exist_ok=True)
        text = read(path)
        if path.name == "wsgi.py":
            text = re.sub(r'(class Middleware:\n)    """.*?"""\n', r"\1", text, flags=re.S)
        (folder / "portcullis" / path.name).write_text(text)
    assert python_reference(folder)[1] == ["portcullis.wsgi.Middleware"]


def test_every_entry_of_the_npm_package_is_told(pages: dict[str, str]) -> None:
    exports = json.loads(read(ROOT / "package.json"))["exports"]
    told: dict[str, bool] = {}
    for name, entry in exports.items():
        if isinstance(entry, dict) and "types" in entry:
            page = "node/portcullis" + name[1:].replace("/", ".") + ".md"
            # Entries of the same types are told of once.
            told[entry["types"]] = told.get(entry["types"], False) or page in pages
    assert len(told) > 10
    assert [types for types, there in told.items() if not there] == []


def test_every_header_is_told(pages: dict[str, str]) -> None:
    headers = {path.name for path in (ROOT / "core" / "include" / "portcullis").glob("*.h*")}
    assert len(headers) > 10 and headers <= set(headings_of(pages["cpp.md"]))
