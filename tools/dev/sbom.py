"""The bill of materials of what is released, as SPDX 2.3 in JSON: the files of dist/, what is compiled into
their modules, and what it takes to build and to test them. Equal files and lock files give equal bytes.
Run by .venv's Python."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
import tarfile
import tomllib
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from spdx_tools.common.spdx_licensing import spdx_licensing
from spdx_tools.spdx.model import (
    Actor,
    ActorType,
    Checksum,
    ChecksumAlgorithm,
    CreationInfo,
    Document,
    ExternalPackageRef,
    ExternalPackageRefCategory,
    File,
    Package,
    PackagePurpose,
    Relationship,
    RelationshipType,
    SpdxNoAssertion,
)
from spdx_tools.spdx.spdx_element_utils import calculate_package_verification_code
from spdx_tools.spdx.writer.write_anything import write_file

from . import command
from .console import Failure
from .paths import NPM_LOCK, OPENSSL_LOCK, PYTHON_LOCK, ROOT
from .version import project_version

_LICENCE = "MIT OR Apache-2.0"
_MACHINE_CODE = (b"\x7fELF", b"\0asm")
_WASM_AS_TEXT = b64encode(b"\0asm\1\0\0\0\0")[:-1]
_RELEASED = ("*.whl", "*.tar.gz", "*.tgz")


@dataclass(frozen=True)
class Part:
    """What is compiled into a module."""

    name: str
    place: str  # its package URL, without the version
    licence: str
    notice: bool = True  # whether its licence asks for one where only machine code is given away


OPENSSL = Part("OpenSSL", "pkg:deb/debian/libssl-dev", "Apache-2.0")
OPENSSL_SOURCE = Part("OpenSSL", "pkg:cargo/openssl-src", "Apache-2.0")
PYBIND11 = Part("pybind11", "pkg:pypi/pybind11", "BSD-3-Clause")
NODE_ADDON_API = Part("node-addon-api", "pkg:npm/node-addon-api", "MIT")
NODE_API_HEADERS = Part("node-api-headers", "pkg:npm/node-api-headers", "MIT")
LIBSTDCXX = Part(
    "libstdc++", "pkg:deb/debian/libstdc++-12-dev", "GPL-3.0-or-later WITH GCC-exception-3.1", notice=False
)
# Emscripten's own copies, of its version.
MUSL = Part("musl", "pkg:deb/debian/emscripten", "MIT")
LIBCXX = Part("libc++", "pkg:deb/debian/emscripten", "Apache-2.0 WITH LLVM-exception", notice=False)

# By the file's name, wherever it lies in an archive; the first that fits.
COMPILED_IN: tuple[tuple[str, tuple[Part, ...]], ...] = (
    (r"_core(_edge)?\.[\w-]+\.so", (OPENSSL, PYBIND11, LIBSTDCXX)),
    (r"portcullis(-edge)?\.node", (NODE_ADDON_API, NODE_API_HEADERS, LIBSTDCXX)),
    (r"portcullis-passthrough\.wasm", (MUSL, LIBCXX)),
    # Some are text inside of a script as well.
    (r"portcullis[\w-]*\.wasm(\.js)?", (OPENSSL_SOURCE, MUSL, LIBCXX)),
)

# What a build takes; all else in the lock files serves tests, measurements and documents.
_BUILDS_PYTHON = ("pybind11", "scikit-build-core")
_BUILDS_NODE = ("node-addon-api", "node-api-headers")
_DEBIAN_TOOLS = ("g++", "cmake", "ninja-build", "emscripten", "libssl-dev", "libstdc++-12-dev")


@dataclass(frozen=True)
class Locked:
    place: str
    version: str
    sha: tuple[ChecksumAlgorithm, str] | None
    builds: bool


def make(out: Path) -> list[Path]:
    artefacts = sorted({path for glob in _RELEASED for path in out.glob(glob)})
    if not artefacts:
        raise Failure(f"nothing to describe in {out}; ./dev dist makes something")
    document = describe(artefacts)
    path = out / f"portcullis-{project_version()}.spdx.json"
    # Validates, and raises for what the standard does not allow.
    write_file(document, str(path), validate=True)
    return [path]


def describe(artefacts: list[Path]) -> Document:
    # An npm package may be there in several versions, each inside of what wants it.
    every = list(dict.fromkeys((*python_lock(), *npm_lock(), *cargo_lock(), *debian_tools())))
    locked = {each.place: each for each in reversed(every)}
    project = _package("SPDXRef-portcullis", "portcullis", project_version(), _LICENCE, PackagePurpose.SOURCE)
    document = Document(
        CreationInfo(
            spdx_version="SPDX-2.3",
            spdx_id="SPDXRef-DOCUMENT",
            name=f"portcullis-{project_version()}",
            document_namespace=f"https://spdx.org/spdxdocs/portcullis-{project_version()}-{_fingerprint(artefacts, every)}",
            creators=[Actor(ActorType.TOOL, "portcullis-dist")],
            created=datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC).replace(
                tzinfo=None
            ),
        ),
        packages=[project],
    )
    parts: dict[str, Package] = {}
    for number, path in enumerate(artefacts, 1):
        _add_artefact(document, path, f"SPDXRef-artefact-{number}", locked, parts)
    document.packages += parts.values()
    for each in every:
        _add_locked(document, each)
    return document


def _add_artefact(
    document: Document, path: Path, spdx_id: str, locked: dict[str, Locked], parts: dict[str, Package]
) -> None:
    data = path.read_bytes()
    package = _package(spdx_id, _name_of(path), project_version(), _LICENCE, PackagePurpose.ARCHIVE)
    package.file_name = path.name
    package.checksums = _checksums(data)
    package.external_references = [_reference(_url_of(path))]
    document.packages.append(package)
    _relate(document, "SPDXRef-DOCUMENT", RelationshipType.DESCRIBES, spdx_id)
    _relate(document, spdx_id, RelationshipType.GENERATED_FROM, "SPDXRef-portcullis")
    files = []
    for number, (name, content) in enumerate(members_of(path.name, data), 1):
        file_id = f"{spdx_id}-file-{number}"
        files.append(
            File(
                # Told apart from the same name in another archive.
                name=f"./{path.name}/{name}",
                spdx_id=file_id,
                checksums=_checksums(content, ChecksumAlgorithm.SHA1),
                license_concluded=SpdxNoAssertion(),
                copyright_text=SpdxNoAssertion(),
            )
        )
        _relate(document, spdx_id, RelationshipType.CONTAINS, file_id)
        for part in parts_of(path.name, name, content):
            part_id = "SPDXRef-part-" + _plain(f"{part.name}-{part.place.split(':')[1]}")
            parts.setdefault(part_id, _part(part_id, part, locked))
            _relate(document, file_id, RelationshipType.STATIC_LINK, part_id)
    document.files += files
    package.files_analyzed = True
    package.verification_code = calculate_package_verification_code(files)


def parts_of(archive: str, name: str, content: bytes) -> tuple[Part, ...]:
    """What is compiled into a file. Machine code that is not in the table is not passed over."""
    if not content.startswith(_MACHINE_CODE) and _WASM_AS_TEXT not in content:
        return ()
    for pattern, parts in COMPILED_IN:
        if re.fullmatch(pattern, Path(name).name):
            return parts
    raise Failure(f"{archive}: {name} is compiled, and sbom.py does not say of what")


def members_of(name: str, data: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive, in the order of their names."""
    return sorted(_members(name, data))


def _members(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    if name.endswith(".whl"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in (each for each in archive.infolist() if not each.is_dir()):
                yield entry.filename, archive.read(entry)
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            for member in archive:
                file = archive.extractfile(member)
                if file is not None:
                    yield member.name, file.read()


def _part(spdx_id: str, part: Part, locked: dict[str, Locked]) -> Package:
    found = locked.get(part.place)
    if found is None:
        raise Failure(f"{part.name}: {part.place} has no version here")
    package = _package(spdx_id, part.name, found.version, part.licence, PackagePurpose.LIBRARY)
    package.external_references = [_reference(f"{part.place}@{found.version}")]
    return package


def _add_locked(document: Document, each: Locked) -> None:
    kind = "build" if each.builds else "dev"
    spdx_id = f"SPDXRef-{kind}-{_plain(each.place.removeprefix('pkg:'))}-{_plain(each.version)}"
    package = _package(spdx_id, each.place.split("/", 1)[1], each.version, None, None)
    package.external_references = [_reference(f"{each.place}@{each.version}")]
    package.checksums = [Checksum(*each.sha)] if each.sha else []
    document.packages.append(package)
    relation = RelationshipType.BUILD_DEPENDENCY_OF if each.builds else RelationshipType.DEV_DEPENDENCY_OF
    _relate(document, spdx_id, relation, "SPDXRef-portcullis")


def python_lock() -> Iterator[Locked]:
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", PYTHON_LOCK.read_text(), re.M):
        yield Locked(f"pkg:pypi/{name}", version, None, name in _BUILDS_PYTHON)


def npm_lock() -> Iterator[Locked]:
    packages = json.loads(NPM_LOCK.read_text())["packages"]
    # What stands in node_modules itself comes first: it is what the build takes.
    for path, entry in sorted(packages.items(), key=lambda each: each[0].count("node_modules/")):
        name = path.rpartition("node_modules/")[2]
        if name:
            place = "pkg:npm/" + name.replace("@", "%40")
            yield Locked(place, entry["version"], None, name in _BUILDS_NODE)


def cargo_lock() -> Iterator[Locked]:
    for each in tomllib.loads(OPENSSL_LOCK.read_text())["package"]:
        if "checksum" in each:
            sha = (ChecksumAlgorithm.SHA256, each["checksum"])
            # The rest would compile OpenSSL for a Rust program.
            yield Locked(f"pkg:cargo/{each['name']}", each["version"], sha, each["name"] == "openssl-src")


def debian_tools() -> Iterator[Locked]:
    """What the release was built with, as far as the system's packages have brought it."""
    ask = ["dpkg-query", "--show", "--showformat=${binary:Package} ${Version}\\n", *_DEBIAN_TOOLS]
    for line in (command.answer_of(ask) or "").splitlines():
        name, version = line.split()
        yield Locked(f"pkg:deb/debian/{name.partition(':')[0]}", version, None, True)


def _package(
    spdx_id: str, name: str, version: str, licence: str | None, purpose: PackagePurpose | None
) -> Package:
    return Package(
        spdx_id=spdx_id,
        name=name,
        version=version,
        download_location=SpdxNoAssertion(),
        files_analyzed=False,
        license_concluded=SpdxNoAssertion(),
        license_declared=spdx_licensing.parse(licence) if licence else SpdxNoAssertion(),
        copyright_text=SpdxNoAssertion(),
        primary_package_purpose=purpose,
    )


def _checksums(data: bytes, *more: ChecksumAlgorithm) -> list[Checksum]:
    kinds = (*more, ChecksumAlgorithm.SHA256)
    return [Checksum(kind, hashlib.new(kind.name, data).hexdigest()) for kind in kinds]


def _reference(url: str) -> ExternalPackageRef:
    # Debian's versions have a + now and then, which a URL has to spell.
    return ExternalPackageRef(ExternalPackageRefCategory.PACKAGE_MANAGER, "purl", url.replace("+", "%2B"))


def _relate(document: Document, one: str, kind: RelationshipType, other: str) -> None:
    document.relationships.append(Relationship(one, kind, other))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", text)


def _name_of(path: Path) -> str:
    return path.name.split(f"-{project_version()}")[0]


def _url_of(path: Path) -> str:
    return f"pkg:{'npm' if path.suffix == '.tgz' else 'pypi'}/{_name_of(path)}@{project_version()}"


def _fingerprint(artefacts: list[Path], locked: list[Locked]) -> str:
    """A document's name must not be that of another one."""
    told = [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in artefacts]
    return hashlib.sha256(repr((told, sorted(map(repr, locked)))).encode()).hexdigest()[:32]


if __name__ == "__main__":
    try:
        make(Path(sys.argv[1]))
    except Failure as failure:
        sys.exit(str(failure))
