"""Links lead somewhere, named files are there, named commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import README, ROOT, files_of_the_tree, headings_of, read, without_fences
from dev.suites import SUITES

PAGES = files_of_the_tree("*.md")
MANUALS = [README, *sorted((ROOT / "docs").glob("*.md"))]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchor_of(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors_of(path: Path) -> set[str]:
    """Of its headings, and those that it names itself."""
    text = read(path)
    return {*map(anchor_of, headings_of(text)), *re.findall(r'<a id="([^"]+)"></a>', without_fences(text))}


def links_of(path: Path) -> list[str]:
    found = re.findall(r"\]\(([^)\s]+)\)", without_fences(read(path)))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def test_there_are_links() -> None:
    assert len(MANUALS) >= 5
    assert len(links_of(README)) > 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_relative_links_resolve(page: Path) -> None:
    broken = []
    for link in links_of(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or ROOT not in (target, *target.parents):
            broken.append(link)
        elif anchor and anchor not in anchors_of(target):
            broken.append(link)
    assert broken == []


@pytest.mark.parametrize("page", MANUALS, ids=name)
def test_named_files_exist(page: Path) -> None:
    """`core/src/limits.hpp` and the like; folders end in a slash."""
    tops = {path.relative_to(ROOT).parts[0] for path in files_of_the_tree()}
    named = [
        word
        for word in re.findall(r"`([\w.-]+/[\w./-]*)`", without_fences(read(page)))
        if word.split("/")[0] in tops
    ]
    assert [word for word in named if not (ROOT / word).exists()] == []


def commands_of(path: Path) -> list[list[str]]:
    """What follows ./dev: words one space apart, so that a remark behind more spaces is none."""
    return [found.split() for found in re.findall(r"\./dev((?: [\w./<>-]+)+)", read(path))]


def help_of(*command: str | Path) -> str:
    done = subprocess.run([*command, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[\w-]+", text))


def test_readme_names_the_two_commands() -> None:
    assert [["study"], ["test"]] == [command[:1] for command in commands_of(README)[:2]]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_named_commands_exist(page: Path) -> None:
    dev = ROOT / "dev"
    study, bench = ROOT / "study" / "run.py", ROOT / "build/native/tests/portcullis_bench"
    for command, *rest in commands_of(page):
        help_text = help_of(dev, command)
        if command == "study":
            deeper = rest[:1] if rest[:1] and not rest[0].startswith("-") else ["run"]
            help_text += help_of(sys.executable, study, *deeper)
        if command == "bench":
            forms = ("node", ROOT / "wasm/bench/forms.js")
            help_text += help_of(*forms) if rest[:1] == ["wasm"] else help_of(bench)
        options = {word for word in rest if word.startswith("-")}
        assert options <= set(re.findall(r"[\w-]+", help_text)), (command, rest)
        if command == "test":
            assert set(rest) - options <= {suite.name for suite in SUITES}, rest
        if command == "build":
            (targets,) = re.findall(r"\[\{([\w,]+)\}\]", help_text)
            assert set(rest) - options <= set(targets.split(",")), rest
