"""What compiled files ask of their host: ELF by readelf, WebAssembly by its sections."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .console import Failure

# What every Lambda runtime with glibc has.
SYSTEM_LIBRARIES = frozenset(
    ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libgcc_s.so.1", "libstdc++.so.6")
)


@dataclass(frozen=True)
class Elf:
    elf_class: str
    machine: str
    needed: tuple[str, ...]
    versions: dict[str, tuple[int, ...]]  # family -> highest, such as GLIBC -> (2, 34)


def read_elf(path: Path) -> Elf:
    try:
        output = subprocess.run(
            ["readelf", "--wide", "--file-header", "--dynamic", "--version-info", path],
            env={**os.environ, "LC_ALL": "C"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except FileNotFoundError:
        raise Failure("readelf is missing; ./dev setup installs it") from None
    except subprocess.CalledProcessError as error:
        raise Failure(f"readelf {path.name}: {error.stderr.strip()}") from None

    def field(name: str) -> str:
        found = re.search(rf"^\s*{name}:\s*(.+?)\s*$", output, re.M)
        return found[1] if found else "unknown"

    versions: dict[str, tuple[int, ...]] = {}
    for family, number in re.findall(r"\bName: (\w+?)_([\d.]+)\s", output):
        version = tuple(int(part) for part in number.split("."))
        versions[family] = max(versions.get(family, ()), version)
    needed = re.findall(r"\(NEEDED\)\s+Shared library: \[(.+?)\]", output)
    return Elf(field("Class"), field("Machine"), tuple(needed), versions)


@dataclass(frozen=True)
class Wasm:
    imports: tuple[str, ...]
    exports: tuple[str, ...]
    memory_pages: int


_IMPORT, _MEMORY, _EXPORT = 2, 5, 7
_PAGE = 65536


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self) -> int:
        """LEB128."""
        value = shift = 0
        while True:
            byte = self._data[self._at]
            self._at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def take(self, length: int) -> bytes:
        taken = self._data[self._at : self._at + length]
        self._at += length
        return taken

    def name(self) -> str:
        return self.take(self.number()).decode("utf-8", errors="replace")

    def limits(self) -> int:
        flags, least = self.number(), self.number()
        if flags & 1:
            self.number()
        return least

    def more(self) -> bool:
        return self._at < len(self._data)


def _sections(data: bytes) -> Iterator[tuple[int, _Reader]]:
    reader = _Reader(data[8:])
    while reader.more():
        kind = reader.number()
        yield kind, _Reader(reader.take(reader.number()))


def read_wasm(path: Path) -> Wasm:
    data = path.read_bytes()
    if not data.startswith(b"\0asm\1\0\0\0"):
        raise Failure(f"{path.name} is no WebAssembly module")
    imports: list[str] = []
    exports: list[str] = []
    pages = 0
    for kind, section in _sections(data):
        if kind == _IMPORT:
            for _ in range(section.number()):
                imports.append(f"{section.name()}.{section.name()}")
                what = section.number()
                if what == 0:  # a function: its type
                    section.number()
                elif what == 1:  # a table
                    section.number()
                    section.limits()
                elif what == 2:
                    pages += section.limits()
                else:  # a global: type and mutability
                    section.take(2)
        elif kind == _MEMORY:
            pages += sum(section.limits() for _ in range(section.number()))
        elif kind == _EXPORT:
            for _ in range(section.number()):
                exports.append(section.name())
                section.take(1)
                section.number()
    return Wasm(tuple(imports), tuple(exports), pages)


def reviewed_exports(listing: Path) -> frozenset[str]:
    """wasm/exports.txt: our functions, and what the linker adds."""
    text = listing.read_text(encoding="utf-8")
    return frozenset(re.findall(r"^(?:# linker: )?(\w+)$", text, re.M))


def memory_bytes(wasm: Wasm) -> int:
    return wasm.memory_pages * _PAGE
