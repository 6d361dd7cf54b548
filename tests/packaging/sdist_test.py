"""The sdist: what the build reads, nothing else, and no network."""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
from email import message_from_bytes
from functools import cache
from pathlib import Path

import pytest
from python_release import ROOT, can_cut_the_network, release, sdist, without_network

from dev import dist_python
from dev.dist_python import CMAKE

# Read by CMake, the linker, pip, and people.
NOT_COMPILED = re.compile(
    r"CMakeLists\.txt|LICENSE-\w+|THIRD-PARTY-NOTICES|README\.md|pyproject\.toml|bindings-python/CMakeLists\.txt|"
    r"bindings-python/exports(_edge)?\.map|bindings-python/portcullis/.*|cmake/.*|core/CMakeLists\.txt"
)


@cache
def content() -> dict[str, bytes]:
    """By the path in the tree."""
    found = {}
    with tarfile.open(sdist()) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None, f"{member.name} is no file"
            top, _, name = member.name.partition("/")
            assert top == sdist().name.removesuffix(".tar.gz")
            found[name] = file.read()
    return found


def test_every_file_is_that_of_the_tree() -> None:
    argv = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True)
    assert content().keys() - set(done.stdout.split("\0")) == {"PKG-INFO"}
    other = [
        name for name, data in content().items()
        if name != "PKG-INFO" and data != (ROOT / name).read_bytes()
    ]  # fmt: skip
    assert other == []


def test_every_source_was_read_by_the_build() -> None:
    """That nothing is missing is shown by the wheels: they are made of it."""
    release()
    argv = ["ninja", "-C", str(CMAKE), "-t", "deps"]
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    source = dist_python.WORK / sdist().name.removesuffix(".tar.gz")
    read = {(CMAKE / line.strip()).resolve() for line in told.splitlines() if line.startswith(" ")}
    assert len(read) > 100
    compiled = {name for name in content() if not NOT_COMPILED.fullmatch(name)} - {"PKG-INFO"}
    unread = sorted(name for name in compiled if (source / name).resolve() not in read)
    assert unread == []
    assert [path for path in read if "nlohmann" in str(path)] == []  # nobody has to install it


def test_licences_version_and_page() -> None:
    assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES"} <= content().keys()
    (version,) = re.findall(
        r"^project\(portcullis VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M
    )
    facts = message_from_bytes(content()["PKG-INFO"])
    assert facts["Version"] == version
    assert sdist().name == f"portcullis-{version}.tar.gz"
    assert facts.get_payload(decode=True) == (ROOT / "README.md").read_bytes()


def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    again = dist_python.make_sdist(tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(sdist().read_bytes()).digest()


def test_it_was_made_and_built_without_a_network() -> None:
    """`release` runs where this command runs."""
    if not can_cut_the_network():
        pytest.skip("cannot be had here: a network namespace: unshare is missing or not allowed")
    argv = without_network("cat", "/proc/net/dev", "/proc/net/route")
    told = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    assert re.findall(r"^ *(\w+):", told, re.M) == ["lo"]
    assert "sdist: done" in (release() / "log").read_text()
