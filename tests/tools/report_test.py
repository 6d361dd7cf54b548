"""What ./dev test counts, and what it refuses to call green."""

from __future__ import annotations

from pathlib import Path

import pytest
from dev.report import Count, count
from dev.suites import SUITES
from dev.test import Outcome, _complaints, _conclude

# As written by ctest, pytest and node --test, shortened.
CTEST = """<?xml version="1.0"?><testsuite name="Linux" tests="3" failures="1" skipped="1">
<testcase name="a" status="run"/>
<testcase name="b" status="fail"><failure message="no"/></testcase>
<testcase name="c" status="disabled"/></testsuite>"""
PYTEST = """<?xml version="1.0"?><testsuites><testsuite tests="4" errors="1" failures="1">
<testcase name="a"/><testcase name="b"><failure message="no"/></testcase>
<testcase name="c"><error message="no"/></testcase>
<testcase name="d"><skipped type="pytest.xfail"/></testcase></testsuite></testsuites>"""
ABSENT = """<?xml version="1.0"?><testsuites><testsuite tests="3"><testcase name="a"/>
<testcase name="b"><skipped type="pytest.skip" message="cannot be had here: a mirror"/></testcase>
<testcase name="c"><skipped type="pytest.skip" message="not today"/></testcase></testsuite></testsuites>"""
NODE = """<?xml version="1.0"?><testsuites><testcase name="a" classname="test"/>
<testsuite name="group" tests="2"><testcase name="b"/>
<testcase name="c"><skipped type="todo" message="true"/></testcase></testsuite></testsuites>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (CTEST, Count(1, 1, 1)),
        (PYTEST, Count(1, 2, 1)),
        (NODE, Count(2, 0, 1)),
        (ABSENT, Count(1, 0, 1, ("cannot be had here: a mirror",))),
        ("<testsuites/>", Count()),
        ("", Count()),
        ("<testsuites", Count()),
    ],
)
def test_reports_are_counted_by_case(text: str, expected: Count, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(text)
    assert count(report) == expected


def test_no_report_is_no_case(tmp_path: Path) -> None:
    assert count(tmp_path / "nowhere.xml") == Count()


def test_a_file_without_tests_is_no_case(tmp_path: Path) -> None:
    """node --test counts such a file as one test that passed."""
    empty = tmp_path / "empty.test.js"
    empty.write_text("")
    report = tmp_path / "report.xml"
    report.write_text(f'<testsuites><testcase name="{empty}"/></testsuites>')
    assert count(report) == Count()


@pytest.mark.parametrize(
    ("found", "code", "word"),
    [
        (Count(), 0, "no test case"),
        (Count(passed=5, failed=1), 1, "1 failed"),
        (Count(passed=5, skipped=2), 0, "2 skipped"),
        (Count(passed=5), 139, "exit code 139"),
        (Count(absent=("cannot be had here: a mirror",)), 0, "no test case"),
    ],
)
def test_what_is_not_green(found: Count, code: int, word: str) -> None:
    (complaint,) = _complaints(found, code, "log")
    assert word in complaint


def test_what_is_green() -> None:
    assert _complaints(Count(passed=1), 0, "log") == []
    assert _complaints(Count(passed=1, absent=("cannot be had here: a mirror",)), 0, "log") == []


def test_the_last_line_sums_up(capsys: pytest.CaptureFixture[str]) -> None:
    good = Outcome("a", Count(passed=3), 1.0, ())
    empty = Outcome("b", Count(), 1.0, ("ran no test case",))
    bad = Outcome("c", Count(passed=2, failed=2), 1.0, ("2 failed",))
    assert _conclude([good]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 0 failed"
    assert _conclude([good, empty]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 1 failed"
    assert _conclude([good, empty, bad]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 3 failed"


def test_what_cannot_be_had_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = ("cannot be had here: a mirror",) * 2
    assert _conclude([Outcome("a", Count(passed=3, absent=reasons), 1.0, ())]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "a: 2 not run, cannot be had here: a mirror" in told[-2]
    assert told[-1] == "3 passed, 0 failed, 2 skipped"


def test_suites_have_names_of_their_own() -> None:
    names = [suite.name for suite in SUITES]
    assert len(set(names)) == len(names)
    assert {"core", "python", "node", "wasm", "parity", "study"} <= set(names)
