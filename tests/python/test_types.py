"""The stub: right use passes mypy --strict, misuse does not, and it says what the module has."""

import os
import re
import subprocess
import sys
from pathlib import Path

import portcullis
import pytest

USERS_OF_THE_STUB = {
    "__main__.py",
    "_adapter.py",
    "asgi.py",
    "authorizer.py",
    "jwks.py",
    "lambda_edge.py",
    "wsgi.py",
}
SNIPPETS = Path(__file__).resolve().parents[1] / "types" / "python"
PACKAGE_PARENT = Path(portcullis.__file__).resolve().parents[1]


def run(tmp_path, *arguments, package_parent=PACKAGE_PARENT):
    environment = {**os.environ, "MYPYPATH": str(package_parent), "PYTHONPATH": str(package_parent)}
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
    )


def run_mypy(tmp_path, path):
    return run(
        tmp_path,
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(tmp_path / "cache"),
        str(path),
    )


def test_right_use_passes(tmp_path):
    result = run_mypy(tmp_path, SNIPPETS / "example.py")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_misuse_is_refused_line_by_line(tmp_path):
    path = SNIPPETS / "must_fail" / "misuse.py"
    wanted = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if remark := re.search(r"# error: ([a-z-]+)$", line):
            wanted[number] = remark[1]
    assert len(wanted) >= 20
    result = run_mypy(tmp_path, path)
    found = {
        int(line): code
        for line, code in re.findall(
            r":(\d+): error: .*\[([a-z-]+)\]$", result.stdout, re.MULTILINE
        )
    }
    assert result.returncode == 1, result.stdout + result.stderr
    assert found == wanted


def test_package_itself_is_typed(tmp_path):
    package = PACKAGE_PARENT / "portcullis"
    for name in ("__init__.py", "jwks.py", "lambda_edge.py", "typing.py", "_core.pyi"):
        assert (package / name).is_file()
    result = run(
        tmp_path,
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(tmp_path / "cache"),
        "-p",
        "portcullis",
    )
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


def run_stubtest(tmp_path, package_parent):
    return run(
        tmp_path, "mypy.stubtest", "portcullis", "--concise",
        "--allowlist", str(SNIPPETS / "stubtest_allowlist.txt"), "--ignore-unused-allowlist",
        package_parent=package_parent,
    )  # fmt: skip


def test_stub_says_what_the_module_has(tmp_path):
    result = run_stubtest(tmp_path, PACKAGE_PARENT)
    assert (result.returncode, result.stdout) == (0, ""), result.stderr


@pytest.mark.parametrize(
    ("stub", "old", "new", "found"),
    [
        ("_core", "def create_handler(", "def open_gate() -> None: ...\n\ndef create_handler(", "open_gate"),
        ("_core", "def create_handler(", "def make_handler(", "create_handler"),
        ("_core", "def verify(self, event: object,", "def verify(self, request: object,", "Verifier.verify"),
        ("_core", "now: int | None = None) -> Decision", "now: int) -> Decision", "Verifier.verify"),
        ("_core", "def allowed(self)", "def permitted(self)", "Decision.allowed"),
        ("_core_edge", "def check_response(", "def check_answer(", "check_answer"),
        ("_core_edge", "door: object", "gate: object", "gate"),
    ],
)
def test_a_lie_in_the_stub_is_found(tmp_path, stub, old, new, found):
    copied = tmp_path / "portcullis"
    copied.mkdir()
    for source in (PACKAGE_PARENT / "portcullis").iterdir():
        # What uses the stub is left out: mypy would find a lie there before stubtest looks.
        if source.is_file() and source.name not in USERS_OF_THE_STUB:
            (copied / source.name).write_bytes(source.read_bytes())
    path = copied / f"{stub}.pyi"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    result = run_stubtest(tmp_path, tmp_path)
    assert result.returncode == 1
    assert found in result.stdout
