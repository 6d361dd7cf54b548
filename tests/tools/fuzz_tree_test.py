"""The fuzz targets, the lists of them, and what is kept of their runs."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest
from conftest import ROOT

FUZZ = ROOT / "tests" / "fuzz"
TARGETS = {path.name.removesuffix("_fuzz.cpp") for path in FUZZ.glob("*_fuzz.cpp")}
MOST_KEPT_BYTES = 300_000

sys.path.insert(0, str(FUZZ))


def test_every_target_is_built() -> None:
    (listed,) = re.findall(r"foreach\(target IN ITEMS\s+([^)]*)\)", (FUZZ / "CMakeLists.txt").read_text())
    assert set(listed.split()) == TARGETS
    assert TARGETS


def test_every_target_is_told_of() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (?:any|a |alg|header|patterns)", (FUZZ / "README.md").read_text(), re.M)
    assert set(rows) == TARGETS


def test_every_reader_of_the_core_has_a_target() -> None:
    """The second table of the README names every file, and only targets that there are."""
    text = (FUZZ / "README.md").read_text().split("## Which target reads what")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`.*) \| ([\w, ]+) \|$", text, re.M)
    named: set[str] = set()
    for sources, targets in rows:
        assert set(targets.split(", ")) <= TARGETS
        folder = ""
        for name in re.findall(r"`([\w/]+)`", sources):
            folder = name.rpartition("/")[0] if "/" in name else folder
            named.add(f"{folder}/{name.rpartition('/')[2]}" if folder else name)
    source = ROOT / "core" / "src"
    # Cryptography and what it is given is behind `signature`; tables are no readers.
    files = {
        str(path.relative_to(source).with_suffix(""))
        for path in source.rglob("*.[ch]pp")
        if "crypto" not in path.relative_to(source).parts
    }
    assert named - files == set()
    assert files - named == set()


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_seeds_and_words(target: str, seeds: Path) -> None:
    folder = seeds / "vectors" / target
    assert len(list(folder.iterdir())) >= 50
    assert (seeds / "dictionaries" / f"{target}.dict").read_text(encoding="ascii").count("\n") >= 10


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import make_seeds

    folder = tmp_path_factory.mktemp("seeds")
    make_seeds.main(folder)
    return folder


def test_what_is_kept_is_small_and_in_order() -> None:
    files = sorted((FUZZ / "corpus").glob("*"))
    assert {path.stem for path in files} <= TARGETS
    assert sum(path.stat().st_size for path in files) <= MOST_KEPT_BYTES
    for path in files:
        lines = path.read_text(encoding="ascii").splitlines()
        assert lines and len(set(lines)) == len(lines)
        assert all(json.loads(line).encode("latin-1") is not None for line in lines)


def test_what_is_kept_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import make_seeds

    monkeypatch.setattr(make_seeds, "CORPUS", tmp_path)
    inputs = [b"", b"\x00\xff\n", "é".encode(), b'{"a":"b"}']
    make_seeds.keep("a", inputs)
    assert sorted(make_seeds.kept("a")) == sorted(inputs)
