"""The bill of materials: valid, repeatable, and true of the modules that were built."""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dev import sbom  # noqa: E402
from dev.console import Failure  # noqa: E402

NOTICES = (ROOT / "THIRD-PARTY-NOTICES").read_text(encoding="utf-8")
VERSION = sbom.project_version()
# The first round constants of SHA-256 (FIPS 180-4 section 4.2.2), as a little-endian machine keeps them.
SHA256 = bytes.fromhex("982f8a42 91443771 cffbc0b5 a5dbb5e9")


def built() -> dict[str, list[Path]]:
    """By the archive that has them: the modules of this build."""
    python = sorted((ROOT / "build" / "native" / "python" / "portcullis").glob("*.so"))
    addons = sorted((ROOT / "bindings-node").glob("*.node"))
    wasm = [path for path in sorted((ROOT / "wasm").glob("*.wasm")) if path.name != "portcullis-openssl.wasm"]
    assert len(python) == 2 and len(addons) == 2 and len(wasm) == 5, "run ./dev build"
    return {
        f"portcullis-{VERSION}-cp311-cp311-linux_x86_64.whl": python,
        f"portcullis-{VERSION}.tgz": wasm,
        f"portcullis-linux-x64-gnu-{VERSION}.tgz": addons,
    }


def write_archive(path: Path, files: dict[str, bytes]) -> None:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(zipfile.ZipInfo(name), data)
        return
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    for name, files in built().items():
        data = {path.name: path.read_bytes() for path in files}
        write_archive(folder / name, data | {"README.md": b"read me"})
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Path:
    (path,) = sbom.make(out)
    return path


@pytest.fixture(scope="module")
def bill(page: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.read_text(encoding="utf-8"))
    return found


def related(bill: dict[str, Any], kind: str) -> list[tuple[str, str]]:
    return [
        (each["spdxElementId"], each["relatedSpdxElement"])
        for each in bill["relationships"]
        if each["relationshipType"] == kind
    ]


def test_it_is_valid(page: Path) -> None:
    assert page.name == f"portcullis-{VERSION}.spdx.json"
    document = parse_file(str(page))
    assert document.creation_info.spdx_version == "SPDX-2.3"
    assert validate_full_spdx_document(document) == []


def test_equal_files_give_equal_bytes(out: Path, page: Path, bill: dict[str, Any], tmp_path: Path) -> None:
    first = page.read_bytes()
    assert sbom.make(out)[0].read_bytes() == first
    write_archive(tmp_path / f"portcullis-{VERSION}.tgz", {"README.md": b"another"})
    other = json.loads(sbom.make(tmp_path)[0].read_text())
    assert other["documentNamespace"] != bill["documentNamespace"]


def test_each_archive_and_each_file_has_its_checksum(out: Path, bill: dict[str, Any]) -> None:
    described = {package.get("packageFileName"): package for package in bill["packages"]}
    files = {file["fileName"]: file for file in bill["files"]}
    for name, modules in built().items():
        (found,) = described[name]["checksums"]
        assert found["checksumValue"] == hashlib.sha256((out / name).read_bytes()).hexdigest()
        folder = "" if name.endswith(".whl") else "package/"
        for module in modules:
            sums = {each["algorithm"]: each["checksumValue"] for each in files[f"./{name}/{folder}{module.name}"]["checksums"]}
            assert sums["SHA256"] == hashlib.sha256(module.read_bytes()).hexdigest()
    assert len(files) == sum(len(modules) + 1 for modules in built().values())


def test_openssl_is_told_of_where_it_is_and_nowhere_else(bill: dict[str, Any]) -> None:
    names = {package["SPDXID"]: package["name"] for package in bill["packages"]}
    files = {file["SPDXID"]: file["fileName"] for file in bill["files"]}
    linked = {files[file] for file, part in related(bill, "STATIC_LINK") if names[part] == "OpenSSL"}
    has = {
        f"./{name}/{'' if name.endswith('.whl') else 'package/'}{module.name}"
        for name, modules in built().items()
        for module in modules
        if SHA256 in module.read_bytes()
    }
    assert len(has) == 6 and linked == has


def test_every_module_is_told_of(bill: dict[str, Any]) -> None:
    linked = {file for file, _ in related(bill, "STATIC_LINK")}
    assert len(linked) == sum(map(len, built().values()))


def test_the_parts_have_versions_and_licences(bill: dict[str, Any]) -> None:
    parts = [package for package in bill["packages"] if package["SPDXID"].startswith("SPDXRef-part-")]
    assert {part["name"] for part in parts} >= {"OpenSSL", "pybind11", "node-addon-api", "musl", "libc++"}
    assert all(re.match(r"\d", part["versionInfo"]) and part["licenseDeclared"] != "NOASSERTION" for part in parts)
    (crate,) = [part for part in parts if part["SPDXID"].endswith("cargo-openssl-src")]
    lock = tomllib.loads((ROOT / "wasm" / "openssl" / "Cargo.lock").read_text())
    assert crate["versionInfo"] in {each["version"] for each in lock["package"]}


def test_every_locked_dependency_is_told_of(bill: dict[str, Any]) -> None:
    told = {
        reference["referenceLocator"]
        for package in bill["packages"]
        for reference in package.get("externalRefs", ())
    }
    python = re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "requirements.txt").read_text(), re.M)
    npm = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    wanted = {f"pkg:pypi/{name}@{version}" for name, version in python}
    wanted |= {
        f"pkg:npm/{path.rpartition('node_modules/')[2].replace('@', '%40')}@{entry['version']}"
        for path, entry in npm.items()
        if path
    }
    assert len(wanted) > 60 and wanted <= told
    builds = {one for one, _ in related(bill, "BUILD_DEPENDENCY_OF")}
    develops = {one for one, _ in related(bill, "DEV_DEPENDENCY_OF")}
    assert len(builds) + len(develops) >= len(wanted) and not builds & develops
    assert any("pybind11" in one for one in builds) and any("pytest" in one for one in develops)


def test_unknown_machine_code_is_refused(tmp_path: Path) -> None:
    write_archive(tmp_path / f"portcullis-{VERSION}.tgz", {"wasm/strange.wasm": b"\0asm\1\0\0\0"})
    with pytest.raises(Failure, match="strange.wasm is compiled"):
        sbom.make(tmp_path)


def test_without_archives_there_is_no_bill(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="nothing to describe"):
        sbom.make(tmp_path)


def test_the_notices_are_those_of_the_parts() -> None:
    parts = {part for _, parts in sbom.COMPILED_IN for part in parts}
    rows = dict(re.findall(r"^  (\S+)  .*  (\S.*)$", NOTICES, re.M))
    rows.pop("part")
    assert rows == {part.name: part.licence for part in parts}
    texts = set(re.findall(r"^(\S+)\n-+$", NOTICES, re.M))
    assert texts == {part.name for part in parts if part.notice}


def test_the_notices_go_with_what_is_released() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for files in (package["files"], project["project"]["license-files"]):
        assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES"} <= set(files)
