"""What is done once stays done, is done again when its sources change, and never stops a run."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import clients, prepare
from harness.contender import Contender, Prepare, load_contender
from harness.tools import ROOT, Tools

COUNTS = """
import pathlib, sys
place = pathlib.Path(sys.argv[1])
place.mkdir(parents=True, exist_ok=True)
count = place / "count.txt"
count.write_text((count.read_text() if count.exists() else "") + "x")
(place / "made.wasm").write_text("content")
"""


class Elsewhere(Tools):
    """Prepares into the test's own folder."""

    def prepared(self, name: str) -> Path:
        return self.runtimes / "prepared" / name


@pytest.fixture
def tools(tmp_path: Path) -> Tools:
    return Elsewhere(runtimes=tmp_path / "runtimes")


@pytest.fixture
def slow(planted: Callable[..., Path]) -> Callable[[str], Contender]:
    """A contender whose preparation is this program."""

    def make(program: str) -> Contender:
        folder = planted("slow")
        (folder / "prepare.py").write_text(program, encoding="utf-8")
        step = Prepare(["{python}", "prepare.py", "{prepared}"], ["{prepared}/made.wasm"], 1, "a slow tool")
        return replace(load_contender(folder), prepare=step)

    return make


def said() -> tuple[list[str], Callable[[str], None]]:
    lines: list[str] = []
    return lines, lines.append


def runs(tools: Tools) -> int:
    return len((tools.prepared("slow") / "count.txt").read_text())


def test_it_is_done_once(tools: Tools, slow: Any) -> None:
    contender = slow(COUNTS)
    lines, say = said()
    assert prepare.contenders(tools, [contender], say) == []
    assert (tools.prepared("slow") / "made.wasm").exists()
    assert len(lines) == 2
    assert prepare.contenders(tools, [contender], say) == []
    assert runs(tools) == 1
    assert len(lines) == 2


def test_a_change_of_the_sources_or_a_lost_result_does_it_again(tools: Tools, slow: Any) -> None:
    contender = slow(COUNTS)
    _, say = said()
    prepare.contenders(tools, [contender], say)
    (contender.folder / "index.js").write_text("changed", encoding="utf-8")
    prepare.contenders(tools, [contender], say)
    assert runs(tools) == 2
    (tools.prepared("slow") / "made.wasm").unlink()
    prepare.contenders(tools, [contender], say)
    assert runs(tools) == 3


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('no compiler here')", "no compiler here"),
        ("", "the preparation left no made.wasm"),
        ("import sys, pathlib\npathlib.Path(sys.argv[1], 'reason.txt').write_text('its own words')\nsys.exit(1)", "its own words"),
    ],
)
def test_a_failure_is_a_sentence_and_can_be_mended(tools: Tools, slow: Any, program: str, reason: str) -> None:
    contender = slow(program)
    lines, say = said()
    (missing,) = prepare.contenders(tools, [contender], say)
    assert missing.startswith("slow: ")
    assert reason in missing
    assert reason in (tools.prepared("slow") / "reason.txt").read_text()
    assert "is not prepared" in lines[-1]
    (contender.folder / "prepare.py").write_text(COUNTS, encoding="utf-8")
    assert prepare.contenders(tools, [contender], say) == []
    assert not (tools.prepared("slow") / "reason.txt").exists()


def test_no_old_result_passes_for_a_new_one(tools: Tools, slow: Any) -> None:
    contender = slow(COUNTS)
    _, say = said()
    prepare.contenders(tools, [contender], say)
    (contender.folder / "prepare.py").write_text("raise SystemExit(1)", encoding="utf-8")
    assert prepare.contenders(tools, [contender], say)
    assert not (tools.prepared("slow") / "made.wasm").exists()


def test_a_program_outside_the_folder_belongs_to_the_sources() -> None:
    folder = ROOT / "study" / "contenders" / "rust-lean"
    sources = prepare._sources(load_contender(folder), ["python", "../../rust/prepare.py", "lean", "/elsewhere"])
    assert sources == [folder, ROOT / "study" / "rust"]


def test_without_npm_there_is_a_sentence_and_no_exception(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    tools.runtimes.mkdir()
    for name in ("package.json", "package-lock.json"):
        (tools.runtimes / name).write_text("{}", encoding="utf-8")
    monkeypatch.setenv("PATH", "/nowhere")
    lines, say = said()
    (missing,) = prepare.runtimes(tools, say)
    assert "npm is not there" in missing
    assert len(lines) == 1


def installed(tools: Tools) -> Path:
    """As npm leaves it, with clients that are not compiled."""
    modules = tools.runtimes / "node_modules"
    for package in ("aws-lambda-ric", "ric3"):
        (modules / package / "scripts").mkdir(parents=True)
        for script in ("preinstall.sh", "postinstall.sh"):
            (modules / package / "scripts" / script).write_text("exit 1\n", encoding="utf-8")
    for name in ("package.json", "package-lock.json"):
        (tools.runtimes / name).write_text("{}", encoding="utf-8")
    content = prepare._content([tools.runtimes / "package.json", tools.runtimes / "package-lock.json"])
    (modules / ".study-stamp").write_text(content, encoding="utf-8")
    return modules


def test_a_client_that_cannot_be_compiled_is_retried_on_demand(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    modules = installed(tools)
    monkeypatch.setattr(prepare, "_install_build_tools", lambda say: None)
    lines, say = said()
    assert len(prepare.runtimes(tools, say)) == 2
    told = len(lines)
    assert any("the thin client stands in" in line for line in lines)
    assert len(prepare.runtimes(tools, say)) == 2
    assert len(lines) == told
    for package in ("aws-lambda-ric", "ric3"):
        native = clients.ric_parts(package, tools.runtimes)[1]
        scripts = modules / package / "scripts"
        (scripts / "preinstall.sh").write_text("", encoding="utf-8")
        (scripts / "postinstall.sh").write_text(f"mkdir -p {native.parent}; touch {native}\n", encoding="utf-8")
    assert prepare.runtimes(tools, say, again=True) == []
    assert prepare.runtimes(tools, say) == []


def test_who_is_not_root_is_told_what_to_install(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    installed(tools)
    monkeypatch.setattr(prepare, "_is_root", lambda: False)
    monkeypatch.setattr(prepare.shutil, "which", lambda name: None if name == "autoconf" else f"/usr/bin/{name}")
    _, say = said()
    assert all("apt-get install autoconf " in sentence for sentence in prepare.runtimes(tools, say))


def test_the_lock_names_exact_versions_and_no_place() -> None:
    folder = ROOT / "study" / "runtimes"
    wanted = json.loads((folder / "package.json").read_text())["dependencies"]
    assert all(re.fullmatch(r"(npm:[\w-]+@)?\d+\.\d+\.\d+", version) for version in wanted.values())
    lock = json.loads((folder / "package-lock.json").read_text())
    assert lock["packages"][""]["dependencies"] == wanted
    assert all("resolved" not in package for package in lock["packages"].values())
