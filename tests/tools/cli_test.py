"""What a person meets first: help, wrong words, plain output."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, FakePath, Run

COMMANDS = (
    *("doctor", "setup", "build", "test", "study", "choose", "bench", "gate", "pack", "dist", "fuzz"),
    *("campaign", "clean"),
)


def test_alone_prints_help(dev: Run) -> None:
    done = dev()
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"\n    {command} " in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(dev: Run, command: str) -> None:
    done = dev(command, "--help")
    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: ./dev {command}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("--nonsense",),
        ("doctor", "nonsense"),
        ("setup", "--nonsense"),
        ("build", "nonsense"),
        ("test", "nonsense"),
        ("test", "--nonsense"),
        ("dist", "nonsense"),
        ("fuzz", "nonsense"),
        ("fuzz", "--minutes", "nonsense"),
        ("clean", "nonsense"),
    ],
)
def test_wrong_words_are_refused(dev: Run, arguments: tuple[str, ...]) -> None:
    done = dev(*arguments)
    assert done.returncode == 2
    assert "nonsense" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_to_a_pipe_is_plain(dev: Run) -> None:
    assert "\033" not in dev("doctor").stdout


def test_script_finds_the_tree_from_anywhere(tmp_path: Path) -> None:
    done = subprocess.run([ROOT / "dev"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: ./dev")


def test_script_without_python_says_so(fake_path: FakePath, tmp_path: Path) -> None:
    # A copy, because /usr/bin/python3 is one of the places where the script looks.
    script = (ROOT / "dev").read_text().replace("/usr/bin/python3", "/nowhere/python3")
    copy = tmp_path / "dev"
    copy.write_text(script)
    fake_path.keep("id")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", copy, *arguments],
            env={"PATH": str(fake_path.folder)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    done = run("doctor")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr
    done = run("setup")
    assert done.returncode == 3
    assert "install python3" in done.stderr

    # A Python that is too old is as good as none.
    fake_path.add("python3", "exit 1")
    assert run("doctor").returncode == 1


def test_script_installs_python_by_apt(fake_path: FakePath, tmp_path: Path) -> None:
    script = (ROOT / "dev").read_text().replace("/usr/bin/python3", "/nowhere/python3")
    copy = tmp_path / "dev"
    copy.write_text(script)
    calls = tmp_path / "calls"
    fake_path.add("id", "echo 0")
    fake_path.keep("mv")
    # This apt-get "installs" a python3 that tells what it was asked to run.
    fake_path.add("waiting", 'echo ran "$@"')
    fake_path.add(
        "apt-get",
        f'echo "$@" >> {calls}\n'
        f'case "$*" in *install*) mv {fake_path.folder}/waiting {fake_path.folder}/python3 ;; esac',
    )
    done = subprocess.run(
        ["/bin/sh", copy, "setup"],
        env={"PATH": str(fake_path.folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "installing Debian packages: python3 python3-venv" in done.stdout
    assert f"ran {tmp_path}/tools/dev setup" in done.stdout
    update, install = calls.read_text().splitlines()
    assert update.startswith("update")
    assert "--no-remove" in install and install.endswith("python3 python3-venv")
