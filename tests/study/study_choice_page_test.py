"""The page and the command line choose the same: 50 sampled inputs, in a headless browser."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import synthetic_run
from conftest import ROOT, STUDY

from harness import analysis, articles, choice, report
from harness.folder import RunFolder, json_bytes, write_json
from harness.tools import Tools

DRIVER = Path(__file__).with_name("chooser_page.js")
NAMES = [
    "noop",
    "js-article",
    "js-tuned",
    "js-bare",
    "wasm-host",
    "napi",
    "py-noop",
    "py-pyjwt",
    "pybind11",
    "worker-noop",
    "worker-js",
    "worker-wasm",
]
SAMPLES = 50


def sampled(count: int = SAMPLES) -> list[dict[str, Any]]:
    """Inputs from all over the ranges, the same ones every time."""
    source = random.Random(20)
    found = []
    for _ in range(count):
        given: dict[str, Any] = {}
        for row in choice.inputs():
            if row["kind"] == "one":
                # Most of the time the usual value: otherwise nearly all answers would be about the rarer ones.
                given[row["name"]] = row["default"] if source.random() < 0.5 else source.choice(row["values"])
            elif row["kind"] == "some":
                given[row["name"]] = [word for word in row["values"] if source.random() < 0.4] or list(row["default"])
            elif row.get("optional") and source.random() < 0.5:
                given[row["name"]] = None
            else:
                size = 10 ** source.uniform(0, 3.5)
                given[row["name"]] = round(size) if row.get("whole") else round(size, 2)
        found.append(given)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    folder = RunFolder(tmp_path_factory.mktemp("chooser") / "run")
    synthetic_run.make(folder.path, seed=4, rounds=6, names=NAMES, kinds=("life", "warm", "worker"))
    write_json(folder.file("analysis.json"), analysis.make(folder))
    write_json(folder.file("choice.json"), choice.make(folder))
    write_json(folder.file("articles.json"), articles.make(folder))
    return folder


@pytest.fixture(scope="module")
def by_command(run: RunFolder) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = choice.ask(run.read("choice.json")["data"], sampled())["answers"]
    return answers


def in_page(page: Path, way: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        [Tools().node(), DRIVER, page, way],
        input=json.dumps({"questions": sampled()}),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["errors"] == []
    answers: list[dict[str, Any]] = told["answers"]
    return answers


def test_the_samples_have_many_answers(by_command: list[dict[str, Any]]) -> None:
    assert len(by_command) == SAMPLES
    assert not [answer for answer in by_command if "problems" in answer]
    assert len({answer["kind"] for answer in by_command}) >= 4
    assert len({answer["name"] for answer in by_command}) >= 6


def test_the_scripts_in_a_page_choose_as_the_command_line(
    run: RunFolder, by_command: list[dict[str, Any]], tmp_path: Path
) -> None:
    scripts = "".join(
        f"<script>{(STUDY / 'chooser' / name).read_text(encoding='utf-8')}</script>" for name in ("cost.js", "choose.js")
    )
    data = json.dumps(run.read("choice.json")["data"]).replace("<", "\\u003c")
    page = tmp_path / "page.html"
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><script type="application/json" id="choice-data">{data}</script>{scripts}',
        encoding="utf-8",
    )
    answers = in_page(page, "library")
    assert answers == [{key: value for key, value in answer.items() if key != "state"} for answer in by_command]


def test_the_form_of_the_report_chooses_as_the_command_line(run: RunFolder, by_command: list[dict[str, Any]]) -> None:
    report.write(run)
    for shown, told in zip(in_page(run.file("report.html"), "form"), by_command, strict=True):
        assert shown["answer"] == told["answer"]
        assert shown["texts"] == told["sentences"] + told["cautions"] + [flip["sentence"] for flip in told["flip_points"]]


def test_the_command_line_answers_what_it_is_asked(run: RunFolder, by_command: list[dict[str, Any]]) -> None:
    """Through ./dev's own way in, with options, for a few of the samples; and with the page's address."""
    for number, (given, told) in enumerate(list(zip(sampled(), by_command, strict=True))[:3]):
        options = []
        for name, value in given.items():
            text = "none" if value is None else ",".join(value) if isinstance(value, list) else str(value)
            options += [f"--{name.replace('_', '-')}", text]
        address = "#your-own;choose=" + told["state"].replace("&", "+")
        way = (options, ["--state", told["state"]], ["--state", address])[number]
        argv = [Tools().python, ROOT / "study" / "run.py", "choose", "--run", run.path, "--json", *way]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == told


def test_the_file_is_a_pure_function_of_the_run_and_fits_into_the_page(run: RunFolder) -> None:
    made = run.data("choice.json")
    assert json_bytes(choice.make(run)) == made
    assert len(made) < 250_000
