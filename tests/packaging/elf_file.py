"""Reads what a loader reads of an ELF64 little-endian shared object: no external program."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path

_DYNSYM, _DYNAMIC, _VERNEED, _VERSYM = 11, 6, 0x6FFFFFFE, 0x6FFFFFFF
_DT_NEEDED = 1


@dataclass
class ElfFile:
    needed: list[str] = field(default_factory=list)  # the libraries it asks the loader for
    exported: set[str] = field(default_factory=set)  # defined and visible to others
    imported: dict[str, str] = field(default_factory=dict)  # symbol -> version, or "" without one
    sections: set[str] = field(default_factory=set)


def read_elf(path: Path) -> ElfFile:
    data = path.read_bytes()
    assert data[:6] == b"\x7fELF\x02\x01", f"{path} is not a little-endian ELF64 file"
    (offset,) = struct.unpack_from("<Q", data, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", data, 0x3A)
    # name, type, flags, address, offset, size, link, info, alignment, entry size
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * size) for i in range(count)]

    def text(section: int, at: int) -> str:
        start = headers[section][4] + at
        return data[start : data.index(b"\0", start)].decode()

    elf = ElfFile()
    versions: dict[int, str] = {}
    symbol_versions: tuple[int, ...] = ()
    for header in headers:
        elf.sections.add(text(names_index, header[0]))
        kind, start, length, link, info = header[1], header[4], header[5], header[6], header[7]
        if kind == _DYNAMIC:
            for tag, value in struct.iter_unpack("<QQ", data[start : start + length]):
                if tag == _DT_NEEDED:
                    elf.needed.append(text(link, value))
        elif kind == _VERNEED:
            need = start
            for _ in range(info):
                _, auxiliaries, _, first, following = struct.unpack_from("<HHIII", data, need)
                auxiliary = need + first
                for _ in range(auxiliaries):
                    _, _, index, name, step = struct.unpack_from("<IHHII", data, auxiliary)
                    versions[index] = text(link, name)
                    auxiliary += step
                need += following
        elif kind == _VERSYM:
            symbol_versions = struct.unpack_from(f"<{length // 2}H", data, start)

    for header in headers:
        if header[1] != _DYNSYM:
            continue
        for i in range(1, header[5] // header[9]):
            name, _, other, section, _, _ = struct.unpack_from("<IBBHQQ", data, header[4] + i * 24)
            symbol = text(header[6], name)
            if section:
                if other & 3 == 0:
                    elf.exported.add(symbol)
            else:
                elf.imported[symbol] = versions.get(symbol_versions[i] & 0x7FFF, "")
    return elf
