"""The whole line, small: build, gate, measure, report. No test looks at how long anything took."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from conftest import STUDY, TINY, run_study

from harness import report
from harness.folder import RunFolder

Run = tuple[Path, subprocess.CompletedProcess[str]]
NAMES = ["noop", "js-article", "js-tuned", "py-noop", "py-pyjwt"]


def samples(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "samples.ndjson").read_text(encoding="utf-8").splitlines()]


def test_every_contender_has_numbers(tiny_run: Run) -> None:
    folder, done = tiny_run
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))["rows"]
    assert [row["name"] for row in rows] == NAMES
    for row in rows:
        assert row["measured"]
        assert row["reasons"] == []
        for figure in ("warm allow", "load", "spawn_to_ready", "spawn_to_decided", "start_memory", "warm_memory"):
            assert row["figures"][figure]["summary"]["n"] == 1


def test_every_sample_is_kept_and_valid(tiny_run: Run) -> None:
    kept = samples(tiny_run[0])
    processes = [sample for sample in kept if sample["kind"] in ("start", "warm")]
    # One start block of 5 and the reference again; per outcome 3 that decide and again; 2 floors on allow.
    assert len(processes) == (5 + 1) + 5 * (3 + 1) + 2
    assert [sample for sample in processes if "void" in sample] == []
    for sample in processes:
        if sample["kind"] == "warm":
            assert len(sample["batch_ns_per_call"]) >= 1
        else:
            assert 0 < sample["load_ns"] + sample["first_ns"] < sample["spawn_to_decided_ns"]
        # VmHWM of the process itself, not what a fork of a large driver leaves behind.
        assert sample["peak_memory"] > 1_000_000


def test_the_manifest_says_where_and_what(tiny_run: Run) -> None:
    manifest = RunFolder(tiny_run[0]).manifest()
    assert manifest["seed"] == 1
    assert manifest["machine"]["cpu"]
    assert manifest["machine"]["cores"] >= 1
    for name in ("node", "python", "jsonwebtoken", "PyJWT", "esbuild"):
        assert manifest["versions"][name]


def test_the_zip_is_what_the_report_says(tiny_run: Run) -> None:
    folder, _ = tiny_run
    built = RunFolder(folder).read("builds.json")["built"]
    for name in NAMES:
        archive = folder / "artefacts" / f"{name}.zip"
        assert archive.stat().st_size == built[name]["sizes"]["zip"]
        with zipfile.ZipFile(archive) as opened:
            assert {entry.filename: entry.file_size for entry in opened.infolist()} == built[name]["sizes"]["files"]


def test_the_report_is_the_same_when_written_again(tiny_run: Run, tmp_path: Path) -> None:
    folder, _ = tiny_run
    again = tmp_path / "elsewhere"
    shutil.copytree(folder, again, ignore=shutil.ignore_patterns("report.*", "analysis.json"))
    assert run_study("report", again).returncode == 0
    for name in ("report.html", "report.md", "analysis.json"):
        assert (again / name).read_bytes() == (folder / name).read_bytes()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.open: list[str] = []
        self.tags: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href", "action", "data")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in ("meta", "link", "br", "img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_one_well_formed_offline_file(tiny_run: Run) -> None:
    text = (tiny_run[0] / "report.html").read_text(encoding="utf-8")
    page = _Page()
    page.feed(text)
    assert page.open == []
    assert all(address.startswith("#") for address in page.addresses)
    assert "link" not in page.tags
    assert "@import" not in text
    assert not re.search(r"url\(", text)
    assert "modelled locally, not lambda" in text.lower()
    assert "{{" not in text


def test_the_page_names_everyone_and_marks_the_historical_one(tiny_run: Run) -> None:
    html = (tiny_run[0] / "report.html").read_text(encoding="utf-8")
    markdown = (tiny_run[0] / "report.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"<b>{name}</b>" in html
        assert name in markdown
    assert "decides differently: 23 cases" in html
    assert "js-article" not in html[html.index('id="warm"') : html.index('id="size"')]
    assert "permissions-empty" in html[html.index('id="historical"') :]


def test_every_time_in_the_tables_stands_with_its_n(tiny_run: Run) -> None:
    html = (tiny_run[0] / "report.html").read_text(encoding="utf-8")
    cells = re.findall(r"<td>\s*<b[^>]*>([^<]*(?:ns|µs|ms|×|MiB|KB))</b>(.*?)</td>", html, re.DOTALL)
    assert len(cells) > 40
    for value, rest in cells:
        assert re.search(r"n \d", rest), value


def test_the_readme_table_goes_between_its_markers(tiny_run: Run, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    assert run_study("table", tiny_run[0], "--write", readme).returncode == 0
    text = readme.read_text(encoding="utf-8")
    assert text.startswith(f"before\n{report.BEGIN}\n| contender |")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    assert "`js-tuned`" in text
    readme.write_text("no markers\n", encoding="utf-8")
    done = run_study("table", tiny_run[0], "--write", readme)
    assert done.returncode == 2
    assert "study-table:begin" in done.stderr
    assert readme.read_text(encoding="utf-8") == "no markers\n"


def test_a_wrong_contender_gets_no_number(planted: Callable[..., Path], tmp_path: Path) -> None:
    planted("allows-all")
    out = tmp_path / "run"
    done = run_study("--contenders", tmp_path / "contenders", "--contender", "allows-all", "--contender", "noop", *TINY, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "allows-all: no number: decision" in done.stdout
    assert {sample["contender"] for sample in samples(out) if "contender" in sample} == {"noop"}
    row = json.loads((out / "analysis.json").read_text(encoding="utf-8"))["rows"][-1]
    assert row["name"] == "allows-all"
    assert not row["measured"]
    assert set(row["figures"].values()) == {None}
    html = (out / "report.html").read_text(encoding="utf-8")
    assert "No number: decision" in html


def test_a_contender_that_turns_wrong_while_timed_loses_its_numbers(planted: Callable[..., Path], tmp_path: Path) -> None:
    # Right for as many calls as the gate and the check before the clock make, wrong afterwards.
    turning = "let calls = 0;\nexports.handler = async (event) => (calls++ < 100 ? event.Records[0].cf.request : { status: '401' });\n"
    planted("turning", turning, role="baseline")
    out = tmp_path / "run"
    done = run_study("--contenders", tmp_path / "contenders", "--contender", "turning", *TINY, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "while it was timed" in done.stdout
    assert not json.loads((out / "analysis.json").read_text(encoding="utf-8"))["rows"][0]["measured"]


def test_an_absent_contender_is_reported_with_the_reason(planted: Callable[..., Path], tmp_path: Path) -> None:
    folder = planted("absent")
    file = folder / "contender.toml"
    file.write_text('needs = ["{root}/build/no-such-file"]\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
    out = tmp_path / "run"
    done = run_study("--contenders", tmp_path / "contenders", "--contender", "absent", *TINY, "--out", out)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "absent: not built: build/no-such-file is absent" in done.stdout
    assert "build/no-such-file is absent" in (out / "report.md").read_text(encoding="utf-8")


def hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(
    ("at", "shown"), [("round 2 of 500", "| noop | "), ("Building", "noop: no number.** Nothing was measured")], ids=["measuring", "building"]
)
def test_an_interrupted_run_leaves_a_report(tmp_path: Path, at: str, shown: str) -> None:
    out = tmp_path / "run"
    tiny = [word if word != "1" or TINY[i - 1] != "--rounds" else "500" for i, word in enumerate(TINY)]
    argv = [sys.executable, str(STUDY / "run.py"), "--contender", "noop", *tiny, "--out", str(out)]
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
    assert "Interrupted" in (out / "report.html").read_text(encoding="utf-8")
    assert shown in (out / "report.md").read_text(encoding="utf-8")


def test_a_line_cut_off_by_an_interruption_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "samples.ndjson").write_text('{"kind":"machine"}\n{"kind":"sta', encoding="utf-8")
    assert RunFolder(tmp_path).samples() == [{"kind": "machine"}]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--contender", "nobody"], "no contender named nobody"),
        (["--rounds", "0"], "expected at least 1"),
        (["report", "no-such-folder"], "manifest.json: expected a file of a study run"),
        (["--out", str(STUDY)], "expected a new or an empty folder"),
        (["dance"], "invalid choice: 'dance'"),
    ],
)
def test_wrong_use_says_so(arguments: list[str], message: str) -> None:
    done = run_study(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
