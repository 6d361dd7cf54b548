"""The whole line, small: build, gate, measure, report. No test looks at how long anything took."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import STUDY, TINY, only, run_study

from harness import cli, plan
from harness.folder import RunFolder

Run = tuple[Path, subprocess.CompletedProcess[str]]
NAMES = ["noop", "js-article", "js-tuned", "py-noop", "py-pyjwt"]
WARM = [*TINY, "--kind", "warm"]


def test_every_contender_has_numbers(tiny_run: Run) -> None:
    folder, done = tiny_run
    assert done.returncode == 0, done.stdout + done.stderr
    analysis = RunFolder(folder).read("analysis.json")
    assert [c["name"] for c in analysis["contenders"]] == NAMES
    assert {c["status"] for c in analysis["contenders"]} == {"measured"}
    for name in NAMES:
        metrics = {figure["metric"] for figure in analysis["figures"] if figure["contender"] == name}
        assert {"warm", "load", "ready", "first", "hundred", "memory"} <= metrics


def test_a_quick_run_says_that_it_is_exploratory(tiny_run: Run) -> None:
    folder, done = tiny_run
    assert "A quick run is exploratory" in done.stdout
    assert "never Lambda itself" in done.stdout
    assert RunFolder(folder).read("analysis.json")["exploratory"] is True


def test_what_was_planned_is_what_was_run(tiny_run: Run) -> None:
    folder = RunFolder(tiny_run[0])
    trials = folder.trials()
    assert [t["trial"] for t in trials] == list(range(len(trials)))
    assert [t for t in trials if "void" in t] == []
    planned = [plan.planned_fields(step) for steps in plan.rounds(folder.plan()) for step in steps]
    assert [{key: trial[key] for key in planned[0]} for trial in trials] == planned
    assert set(Counter(t["kind"] for t in trials)) == {"life", "warm", "sweep"}
    assert {t["plan_sha256"] for t in trials} == {folder.plan_sha256()}


def test_every_duration_is_kept(tiny_run: Run) -> None:
    folder = RunFolder(tiny_run[0])
    iterations = folder.iterations()
    for trial in folder.trials():
        # VmHWM of the process itself, not what a fork of a large driver leaves behind.
        assert 1_000_000 < trial["peak_memory"]
        assert trial["cpu_ns"] > 0
        if trial["kind"] == "life":
            span = trial["requests"]
            assert span["count"] == 100
            assert (iterations[span["offset"] : span["offset"] + span["count"]] > 0).all()
            assert 0 < trial["marks"]["load_begin"] <= trial["marks"]["load_end"] <= trial["marks"]["ready"] < trial["wall_ns"]
        for cell in trial.get("cells", []):
            span = cell["batches"]
            calls = iterations[span["offset"] : span["offset"] + span["count"] : 2]
            assert (calls >= 1).all()


def test_equal_decisions_are_proved_in_the_process_that_was_timed(tiny_run: Run) -> None:
    folder = RunFolder(tiny_run[0])
    verdicts = folder.read("gate.json")["verdicts"]
    for trial in folder.trials():
        assert trial["parity"] == verdicts[trial["contender"]][trial["algorithm"]]["digest"]


def test_the_manifest_says_where_and_what(tiny_run: Run) -> None:
    folder = RunFolder(tiny_run[0])
    manifest, environment = folder.manifest(), folder.read("environment.json")
    assert manifest["seed"] == 1
    assert manifest["command"][:2] == ["./dev", "study"]
    assert manifest["plan_sha256"] == environment["plan_sha256"] == folder.plan_sha256()
    assert environment["machine"]["cpu"]
    assert environment["machine"]["cores"] >= 1
    assert environment["cgroup"] in ("v1", "v2", "none")
    for name in ("node", "python", "jsonwebtoken", "PyJWT", "esbuild"):
        assert manifest["versions"][name]


def test_the_zip_is_what_the_report_says(tiny_run: Run) -> None:
    folder, _ = tiny_run
    built = RunFolder(folder).read("builds.json")["built"]
    assert list(built) == NAMES
    for name in NAMES:
        sizes = built[name]["HS256"]["sizes"]
        archive = folder / "artefacts" / f"{name}-HS256.zip"
        assert archive.stat().st_size == sizes["zip"]
        assert 0 < sizes["brotli"] <= sizes["gzip"]
        with zipfile.ZipFile(archive) as opened:
            assert {entry.filename: entry.file_size for entry in opened.infolist()} == sizes["files"]
            assert sum(sizes["files"].values()) == sizes["unpacked"]


def test_the_derived_files_are_the_same_when_made_again(tiny_run: Run) -> None:
    folder, _ = tiny_run
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert run_study("report", folder).returncode == 0
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_claim_can_be_explained(tiny_run: Run) -> None:
    claims = [claim["id"] for claim in RunFolder(tiny_run[0]).read("analysis.json")["claims"]]
    assert claims
    done = run_study("explain", claims[0], "--run", tiny_run[0])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    unknown = run_study("explain", "warm:nobody", "--run", tiny_run[0])
    assert unknown.returncode == 2
    assert "Traceback" not in unknown.stderr


def test_a_wrong_contender_gets_no_number(planted: Callable[..., Path], tmp_path: Path) -> None:
    planted("allows-all")
    out = tmp_path / "run"
    done = run_study("--contenders", tmp_path / "contenders", *only("allows-all", "noop"), *WARM, "--out", out)
    assert done.returncode == 4, done.stdout + done.stderr
    assert "allows-all: no number: HS256: decision" in done.stdout
    assert {trial["contender"] for trial in RunFolder(out).trials()} == {"noop"}
    analysis = RunFolder(out).read("analysis.json")
    assert not [figure for figure in analysis["figures"] if figure["contender"] == "allows-all" and figure["unit"] == "ns"]
    assert not [claim for claim in analysis["claims"] if claim["subject"] == "allows-all"]


def test_a_contender_that_turns_wrong_while_timed_loses_its_numbers(planted: Callable[..., Path], tmp_path: Path) -> None:
    # Right for as many calls as the gate makes, and the check before the clock: wrong afterwards.
    turning = "let calls = 0;\nexports.handler = async (event) => (calls++ < 400 ? event.Records[0].cf.request : { status: '401' });\n"
    planted("turning", turning, role="baseline")
    out = tmp_path / "run"
    longer = [word if WARM[i - 1] != "--window-ms" else "20" for i, word in enumerate(WARM)]
    done = run_study("--contenders", tmp_path / "contenders", *only("turning"), *longer, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    assert all(trial["void"] for trial in RunFolder(out).trials())
    assert not [figure for figure in RunFolder(out).read("analysis.json")["figures"] if figure["unit"] == "ns"]


def test_an_absent_contender_is_reported_with_the_reason(planted: Callable[..., Path], tmp_path: Path) -> None:
    folder = planted("absent", role="baseline")
    file = folder / "contender.toml"
    file.write_text('needs = ["{root}/build/no-such-file"]\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    out = tmp_path / "run"
    done = run_study("--contenders", tmp_path / "contenders", *only("absent", "noop"), *WARM, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "absent: not built: build/no-such-file is absent" in done.stdout
    assert "build/no-such-file is absent" in (out / "report.md").read_text(encoding="utf-8")


def hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("at", ["round 2:", "Building"], ids=["measuring", "building"])
def test_an_interrupted_run_leaves_a_valid_folder_and_goes_on(tmp_path: Path, at: str) -> None:
    out = tmp_path / "run"
    many = [word if WARM[i - 1] != "--rounds" else "4" if at == "Building" else "500" for i, word in enumerate(WARM)]
    argv = [sys.executable, str(STUDY / "run.py"), *only("noop", "js-tuned"), *many, "--budget", "20s", "--out", str(out)]
    # A shell makes what it runs in the background ignore SIGINT, and children inherit that.
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, preexec_fn=hear_interrupts) as study:
        assert study.stdout is not None
        for line in study.stdout:
            if at in line:
                study.send_signal(signal.SIGINT)
                break
        rest = study.stdout.read()
        assert study.wait(timeout=60) == 130
    assert "Interrupted" in rest
    assert RunFolder(out).manifest()["interrupted"] is True
    assert "nterrupted" in (out / "report.md").read_text(encoding="utf-8")
    done = run_study("verify", out)
    assert done.returncode == 0, done.stdout


def test_plan_prints_the_design_and_runs_nothing() -> None:
    done = run_study("plan", "--full", "--seed", "5")
    assert done.returncode == 0, done.stderr
    assert "full run, seed 5" in done.stdout
    assert "life-edge-viewer-HS256" in done.stdout or "life-unthrottled-HS256" in done.stdout
    assert "Never on significance" in done.stdout


def test_check_builds_and_asks_and_measures_nothing() -> None:
    done = run_study("check", *only("noop", "js-tuned"), "--algorithm", "HS256")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "js-tuned: passed: HS256" in done.stdout
    assert "Measuring" not in done.stdout


def test_check_tells_of_a_wrong_decision(planted: Callable[..., Path], tmp_path: Path) -> None:
    planted("allows-all")
    done = run_study("check", "--contenders", tmp_path / "contenders", *only("allows-all"))
    assert done.returncode == 4, done.stdout + done.stderr


def test_doctor_says_what_each_piece_disables() -> None:
    done = run_study("doctor")
    assert done.returncode == 0, done.stderr
    for name in ("node24", "python3.11", "workerd", "CPU quota", "two cores"):
        assert name in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--contender", "nobody"], "no contender named nobody; known: noop,"),
        (["check", "--contender", "nobody"], "no contender named nobody"),
        (["prepare", "--contender", "nobody"], "no contender named nobody"),
        (["--rounds", "0"], "expected at least 1"),
        (["--budget", "soon"], "expected a time such as 90s, 20m or 1h"),
        (["--budget", "0s"], "expected at least 1"),
        (["report", "no-such-folder"], "manifest.json: expected a file of a study run"),
        (["archive", "no-such-folder"], "manifest.json: expected a file of a study run"),
        (["--resume", "no-such-folder"], "manifest.json: expected a file of a study run"),
        (["explain", "x", "--run", "no-such-folder"], "manifest.json: expected a file of a study run"),
        (["--out", str(STUDY)], "expected a new or an empty folder"),
        (["--node-modules", "/nowhere"], "missing tools; ./dev setup installs them"),
        (["dance"], "invalid choice: 'dance'"),
        (["--dance"], "unrecognized arguments: --dance"),
    ],
)
def test_wrong_use_says_so(arguments: list[str], message: str) -> None:
    done = run_study(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def _exit_code(statuses: list[str], sentinels: list[dict[str, Any]], tmp_path: Path) -> int:
    return _exit_code_of([{"status": status} for status in statuses], sentinels, tmp_path)


def _exit_code_of(contenders: list[dict[str, Any]], sentinels: list[dict[str, Any]], tmp_path: Path) -> int:
    manifest = {"format": 2, "contenders": contenders}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return cli._exit_code({"sentinels": sentinels, "void": {}}, RunFolder(tmp_path))


def test_exit_codes(tmp_path: Path) -> None:
    valid, invalid, short = {"n": 8, "valid": True}, {"n": 8, "valid": False}, {"n": 1, "valid": False}
    assert _exit_code(["measured"], [valid, invalid], tmp_path) == 0
    assert _exit_code(["measured"], [short], tmp_path) == 0
    assert _exit_code(["measured", "not built"], [valid], tmp_path) == 1
    optional = [{"status": "measured"}, {"status": "not built", "reasons": ["not prepared; `./dev study prepare` does it"]}]
    assert _exit_code_of(optional, [valid], tmp_path) == 0
    assert _exit_code(["measured"], [invalid], tmp_path) == 3
    assert _exit_code(["refused", "not built"], [invalid], tmp_path) == 4
