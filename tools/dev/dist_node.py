"""The packages for npm: `portcullis`, and beside it the platform package with the prebuilt addons.

What is packed is staged in a folder of its own. Its package.json is made of the clone's, which has neither
the platform package, so that a clone installs without a registry that knows it, nor ES modules for each
entry, because Node reads the names of its CommonJS files by itself:

- optionalDependencies: the platform package, of exactly this version; npm leaves it out on other systems.
- exports: each CommonJS file gets an ES module that names what the file has, and declarations for both.
- typesVersions: the same declarations for TypeScript's older resolution, which knows no exports.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from . import command
from .console import Failure
from .paths import NODE_BIN, ROOT, relative
from .version import project_version

PLATFORM = "portcullis-linux-x64-gnu"
_ADDONS = ("portcullis.node", "portcullis-edge.node")
_LICENSES = ("LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES")
_PLATFORM_README = f"""\
# {PLATFORM}

The Node-API addons of the package `portcullis` for Linux on x86-64 with glibc. It is installed with that package.
"""


def make(out: Path) -> list[Path]:
    """Packs both into `out`. Equal files give equal tarballs, of one npm."""
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    version = project_version()
    if package["version"] != version:
        raise Failure(f"package.json has version {package['version']}, CMakeLists.txt {version}")
    out.mkdir(parents=True, exist_ok=True)
    tarballs = []
    with tempfile.TemporaryDirectory(prefix="portcullis-dist-") as name:
        for title, stage in (("portcullis", _stage_main), (PLATFORM, _stage_platform)):
            folder = Path(name) / title
            folder.mkdir()
            manifest = stage(folder, package)
            _write_json(folder / "package.json", manifest)
            for file in folder.rglob("*"):
                file.chmod(0o755 if file.is_dir() else 0o644)
            _pack(folder, out)
            tarballs.append(out / f"{title}-{version}.tgz")
    return tarballs


def _stage_main(folder: Path, package: dict[str, Any]) -> dict[str, Any]:
    for file in _files(package["files"]):
        _copy(file, folder / relative(file))
    _copy(ROOT / "README.md", folder / "README.md")
    entries = package["exports"]
    for target in _targets(entries):
        if not (ROOT / target).is_file():
            raise Failure(f"{target} is missing; run ./dev build")
    for target in sorted({leaf for leaf in _targets(entries) if leaf.endswith(".js")}):
        _write_module(folder / target)
    for types in sorted({entry["types"] for entry in entries.values() if isinstance(entry, dict)}):
        declaration = folder / types
        declaration.with_suffix("").with_suffix(".d.mts").write_text(
            f"export * from './{declaration.name.removesuffix('.d.ts')}.js';\n", encoding="utf-8"
        )
    dropped = ("devDependencies", "files")
    return {key: value for key, value in package.items() if key not in dropped} | {
        "exports": {name: _conditions(entry) for name, entry in entries.items()},
        "typesVersions": {
            "*": {
                name.removeprefix("./"): [entry["types"]]
                for name, entry in entries.items()
                if isinstance(entry, dict) and name != "."
            }
        },
        "optionalDependencies": {PLATFORM: package["version"]},
    }


def _stage_platform(folder: Path, package: dict[str, Any]) -> dict[str, Any]:
    for name in _ADDONS:
        _copy(ROOT / "bindings-node" / name, folder / name)
    for name in _LICENSES:
        _copy(ROOT / name, folder / name)
    (folder / "README.md").write_text(_PLATFORM_README, encoding="utf-8")
    return {
        "name": PLATFORM,
        "version": package["version"],
        "description": "The addons of portcullis for Linux on x86-64 with glibc",
        "license": package["license"],
        "type": "commonjs",
        "engines": package["engines"],
        "os": ["linux"],
        "cpu": ["x64"],
        "libc": ["glibc"],
        "main": f"./{_ADDONS[0]}",
    }


def _files(patterns: list[str]) -> list[Path]:
    """As npm reads `files`: a pattern that begins with ! takes out."""
    found: set[Path] = set()
    for pattern in patterns:
        if pattern.startswith("!"):
            found -= set(ROOT.glob(pattern[1:]))
        else:
            found |= set(ROOT.glob(pattern))
    return sorted(found)


def _copy(source: Path, target: Path) -> None:
    if not source.is_file():
        raise Failure(f"{relative(source)} is missing; run ./dev build")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _targets(entry: Any) -> list[str]:
    """Every file that an entry, or a map of them, leads to."""
    if isinstance(entry, str):
        return [entry]
    return [target for key, value in entry.items() if key != "types" for target in _targets(value)]


def _conditions(entry: Any) -> Any:
    if isinstance(entry, str):
        return entry  # no code: a WASM module, package.json
    types = entry["types"]
    leaves = {key: _leaf(types, value) for key, value in entry.items() if key != "types"}
    if not leaves:  # declarations alone
        return {"import": {"types": _esm_types(types)}, "require": {"types": types}}
    return leaves["default"] if set(leaves) == {"default"} else leaves


def _leaf(types: str, target: Any) -> Any:
    """A file as it is imported and as it is required, each with its declarations."""
    if isinstance(target, str):
        target = {"import": re.sub(r"\.js$", ".mjs", target), "require": target}
    if target["require"].endswith(".mjs"):
        return {"types": _esm_types(types), "default": target["import"]}
    return {
        "import": {"types": _esm_types(types), "default": target["import"]},
        "require": {"types": types, "default": target["require"]},
    }


def _esm_types(types: str) -> str:
    return types.removesuffix(".d.ts") + ".d.mts"


def _write_module(script: Path) -> None:
    """An ES module over a CommonJS one: the same objects by the same names, for whoever reads names only."""
    text = script.read_text(encoding="utf-8")
    found = re.search(r"^module\.exports = \{([^}]*)\};", text, re.M)
    names = re.findall(r"(\w+)(?:: [^,]*)?(?:,|$)", re.sub(r"\s+", " ", found[1]).strip()) if found else []
    if not names:
        raise Failure(f"{script.name} has no list of what it exports")
    module = f"import commonjs from './{script.name}';\n\nexport const {{ {', '.join(names)} }} = commonjs;\n"
    script.with_suffix(".mjs").write_text(module, encoding="utf-8")


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _pack(folder: Path, out: Path) -> None:
    # npm belongs to the system's Node, and may not run on the pinned one.
    path = [part for part in os.environ.get("PATH", "").split(os.pathsep) if part != str(NODE_BIN)]
    command.run(
        f"npm pack {folder.name}",
        ["npm", "pack", "--ignore-scripts", "--pack-destination", out.resolve()],
        cwd=folder,
        env={"PATH": os.pathsep.join(path)},
    )
