"""Work is done once per input, and again when the input changes or the work broke off."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from dev import command, environment, stamp


def test_a_stamp_holds_for_its_inputs_only(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    made = tmp_path / "made"
    made.mkdir()
    lock.write_text("one")
    key = stamp.key_of(lock, "3.11")
    assert not stamp.is_fresh(made, key)
    stamp.make(made, key)
    assert stamp.is_fresh(made, stamp.key_of(lock, "3.11"))
    assert not stamp.is_fresh(made, stamp.key_of(lock, "3.12"))
    lock.write_text("two")
    assert not stamp.is_fresh(made, stamp.key_of(lock, "3.11"))


def test_inputs_do_not_run_into_each_other() -> None:
    assert stamp.key_of("ab", "c") != stamp.key_of("a", "bc")


def test_a_missing_folder_is_not_fresh(tmp_path: Path) -> None:
    assert not stamp.is_fresh(tmp_path / "nowhere", stamp.key_of("x"))


def test_broken_off_work_is_not_fresh(tmp_path: Path) -> None:
    key = stamp.key_of("x")
    stamp.make(tmp_path, key)
    stamp.spoil(tmp_path)
    assert not stamp.is_fresh(tmp_path, key)
    stamp.spoil(tmp_path)  # twice is fine


def test_nothing_runs_when_everything_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests run after a set-up, so a second one must not start a single program."""

    def refuse(*words: object, **_: object) -> None:
        raise AssertionError(f"ran {words}")

    monkeypatch.setattr(command, "run", refuse)
    environment.make_node_modules()
    environment.make_openssl_source()


@pytest.mark.parametrize("name", ["NPM_LOCK", "OPENSSL_LOCK"])
def test_a_changed_lock_file_makes_its_folder_stale(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = environment.npm_is_fresh if name == "NPM_LOCK" else environment.openssl_is_fresh
    assert fresh()
    changed = tmp_path / "lock"
    changed.write_bytes(getattr(environment, name).read_bytes() + b"\n")
    monkeypatch.setattr(environment, name, changed)
    assert not fresh()


def test_the_tools_come_from_the_lock_file() -> None:
    assert environment.VENV_PYTHON.is_relative_to(ROOT)
    assert stamp.is_fresh(environment.VENV, (environment.VENV / ".portcullis-stamp").read_text())
