"""What one run does around its processes: interruption, going on, refusing to. The processes themselves are made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness import plan, session, trials
from harness.artefact import Tools
from harness.contender import Contender, load_contender
from harness.folder import FolderError, RunFolder
from harness.machine import Pinning
from harness.recorder import Recorder
from harness.session import Request, Session

SETTINGS = plan.Settings(least_rounds=2, most_rounds=2, budget_seconds=60, builds=1)
ROWS = (plan.RowDesign("warm", "HS256"),)


class Silent:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, text: str) -> None:
        self.said.append(text)

    def begin(self) -> None:
        pass

    def step(self, text: str) -> None:
        pass

    def round(self, *_: Any) -> None:
        pass

    def end(self) -> None:
        pass


class MadeUp:
    """Stands for harness.trials.Trials: a line for every step, and an interruption before one of them."""

    stop_before: int | None = None

    def __init__(self, **given: Any) -> None:
        self.recorder, self.plan_sha256 = given["recorder"], given["plan_sha256"]

    def run(self, step: plan.Step) -> tuple[dict[str, Any], float | None]:
        if step.trial == MadeUp.stop_before:
            raise KeyboardInterrupt
        line = {
            **plan.planned_fields(step),
            **{"plan_sha256": self.plan_sha256, "wall_ns": 1000, "contended": False},
            "cells": [{"cell": step.cells[0], "ns": 10.0, "batches": self.recorder.keep([1.0, 10.0 + step.trial])}],
        }
        self.recorder.write(line)
        return line, None


@pytest.fixture(autouse=True)
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "Trials", MadeUp)
    monkeypatch.setattr(MadeUp, "stop_before", None)


@pytest.fixture
def contenders(planted: Callable[..., Path]) -> list[Contender]:
    return [load_contender(planted(name, role="baseline")) for name in ("one", "two", "three")]


def carry_out(folder: Path, contenders: list[Contender], resume: bool = False, seed: int = 7) -> tuple[Session, bool]:
    folder.mkdir(exist_ok=True)
    made = Session(Request("quick", SETTINGS, contenders, seed, rows=ROWS), Tools(), RunFolder(folder), Silent())  # type: ignore[arg-type]
    return made, made.run(resume)


def test_a_run_is_recorded_whole(contenders: list[Contender], tmp_path: Path) -> None:
    made, finished = carry_out(tmp_path / "run", contenders)
    folder = RunFolder(tmp_path / "run")
    assert finished
    assert [t["trial"] for t in folder.trials()] == list(range(6))
    assert list(folder.iterations()) == [value for trial in range(6) for value in (1.0, 10.0 + trial)]
    assert folder.manifest()["stopped"] == made.stopped == "the most rounds of the plan: 2"
    assert {t["plan_sha256"] for t in folder.trials()} == {folder.plan_sha256()} == {folder.manifest()["plan_sha256"]}
    assert folder.read("seal.json") == folder.seal()
    assert {c["status"] for c in folder.manifest()["contenders"]} == {"measured"}


def test_the_plan_is_written_before_the_first_trial(
    contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeUp, "stop_before", 0)
    _, finished = carry_out(tmp_path / "run", contenders)
    folder = RunFolder(tmp_path / "run")
    assert not finished
    assert folder.trials() == []
    assert folder.plan()["rows"]
    assert folder.plan()["artefacts"].keys() == {"one", "two", "three"}


def test_a_full_run_asks_the_gate_on_every_line_of_a_runtime(
    contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask_on(_: Any, contender: Contender, algorithm: str, folder: Path, runtime: str) -> list[str]:
        assert (folder / "index.js").exists()
        assert (algorithm, runtime) == ("HS256", "node22")
        return ["it throws there"] if contender.name == "two" else []

    two_lines = plan.Machine({"node": ["node24", "node22"]}, {"node24": ["thin"], "node22": ["thin"]}, cgroup=False)
    monkeypatch.setattr(session, "see_machine", lambda tools, contenders: (two_lines, None))
    monkeypatch.setattr(session.Gate, "ask_on", ask_on)
    folder = RunFolder(tmp_path)
    rows = (*ROWS, plan.RowDesign("warm", "HS256", runtimes="node22"))
    made = Session(Request("full", SETTINGS, contenders, 7, rows=rows), Tools(), folder, Silent())  # type: ignore[arg-type]
    assert made.run()
    planned = folder.plan()["rows"]
    assert {e["contender"] for row in planned for e in row["entrants"] if e["runtime"] == "node22"} == {"one", "three"}


def test_an_interrupted_run_goes_on_where_it_was(contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    carry_out(tmp_path / "whole", contenders)
    monkeypatch.setattr(MadeUp, "stop_before", 4)
    _, finished = carry_out(tmp_path / "run", contenders)
    folder = RunFolder(tmp_path / "run")
    assert not finished
    assert len(folder.trials()) == 4
    assert folder.manifest()["interrupted"]
    assert folder.read("seal.json") == folder.seal()

    monkeypatch.setattr(MadeUp, "stop_before", None)
    _, finished = carry_out(tmp_path / "run", contenders, resume=True)
    assert finished
    for name in ("plan.json", "trials.ndjson", "iterations.f32"):
        assert folder.data(name) == RunFolder(tmp_path / "whole").data(name)
    assert not folder.manifest()["interrupted"]
    assert len(folder.manifest()["resumed"]) == 1


def test_what_an_interruption_cut_off_is_measured_again(
    contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeUp, "stop_before", 3)
    carry_out(tmp_path / "run", contenders)
    folder = RunFolder(tmp_path / "run")
    with open(folder.file("trials.ndjson"), "a", encoding="utf-8") as lines:
        lines.write('{"trial":3,"kind"')
    with open(folder.file("iterations.f32"), "ab") as floats:
        floats.write(b"12345")
    monkeypatch.setattr(MadeUp, "stop_before", None)
    carry_out(tmp_path / "run", contenders, resume=True)
    assert [t["trial"] for t in folder.trials()] == list(range(6))
    assert folder.data("trials.ndjson").endswith(b"}\n")
    assert len(folder.iterations()) == 12


def test_another_artefact_ends_a_resume(contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MadeUp, "stop_before", 2)
    carry_out(tmp_path / "run", contenders)
    (contenders[1].folder / "index.js").write_text("exports.handler = (event) => event.Records[0].cf.request;\n", encoding="utf-8")
    with pytest.raises(FolderError, match="cannot be resumed: the artefact of two for HS256 differs from the one it began with"):
        carry_out(tmp_path / "run", contenders, resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"commit": "0" * 40}, "it began at commit 0000"),
        ({"artefacts": {}}, "the artefact of one for HS256 differs"),
        ({"seed": 8}, "the plan's seed would differ"),
        ({"settings": {}}, "the plan's settings would differ"),
        ({"rows": []}, "the plan's rows would differ"),
    ],
)
def test_another_plan_ends_a_resume(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    now = {
        "format": 2, "mode": "quick", "seed": 7, "commit": "1" * 40, "artefacts": {"one": {"HS256": "a"}},
        "settings": {"builds": 1}, "rows": [1], "stopping": {},
    }  # fmt: skip
    session.refuse_if_different(now, now, tmp_path)
    with pytest.raises(FolderError, match=message):
        session.refuse_if_different({**now, **change}, now, tmp_path)


def test_a_contender_that_is_not_built_says_why(planted: Callable[..., Path], contenders: list[Contender], tmp_path: Path) -> None:
    folder = planted("absent", role="baseline")
    file = folder / "contender.toml"
    file.write_text('needs = ["{root}/build/no-such-file"]\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    more = '[prepare]\ncommand = ["true"]\nprovides = ["{prepared}/no-such.wasm"]\nminutes = 4\nneeds_text = "a toolchain"\n'
    unprepared = load_contender(planted("unprepared", role="baseline", more=more))
    carry_out(tmp_path / "run", [*contenders, load_contender(folder), unprepared])
    entries = {entry["name"]: entry for entry in RunFolder(tmp_path / "run").manifest()["contenders"]}
    assert entries["absent"]["status"] == "not built"
    assert entries["absent"]["reasons"] == ["not built: build/no-such-file is absent"]
    assert entries["unprepared"]["status"] == "not built"
    assert "./dev study prepare --contender unprepared" in entries["unprepared"]["reasons"][0]
    assert "it needs a toolchain" in entries["unprepared"]["reasons"][0]
    assert {t["contender"] for t in RunFolder(tmp_path / "run").trials()} == {"one", "two", "three"}


def test_a_wrong_decision_costs_all_numbers(planted: Callable[..., Path], contenders: list[Contender], tmp_path: Path) -> None:
    wrong = load_contender(planted("allows-all"))
    carry_out(tmp_path / "run", [*contenders, wrong])
    folder = RunFolder(tmp_path / "run")
    entry = folder.manifest()["contenders"][-1]
    assert entry["status"] == "refused"
    assert "HS256: decision expired: allow, not declared" in entry["reasons"]
    assert "allows-all" not in {t["contender"] for t in folder.trials()}
    assert "allows-all" not in json.dumps(folder.plan()["rows"])


def test_when_nobody_passes_nothing_is_measured(planted: Callable[..., Path], tmp_path: Path) -> None:
    made, finished = carry_out(tmp_path / "run", [load_contender(planted("allows-all"))])
    assert finished
    assert made.stopped == "no contender passed the gate: nothing is measured"
    assert RunFolder(tmp_path / "run").trials() == []


def test_a_trial_keeps_the_plan_s_words_and_every_common_field(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the module of a kind gives back."""
    step = plan.Step(0, "warm", 0, 0, 0, "one", 0, "HS256", "node24", None, "free", (plan.BASE_CELL,), 5, 6)
    gives = {"contender": "somebody-else", "void": "it crashed", "path_padding": 99}
    monkeypatch.setattr(trials.Trials, "_warm", lambda self, step: dict(gives))
    recorder = Recorder(RunFolder(tmp_path))
    made = trials.Trials({"contention_limit": {"share": 0, "least_ns": -1}}, "sha", {}, Tools(), None, None, Pinning(None, [0]), recorder, None)  # type: ignore[arg-type]
    line, first = made.run(step)
    recorder.close()
    assert first is None
    assert (line["contender"], line["path_padding"], line["void"]) == ("one", 6, "it crashed")
    assert line["wall_ns"] == line["cpu_ns"] == 0
    assert line["contended"] is (line["foreign_ns"] + line["stolen_ns"] > 0)
    assert RunFolder(tmp_path).trials() == [line]


def test_durations_are_moved_out_of_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = plan.Step(0, "life", 0, 0, 0, "one", 0, "HS256", "node24", "ric", "free", (plan.BASE_CELL,), 5, 6)
    monkeypatch.setattr(trials.Trials, "_life", lambda self, step: {"requests": [7.0, 5.0, 4.0]})
    recorder = Recorder(RunFolder(tmp_path))
    made = trials.Trials({"contention_limit": plan.CONTENTION_LIMIT}, "sha", {}, Tools(), None, None, Pinning(None, [0]), recorder, None)  # type: ignore[arg-type]
    line, first = made.run(step)
    recorder.close()
    assert first == 7.0
    assert line["requests"] == {"offset": 0, "count": 3}
    assert list(RunFolder(tmp_path).iterations()) == [7.0, 5.0, 4.0]


@pytest.mark.parametrize(
    ("foreign", "stolen", "wall", "contended"),
    [(0, 0, 0, False), (10, 0, 90, False), (6, 5, 90, True), (100, 0, 1000, False), (60, 41, 1000, True)],
)
def test_contended_means_above_the_limit(foreign: int, stolen: int, wall: int, contended: bool) -> None:
    trial = {"foreign_ns": foreign * 1_000_000, "stolen_ns": stolen * 1_000_000, "wall_ns": wall * 1_000_000}
    assert trials.is_contended(trial, plan.CONTENTION_LIMIT) is contended


def test_a_resume_that_is_refused_or_interrupted_changes_nothing(
    contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeUp, "stop_before", 2)
    carry_out(tmp_path / "run", contenders)
    before = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    with pytest.raises(FolderError, match="the plan's seed would differ"):
        carry_out(tmp_path / "run", contenders, resume=True, seed=8)

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "build", interrupt)
    _, finished = carry_out(tmp_path / "run", contenders, resume=True)
    assert not finished
    assert {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()} == before


def test_what_was_built_in_part_is_taken_out(contenders: list[Contender], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = session.build

    def second_is_interrupted(contender: Contender, *rest: Any) -> Any:
        made = build(contender, *rest)
        if contender.name == "two":
            raise KeyboardInterrupt
        return made

    monkeypatch.setattr(session, "build", second_is_interrupted)
    _, finished = carry_out(tmp_path / "run", contenders)
    folder = RunFolder(tmp_path / "run")
    assert not finished
    assert folder.plan()["artefacts"].keys() == folder.read("builds.json")["built"].keys() == {"one"}
    assert [path.name for path in sorted(folder.file("artefacts").iterdir())] == ["one-HS256.zip"]
    assert folder.plan()["rows"] == []
