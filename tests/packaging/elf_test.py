"""The native doors load where they are meant to: the Python modules on glibc 2.17 (manylinux2014), the Node
addons on glibc 2.14; without a libstdc++ or a libcrypto, and show nothing but their entry points."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from elf_file import ElfFile, read_elf

ROOT = Path(__file__).resolve().parents[2]
NODE_ADDONS = [
    ROOT / "bindings-node" / "portcullis.node",
    ROOT / "bindings-node" / "portcullis-edge.node",
]
PYTHON_PACKAGE = ROOT / "build" / "native" / "python" / "portcullis"

# What each may have in a zip, alone.
ZIPPED = {
    "portcullis": 36 * 1024,
    "portcullis-edge": 66 * 1024,
    "_core": 66 * 1024,
    "_core_edge": 89 * 1024,
}
ADDON_CEILINGS = {"GLIBC": (2, 14)}
ADDON_LIBRARIES = {"libc.so.6"}
MODULE_CEILINGS = {"GLIBC": (2, 17), "GCC": (4, 2, 0)}
MODULE_LIBRARIES = {
    "libc.so.6",
    "libm.so.6",
    "libgcc_s.so.1",
}


def find_modules() -> list[Path]:
    return [*NODE_ADDONS, *sorted(PYTHON_PACKAGE.glob("_core*.so"))]


def test_the_native_doors_are_built() -> None:
    names = [path.name.split(".")[0] for path in find_modules()]
    assert names == ["portcullis", "portcullis-edge", "_core", "_core_edge"]
    assert all(path.is_file() for path in find_modules())


@pytest.fixture(params=["addon", "addon with the edge layer", "python", "python with the edge layer"])
def module(request: pytest.FixtureRequest) -> Path:
    return find_modules()[request.param_index]


@pytest.fixture
def elf(module: Path) -> ElfFile:
    return read_elf(module)


def test_no_symbol_version_is_too_new(module: Path, elf: ElfFile) -> None:
    ceilings = ADDON_CEILINGS if module in NODE_ADDONS else MODULE_CEILINGS
    seen = 0
    for symbol, version in elf.imported.items():
        if not version:
            continue
        family, _, number = version.partition("_")
        assert family in ceilings, f"{symbol}@{version}"
        assert tuple(int(part) for part in number.split(".")) <= ceilings[family], (
            f"{symbol}@{version}"
        )
        seen += 1
    assert seen > 0


def test_needs_only_system_libraries(module: Path, elf: ElfFile) -> None:
    assert "libc.so.6" in elf.needed
    assert set(elf.needed) <= (ADDON_LIBRARIES if module in NODE_ADDONS else MODULE_LIBRARIES)


def test_everything_else_comes_from_the_host_runtime(module: Path, elf: ElfFile) -> None:
    """An unversioned import is looked up in the process: only the runtime's own API may be."""
    host = re.compile(r"napi_\w+" if module in NODE_ADDONS else r"_?Py\w+")
    # Weak hooks that every gcc-linked object carries.
    hooks = {"__gmon_start__", "_ITM_registerTMCloneTable", "_ITM_deregisterTMCloneTable"}
    unversioned = {symbol for symbol, version in elf.imported.items() if not version} - hooks
    assert unversioned
    assert sorted(symbol for symbol in unversioned if not host.fullmatch(symbol)) == []


def test_exports_only_its_entry_points(module: Path, elf: ElfFile) -> None:
    if module in NODE_ADDONS:
        expected = {"napi_register_module_v1", "node_api_module_get_api_version_v1"}
    else:
        expected = {f"PyInit_{module.name.split('.')[0]}"}
    assert elf.exported == expected


def test_is_stripped(elf: ElfFile) -> None:
    assert ".symtab" not in elf.sections
    assert not [name for name in elf.sections if name.startswith(".debug")]


def test_fits_its_budget_zipped(module: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.write(module, module.name)
    assert len(packed.getvalue()) <= ZIPPED[module.name.split(".")[0]]


def test_hardening(module: Path) -> None:
    """Nothing is writable and code at once, the stack least of all, and what the loader fills in is read-only then."""
    output = subprocess.run(
        ["readelf", "--wide", "--program-headers", "--dynamic", module], check=True, capture_output=True, text=True
    ).stdout
    segments = re.findall(r"^ +(\w+) +0x.* ([R ][W ][E ]) +0x\w+$", output, re.M)
    flags = dict(segments)
    assert flags["GNU_STACK"] == "RW " and flags["GNU_RELRO"] == "R  "
    assert not any("W" in each and "E" in each for _, each in segments)
    assert re.search(r"\(FLAGS\) .*BIND_NOW", output) and re.search(r"\(FLAGS_1\) .*NOW", output)
    assert "(TEXTREL)" not in output


def test_reader_agrees_with_readelf(module: Path, elf: ElfFile) -> None:
    """The tests above are worth what their reader is worth."""
    readelf = shutil.which("readelf")
    assert readelf, "binutils is missing; ./dev setup installs it"
    output = subprocess.run(
        [readelf, "--dyn-syms", "--wide", module], check=True, capture_output=True, text=True
    ).stdout
    imported: dict[str, str] = {}
    exported: set[str] = set()
    for line in output.splitlines():
        fields = line.split()
        if len(fields) < 8 or not re.fullmatch(r"\d+:", fields[0]):
            continue
        name, _, version = fields[7].partition("@")
        if fields[6] == "UND":
            imported[name] = version.lstrip("@")
        elif fields[5] == "DEFAULT":
            exported.add(name)
    assert elf.imported == imported
    assert elf.exported == exported
