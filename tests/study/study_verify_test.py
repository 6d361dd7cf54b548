"""A run that was tampered with, in any file and by a single byte, is found; an untouched one and its archive are not."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from conftest import run_study

from harness import verify
from harness.archive import archive
from harness.folder import ARTEFACTS, FolderError, RunFolder, write_json

Run = tuple[Path, subprocess.CompletedProcess[str]]


@pytest.fixture
def copied(tiny_run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A copy of the small real run, and a `derive` that gives what it gave: the real one is asked once, below."""
    origin, copy = tiny_run[0], tmp_path / tiny_run[0].name
    shutil.copytree(origin, copy)

    def derive(again: RunFolder) -> dict[str, Any]:
        for name in verify.derived_files(RunFolder(origin)):
            (again.path / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(origin / name, again.path / name)
        return {}

    monkeypatch.setattr(verify, "derive", derive)
    return RunFolder(copy)


def wrong(folder: RunFolder) -> list[str]:
    return [text for check in verify.checks(folder) for text in check.wrong]


def found_out(folder: RunFolder) -> bool:
    """As soon as one check fails; `verify` itself makes them all."""
    return any(not check.ok for check in verify.checks(folder))


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def files(folder: RunFolder) -> list[Path]:
    return sorted(path for path in folder.path.rglob("*") if path.is_file())


def test_an_untouched_run_is_what_it_says(tiny_run: Run) -> None:
    done = run_study("verify", tiny_run[0])
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok  ") == 8
    assert done.stdout.endswith("The run is what it says.\n")


def test_its_archive_is_small_and_also_what_it_says(tiny_run: Run, tmp_path: Path) -> None:
    done = run_study("archive", tiny_run[0], "--to", tmp_path / "results")
    assert done.returncode == 0, done.stderr
    kept = tmp_path / "results" / tiny_run[0].name
    assert (kept / "trials.ndjson.gz").exists()
    assert not (kept / "trials.ndjson").exists()
    assert not (kept / ARTEFACTS).exists()
    assert RunFolder(kept).trials() == RunFolder(tiny_run[0]).trials()
    assert run_study("verify", kept).returncode == 0
    with pytest.raises(FolderError, match="exists already"):
        archive(RunFolder(tiny_run[0]), tmp_path / "results")


def test_every_byte_counts_in_every_file(copied: RunFolder) -> None:
    assert wrong(copied) == []
    for path in files(copied):
        before, size = path.read_bytes(), path.stat().st_size
        for at in {size // 2, size - 1} if size else set():
            flip(path, at)
            assert found_out(copied), f"{path.relative_to(copied.path)}: byte {at}"
            path.write_bytes(before)
    assert wrong(copied) == []


def test_every_byte_counts_in_an_archive(copied: RunFolder, tmp_path: Path) -> None:
    kept = archive(copied, tmp_path / "results")
    for name in ("trials.ndjson.gz", "iterations.f32.gz", "seal.json"):
        path = kept.file(name)
        before = path.read_bytes()
        # A compressed file has bytes that change nothing when unpacked, such as its date.
        for at in (4, 9, len(before) // 2, len(before) - 1):
            flip(path, at)
            assert found_out(kept), f"{name}: byte {at}"
            path.write_bytes(before)
    assert wrong(kept) == []


def test_a_missing_file_is_found(copied: RunFolder) -> None:
    for path in files(copied):
        before = path.read_bytes()
        path.unlink()
        assert found_out(copied), path.relative_to(copied.path)
        path.write_bytes(before)


@pytest.mark.parametrize("name", ["note.txt", "badges/more.svg", "export/more.csv", "artefacts/more.zip"])
def test_an_added_file_is_found(copied: RunFolder, name: str) -> None:
    copied.file(name).parent.mkdir(exist_ok=True)
    copied.file(name).write_text("more", encoding="utf-8")
    assert found_out(copied)


def _lines(folder: RunFolder) -> list[dict[str, Any]]:
    return folder.trials()


def _write(folder: RunFolder, trials: list[dict[str, Any]]) -> None:
    """As a careful forger would: everything sealed again."""
    text = "".join(json.dumps(trial, separators=(",", ":"), ensure_ascii=False) + "\n" for trial in trials)
    folder.file("trials.ndjson").write_text(text, encoding="utf-8")
    folder.write_seal()


def _drop_one(trials: list[dict[str, Any]]) -> None:
    del trials[3]


def _swap_two(trials: list[dict[str, Any]]) -> None:
    trials[2], trials[3] = trials[3], trials[2]


def _rename(trials: list[dict[str, Any]]) -> None:
    trials[0]["contender"] = "noop" if trials[0]["contender"] != "noop" else "js-tuned"


def _hide_contention(trials: list[dict[str, Any]]) -> None:
    trials[0]["contended"] = not trials[0]["contended"]


def _another_plan(trials: list[dict[str, Any]]) -> None:
    trials[0]["plan_sha256"] = "0" * 64


def _point_elsewhere(trials: list[dict[str, Any]]) -> None:
    next(trial for trial in trials if trial["kind"] == "life")["requests"]["offset"] += 1


def _leave_a_field_out(trials: list[dict[str, Any]]) -> None:
    del trials[1]["cpu_ns"]


def _add_a_field(trials: list[dict[str, Any]]) -> None:
    trials[1]["speed"] = 1


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (_drop_one, "planned was"),
        (_swap_two, "planned was"),
        (_rename, "contender is"),
        (_hide_contention, "contended is not what the limit says"),
        (_another_plan, "another plan's digest"),
        (_point_elsewhere, "durations begin at"),
        (_leave_a_field_out, "'cpu_ns' is a required property"),
        (_add_a_field, "speed"),
    ],
)
def test_a_sealed_forgery_is_found_where_it_contradicts_itself(copied: RunFolder, forge: Any, found: str) -> None:
    trials = _lines(copied)
    forge(trials)
    _write(copied, trials)
    assert any(found in text for text in wrong(copied)), wrong(copied)


def test_a_changed_plan_is_found_even_when_sealed(copied: RunFolder) -> None:
    design = copied.plan()
    design["margins"]["cold"] = 0.5
    write_json(copied.file("plan.json"), design)
    copied.write_seal()
    assert any("another plan's digest" in text for text in wrong(copied))


def test_a_sealed_change_of_a_duration_changes_the_analysis(tiny_run: Run, tmp_path: Path) -> None:
    """The real derivation: the analysis no longer follows from the data."""
    copy = RunFolder(tmp_path / tiny_run[0].name)
    shutil.copytree(tiny_run[0], copy.path)
    trials = copy.trials()
    warm = next(trial for trial in trials if trial["kind"] == "warm" and trial["contender"] == "js-tuned")
    warm["cells"][0]["cpu_ns"] *= 2
    _write(copy, trials)
    done = run_study("verify", copy.path)
    assert done.returncode == 3
    assert "analysis.json is not what the data gives" in done.stdout
    assert "this run proves nothing" in done.stdout


def test_a_folder_that_is_no_run(tmp_path: Path) -> None:
    assert run_study("verify", tmp_path / "nowhere").returncode == 2
    done = run_study("verify", tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stdout + done.stderr
