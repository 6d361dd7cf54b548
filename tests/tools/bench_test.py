"""./dev bench: its rows, its verdicts, and that nothing wrong is timed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Run
from dev import bench, bench_figures, bench_programs, bench_report, bench_series
from dev.adversaries import ADVERSARIES
from dev.bench_figures import AT_LEAST, AT_MOST, Figure, holds
from dev.bench_rows import GROWTH, ROWS
from dev.bench_series import NODE, Series
from dev.console import Failure
from dev.paths import VENV_PYTHON

# What the project asked of itself: name, direction, must, stretch.
REACH = (
    ("core-hs256", "<=", 1.6, 1.30),
    ("core-varied", "<=", 1.5, 1.30),
    ("core-cold", "<=", 1 / 8, 1 / 12),
    ("core-rs256", "<=", 1.05, 0.80),
    ("core-es256", "<=", 1.05, 0.5),
    ("core-eddsa", "<=", 1.05, None),
    ("core-ps256", "<=", 1.05, None),
    ("cache-hit", "<=", 40, 20),
    ("node-over-core", "<=", 90, 50),
    ("node-js-tuned", ">=", 12, 25),
    ("node-fast-jwt", ">=", 10, 20),
    ("node-crypto", ">=", 6, 12),
    ("python-over-core", "<=", 180, 110),
    ("python-pyjwt", ">=", 20, 40),
    ("python-stdlib", ">=", 12, 22),
    ("wasm-js-tuned", ">=", 3.5, 6),
    ("wasm-fast-jwt", ">=", 2.7, 4.5),
    ("wasm-rust", ">=", 1.3, 2.5),
    ("wasm-rs256", "<=", 1.05, 0.95),
    ("node-load", "<=", 2, 1.3),
    ("python-load", "<=", 2, 1.3),
    ("wasm-load", "<=", 2.5, 1.5),
    ("node-size", "<=", 24 * 1024, 8 * 1024),
    ("python-size", "<=", 90 * 1024, 64 * 1024),
    ("node-memory", "<=", 1024 * 1024, 0.2 * 1024 * 1024),
    ("python-memory", "<=", 1024 * 1024, 0.3 * 1024 * 1024),
    ("wasm-memory", "<=", 2 * 1024 * 1024, 0.5 * 1024 * 1024),
    ("growth-token", "<=", 1.05, None),
    ("growth-keys", "<=", 0.05, None),
    ("growth-routes", "<=", 0.05, None),
    *((one.row, "<=", one.times, None) for one in ADVERSARIES),
)
VERDICT = {"enum": ["yes", "no", "cannot tell"]}
NUMBER = {"type": "number"}
FIGURE = {"value": NUMBER, "low": NUMBER, "high": NUMBER, "n": {"type": "integer", "minimum": 1}}
TOLD = ("name", "what", "how", "unit", "of", "direction", "must", "stretch")
SCHEMA = {
    "type": "object",
    "required": ["schema", "quick", "machine", "interval", "rows", "series", "absent"],
    "properties": {
        "schema": {"const": 1},
        "machine": {
            "required": ["cpu", "cores", "kernel", "compiler", "openssl", "node", "python", "commit"]
        },
        "rows": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": list(TOLD),
                "oneOf": [
                    {"required": ["absent"], "not": {"required": ["value"]}},
                    {
                        "required": [*FIGURE, "samples", "must_holds", "stretch_holds"],
                        "properties": {
                            **FIGURE,
                            "samples": {"type": "array", "minItems": 1, "items": NUMBER},
                            "must_holds": VERDICT,
                            "stretch_holds": {"anyOf": [VERDICT, {"type": "null"}]},
                        },
                        "not": {"required": ["absent"]},
                    },
                ],
            },
        },
        "series": {"additionalProperties": {"required": list(FIGURE), "properties": FIGURE}},
    },
}


def test_the_rows_are_those_that_the_project_asked_for() -> None:
    assert tuple((row.name, row.direction, row.must, row.stretch) for row in ROWS) == REACH


def test_each_row_is_documented() -> None:
    text = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [row.name for row in ROWS if f"`{row.name}`" not in text] == []


def test_no_series_of_the_core_has_a_benchmark_that_is_not_there() -> None:
    told = subprocess.run(
        [bench_programs.BENCHMARK, "--benchmark_list_tests=true"],
        capture_output=True,
        text=True,
        check=True,
    )
    known = {name.partition("/iterations:")[0] for name in told.stdout.split()}
    wanted = {
        name.partition("/")[2]
        for name in bench.wanted_series(ROWS, True)
        if name.startswith(("core/", "cold/"))
    }
    # These two are there when something else is.
    assert wanted - known <= {"scenario", "libjwt_decode"}
    assert len(wanted & known) > 20


def fake_series() -> Series:
    series = Series()
    for name in bench.wanted_series(ROWS, True):
        series.samples[name] = [100.0, 101.0, 102.0]
    series.counters["core/verify_allow/343"] = {"token_bytes": 347.0, "allocations": 0.0}
    return series


def fake_report(series: Series) -> dict[str, Any]:
    machine = {name: "x" for name in SCHEMA["properties"]["machine"]["required"]}  # type: ignore[index]
    told = bench_report.report(ROWS, series, machine | {"load": [0.0], "node_openssl": "x"}, False)
    back: dict[str, Any] = json.loads(json.dumps(told))
    return back


def test_the_json_has_its_schema_and_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    told = fake_report(fake_series())
    jsonschema.validate(told, SCHEMA)
    assert [row["name"] for row in told["rows"]] == [name for name, *_ in REACH]
    assert told["series"]["core/verify_allow/343"]["per_byte"] == pytest.approx(101 / 347)
    bench_report.show(told)
    shown = capsys.readouterr().out
    assert all(row.what in shown for row in ROWS)


def test_a_peer_that_is_absent_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    series = fake_series()
    del series.samples["node/rust-lean/HS256"]
    series.absent["node/rust-lean/HS256"] = "not prepared"
    told = fake_report(series)
    jsonschema.validate(told, SCHEMA)
    (row,) = [row for row in told["rows"] if row["name"] == "wasm-rust"]
    assert row["absent"] == "not prepared"
    bench_report.show(told)
    assert "absent: node/rust-lean/HS256: not prepared" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("direction", "low", "high", "told"),
    [
        (AT_MOST, 1.0, 1.5, "yes"),
        (AT_MOST, 1.0, 1.6, "cannot tell"),
        (AT_MOST, 1.51, 1.6, "no"),
        (AT_LEAST, 1.5, 1.6, "yes"),
        (AT_LEAST, 1.4, 1.6, "cannot tell"),
        (AT_LEAST, 1.0, 1.49, "no"),
    ],
)
def test_a_bound_holds_when_the_whole_interval_does(
    direction: str, low: float, high: float, told: str
) -> None:
    assert holds(direction, 1.5, Figure((low + high) / 2, low, high, 9)) == told


def test_the_interval_is_of_the_median_and_repeats() -> None:
    samples = [float(i) for i in range(1, 32)]
    found = bench_figures.figure(samples)
    assert (found.value, found.n) == (16.0, 31)
    assert 8 <= found.low < 16 < found.high <= 24
    assert bench_figures.figure(samples) == found
    assert bench_figures.figure([5.0]) == Figure(5.0, 5.0, 5.0, 1)
    with pytest.raises(ValueError, match="no samples"):
        bench_figures.figure([])


def test_a_difference_is_of_the_rounds_that_nobody_disturbed() -> None:
    calm = [(500.0, 400.0, 70.0), (510.0, 440.0, 77.0), (490.0, 410.0, 71.0)]
    slow = [(500.0, 441.0, 70.0), (900.0, 400.0, 77.1)]
    assert bench_figures.undisturbed([slow[0], *calm, slow[1]], (1, 2)) == calm
    assert bench_figures.undisturbed([*slow, *calm[:2]], (1, 2)) == [*slow, *calm[:2]]  # too few

    series = fake_series()
    row = next(row for row in ROWS if row.name == "node-over-core")
    for name, numbers in zip(row.series, zip(*calm, *slow), strict=True):
        series.samples[name] = list(numbers)
    told = bench_report.judge(row, series)
    assert told["samples"] == [100, 70, 80] and told["n"] == 3


def test_growth_is_seen() -> None:
    sizes = (1.0, 10.0, 100.0, 1000.0)
    assert bench_figures.exponent(dict.fromkeys(sizes, 7.0)) == pytest.approx(0)
    assert bench_figures.exponent({size: 3 * size for size in sizes}) == pytest.approx(1)
    assert bench_figures.exponent({size: size * size for size in sizes}) == pytest.approx(2)
    fit = bench_figures.line({size: 2 * size + 5 for size in sizes})
    assert (fit.slope, fit.intercept, fit.r_squared) == pytest.approx((2, 5, 1))


def test_a_table_that_searches_its_keys_one_by_one_is_caught() -> None:
    series = fake_series()
    row = next(row for row in ROWS if row.name == "growth-keys")
    for name in row.series:
        series.samples[name] = [400 + 0.5 * float(name.rpartition("/")[2])] * 3
    (told,) = [told for told in fake_report(series)["rows"] if told["name"] == row.name]
    assert row.how == GROWTH and told["must_holds"] == "no"


def test_a_wrong_decision_of_the_core_is_refused() -> None:
    one = {"run_name": "verify_allow/343", "run_type": "iteration"}
    wrong = {**one, "error_occurred": True, "error_message": "decides wrongly"}
    with pytest.raises(Failure, match="verify_allow/343: decides wrongly"):
        bench_programs.benchmark_results(json.dumps({"benchmarks": [wrong]}), min)
    right = {**one, "cpu_time": 5.0, "real_time": 9.0, "time_unit": "ns", "token_bytes": 343.0}
    faster = {**right, "cpu_time": 4.0}
    told = bench_programs.benchmark_results(json.dumps({"benchmarks": [right, faster]}), min)
    assert told == ({"verify_allow/343": 4.0}, {"verify_allow/343": {"token_bytes": 343.0}})


def test_a_benchmark_that_is_not_there_is_refused() -> None:
    with pytest.raises(Failure, match="has none of nonsense"):
        bench_series.Sources(["core/nonsense"], bench_series.QUICK).take()


# A verifier for the programs that time handlers: right, too lax, too strict, wrong later on.
_REQUEST = {"node": "event.Records[0].cf.request", "python": 'event["Records"][0]["cf"]["request"]'}
_VALUE = {"node": "headers.authorization[0].value", "python": '["headers"]["authorization"][0]["value"]'}
VERIFIERS = {
    "node": {
        "right": "const r = event.Records[0].cf.request;"
        " return r.headers.authorization[0].value === 'Bearer good' ? r : { status: '401' };",
        "lax": "return event.Records[0].cf.request;",
        "strict": "return { status: '401' };",
        "changing": "calls += 1; const r = event.Records[0].cf.request;"
        " return calls < 5 && r.headers.authorization[0].value === 'Bearer good' ? r : { status: '401' };",
    },
    "python": {
        "right": 'r = event["Records"][0]["cf"]["request"]\n'
        '    return r if r["headers"]["authorization"][0]["value"] == "Bearer good" else {"status": "401"}',
        "lax": 'return event["Records"][0]["cf"]["request"]',
        "strict": 'return {"status": "401"}',
    },
}
PROGRAMS = {
    "node": [NODE, ROOT / "bindings-node" / "bench" / "handlers.js"],
    "python": [VENV_PYTHON, "-B", ROOT / "bindings-python" / "bench" / "handlers.py"],
}
EVENT = {"Records": [{"cf": {"request": {"headers": {"authorization": [{"value": "Bearer TOKEN"}]}}}}]}
Ask = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Times one verifier for a moment."""

    def run(source: str, verifier: str, calls: bool = False) -> subprocess.CompletedProcess[str]:
        body = VERIFIERS[source][verifier]
        if source == "node":
            (tmp_path / "index.js").write_text(f"let calls = 0;\nexports.handler = (event) => {{ {body} }};\n")
        else:
            (tmp_path / "index.py").write_text(f"def handler(event, context):\n    {body}\n")
        task = {
            "event": json.dumps(EVENT),
            "marks": ["TOKEN", "NUMBER"],
            "tokens": ["good"],
            "forged": "bad",
            "loop": str(ROOT / "study" / "harness" / "runners" / "loop.cjs"),
            "floor": "another",
            "calls": ["it"] if calls else [],
            "warmUpMs": 5,
            "batchMs": 1,
            "batches": 3,
            "handlers": [{"name": "it", "folder": str(tmp_path), "entry": "index.handler"}],
        }
        return subprocess.run(PROGRAMS[source], input=json.dumps(task), capture_output=True, text=True)

    return run


@pytest.mark.parametrize("source", VERIFIERS)
def test_a_right_handler_is_timed(ask: Ask, source: str) -> None:
    done = ask(source, "right")
    assert done.returncode == 0, done.stderr
    (samples,) = json.loads(done.stdout).values()
    assert len(samples) == 3 and all(ns > 0 for ns in samples)


def test_a_call_is_timed_without_the_await_where_that_is_asked_for(ask: Ask) -> None:
    done = ask("node", "right", calls=True)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {"it", "it/call"}
    assert all(len(samples) == 3 and all(ns > 0 for ns in samples) for samples in told.values())
    done = ask("node", "changing", calls=True)
    assert done.returncode == 1 and "a wrong answer while timed" in done.stderr


@pytest.mark.parametrize(
    ("source", "verifier", "complaint"),
    [
        ("node", "lax", "it: does not refuse a forged token"),
        ("node", "strict", "it: denies a valid token"),
        ("node", "changing", "it: a wrong answer while timed"),
        ("python", "lax", "it: does not refuse a forged token"),
        ("python", "strict", "it: denies a valid token"),
    ],
)
def test_a_handler_that_decides_wrongly_is_not_timed(
    ask: Ask, source: str, verifier: str, complaint: str
) -> None:
    done = ask(source, verifier)
    assert done.returncode == 1
    assert complaint in done.stderr and done.stdout == ""


def test_a_quick_run_gives_every_kind_of_row(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = ("core-hs256", "core-cold", "node-crypto", "python-stdlib", "wasm-load", "node-size")
    rows += ("node-memory", "growth-routes")
    built: list[object] = []
    monkeypatch.setattr(bench, "build", built.append)  # ./dev test has built
    monkeypatch.setattr(bench_series, "FOLDER", tmp_path / "bench")
    file = tmp_path / "bench.json"
    asked = [word for row in rows for word in ("--row", row)]
    assert bench.bench(["--quick", "--rounds", "1", *asked, "--json", str(file)]) == 0
    told = json.loads(file.read_text())
    jsonschema.validate(told, SCHEMA)
    assert len(built) == 1 and told["quick"] is True
    assert {row["name"] for row in told["rows"]} == set(rows)
    assert all(row["value"] > 0 for row in told["rows"] if row["how"] != GROWTH)
    assert told["series"]["core/verify_allow/343"]["allocations"] == 0


def test_the_counter_of_allocations_counts() -> None:
    """The textbook verifier takes memory for every string and object; the core takes none."""
    names = ["textbook", "verify_allow/343", "verify_allow_varied", "verify_deny/bad_signature"]
    _, counters = bench_programs.run_benchmarks(names, 1, 0, {}, min)
    assert counters["textbook"]["allocations"] > 10
    assert [counters[name]["allocations"] for name in names[1:]] == [0, 0, 0]


@pytest.mark.parametrize("arguments", [("--row", "nonsense"), ("--nonsense",), ("--rounds", "0")])
def test_wrong_words_are_refused(dev: Run, arguments: tuple[str, ...]) -> None:
    done = dev("bench", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
