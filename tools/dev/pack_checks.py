"""Whether a bundle can be deployed: each quota and rule of the target, and what was found."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .pack_binary import (
    SYSTEM_LIBRARIES,
    memory_bytes,
    read_elf,
    read_wasm,
    reviewed_exports,
)
from .pack_bundle import Loaded, files_of
from .pack_policy import Key
from .pack_variants import EDGE_MEMORY_MIB, Variant, extension_modules, runtimes_of
from .paths import ROOT

KIB, MIB = 1024, 1024 * 1024

# CloudFront Developer Guide, "Restrictions on edge functions": one of these makes it a 502.
_REFUSED_HEADERS = re.compile(
    r"connection|expect|keep-alive|proxy-(authenticate|authorization|connection)|trailer|upgrade|"
    r"x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|x-amzn-(auth|cf-.*|errortype|fle-"
    r"profile|header-(count|order)|lambda-integration-tag|requestid)|x-cache|x-edge-.*|"
    r"x-forwarded-proto|x-real-ip|transfer-encoding|via|content-length|host|cdn-loop",
    re.I,
)


@dataclass(frozen=True)
class Check:
    name: str
    found: str
    allowed: str = ""
    ok: bool | None = True  # None: told, not judged

    @property
    def verdict(self) -> str:
        return {True: "ok", False: "FAILED", None: "note"}[self.ok]


@dataclass(frozen=True)
class Bundle:
    variant: Variant
    target: str
    folder: Path
    zip_size: int
    keys: Sequence[Key]
    loaded: Loaded

    @property
    def opens_libcrypto(self) -> bool:
        """The Python module opens the library that Python's own ssl uses, for public keys and for the
        wider hashes; SHA-256 is linked, and Node brings its own."""
        if self.variant.language != "python":
            return False
        policy = json.loads((self.folder / "policy.json").read_bytes())
        entries = policy.get("issuers", [policy])
        algorithms = {name for entry in entries for name in entry["algorithms"]}
        return not algorithms.isdisjoint(("HS384", "HS512")) or any(
            not key.is_secret for key in self.keys
        )


def size(count: int) -> str:
    """Bytes, and behind a thousand a rounder number as well."""
    if count < KIB:
        return f"{count} B"
    unit, name = (MIB, "MiB") if count >= MIB else (KIB, "KiB")
    return f"{count} B ({count / unit:.1f} {name})"


def check(bundle: Bundle) -> list[Check]:
    checks = [*_sizes(bundle), *_handler(bundle)]
    if bundle.variant.is_wasm:
        checks += _wasm(bundle)
    else:
        checks += _elf(bundle)
    return checks


def _at_most(name: str, found: int, limit: int) -> Check:
    return Check(name, size(found), size(limit), found <= limit)


def _told(name: str, found: int, limit: int) -> Check:
    return Check(name, "fits" if found <= limit else "too large", size(limit), None)


def _sizes(bundle: Bundle) -> Iterator[Check]:
    unpacked = sum(file.stat().st_size for file in files_of(bundle.folder))
    memory = bundle.loaded.memory
    if bundle.target == "workers":
        yield _at_most("size, compressed (paid plan)", bundle.zip_size, 10 * MIB)
        yield _told("size, compressed (free plan)", bundle.zip_size, 3 * MIB)
        yield _at_most("size, uncompressed", unpacked, 64 * MIB)
        return
    yield _at_most("zip", bundle.zip_size, 50 * MIB)
    yield _at_most("unzipped", unpacked, 250 * MIB)
    if bundle.target == "lambda-edge":
        yield _told("zip, former quota of viewer events", bundle.zip_size, MIB)
        quota = EDGE_MEMORY_MIB * MIB
        yield _at_most("memory once loaded, viewer events (as measured here)", memory, quota)
        yield from _response(bundle.loaded)
    else:
        yield Check("memory once loaded (as measured here)", size(memory), "", None)


def _response(loaded: Loaded) -> Iterator[Check]:
    response = loaded.response
    if response is None:
        why = "none: it goes on" if loaded.passes else "not asked for: a handler of your own"
        yield Check("response", why, "", None)
        return
    length = len(json.dumps(response, ensure_ascii=False, separators=(",", ":")).encode())
    yield _at_most("response, viewer events", length, 40 * KIB)
    yield _at_most("response, origin events", length, MIB)
    mistakes = sorted(set(_mistakes_of(response)))
    yield Check(
        "response, rules of CloudFront", ", ".join(mistakes) or "kept", "kept", not mistakes
    )


def _mistakes_of(response: dict[str, Any]) -> Iterator[str]:
    status = response.get("status")
    if not (isinstance(status, str) and re.fullmatch(r"[2-5]\d\d", status)):
        yield "status is no string of 200 to 599"
    if None in response.values():
        yield "a member is null"
    if not isinstance(response.get("body", ""), str):
        yield "body is no string"
    for name, entries in response.get("headers", {}).items():
        if name != name.lower() or _REFUSED_HEADERS.fullmatch(name):
            yield f"header {name}"
        for entry in entries:
            value = entry.get("value")
            if not isinstance(value, str) or re.search(r"[\r\n\0]", value):
                yield f"value of header {name}"


def _handler(bundle: Bundle) -> Iterator[Check]:
    loaded = bundle.loaded
    yield Check("entry point", loaded.entry, "", None)
    if bundle.variant.language == "node" and bundle.target != "workers":
        # nodejs24.x takes a function of three parameters for one with a callback, and refuses it.
        yield Check(
            "handler style",
            f"{loaded.style} of {loaded.parameters} parameters",
            "async, at most 2 parameters",
            loaded.parameters <= 2,
        )
    elif bundle.variant.language == "python":
        # Lambda's Python would answer with a coroutine that nobody runs.
        yield Check("handler style", loaded.style, "function", loaded.style == "function")
    else:
        yield Check("handler style", loaded.style, "", None)
    yield Check("environment variables needed", "none", "none")
    if loaded.variables:
        names = " ".join(loaded.variables)
        yield Check("environment variables looked for", names, "unset at the start", None)


def _wasm(bundle: Bundle) -> Iterator[Check]:
    module = bundle.variant.artefact
    wasm = read_wasm(module if bundle.variant.inline else bundle.folder / module.name)
    allowed = bundle.variant.host_functions
    yield Check(
        "WASM imports",
        " ".join(wasm.imports) or "none",
        " ".join(allowed) or "none",
        set(wasm.imports) <= set(allowed),
    )
    listings = bundle.variant.export_lists
    reviewed: set[str] = set()
    for listing in listings:
        reviewed |= reviewed_exports(ROOT / "wasm" / listing)
    unknown = sorted(set(wasm.exports) - reviewed)
    yield Check(
        "WASM exports",
        f"{len(wasm.exports)}" + (f", not listed: {' '.join(unknown)}" if unknown else ""),
        f"those of wasm/{' and '.join(listings)}",
        not unknown,
    )
    yield _at_most("WASM memory", memory_bytes(wasm), 128 * MIB)
    if bundle.target != "workers":
        runtimes = " ".join(runtime.name for runtime in runtimes_of(bundle.variant))
        yield Check("runtimes", runtimes, "", None)


def modules_of(bundle: Bundle) -> list[Path]:
    """Its compiled files for Linux."""
    if bundle.variant.language == "node":
        return [bundle.folder / bundle.variant.artefact.name]
    return extension_modules(bundle.folder / "portcullis")


def _elf(bundle: Bundle) -> Iterator[Check]:
    for module in modules_of(bundle):
        yield from _elf_of(bundle, module)


def _elf_of(bundle: Bundle, module: Path) -> Iterator[Check]:
    variant = bundle.variant
    elf = read_elf(module)
    yield Check("ELF class", elf.elf_class, "ELF64", elf.elf_class == "ELF64")
    x86_64 = "Advanced Micro Devices X86-64"
    yield Check("ELF machine", elf.machine, x86_64, elf.machine == x86_64)
    yield Check(
        "libraries needed",
        " ".join(elf.needed),
        "the system's",
        set(elf.needed) <= SYSTEM_LIBRARIES,
    )
    runtimes = runtimes_of(variant)
    yield Check(
        "runtimes",
        " ".join(runtime.name for runtime in runtimes) or f"none for {module.name}",
        "one of Lambda's",
        bool(runtimes),
    )
    for system in dict.fromkeys(runtime.system for runtime in runtimes):
        names = " ".join(runtime.name for runtime in runtimes if runtime.system is system)
        place = f"({system.name}: {names})"
        for family, version in sorted(elf.versions.items()):
            newest = system.versions.get(family)
            yield Check(
                f"{family} needed",
                dotted(version),
                f"{dotted(newest) if newest else 'none'} {place}",
                newest is not None and version <= newest,
            )
        if bundle.opens_libcrypto:
            yield Check(
                "library opened for all but HS256",
                "libcrypto.so.3",
                f"{'there' if system.has_libcrypto_3 else 'absent'} {place}",
                system.has_libcrypto_3,
            )


def dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))
