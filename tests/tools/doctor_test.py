"""./dev doctor and ./dev setup on systems that lack things."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import FakePath, Run
from dev import system
from dev.console import Failure
from dev.needs import NEEDS, Finding, Need


def rows_of(output: str) -> dict[str, str]:
    lines = output.splitlines()
    return {need.name: line for need in NEEDS for line in lines if line.startswith(need.name)}


def test_doctor_finds_everything_on_a_machine_that_is_set_up(dev: Run) -> None:
    done = dev("doctor")
    assert done.returncode == 0, done.stdout
    assert "MISSING" not in done.stdout
    assert set(rows_of(done.stdout)) == {need.name for need in NEEDS}


def test_doctor_tells_what_is_missing_and_what_that_disables(
    dev: Run, fake_path: FakePath
) -> None:
    fake_path.add("ninja", "echo 1.11.1")
    fake_path.add("cmake", "echo cmake version 3.20.0")  # there, but too old
    fake_path.add("npm", "exit 1")  # there, but broken
    done = dev("doctor", path=fake_path.folder)
    assert done.returncode == 1
    rows = rows_of(done.stdout)
    assert "1.11.1" in rows["ninja"] and "MISSING" not in rows["ninja"]
    assert "MISSING" in rows["cmake >= 3.25"]
    assert "MISSING" in rows["npm >= 9"] and "no Node and WASM doors" in rows["npm >= 9"]
    assert "MISSING" in rows["emscripten"] and "no WASM door" in rows["emscripten"]
    apt = done.stdout.splitlines()[-1].split()
    assert {"apt-get", "install", "cmake", "npm", "emscripten", "g++", "libssl-dev"} <= set(apt)
    assert "ninja-build" not in apt


def test_setup_that_cannot_install_lists_everything_and_stops(
    dev: Run, fake_path: FakePath
) -> None:
    done = dev("setup", path=fake_path.folder)  # no apt-get here
    assert done.returncode == 3
    lines = [line for line in done.stderr.splitlines() if "apt-get install" in line]
    assert len(lines) == 1
    listed = set(lines[0].split())
    assert {"cmake", "emscripten", "g++", "make", "ninja-build", "npm", "perl"} <= listed
    assert "not a Debian system" in done.stderr
    assert "can't be installed here" in done.stderr.splitlines()[-1]


def need(name: str, version: str | None, *packages: str) -> Finding:
    return Finding(Need(name, lambda: version, packages, "nothing"), version)


FINDINGS = (
    need("first", None, "one", "two"),
    need("second", "1.0", "three"),
    need("third", None, "two", "four"),
)


def test_nothing_missing_installs_nothing(
    fake_path: FakePath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_path.add("apt-get", f"touch {tmp_path}/called")
    monkeypatch.setenv("PATH", str(fake_path.folder))
    system.install([FINDINGS[1]])
    assert not (tmp_path / "called").exists()


def test_root_installs_just_what_is_missing(
    fake_path: FakePath,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_path.add("apt-get", f'echo "$DEBIAN_FRONTEND $@" >> {tmp_path}/calls')
    monkeypatch.setenv("PATH", str(fake_path.folder))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("dev.command.LOGS", tmp_path)
    system.install(FINDINGS)
    assert "installing Debian packages: one two four" in capsys.readouterr().out
    update, install = (tmp_path / "calls").read_text().splitlines()
    assert update == "noninteractive -q -y update"
    assert install == (
        "noninteractive -q -y install --no-remove --no-install-recommends one two four"
    )


def test_sudo_is_used_when_it_asks_for_nothing(
    fake_path: FakePath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_path.add("apt-get", "exit 0")
    fake_path.add("true", "exit 0")
    fake_path.add(
        "sudo",
        f'printf "%s\\n" "$*" >> {tmp_path}/calls; [ "$1" = -n ] && shift; exec "$@"',
    )
    monkeypatch.setenv("PATH", str(fake_path.folder))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.stdin", open("/dev/null"))
    monkeypatch.setattr("dev.command.LOGS", tmp_path)
    system.install(FINDINGS)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls[0] == "-n true"
    assert calls[-1].endswith("one two four")


def test_without_root_and_sudo_the_list_is_printed(
    fake_path: FakePath,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_path.add("apt-get", f"touch {tmp_path}/called")
    monkeypatch.setenv("PATH", str(fake_path.folder))
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with pytest.raises(Failure) as failure:
        system.install(FINDINGS)
    assert failure.value.code == 3
    assert "apt-get install --no-install-recommends one two four" in capsys.readouterr().err
    assert not (tmp_path / "called").exists()


def test_an_install_that_fails_is_told(
    fake_path: FakePath, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fake_path.add("apt-get", "echo no such package; exit 100")
    monkeypatch.setenv("PATH", str(fake_path.folder))
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr("dev.command.LOGS", tmp_path)
    with pytest.raises(Failure, match="installing failed") as failure:
        system.install(FINDINGS)
    assert failure.value.code == 3


def test_an_interpreter_without_headers_is_no_case_for_apt() -> None:
    with pytest.raises(Failure, match="no system package brings that") as failure:
        system.install([need("python headers", None)])
    assert failure.value.code == 3
