"""What the project needs from the system, one row each: how it is recognised, which Debian package
brings it, and what does not work without it."""

from __future__ import annotations

import importlib.util
import platform
import re
import shutil
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .command import answer_of

# A probe gives the version (or "found"), or None when the thing is not there or not usable.
Probe = Callable[[], "str | None"]


@dataclass(frozen=True)
class Need:
    name: str
    probe: Probe
    packages: tuple[str, ...]  # Debian; empty: no package brings it to this interpreter
    disables: str
    optional: bool = False  # told when it is not there, and installed by ./dev setup alone


def _program(name: str, least: tuple[int, ...] = (), ask: str = "--version") -> Probe:
    def probe() -> str | None:
        if not shutil.which(name):
            return None
        if not ask:
            return "found"
        version = re.search(r"\d+(\.\d+)+", answer_of([name, ask]) or "")
        if not version:
            return None
        numbers = tuple(int(part) for part in version[0].split("."))
        return version[0] if numbers >= least else None

    return probe


def _header(name: str) -> Probe:
    folders = (Path("/usr/local/include"), Path("/usr/include"))
    return lambda: "found" if any((folder / name).is_file() for folder in folders) else None


def _library(name: str, compiler: str = "g++") -> Probe:
    def probe() -> str | None:
        # A compiler answers with the bare name when it does not find the file.
        place = answer_of([compiler, f"-print-file-name={name}"])
        return "found" if place and place != name else None

    return probe


def _both(first: Probe, second: Probe) -> Probe:
    return lambda: first() and second()


def _file(path: str) -> Probe:
    return lambda: "found" if Path(path).is_file() else None


def _python() -> str | None:
    return platform.python_version() if sys.version_info >= (3, 11) else None


def _python_venv() -> str | None:
    modules = ("ensurepip", "venv")
    return "found" if all(importlib.util.find_spec(name) for name in modules) else None


def _python_headers() -> str | None:
    return "found" if Path(sysconfig.get_path("include"), "Python.h").is_file() else None


def _python_packages(*names: str) -> tuple[str, ...]:
    """Debian's packages serve Debian's own interpreter, not one that a person built."""
    return names if Path(sys.base_prefix) == Path("/usr") else ()


NEEDS: tuple[Need, ...] = (
    Need("python >= 3.11", _python, _python_packages("python3"), "nothing works"),
    Need("python venv", _python_venv, _python_packages("python3-venv"), "nothing works"),
    Need("python headers", _python_headers, _python_packages("python3-dev"), "no Python door"),
    Need("g++ >= 12", _program("g++", (12,), "-dumpfullversion"), ("g++",), "nothing works"),
    Need("cmake >= 3.25", _program("cmake", (3, 25)), ("cmake",), "nothing works"),
    Need("ninja", _program("ninja"), ("ninja-build",), "nothing works"),
    Need(
        "openssl libcrypto.a",
        _both(_header("openssl/sha.h"), _library("libcrypto.a")),
        ("libssl-dev",),
        "no core, native doors",
    ),
    Need(
        "nlohmann-json",
        _header("nlohmann/json.hpp"),
        ("nlohmann-json3-dev",),
        "no core, native doors",
    ),
    Need(
        "googletest",
        _both(_header("gtest/gtest.h"), _library("libgtest.a")),
        ("libgtest-dev",),
        "no core tests",
    ),
    Need(
        "google benchmark",
        _header("benchmark/benchmark.h"),
        ("libbenchmark-dev",),
        "no ./dev bench",
    ),
    Need(
        "libjwt",
        _header("jwt.h"),
        ("libjwt-dev",),
        "no libjwt beside the core in ./dev bench",
        optional=True,
    ),
    Need(
        "valgrind",
        _both(_program("valgrind", (3, 19)), _header("valgrind/callgrind.h")),
        ("valgrind",),
        "no ./dev gate",
    ),
    Need("clang >= 14", _program("clang", (14,)), ("clang",), "no sanitizers, no fuzzing"),
    Need(
        "clang's sanitizers",
        _library("libclang_rt.asan-x86_64.so", "clang"),
        ("libclang-rt-14-dev",),
        "no sanitizers, no fuzzing",
    ),
    Need("clang-tidy", _program("clang-tidy", (14,)), ("clang-tidy",), "no static analysis"),
    Need("cppcheck >= 2.10", _program("cppcheck", (2, 10)), ("cppcheck",), "no static analysis"),
    Need("binutils (readelf)", _program("readelf"), ("binutils",), "no packaging tests"),
    Need("doxygen", _program("doxygen", (1, 9)), ("doxygen",), "no ./dev docs"),
    Need("zip", _program("zip", ask="-h"), ("zip",), "no bundle sizes"),
    Need("emscripten", _program("emcc", (3, 1)), ("emscripten",), "no WASM door"),
    Need("make", _program("make"), ("make",), "no WASM door (OpenSSL's headers)"),
    Need("perl", _program("perl", ask="-v"), ("perl",), "no WASM door (OpenSSL's headers)"),
    Need(
        "cargo >= 1.70",
        _program("cargo", (1, 70)),
        ("cargo-web",),
        "no WASM door (OpenSSL's source)",
    ),
    Need(
        "ca-certificates",
        _file("/etc/ssl/certs/ca-certificates.crt"),
        ("ca-certificates",),
        "no downloads by cargo",
    ),
    Need("curl", _program("curl"), ("curl",), "no tutorial in the packaging tests"),
    Need(
        "debootstrap",
        _file("/usr/sbin/debootstrap"),
        ("debootstrap",),
        "no packaging tests on an older system",
    ),
    Need("h2load", _program("h2load"), ("nghttp2-client",), "no ./dev study load"),
    Need("chromium", _program("chromium"), ("chromium",), "no tests of the report page"),
    Need("npm >= 9", _program("npm", (9,)), ("npm",), "no Node and WASM doors, study"),
)


@dataclass(frozen=True)
class Finding:
    need: Need
    version: str | None


def look() -> list[Finding]:
    return [Finding(need, need.probe()) for need in NEEDS]
