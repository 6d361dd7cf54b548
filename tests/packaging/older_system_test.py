"""What is packed here, on a system that is older: Debian 11 with glibc 2.31, in a root of its own.

Functions for Node decide there, on Node 20, 22 and 24 as npm has them. Debian 11 has Python 3.9, and no registry has a
newer one that runs there, so that of the Python modules it is shown that its dynamic loader takes them, every symbol
bound: Python's own are stubs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from elf_file import read_elf
from packing import ABSENT, PACKABLE, QUESTIONS, event_with, pack

from dev import older_root
from dev.console import Failure
from dev.node_versions import MAJORS, node_binary
from dev.pack_variants import PYTHON_PACKAGE

NODE_VARIANTS = [name for name, each in PACKABLE.items() if each.language == "node"]


@pytest.fixture(scope="session")
def root() -> Path:
    try:
        return older_root.older_root()
    except Failure as failure:
        pytest.skip(f"{ABSENT}{failure}")


@pytest.fixture
def place(root: Path, tmp_path: Path) -> Iterator[Path]:
    """A folder inside of the root."""
    folder = root / "tests" / f"{os.getpid()}-{tmp_path.name}"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def inside(root: Path, path: Path) -> str:
    return f"/{path.relative_to(root)}"


def test_the_root_is_as_old_as_it_should_be(root: Path) -> None:
    told = older_root.run(root, ["ldd", "--version"]).stdout.splitlines()[0]
    assert told.endswith(" {}.{}".format(*older_root.GLIBC))
    ours = subprocess.run(["ldd", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    assert tuple(map(int, ours.split()[-1].split("."))) > older_root.GLIBC


# --- Node ---

_ASK = """
const { handler } = require('./index.js');
const { isDeepStrictEqual } = require('node:util');
const events = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
Promise.all(events.map(async (event) => {
  const { request } = event.Records[0].cf;
  const answer = await handler(event);
  return isDeepStrictEqual(answer, request) ? 'allow' : answer.status;
})).then((answers) => process.stdout.write('\\n' + JSON.stringify([process.version, ...answers])));
"""


@pytest.mark.parametrize("variant", NODE_VARIANTS)
def test_a_packed_function_decides(variant: str, root: Path, place: Path, tmp_path: Path) -> None:
    function = shutil.copytree(pack(variant, tmp_path), place / "function")
    (function / "ask.js").write_text(_ASK)
    events = json.dumps([event_with(token) for _, token, _ in QUESTIONS])
    expected = [answer if PACKABLE[variant].judges else "allow" for _, _, answer in QUESTIONS]
    for major in MAJORS:
        node = place / f"node{major}"
        shutil.copyfile(node_binary(major), node)
        node.chmod(0o755)
        command = f"cd {inside(root, function)} && exec {inside(root, node)} ask.js"
        done = older_root.run(root, ["sh", "-c", command], events)
        assert done.returncode == 0, done.stderr
        version, *answers = json.loads(done.stdout.splitlines()[-1])
        assert version.startswith(f"v{major}.") and answers == expected
        node.unlink()


# --- Python ---

# Before glibc 2.34 these are libdl's, which each Python of that age links itself, as perl does.
OF_LIBDL = {"dlopen", "dlsym"}
MODULES = sorted(PYTHON_PACKAGE.glob("_core*.so"))
# perl-base is in every Debian: it loads a library, its constructors run, and an entry point is found.
_LOAD = """
require DynaLoader;
my ($file, $entry) = @ARGV;
my $library = DynaLoader::dl_load_file($file, 1) or die DynaLoader::dl_error() . "\\n";
DynaLoader::dl_find_symbol($library, $entry) or die "no $entry\\n";
print "loaded\\n";
"""


def stubs(module: Path, folder: Path) -> Path:
    """Python's symbols that a module imports, defined; a library that needs no other."""
    imported = read_elf(module).imported
    names = sorted(name for name, version in imported.items() if not version and name.startswith(("Py", "_Py")))
    assert len(names) > 20
    source, library = folder / "stubs.c", folder / "stubs.so"
    source.write_text("".join(f"char {name}[1024];\n" for name in names))
    argv = ["gcc", "-shared", "-fPIC", "-nostdlib", "-fno-builtin", "-o", library, source]
    subprocess.run(argv, check=True, capture_output=True)
    return library


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name.split(".")[0])
def test_the_loader_takes_a_python_module(module: Path, root: Path, place: Path) -> None:
    shutil.copyfile(module, place / module.name)
    library = inside(root, place / module.name)

    bound = older_root.run(root, ["ldd", "-r", library])
    told = bound.stdout + bound.stderr
    assert "not found" not in told, told
    undefined = set(re.findall(r"undefined symbol: (\w+)", told)) - OF_LIBDL
    assert undefined and all(name.startswith(("Py", "_Py")) for name in undefined), told

    stub = inside(root, stubs(module, place))
    entry = f"PyInit_{module.name.split('.')[0]}"
    environment = {"LD_BIND_NOW": "1", "LD_PRELOAD": stub}
    loaded = older_root.run(root, ["perl", "-e", _LOAD, library, entry], env=environment)
    assert (loaded.returncode, loaded.stdout) == (0, "loaded\n"), loaded.stderr
    # Without them it does not: the loader was asked.
    refused = older_root.run(root, ["perl", "-e", _LOAD, library, entry], env={"LD_BIND_NOW": "1"})
    assert refused.returncode != 0 and "undefined symbol: " in refused.stderr


def test_both_python_modules_are_there() -> None:
    assert [module.name.split(".")[0] for module in MODULES] == ["_core", "_core_edge"]
