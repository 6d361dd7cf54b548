"""What an artefact needs of its host, in a few lines: what a person sets up, and a template repeats."""

from __future__ import annotations

from .pack_binary import read_elf
from .pack_checks import Bundle, dotted, modules_of
from .pack_variants import (
    EDGE_ARCHITECTURE,
    EDGE_MEMORY_MIB,
    EDGE_REGION,
    WORKER_DATE,
    runtimes_of,
    worker_flags,
)


def needs_of(bundle: Bundle) -> dict[str, str]:
    variant = bundle.variant
    needs = {"entry point": bundle.loaded.entry}
    if bundle.target == "workers":
        flags = " ".join(worker_flags(variant))
        needs["runtime"] = f"workerd, compatibility date {WORKER_DATE} or later"
        needs["compatibility flags"] = flags or "none"
    else:
        names = " or ".join(runtime.name for runtime in runtimes_of(variant))
        needs["runtime"] = names or "none of Lambda's"
        needs["architecture"] = EDGE_ARCHITECTURE if not variant.is_wasm else "any"
    if bundle.target == "lambda-edge":
        needs["architecture"] = EDGE_ARCHITECTURE  # there is no other
        needs["region"] = EDGE_REGION
        needs["memory"] = f"{EDGE_MEMORY_MIB} MB"
    needs["environment variables"] = "none"
    if variant.is_wasm:
        needs["imports of the module"] = " ".join(variant.host_functions) or "none"
    else:
        needs |= _of_the_system(bundle)
    return needs


def _of_the_system(bundle: Bundle) -> dict[str, str]:
    versions: dict[str, tuple[int, ...]] = {}
    libraries: set[str] = set()
    for elf in map(read_elf, modules_of(bundle)):
        libraries |= set(elf.needed)
        for family, version in elf.versions.items():
            versions[family] = max(versions.get(family, ()), version)
    told = ", ".join(f"{family} {dotted(version)}" for family, version in sorted(versions.items()))
    # The Python module opens the library that Python's own ssl uses; Node brings its own.
    if bundle.opens_libcrypto:
        libraries.add("libcrypto.so.3")
    return {"system": told, "libraries": " ".join(sorted(libraries))}
