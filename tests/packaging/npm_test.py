"""The npm packages as they are published: what is in them, that they install without a compiler, and work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import npm_support as support
import pytest
from npm_support import ANSWERS, NAMES, NODE, NODE_MODULES, PLATFORM, ROOT, SCRIPTS, VERSION, ask, run

DOORS = {
    "portcullis": "native",
    "portcullis/native": "native",
    "portcullis/wasm": "wasm",
    "portcullis/wasm-self-contained": "wasm",
    "portcullis/wasm-inline": "wasm",
}
STYLES = ["require", "import"]
LICENSES = ["LICENSE-APACHE", "LICENSE-MIT", "THIRD-PARTY-NOTICES"]


def members(tarball: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(tarball) as archive:
        return {member.name.removeprefix("package/"): member for member in archive}


def manifest(tarball: Path) -> dict[str, Any]:
    with tarfile.open(tarball) as archive:
        file = archive.extractfile("package/package.json")
        assert file
        read: dict[str, Any] = json.load(file)
        return read


# --- What is in them ---


def test_equal_files_give_equal_tarballs(tmp_path: Path) -> None:
    again = support.make(tmp_path)
    assert [path.name for path in again] == [f"portcullis-{VERSION}.tgz", f"{PLATFORM}-{VERSION}.tgz"]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in support.tarballs()]


def test_the_package_has_what_its_entries_name_and_nothing_native() -> None:
    main, _ = support.tarballs()
    names = members(main)
    leaves = set(re.findall(r': "\./([^"]+)"', json.dumps(manifest(main)["exports"])))
    assert len(leaves) > 40 and leaves <= set(names)
    assert {*LICENSES, "README.md", "CHANGELOG.md"} <= set(names)
    # npm compiles where it finds a binding.gyp, without a word in package.json.
    assert not [name for name in names if re.search(r"\.(node|gyp|cpp|c|h|hpp|py)$|^tests/|openssl", name)]


def test_the_platform_package_has_both_addons() -> None:
    names = members(support.tarballs()[1])
    texts = ["README.md", *LICENSES, "package.json"]
    assert sorted(names) == sorted([*texts, "portcullis-edge.node", "portcullis.node"])
    assert {member.mode & 0o777 for member in names.values()} == {0o644}


def test_nothing_runs_and_nothing_else_comes_along() -> None:
    main, platform = map(manifest, support.tarballs())
    assert main["version"] == platform["version"] == VERSION
    assert main["optionalDependencies"] == {PLATFORM: VERSION}
    assert (platform["os"], platform["cpu"], platform["libc"]) == (["linux"], ["x64"], ["glibc"])
    for package in (main, platform):
        assert not {"scripts", "dependencies", "devDependencies", "peerDependencies", "bin", "gypfile"} & set(package)


def test_npm_installs_them_without_a_script() -> None:
    folder = support.installed()
    tree = json.loads(support.npm(folder, "ls", "--all", "--json", "--long"))
    assert "problems" not in tree
    assert sorted(tree["dependencies"]) == ["portcullis", PLATFORM]
    assert not any(package.get("scripts") for package in tree["dependencies"].values())
    lock = json.loads((folder / "package-lock.json").read_text())
    assert sorted(lock["packages"]) == ["", "node_modules/portcullis", f"node_modules/{PLATFORM}"]
    assert not any("hasInstallScript" in package for package in lock["packages"].values())


@pytest.mark.parametrize("tarball", [0, 1], ids=["portcullis", "platform"])
def test_publint_finds_nothing(tarball: int) -> None:
    told = run([NODE, NODE_MODULES / "publint/src/cli.js", support.tarballs()[tarball], "--strict"], ROOT)
    assert told.rstrip().endswith("All good!"), told


def test_the_types_are_not_wrong() -> None:
    """By `arethetypeswrong`, in all its resolutions. A WASM module has no declarations."""
    main, _ = support.tarballs()
    modules = [name.removeprefix("./") for name in manifest(main)["exports"] if name.endswith(".wasm")]
    assert len(modules) == 4
    attw = NODE_MODULES / "@arethetypeswrong/cli/dist/index.js"
    argv: list[str | Path] = [NODE, attw, "--format", "json", "--exclude-entrypoints", *modules, "--", main]
    told = json.loads(run(argv, ROOT))
    assert told["analysis"]["problems"] == []
    assert len(told["analysis"]["entrypoints"]) >= 15


# --- What it does ---


@pytest.fixture(scope="module")
def told() -> support.Told:
    return ask(support.installed(), *DOORS)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("door", DOORS)
def test_decides(door: str, style: str, told: support.Told) -> None:
    of_door = told[door][style]
    assert of_door["answers"] == ANSWERS
    assert of_door["implementation"] == DOORS[door]
    assert of_door["names"] == sorted([*NAMES, *(["fallbackReason"] if door == "portcullis" else [])])


def test_every_entry_has_the_same_names_by_require_and_by_import() -> None:
    folder = support.installed()
    (folder / "policy.json").write_text(json.dumps(support.CASES["HS256 good"]["policy"]))
    entries = manifest(support.tarballs()[0])["exports"]
    doors = [
        name.replace(".", "portcullis", 1)
        for name, entry in entries.items()
        if isinstance(entry, dict) and "default" in json.dumps(entry)
    ]
    assert len(doors) >= 13
    script = f"""
      (async () => {{
        const different = {json.dumps(doors)}.map(async (name) => {{
          const required = Object.entries(require(name));
          const imported = await import(name);
          const same = required.every(([key, value]) => imported[key] === value);
          return required.length > 0 && same && Object.keys(imported).length === required.length ? '' : name;
        }});
        console.log(`different: ${{(await Promise.all(different)).join('')}}`);
      }})();"""
    assert run([NODE, "-e", script], folder).splitlines()[-1] == "different: "


def test_the_reason_can_be_printed() -> None:
    words: list[str | Path] = [NODE, "-p", "require('portcullis').fallbackReason"]
    assert run(words, support.installed()) == "undefined\n"
    reason = run(words, support.installed_without_platform())
    for part in ("(linux x64)", f"platform package: Cannot find module '{PLATFORM}", "local build: Cannot find module"):
        assert part in reason
    assert reason.count("\n") == 1


def test_without_the_platform_package_the_module_decides() -> None:
    told = ask(support.installed_without_platform(), "portcullis", "portcullis/native")
    for style in STYLES:
        assert told["portcullis"][style]["implementation"] == "wasm"
        assert told["portcullis"][style]["answers"] == ANSWERS
        reason = told["portcullis"][style]["fallbackReason"]
        assert told["portcullis/native"][style] == {"error": reason}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(support.installed(), tmp_path / "copy"))


def for_another_machine() -> bytes:
    addon = bytearray((ROOT / "bindings-node/portcullis.node").read_bytes())
    addon[18:20] = b"\xb7\0"  # e_machine: AArch64
    return bytes(addon)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no addon at all", "file too short"),
        (for_another_machine(), "wrong ELF|invalid ELF|cannot open"),
        (None, "Cannot find module"),
    ],
    ids=["text", "another machine", "none"],
)
def test_an_addon_that_does_not_load(content: bytes | None, reason: str, copy: Path) -> None:
    addon = copy / "node_modules" / PLATFORM / "portcullis.node"
    addon.unlink()
    if content is not None:
        addon.write_bytes(content)
    told = ask(copy, "portcullis", cases={"good": support.CASES["RS256 good"]})["portcullis"]["require"]
    assert (told["implementation"], told["answers"]) == ("wasm", {"good": "same"})
    assert re.search(f"platform package: [^;]*({reason})", told["fallbackReason"])


def test_a_local_build_stands_in(copy: Path) -> None:
    platform = copy / "node_modules" / PLATFORM
    for name in ("portcullis.node", "portcullis-edge.node"):
        shutil.move(platform / name, copy / "node_modules/portcullis/bindings-node" / name)
    told = ask(copy, "portcullis")["portcullis"]["require"]
    assert (told["implementation"], told["answers"]) == ("native", ANSWERS)
    assert "fallbackReason" not in told


def test_when_nothing_loads_each_place_is_named(copy: Path) -> None:
    shutil.rmtree(copy / "node_modules" / PLATFORM)
    (copy / "node_modules/portcullis/wasm/portcullis.wasm").write_bytes(b"\0asm")
    error = ask(copy, "portcullis")["portcullis"]["require"]["error"]
    assert re.search("platform package: .*; local build: .*; WASM module: ", error)


def test_an_edge_addon_that_is_gone_is_an_error_and_no_fallback(copy: Path) -> None:
    (copy / "node_modules" / PLATFORM / "portcullis-edge.node").unlink()
    told = ask(copy, "portcullis")["portcullis"]["require"]
    assert told["implementation"] == "native"
    assert told["answers"] == ANSWERS | dict.fromkeys(("edge good", "edge no route"), "PolicyError $.routes")


def test_the_whole_function(copy: Path) -> None:
    (copy / "policy.json").write_text(json.dumps(support.CASES["HS256 good"]["policy"]))
    events = [support.CASES[name]["event"] for name in ("HS256 good", "HS256 tampered")]
    script = """
      import('portcullis/lambda-edge').then(async ({ handler }) => {
        const events = JSON.parse(require('node:fs').readFileSync(0));
        const [first, second] = await Promise.all(events.map(handler));
        console.log(first === events[0].Records[0].cf.request, second.status);
      });"""
    assert run([NODE, "-e", script], copy, json.dumps(events)) == "true 401\n"


# --- Types ---


RESOLUTIONS = {
    "nodenext": (["--module", "nodenext", "--moduleResolution", "nodenext"], ["use.mts", "use.cts"]),
    "bundler": (["--module", "esnext", "--moduleResolution", "bundler"], ["use.ts"]),
    "commonjs": (["--module", "commonjs", "--moduleResolution", "node10"], ["use.ts"]),
}


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_types_compile(resolution: str, copy: Path) -> None:
    options, files = RESOLUTIONS[resolution]
    for name in files:
        shutil.copyfile(SCRIPTS / "use.ts", copy / name)
    words = ["--strict", "--target", "es2022", "--outDir", "out", "--skipDefaultLibCheck"]
    done = subprocess.run(
        [NODE, NODE_MODULES / "typescript/bin/tsc", *options, *words, *files], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
    compiled = [file for suffix in ("mjs", "cjs") for file in (copy / "out").glob(f"*.{suffix}")]
    assert len(compiled) == (2 if resolution == "nodenext" else 0)
    for file in compiled:
        assert run([NODE, file], copy) == "native true\n"


# --- Threads ---


# Of worker_tests.js.
TESTS = 4


def test_worker_threads(copy: Path) -> None:
    """The tests of the doors, by the addon of the platform package."""
    shared = ROOT / "tests/node/shared/worker_tests.js"
    names = ["portcullis", "portcullis/wasm-inline"]
    (copy / "worker.test.js").write_text(
        f"const {{ workerTests }} = require({json.dumps(str(shared))});\n"
        + "".join(f"workerTests(require.resolve('{name}'));\n" for name in names)
    )
    told = run([NODE, "--test", "--test-reporter=tap", "worker.test.js"], copy)
    assert f"# pass {TESTS * len(names)}\n" in told and "# fail 0\n" in told, told
