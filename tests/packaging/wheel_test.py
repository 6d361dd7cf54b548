"""The wheels: installed into an empty environment without a compiler, by each CPython at hand, they decide."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from email import message_from_bytes
from functools import cache
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from elf_file import read_elf
from python_release import PYTHONS, ROOT, release, sdist, wheel_for

from dev import dist_python
from dev.console import Failure
from dev.dist_python import CMAKE
from dev.paths import VENV, VENV_PYTHON
from dev.pythons import Interpreter

ISSUER, AUDIENCE = "https://issuer.example/", "https://api.example"
SECRET = "a secret of the tests that is no secret, and as long as SHA-512 wants it"
CLAIMS = {"iss": ISSUER, "aud": AUDIENCE, "exp": 4102444799}
COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "cmake", "ninja", "make", "ld", "as")
PACKAGE = ROOT / "bindings-python" / "portcullis"

pythons = pytest.mark.parametrize(
    "interpreter", PYTHONS, ids=[f"{each.name} {each.executable}" for each in PYTHONS]
)
wheels = pytest.mark.parametrize(
    "interpreter", {each.tag: each for each in reversed(PYTHONS)}.values(), ids=lambda each: each.tag
)


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@cache
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def jwk() -> dict[str, str]:
    numbers = key().public_key().public_numbers()
    return {"kty": "RSA", "n": base64url(numbers.n.to_bytes(256, "big")), "e": "AQAB"}


def policy_of(algorithm: str, **members: Any) -> dict[str, Any]:
    entry = jwk() if algorithm == "RS256" else {"secret": SECRET, "encoding": "utf8"}
    return {
        "algorithms": [algorithm], "issuer": ISSUER, "audience": AUDIENCE, "keys": [entry], **members
    }  # fmt: skip


def token(algorithm: str, **claims: Any) -> str:
    return jwt.encode({**CLAIMS, **claims}, key() if algorithm == "RS256" else SECRET, algorithm)


def event_with(bearer: str | None) -> dict[str, Any]:
    """A viewer-request event with every member of CloudFront's documentation."""
    headers: dict[str, Any] = {"host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}]}
    if bearer is not None:
        headers["authorization"] = [{"key": "Authorization", "value": f"Bearer {bearer}"}]
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": "viewer-request",
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    request = {
        "clientIp": "203.0.113.178", "headers": headers, "method": "GET", "querystring": "",
        "uri": "/index.html",
    }  # fmt: skip
    return {"Records": [{"cf": {"config": config, "request": request}}]}


# --- an empty environment ---


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """An environment for each Python, with the wheel and nothing else."""
    made = {}
    for number, each in enumerate(PYTHONS):
        folder = tmp_path_factory.mktemp(f"python{number}") / "environment"
        subprocess.run([each.executable, "-m", "venv", "--without-pip", folder], check=True)
        assert run(folder, "-c", "import portcullis").returncode == 1
        done = subprocess.run(
            [
                *(VENV_PYTHON, "-m", "pip", "--python", folder / "bin" / "python", "install"),
                *("--no-index", "--find-links", release(), "--only-binary", ":all:"),
                *("--disable-pip-version-check", "portcullis"),
            ],
            env={"PATH": str(folder / "bin")},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        made[each.executable] = folder
    return made


@pytest.fixture
def environment(environments: dict[Path, Path], interpreter: Interpreter) -> Path:
    return environments[interpreter.executable]


def run(
    environment: Path,
    *arguments: str | Path,
    program: str = "python",
    more: Mapping[str, str] | None = None,
    **options: Any,
) -> subprocess.CompletedProcess[str]:
    """With nothing of this process's environment but where the environment's programs are."""
    return subprocess.run(
        [environment / "bin" / program, *arguments],
        cwd=environment,
        env={"PATH": str(environment / "bin"), **(more or {})},
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def answers_of(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


_DECIDE = """
import json, shutil, sys
given = json.load(sys.stdin)
import portcullis
answers = []
for policy, events in given["cases"]:
    handler = portcullis.create_handler(policy)
    for event in events:
        answer = handler(event, None)
        same = answer is event["Records"][0]["cf"]["request"]
        answers.append("allow" if same else answer["status"])
print(json.dumps({
    "answers": answers,
    "compilers": [name for name in given["compilers"] if shutil.which(name)],
    "file": portcullis.__file__,
    "version": portcullis.__version__,
}))
"""


def test_which_pythons(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nPython at hand: {', '.join(each.name for each in PYTHONS)}")
    assert PYTHONS
    made = {wheel.name.split("-")[2] for wheel in release().glob("*.whl")}
    assert made == {each.tag for each in PYTHONS}


@pythons
def test_the_wheel_decides_where_no_compiler_is(interpreter: Interpreter, environment: Path) -> None:
    good = [token("HS256"), token("RS256")]
    cases = [
        (
            policy_of(algorithm, **members),
            [event_with(each) for each in (bearer, None, token(algorithm, exp=1), bearer[:-4] + "AAAA")],
        )
        for algorithm, bearer in zip(("HS256", "RS256"), good)
        # With an edge layer it is the other module that decides.
        for members in ({}, {"routes": [{"path": "/**"}]})
    ]  # fmt: skip
    asked = json.dumps({"cases": cases, "compilers": COMPILERS})
    told = answers_of(run(environment, "-c", _DECIDE, input=asked))
    assert told["answers"] == ["allow", "401", "401", "401"] * 4
    assert told["compilers"] == []
    assert Path(told["file"]).is_relative_to(environment)
    assert f"portcullis-{told['version']}.tar.gz" == sdist().name


@pythons
def test_its_command(interpreter: Interpreter, environment: Path) -> None:
    for done in (
        run(environment, "--help", program="portcullis"),
        run(environment, "-m", "portcullis", "--help"),
    ):
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("usage: portcullis ") and "check-policy" in done.stdout
    done = run(
        environment, "check-policy", "-", program="portcullis", input=json.dumps(policy_of("HS256"))
    )
    assert (done.returncode, done.stdout) == (0, "the policy can be used\n")


def test_its_types_are_found(environments: dict[Path, Path], tmp_path: Path) -> None:
    """py.typed and the stubs are in: mypy knows the package by the environment alone."""
    example = ROOT / "tests" / "types" / "python" / "example.py"
    done = subprocess.run(
        [
            *(VENV_PYTHON, "-m", "mypy", "--strict", "--no-error-summary"),
            *("--python-executable", environments[PYTHONS[0].executable] / "bin" / "python"),
            *("--cache-dir", tmp_path, example),
        ],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


# --- what is in a wheel ---


@wheels
def test_content(interpreter: Interpreter) -> None:
    with zipfile.ZipFile(wheel_for(interpreter)) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist() if not entry.is_dir()}
    modules = {name for name in files if name.endswith(".so")}
    assert {name.split(".")[0] for name in modules} == {"portcullis/_core", "portcullis/_core_edge"}
    package = {f"portcullis/{path.name}": path.read_bytes() for path in PACKAGE.glob("*.*")}
    assert {"portcullis/py.typed", "portcullis/_core.pyi", "portcullis/_core_edge.pyi"} <= package.keys()
    assert {name: files[name] for name in files.keys() & package.keys()} == package
    facts = {name.partition("/")[2] for name in files.keys() - modules - package.keys()}
    assert facts == {
        *("METADATA", "WHEEL", "RECORD", "entry_points.txt"),
        *("licenses/LICENSE-MIT", "licenses/LICENSE-APACHE", "licenses/THIRD-PARTY-NOTICES"),
    }
    machine = [str(each).encode() for each in (ROOT, Path.home()) if len(each.parts) > 1]
    assert [(name, place) for name in files for place in machine if place in files[name]] == []


@wheels
def test_metadata(interpreter: Interpreter) -> None:
    with zipfile.ZipFile(wheel_for(interpreter)) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("/METADATA")]
        facts = message_from_bytes(archive.read(name))
    assert facts["Requires-Python"] == ">=3.11"
    assert facts["License-Expression"] == "MIT OR Apache-2.0"
    assert facts["Description-Content-Type"] == "text/markdown"
    assert facts.get_all("Requires-Dist") is None and facts.get_all("Project-URL") is None
    assert facts.get_payload(decode=True) == (ROOT / "README.md").read_bytes()


@wheels
def test_it_says_what_it_needs(interpreter: Interpreter, tmp_path: Path) -> None:
    """The tag is auditwheel's; here the modules are read without it."""
    wheel = wheel_for(interpreter)
    assert wheel.name.endswith("-manylinux2014_x86_64.manylinux_2_17_x86_64.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    newest = []
    for module in (tmp_path / "portcullis").glob("*.so"):
        versions = [each for each in read_elf(module).imported.values() if each.startswith("GLIBC_")]
        newest.append(max(tuple(map(int, each[6:].split("."))) for each in versions))
    assert len(newest) == 2 and max(newest) <= (2, 17)


def test_the_modules_are_those_that_all_tests_ran() -> None:
    """Built in another folder, at another time, by another program: the same bytes."""
    built = sorted((ROOT / "build" / "native" / "python" / "portcullis").glob("_core*.so"))
    assert len(built) == 2
    # The first is that of .venv, which builds them.
    with zipfile.ZipFile(wheel_for(PYTHONS[0])) as archive:
        for module in built:
            assert archive.read(f"portcullis/{module.name}") == module.read_bytes(), module.name


def test_made_again_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled is the test above's; this is of all else in the file."""
    *_, last = dist_python.chosen()
    first = wheel_for(last)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setattr(dist_python, "WORK", tmp_path / "work")
    monkeypatch.setattr(dist_python, "CMAKE", CMAKE)
    source = CMAKE.parent / sdist().name.removesuffix(".tar.gz")
    again = dist_python.make_wheel(last, source, tmp_path)
    assert again.name == first.name
    assert again.read_bytes() == first.read_bytes()


# --- a libcrypto that is not as it should be ---

_ASK = """
import json, sys
import portcullis
answers = []
for policy, token in json.load(sys.stdin):
    try:
        answers.append(portcullis.Verifier(policy).verify_token(token).reason)
    except portcullis.PolicyError as error:
        answers.append(f"{error.path}: {error.expected}")
print(json.dumps(answers))
"""
NO_LIBRARY = "expected a host with OpenSSL 3 or node:crypto, which this key needs"


def ask_with(environment: Path, folder: Path | None) -> list[str]:
    algorithms = ("HS256", "HS512", "RS256")
    asked = json.dumps([(policy_of(each), token(each)) for each in algorithms])
    more = {"LD_LIBRARY_PATH": str(folder)} if folder else {}
    found = answers_of(run(environment, "-c", _ASK, input=asked, more=more))
    assert isinstance(found, list)
    return found


def make_library(folder: Path, names: list[str], version: str = "0x30000020L") -> None:
    """A libcrypto that has these functions, of which none may be called but the first."""
    lines = [f"void {name}(void) {{ __builtin_trap(); }}" for name in names[1:]]
    if names:
        lines.append(f"unsigned long {names[0]}(void) {{ return {version}; }}")
    subprocess.run(
        ["cc", "-shared", "-fPIC", "-O0", "-w", "-xc", "-o", folder / "libcrypto.so.3", "-"],
        input="\n".join(lines),
        text=True,
        check=True,
    )


def functions_of_libcrypto() -> list[str]:
    header = (ROOT / "core" / "src" / "crypto" / "openssl" / "libcrypto.hpp").read_text()
    names = re.findall(r"^  PORTCULLIS_FUNCTION\((\w+)\)", header, re.M)
    assert names[0] == "OpenSSL_version_num" and len(names) > 40
    return names


@pythons
def test_without_a_libcrypto(interpreter: Interpreter, environment: Path, tmp_path: Path) -> None:
    assert ask_with(environment, None) == ["ok", "ok", "ok"]
    (tmp_path / "libcrypto.so.3").write_text("no library")
    without = ["ok", f"$.keys[0].secret: {NO_LIBRARY}", f"$.keys[0]: {NO_LIBRARY}"]
    assert ask_with(environment, tmp_path) == without


def test_a_libcrypto_that_is_too_old(environments: dict[Path, Path], tmp_path: Path) -> None:
    make_library(tmp_path, functions_of_libcrypto(), "0x30000000L")
    found = ask_with(environments[PYTHONS[0].executable], tmp_path)
    assert found == ["ok", f"$.keys[0].secret: {NO_LIBRARY}", f"$.keys[0]: {NO_LIBRARY}"]


def test_a_libcrypto_that_lacks_a_function(environments: dict[Path, Path], tmp_path: Path) -> None:
    """Each in turn: none of the others is called."""
    names = functions_of_libcrypto()
    for missing in names:
        make_library(tmp_path, [name for name in names if name != missing])
        allowed, *others = ask_with(environments[PYTHONS[0].executable], tmp_path)
        assert allowed == "ok", missing
        assert "ok" not in others, (missing, others)


# --- interpreters that are not as others ---

_IN_SUBINTERPRETERS = """
import sys
code = '''
import json, sys
import portcullis
event = json.loads(sys.orig_argv[-2])
policy = sys.orig_argv[-1]
for text in (policy, json.dumps({**json.loads(policy), "routes": [{"path": "/**"}]})):
    handler = portcullis.create_handler(text)
    assert handler(event, None) is event["Records"][0]["cf"]["request"]
    assert handler({}, None)["status"] == "500"
    assert portcullis.Verifier(text).verify(event).claims["iss"]
'''
try:
    import _interpreters as interpreters  # 3.13
    make = {"shared": "legacy", "own": "isolated"}
except ImportError:
    import _xxsubinterpreters as interpreters
    make = {"shared": False, "own": True}

def try_in(kind):
    made = interpreters.create(make[kind])
    try:
        failure = interpreters.run_string(made, code)
        return failure.formatted if failure else "ran"
    except interpreters.RunFailedError as failure:
        return str(failure)
    finally:
        interpreters.destroy(made)

for turn in range(2):
    for _ in range(3):
        print(try_in("shared"))
        print(try_in("own"))
    exec(code)  # and in the main one: at first it has not been imported there
print("end")
"""


@pythons
def test_sub_interpreters(interpreter: Interpreter, environment: Path) -> None:
    script = _IN_SUBINTERPRETERS
    if interpreter.version < (3, 13):
        script = script.replace("create(make[kind])", "create(isolated=make[kind])")
    event, policy = event_with(token("HS256")), policy_of("HS256")
    done = run(environment, "-X", "faulthandler", "-c", script, json.dumps(event), json.dumps(policy))
    assert done.returncode == 0, done.stderr
    *lines, end = done.stdout.splitlines()
    assert end == "end" and len(lines) == 12
    assert set(lines[::2]) == {"ran"}
    for line in lines[1::2]:
        if interpreter.version < (3, 12):  # there is one GIL for all
            assert line == "ran"
        else:
            assert "ImportError" in line and "does not support loading in subinterpreters" in line


_FREE_THREADED = """
import sysconfig
sysconfig.get_config_vars()["Py_GIL_DISABLED"] = 1
"""


def test_a_free_threaded_python_builds_nothing(tmp_path: Path) -> None:
    """None is at hand; this one says that it is one."""
    (tmp_path / "sitecustomize.py").write_text(_FREE_THREADED)
    done = subprocess.run(
        [
            *("cmake", "-S", ROOT, "-B", tmp_path / "build", "-G", "Ninja"),
            *("-DPORTCULLIS_PYTHON=ON", f"-DPython_EXECUTABLE={VENV_PYTHON}"),
        ],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "portcullis needs the GIL" in " ".join(done.stderr.split())


@wheels
def test_no_wheel_is_for_a_free_threaded_python(interpreter: Interpreter, tmp_path: Path) -> None:
    major, minor, _ = interpreter.version

    def download(abi: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(VENV_PYTHON, "-m", "pip", "download", "--no-index", "--find-links", release()),
                *("--only-binary", ":all:", "--no-deps", "--platform", "manylinux_2_28_x86_64"),
                *("--platform", "manylinux2014_x86_64", "--python-version", f"{major}.{minor}"),
                *("--implementation", "cp", "--abi", abi, "--dest", tmp_path, "portcullis"),
            ],
            capture_output=True,
            text=True,
        )

    assert download(interpreter.tag).returncode == 0
    refused = download(f"{interpreter.tag}t")
    assert refused.returncode != 0 and "No matching distribution" in refused.stderr


def test_dist_passes_over_a_free_threaded_python(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Interpreter(Path(sys.executable), (3, 14, 0), free_threaded=True, has_headers=True)
    monkeypatch.setattr(dist_python, "find_pythons", lambda: [made])
    with pytest.raises(Failure, match="no CPython with headers"):
        dist_python.chosen()
    assert "CPython 3.14.0, free-threaded: no wheel: the module needs the GIL" in capsys.readouterr().out


def test_twine_refuses_a_page_that_does_not_render(tmp_path: Path) -> None:
    """What ./dev dist checks with can fail."""
    wheel = wheel_for(PYTHONS[0])
    broken = tmp_path / wheel.name
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(broken, "w") as archive:
        for entry in whole.infolist():
            content = whole.read(entry)
            if entry.filename.endswith("/METADATA"):
                content = content.replace(b"text/markdown", b"text/x-rst").replace(b"# P", b"====\nP\n=\n")
            archive.writestr(entry, content)
    for path, good in ((broken, False), (wheel, True)):
        done = subprocess.run([VENV / "bin" / "twine", "check", "--strict", path], capture_output=True)
        assert (done.returncode == 0) is good, done.stdout
