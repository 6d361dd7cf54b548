"""What `cmake --install` gives C++ and C programs: found, compiled, linked and asked, in a prefix that
has been moved since; and the same tree as a part of another build."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

ROOT = Path(__file__).resolve().parents[2]
IN_C = Path(__file__).parent / "gatekeeper.c"
# README.md's example: the files, and the commands that install the library and build the program.
EXAMPLE = (ROOT / "README.md").read_text(encoding="utf-8").split("\n### C++\n")[1].split("\n### ")[0]
BLOCKS = dict(re.findall(r"^```(\w+)\n(.*?)^```$", EXAMPLE, re.M | re.S))
PUBLIC = ROOT / "core" / "include" / "portcullis"
# Kept between runs. Neither is a preset's: a stranger has none.
BARE = ROOT / "build" / "packaging" / "cpp" / "program"
PART = ROOT / "build" / "packaging" / "part"

SECRET = "a secret of the tests that is no secret"
RSA_KEY = rsa.generate_private_key(65537, 2048)
RULES = {"issuer": "https://issuer.example/", "audience": "https://api.example"}
POLICIES = {
    "HS256": {**RULES, "algorithms": ["HS256"], "keys": [{"secret": SECRET, "encoding": "utf8"}]},
    "RS256": {
        **RULES,
        "algorithms": ["RS256"],
        "keys": [jwt.algorithms.RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True)],
    },
}
SIGNERS = {"HS256": SECRET, "RS256": RSA_KEY}


def run(command: Sequence[str | Path], folder: Path = ROOT, **more: str) -> str:
    # What a developer's shell sets must not decide what is built; a compiler cache may stay.
    kept = {k: v for k, v in os.environ.items() if k not in ("CXXFLAGS", "CFLAGS", "LDFLAGS", "VERBOSE")}
    done = subprocess.run(command, cwd=folder, env={**kept, **more}, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Configured, built and installed as the page says, with the clone beside it; then moved away."""
    BARE.mkdir(parents=True, exist_ok=True)
    clone = BARE.with_name("portcullis")
    if not clone.is_symlink():
        clone.symlink_to(ROOT)
    for made in ("prefix", "build"):
        shutil.rmtree(BARE / made, ignore_errors=True)
    write_example(BARE)
    run(["sh", "-e", "-c", BLOCKS["sh"]], BARE)
    return Path(shutil.move(BARE / "prefix", tmp_path_factory.mktemp("install") / "moved"))


def write_example(folder: Path) -> None:
    (folder / "CMakeLists.txt").write_text(BLOCKS["cmake"])
    (folder / "gatekeeper.cpp").write_text(BLOCKS["cpp"])


def token(algorithm: str, **changes: object) -> str:
    claims = {"iss": RULES["issuer"], "aud": RULES["audience"], "exp": int(time.time()) + 600, "sub": "reader"}
    return jwt.encode(claims | changes, SIGNERS[algorithm], algorithm)


def judge(program: Path, algorithm: str, given: str) -> tuple[int, list[str]]:
    program.with_name("policy.json").write_text(json.dumps(POLICIES[algorithm]))
    done = subprocess.run([program, given], cwd=program.parent, capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def must_decide(program: Path) -> None:
    for algorithm in POLICIES:
        good = token(algorithm)
        code, (reason, claims) = judge(program, algorithm, good)
        assert (code, reason, json.loads(claims)["sub"]) == (0, "ok", "reader")
        assert judge(program, algorithm, token(algorithm, exp=1)) == (1, ["expired"])
        head, _, signature = good.rpartition(".")
        changed = f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"
        assert judge(program, algorithm, changed) == (1, ["signature_invalid"])


def test_what_is_installed(prefix: Path) -> None:
    names = {str(path.relative_to(prefix)) for path in prefix.rglob("*") if path.is_file()}
    headers = {f"include/portcullis/{path.name}" for path in PUBLIC.iterdir()}
    (archive,) = prefix.rglob("*.a")
    libraries = archive.parent.relative_to(prefix)
    package = f"{libraries}/cmake/portcullis/portcullis"
    assert names == headers | {
        "include/portcullis/version.hpp",
        "share/licenses/portcullis/LICENSE-APACHE",
        "share/licenses/portcullis/LICENSE-MIT",
        f"{libraries}/libportcullis.a",
        f"{libraries}/pkgconfig/portcullis.pc",
        *(f"{package}{end}.cmake" for end in ("Config", "ConfigVersion", "Targets", "Targets-release")),
    }


def test_nothing_installed_knows_where_it_was_made(prefix: Path) -> None:
    texts = [path for path in prefix.rglob("*") if path.is_file()]
    assert [path.name for path in texts if str(ROOT).encode() in path.read_bytes()] == []
    assert [path.name for path in texts if str(prefix.parent).encode() in path.read_bytes()] == []


def test_the_archive_is_plain_code(prefix: Path) -> None:
    """Whole-program code is of one compiler's version alone."""
    (archive,) = prefix.rglob("*.a")
    sections = run(["readelf", "--section-headers", "--wide", archive])
    assert ".text" in sections and ".gnu.lto" not in sections


def test_the_example(prefix: Path) -> None:
    must_decide(BARE / "build" / "gatekeeper")


@pytest.mark.parametrize("libcrypto", ["shared", "static"])
def test_cmake(libcrypto: str, prefix: Path, tmp_path: Path) -> None:
    static = "ON" if libcrypto == "static" else "OFF"
    write_example(tmp_path)
    run(
        ["cmake", "-S", tmp_path, "-B", tmp_path, f"-DCMAKE_PREFIX_PATH={prefix}"]
        + [f"-DOPENSSL_USE_STATIC_LIBS={static}"]
    )
    run(["cmake", "--build", tmp_path])
    program = tmp_path / "gatekeeper"
    must_decide(program)
    assert ("libcrypto" in run(["readelf", "--dynamic", program])) == (libcrypto == "shared")


def test_cmake_refuses_another_minor_version(prefix: Path, tmp_path: Path) -> None:
    write_example(tmp_path)
    (tmp_path / "CMakeLists.txt").write_text(BLOCKS["cmake"].replace("portcullis 0.1", "portcullis 0.2"))
    done = subprocess.run(
        ["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0 and "requested version" in done.stderr


def flags_of(prefix: Path, *options: str) -> list[str]:
    (found,) = prefix.rglob("portcullis.pc")
    said = run(["pkg-config", *options, "portcullis"], PKG_CONFIG_PATH=str(found.parent))
    assert str(prefix) in said
    return said.split()


@pytest.mark.parametrize("static", [True, False], ids=["static", "plain"])
def test_pkg_config(static: bool, prefix: Path, tmp_path: Path) -> None:
    flags = flags_of(prefix, "--cflags", "--libs", *(["--static"] if static else []))
    program = tmp_path / "gatekeeper"
    write_example(tmp_path)
    run(["g++", "-std=c++20", "gatekeeper.cpp", "-o", program, *flags], tmp_path)
    must_decide(program)


def test_pkg_config_from_c(prefix: Path, tmp_path: Path) -> None:
    program = tmp_path / "gatekeeper"
    flags = flags_of(prefix, "--cflags", "--libs", "--static")
    strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(["gcc", *strict, IN_C, "-o", program, *flags])
    for algorithm in POLICIES:
        assert judge(program, algorithm, token(algorithm)) == (0, ["0"])
        code, (reason,) = judge(program, algorithm, token(algorithm, exp=1))
        assert code == int(reason) > 0


@pytest.mark.parametrize("header", sorted(path.name for path in PUBLIC.glob("*.h*")))
def test_each_header_stands_alone(header: str, prefix: Path) -> None:
    strict = ["-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
    languages = [["g++", "-x", "c++", "-std=c++20"]]
    if header.endswith(".h"):
        languages.append(["gcc", "-x", "c", "-std=c99"])
    cflags = flags_of(prefix, "--cflags")
    for language in languages:
        for flags in (cflags, [flag for flag in cflags if not flag.startswith("-D")]):
            done = subprocess.run(
                [*language, *strict, *flags, "-"],
                input=f"#include <portcullis/{header}>\n#include <portcullis/{header}>\n",
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr


def test_there_are_headers() -> None:
    assert len(list(PUBLIC.glob("*.hpp"))) >= 8 and len(list(PUBLIC.glob("*.h"))) == 2


def test_as_a_part_of_another_build(tmp_path: Path) -> None:
    """add_subdirectory, as FetchContent does it: the library alone, none of it installed, and nothing
    of the other build changed."""
    found = "find_package(portcullis 0.1 CONFIG REQUIRED)"
    assert found in BLOCKS["cmake"]
    PART.mkdir(parents=True, exist_ok=True)
    write_example(PART)
    added = f'add_subdirectory("{ROOT}" portcullis)\nset(seen "${{CMAKE_BUILD_TYPE}}|${{CMAKE_CXX_FLAGS}}")'
    ask = 'file(WRITE "${CMAKE_BINARY_DIR}/seen" "${seen}")\ninstall(TARGETS gatekeeper)\n'
    (PART / "CMakeLists.txt").write_text(BLOCKS["cmake"].replace(found, added) + ask)
    build = PART / "build"
    run(["cmake", "-S", PART, "-B", build])
    assert (build / "seen").read_text() == "|"
    run(["cmake", "--build", build, "--parallel", "2"])
    must_decide(build / "gatekeeper")
    run(["cmake", "--install", build, "--prefix", tmp_path])
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["gatekeeper"]
