"""What of a built module is not counted by running it: sizes, and what it asks of its host and shows it."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from .gate_counts import Counts
from .gate_trees import HEAD, Tree
from .pack_binary import read_elf, read_wasm
from .paths import ROOT

# The symbol versions that decide which systems load a module.
_FAMILIES = ("GLIBC", "GLIBCXX", "CXXABI")
_POLICY = ROOT / "study" / "scenarios" / "view-data" / "HS256.json"


def zipped(files: Iterable[Path]) -> int:
    """Bytes after zip -9. Times and modes of the files are left out."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.name), file.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return len(packed.getvalue())


def exported(module: Path) -> list[str]:
    argv = ["readelf", "--dyn-syms", "--wide", str(module)]
    lines = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = [line.split() for line in lines]
    return sorted(
        row[7].partition("@")[0]
        for row in rows
        if len(row) >= 8 and row[0][:-1].isdigit() and row[5] == "DEFAULT" and row[6] != "UND"
    )


def _add_size(counts: Counts, name: str, module: Path, files: Sequence[Path] = ()) -> None:
    counts.numbers[f"{name}.bytes"] = module.stat().st_size
    counts.numbers[f"{name}.zip"] = zipped(files or [module])


def _add_elf(counts: Counts, name: str, module: Path) -> None:
    elf = read_elf(module)
    floors = [f"{family} {'.'.join(map(str, elf.versions[family]))}" for family in _FAMILIES if family in elf.versions]
    counts.facts[f"{name}.floor"] = floors
    counts.facts[f"{name}.needed"] = sorted(elf.needed)
    counts.facts[f"{name}.exports"] = exported(module)


def _add_wasm(counts: Counts, name: str, module: Path) -> None:
    wasm = read_wasm(module)
    counts.facts[f"{name}.imports"] = sorted(wasm.imports)
    counts.facts[f"{name}.exports"] = sorted(wasm.exports)
    counts.numbers[f"{name}.memory-pages"] = wasm.memory_pages


def _napi(counts: Counts, tree: Tree) -> None:
    for name, module in (("napi", tree.addon), ("napi-edge", tree.addon.with_name("portcullis-edge.node"))):
        _add_size(counts, name, module)
        _add_elf(counts, name, module)


def _wasm(counts: Counts, tree: Tree) -> None:
    for name, module in (("wasm", tree.wasm), ("wasm-edge", tree.wasm.with_name("portcullis-edge.wasm"))):
        _add_size(counts, name, module)
        _add_wasm(counts, name, module)


def _pybind11(counts: Counts, tree: Tree) -> None:
    for name, module in (("pybind11", tree.extension), ("pybind11-edge", tree.edge_extension)):
        if module is not None:  # a base commit may have one module for both
            _add_size(counts, name, module)
            _add_elf(counts, name, module)
    files = sorted(file for file in tree.package.iterdir() if file.suffix in (".py", ".so", ".pyi", ".typed"))
    counts.numbers["pybind11.package-zip"] = zipped(files)


def _pack(counts: Counts, variant: str) -> None:
    """A whole function as ./dev pack makes it. Whether its target takes it is not asked here."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "function.zip")
        argv: list[str | Path] = [sys.executable, ROOT / "tools" / "dev", "pack", "--variant", variant, "--write-anyway"]
        subprocess.run([*argv, "--policy", _POLICY, "-o", out], capture_output=True)
        if out.is_file():
            counts.numbers[f"{variant}.function-zip"] = out.stat().st_size


_FACTS = {"napi": _napi, "wasm": _wasm, "pybind11": _pybind11}


def add_facts(counts: Counts, tree: Tree, variants: Sequence[str]) -> None:
    for name in variants:
        if name in _FACTS:
            _FACTS[name](counts, tree)
            if tree == HEAD:  # another tree has not the tools to pack with
                _pack(counts, name)
