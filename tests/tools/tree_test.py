"""Rules of the tree that no compiler checks."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT


def tracked_files() -> list[Path]:
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return sorted(ROOT / name for name in set(names) if name and (ROOT / name).is_file())


def text_of(path: Path) -> str:
    return path.read_bytes().decode("utf-8", errors="replace")


def version() -> str:
    cmake = text_of(ROOT / "CMakeLists.txt")
    (found,) = re.findall(r"^project\(portcullis VERSION (\S+)", cmake, re.M)
    return str(found)


def test_one_version() -> None:
    package = json.loads(text_of(ROOT / "package.json"))
    lock = json.loads(text_of(ROOT / "package-lock.json"))
    assert package["version"] == version()
    assert lock["version"] == lock["packages"][""]["version"] == version()


def test_the_wheel_takes_its_version_from_cmake() -> None:
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    assert "version" not in project["project"] and "version" in project["project"]["dynamic"]
    (rule,) = project["tool"]["dynamic-metadata"]
    assert rule["field"] == "version"
    found = re.search(rule["regex"], text_of(ROOT / rule["input"]))
    assert found and found["value"] == version()


def test_the_change_log_knows_the_version() -> None:
    assert re.search(rf"^## {re.escape(version())}\b", text_of(ROOT / "CHANGELOG.md"), re.M)


def listed_sources(cmake: Path) -> set[Path]:
    text = re.sub(r"#.*", "", text_of(cmake))
    for name, folder in (("PROJECT_SOURCE_DIR", ROOT), ("backends", ROOT / "core/src/crypto")):
        text = text.replace("${" + name + "}", str(folder))
    return {(cmake.parent / word).resolve() for word in re.findall(r"[\w./-]+\.c(?:pp)?\b", text)}


def test_every_source_of_the_core_is_built() -> None:
    folder = ROOT / "core"
    # What verifies public-key signatures in WASM is chosen there, form by form.
    built = listed_sources(folder / "CMakeLists.txt") | listed_sources(ROOT / "wasm/CMakeLists.txt")
    assert {path for path in built if folder in path.parents} == set((folder / "src").rglob("*.cpp"))


def test_every_unit_test_and_benchmark_is_built() -> None:
    tests = ROOT / "tests"
    # Those of tests/hardening may be built by the campaign that they belong to.
    folders = (tests / "core", tests / "parity", tests / "tools", ROOT / "core" / "bench")
    on_disk = {path for folder in folders for path in folder.rglob("*.cpp")}
    assert len(on_disk) > 2
    listed = listed_sources(tests / "CMakeLists.txt")
    assert {path for path in listed if any(folder in path.parents for folder in folders)} == on_disk


def test_every_source_of_the_bindings_is_built() -> None:
    for door in ("bindings-python", "bindings-node", "wasm"):
        listed = listed_sources(ROOT / door / "CMakeLists.txt")
        listed = {path for path in listed if ROOT / door in path.parents}
        on_disk = {path for part in ("src", "bench") for path in (ROOT / door / part).rglob("*.c*")}
        assert listed == on_disk, door


def test_every_file_of_the_python_package_is_assembled() -> None:
    cmake = text_of(ROOT / "bindings-python" / "CMakeLists.txt")
    (items,) = re.findall(r"IN ITEMS\s+([^)]*)\)", cmake)
    folder = ROOT / "bindings-python" / "portcullis"
    assert set(items.split()) == {p.name for p in folder.iterdir() if p.is_file()}


# Spelled in parts, so that this file passes its own test.
HOSTS = (
    ("registry.", "npmjs.org"),
    ("registry.", "yarnpkg.com"),
    ("pypi.", "org"),
    ("files.", "pythonhosted.org"),
    ("static.", "crates.io"),
    ("index.", "crates.io"),
    ("deb.", "debian.org"),
)
HOMES = re.compile(r"(?<![\w.$}-])/(?:" + "|".join(("home", "root", "work", "Users")) + r")/\w")


def test_no_file_names_a_package_registry() -> None:
    found = [
        (str(path.relative_to(ROOT)), host)
        for path in tracked_files()
        for host in map("".join, HOSTS)
        if host in text_of(path)
    ]
    assert found == []


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        (str(path.relative_to(ROOT)), match[0])
        for path in tracked_files()
        for match in HOMES.finditer(text_of(path))
    ]
    assert found == []


def test_python_requirements_are_locked_by_hash() -> None:
    text = text_of(ROOT / "requirements.txt").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if re.match(r"[^\s#]", line)]
    names = [line.split("==")[0] for line in lines]
    locked = re.compile(r"[\w.-]+==\S+\s+--hash=sha256:[0-9a-f]{64}")
    assert lines and all(locked.match(line) for line in lines)
    wanted = re.findall(r"^[A-Za-z][\w-]*", text_of(ROOT / "requirements.in"), re.M)
    assert {name.lower() for name in wanted} <= set(names)


def test_npm_packages_are_locked_without_a_registry() -> None:
    package = json.loads(text_of(ROOT / "package.json"))
    lock = json.loads(text_of(ROOT / "package-lock.json"))
    assert lock["packages"][""]["devDependencies"] == package["devDependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", v) for v in package["devDependencies"].values())
    assert "dependencies" not in package and "scripts" not in package
    entries = [entry for name, entry in lock["packages"].items() if name]
    assert entries
    assert all("resolved" not in entry and "integrity" in entry for entry in entries)


@pytest.mark.parametrize("folder", ["study/runtimes", "tests/packaging/wrangler"])
def test_other_npm_packages_are_locked_as_well(folder: str) -> None:
    package = json.loads(text_of(ROOT / folder / "package.json"))
    lock = json.loads(text_of(ROOT / folder / "package-lock.json"))
    kinds = ("dependencies", "devDependencies")
    assert [lock["packages"][""].get(kind) for kind in kinds] == [package.get(kind) for kind in kinds]
    versions = [version for kind in kinds for version in package.get(kind, {}).values()]
    assert versions and all(re.fullmatch(r"(npm:[\w-]+@)?\d+\.\d+\.\d+", each) for each in versions)
    entries = [entry for name, entry in lock["packages"].items() if name]
    assert all("resolved" not in entry and "integrity" in entry for entry in entries)


def test_openssl_is_locked_by_checksum() -> None:
    manifest = tomllib.loads(text_of(ROOT / "wasm" / "openssl" / "Cargo.toml"))
    assert manifest["dependencies"]["openssl-src"].startswith("=300.5.")
    lock = tomllib.loads(text_of(ROOT / "wasm" / "openssl" / "Cargo.lock"))
    packages = {package["name"]: package for package in lock["package"]}
    assert "+3.5." in packages["openssl-src"]["version"]
    del packages["portcullis-openssl-source"]  # the manifest itself
    assert all("checksum" in package for package in packages.values())


@pytest.mark.parametrize("name", ["dev", ".ci/run"])
def test_entry_scripts_can_be_run(name: str) -> None:
    assert (ROOT / name).stat().st_mode & 0o111
    assert text_of(ROOT / name).startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", ROOT / name], check=True)
