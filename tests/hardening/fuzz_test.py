"""Every fuzz target for a while, what they find through every door, and that a fault is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from dev import fuzz
from dev.campaign import LENGTH
from dev.instrumented import sanitized
from dev.paths import ROOT

sys.path.insert(0, str(ROOT / "tests" / "fuzz"))

PLANTED = ("planted_promise_fuzz", "planted_read_fuzz")
# How long each target runs in a short form, if not half a minute; in a long one, ten minutes.
SECONDS = "PORTCULLIS_FUZZ_SECONDS"


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    sanitized(*map(fuzz.program_name, fuzz.TARGETS), *PLANTED)
    fuzz.make_seeds()


@pytest.fixture(scope="module")
def seconds(length: str) -> float:
    return 600 if length == "long" else float(os.environ.get(SECONDS, "30"))


def test_there_are_as_many_targets_as_fit() -> None:
    assert 10 <= len(fuzz.TARGETS) <= 12


def test_no_target_finds_anything(seconds: float, facts: dict[str, float | int | str]) -> None:
    ran = fuzz.search(fuzz.TARGETS, seconds)
    print(fuzz.render(ran))
    facts["seconds of each target"] = seconds
    for each in ran:
        facts[f"{each.target}, inputs"] = each.runs
        facts[f"{each.target}, places reached"] = each.coverage
    facts["inputs"] = sum(each.runs for each in ran)
    facts["found"] = sum(len(each.found) for each in ran)
    assert [each.target for each in ran] == list(fuzz.TARGETS)
    assert [each.target for each in ran if not each.held] == []


def test_all_doors_agree_on_what_was_found(facts: dict[str, float | int | str]) -> None:
    agreed, answers = fuzz.replay()
    print(fuzz.command.log_of("fuzz replay").read_text())
    facts["answers of doors"] = answers
    assert agreed
    assert answers > 1000


# ---- that the detector detects


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("planted_promise_fuzz", "broken: a promise that does not hold"),
        ("planted_read_fuzz", "heap-buffer-overflow"),
    ],
)
def test_a_planted_fault_is_found(program: str, told: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            fuzz.SANITIZE / "tests" / "fuzz" / program,
            *("-seed=1", "-runs=20000000", "-max_len=64", "-max_total_time=120"),
            f"-artifact_prefix={tmp_path}/",
        ],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    assert run.returncode != 0
    assert told in run.stderr
    [found] = tmp_path.iterdir()
    again = subprocess.run(
        [fuzz.SANITIZE / "tests" / "fuzz" / program, found], capture_output=True, encoding="utf-8", errors="replace"
    )
    assert again.returncode != 0 and told in again.stderr


@pytest.mark.parametrize(
    ("code", "runs", "found"), [(77, 5, ()), (0, 0, ()), (0, 5, (Path("crash-1"),)), (-9, 5, ())]
)
def test_what_does_not_hold(code: int, runs: int, found: tuple[Path, ...]) -> None:
    assert not fuzz.Ran("a", code, runs, 1.0, 1, 1, found).held
    assert fuzz.Ran("a", 0, 5, 1.0, 1, 1, ()).held


def test_a_planted_disagreement_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import replay

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    for target, data in (("bytes", b"a.b.c"), ("bytes", b"x"), ("route", b"/a\n/a"), ("response", b"{}")):
        folder = tmp_path / target
        folder.mkdir(exist_ok=True)
        (folder / str(len(data))).write_bytes(data)
    liar = ROOT / "tests" / "differential" / "liar.py"
    lying = replay.Backend("liar", (sys.executable, str(liar), "cpp", "flip", "1"))
    lines, edges = replay.replay([tmp_path], (replay.BACKENDS[0], lying), replay.EDGE_DOORS[:2])
    assert lines.asked == 4 and len(lines.disagreements) == 1
    assert edges.asked == 3 and edges.disagreements == []
    assert edges.answers == {"node": 3, "wasm": 3}


# ---- what OSS-Fuzz builds: the core once more, so that it is for the long form alone

if os.environ.get(LENGTH) == "long":

    def test_the_build_of_oss_fuzz(tmp_path: Path) -> None:
        source, out = tmp_path / "src", tmp_path / "out"
        source.mkdir()
        out.mkdir()
        (source / "portcullis").symlink_to(ROOT)
        flags = "-O1 -g1 -fsanitize=address,fuzzer-no-link"
        subprocess.run(
            ["bash", ROOT / "tests" / "fuzz" / "oss-fuzz" / "build.sh"],
            env={
                **os.environ,
                **{"SRC": str(source), "OUT": str(out), "WORK": str(tmp_path / "work"), "CC": "clang"},
                **{"CXX": "clang++", "CFLAGS": flags, "CXXFLAGS": flags},
                "LIB_FUZZING_ENGINE": "-fsanitize=fuzzer",
            },
            check=True,
        )
        for target in fuzz.TARGETS:
            name = fuzz.program_name(target)
            seeds = tmp_path / "seeds" / target
            zipfile.ZipFile(out / f"{name}_seed_corpus.zip").extractall(seeds)
            folders = [path for path in seeds.rglob("*") if path.is_dir()]
            assert "max_len = 4096" in (out / f"{name}.options").read_text()
            done = subprocess.run(
                [f"./{name}", "-runs=1000", f"-dict={name}.dict", *folders],
                cwd=out,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
            )
            assert done.returncode == 0, done.stderr[-2000:]
            assert re.search(r"DONE +cov: [1-9]", done.stderr)
