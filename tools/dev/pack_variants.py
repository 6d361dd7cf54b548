"""What can be packed: the variants, the targets, and the runtimes that a target offers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from .console import Failure
from .paths import NATIVE, NODE_BIN, NODE_MODULES, ROOT, VENV_PYTHON, relative

PYTHON_PACKAGE = NATIVE / "python" / "portcullis"
ESBUILD = NODE_MODULES / "esbuild" / "lib" / "main.js"
NODE = NODE_BIN / "node"


@dataclass(frozen=True)
class Variant:
    name: str
    language: str  # "node" or "python"
    artefact: Path  # a file, or the folder of the Python package
    target: str  # of ./dev build
    door: str = ""  # how package.json's exports call it
    script: Path = Path()  # the door's JavaScript
    edge_artefact: Path | None = None  # in place of the other for a policy with an edge layer
    at_edge: bool = False  # packed for such a policy
    host_functions: tuple[str, ...] = ()  # what a WASM module may import
    entry: str = ""  # what of the package is the whole function
    inline: bool = False  # the module is inside the script
    judges: bool = True  # by a policy

    def for_policy(self, at_edge: bool) -> Variant:
        artefact = self.edge_artefact if at_edge and self.edge_artefact else self.artefact
        return replace(self, artefact=artefact, at_edge=at_edge)

    @property
    def has_edge_layer(self) -> bool:
        """Whether the artefact has it, also where the policy does not."""
        return self.at_edge or self.edge_artefact is None

    @property
    def is_wasm(self) -> bool:
        return self.artefact.suffix == ".wasm"

    @property
    def runs_in_workers(self) -> bool:
        # A worker may not compile a module from bytes.
        return self.is_wasm and not (self.entry or self.inline)

    @property
    def export_lists(self) -> tuple[str, ...]:
        """Files of wasm/ with what the module may export."""
        if not self.judges:
            return ("exports_passthrough.txt",)
        return ("exports.txt", "exports_edge.txt") if self.has_edge_layer else ("exports.txt",)


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant(
            "napi",
            "node",
            ROOT / "bindings-node" / "portcullis.node",
            "native",
            "./native",
            ROOT / "bindings-node" / "native.js",
            ROOT / "bindings-node" / "portcullis-edge.node",
        ),
        Variant(
            "wasm",
            "node",
            ROOT / "wasm" / "portcullis.wasm",
            "wasm",
            "./wasm",
            ROOT / "wasm" / "index.js",
            ROOT / "wasm" / "portcullis-edge.wasm",
            host_functions=("portcullis.host_crypto",),
        ),
        Variant(
            "wasm-self-contained",
            "node",
            ROOT / "wasm" / "portcullis-self-contained.wasm",
            "wasm",
            "./wasm-self-contained",
            ROOT / "wasm" / "self_contained.js",
            ROOT / "wasm" / "portcullis-self-contained-edge.wasm",
        ),
        Variant("pybind11", "python", PYTHON_PACKAGE, "native"),
    )
}
VARIANTS["wasm-inline"] = replace(
    VARIANTS["wasm"], name="wasm-inline", door="./wasm-inline", inline=True
)
# Functions that the package has ready: nobody writes a handler.
ENTRIES = {
    variant.name: variant
    for variant in (
        replace(VARIANTS["wasm"], name="wasm-handler", entry="portcullis/lambda-edge"),
        Variant(
            "wasm-passthrough",
            "node",
            ROOT / "wasm" / "portcullis-passthrough.wasm",
            "wasm",
            "./passthrough",
            ROOT / "wasm" / "passthrough.js",
            host_functions=("portcullis.log",),
            entry="portcullis/passthrough",
            judges=False,
        ),
    )
}
PACKABLE = {**VARIANTS, **ENTRIES}
TARGETS = ("lambda-edge", "lambda", "workers")

# Where functions of Lambda@Edge live, what they run on, and what viewer events give them. CloudFront
# Developer Guide, "Restrictions on Lambda@Edge" and "Quotas".
EDGE_REGION = "us-east-1"
EDGE_ARCHITECTURE = "x86_64"
EDGE_MEMORY_MIB = 128
EDGE_SECONDS = 30

# From this date on a worker's modules and node:crypto are as the bundles expect them.
WORKER_DATE = "2025-09-01"

# What a function's configuration names as its handler, by language.
HANDLERS = {"node": "index.handler", "python": "lambda_function.lambda_handler"}


@dataclass(frozen=True, eq=False)
class System:
    """An operating system of Lambda, by the newest versions that its libraries have."""

    name: str
    versions: dict[str, tuple[int, ...]]
    has_libcrypto_3: bool


AMAZON_LINUX_2 = System(
    "Amazon Linux 2",
    {"GLIBC": (2, 26), "GLIBCXX": (3, 4, 24), "CXXABI": (1, 3, 11), "GCC": (7, 0, 0)},
    has_libcrypto_3=False,
)
AMAZON_LINUX_2023 = System(
    "Amazon Linux 2023",
    {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13), "GCC": (11, 0)},
    has_libcrypto_3=True,
)


@dataclass(frozen=True)
class Runtime:
    name: str
    system: System


_NODE_RUNTIMES = tuple(
    Runtime(name, AMAZON_LINUX_2023) for name in ("nodejs22.x", "nodejs24.x")
)
_PYTHON_RUNTIMES = {
    "3.11": AMAZON_LINUX_2,
    "3.12": AMAZON_LINUX_2023,
    "3.13": AMAZON_LINUX_2023,
    "3.14": AMAZON_LINUX_2023,
}


# What a function of Lambda can name as its runtime -> language.
RUNTIMES = {
    **{runtime.name: "node" for runtime in _NODE_RUNTIMES},
    **{f"python{version}": "python" for version in _PYTHON_RUNTIMES},
}


def extension_module(package: Path, name: str = "_core") -> Path:
    """A compiled file of the Python package: `_core`, or `_core_edge` for policies with an edge layer."""
    modules = sorted(package.glob(f"{name}.*.so"))
    if len(modules) != 1:
        raise Failure(f"{relative(package)} has {len(modules)} extension modules {name}, expected one")
    return modules[0]


def extension_modules(package: Path) -> list[Path]:
    """Those that are there."""
    return [extension_module(package), *sorted(package.glob("_core_edge.*.so"))]


def runtimes_of(variant: Variant) -> tuple[Runtime, ...]:
    """Lambda's runtimes that take the variant by its kind; whether its libraries fit is a check."""
    if variant.language == "node":
        return _NODE_RUNTIMES
    # An extension module is for one version of CPython, which its name tells.
    name = extension_module(variant.artefact).name
    found = re.search(r"\.cpython-(\d)(\d+)-x86_64-linux-gnu\.so$", name)
    version = f"{found[1]}.{found[2]}" if found else ""
    if version not in _PYTHON_RUNTIMES:
        return ()
    return (Runtime(f"python{version}", _PYTHON_RUNTIMES[version]),)


def worker_flags(variant: Variant) -> tuple[str, ...]:
    """What a worker's configuration has to switch on."""
    return ("nodejs_compat",) if variant.host_functions else ()


def require_built(variant: Variant) -> None:
    """What the variant is packed of and the tools for it, or a Failure that tells the command."""
    tools = [NODE, ESBUILD] if variant.language == "node" else [NODE, VENV_PYTHON]
    for tool in tools:
        if not tool.exists():
            raise Failure(f"{relative(tool)} is missing; run ./dev setup")
    parts = [variant.artefact]
    if variant.language == "node":
        parts.append(variant.script)
    if variant.edge_artefact:
        parts.append(variant.edge_artefact)  # the policy is judged by it as well
    for part in parts:
        if not part.exists():
            raise Failure(
                f"variant {variant.name} is not built: {relative(part)} is missing; "
                f"run ./dev build {variant.target}"
            )
