"""The gate: what it counts, what it says of it, and that it turns red on what is planted."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Run
from dev import gate, gate_baseline, gate_callgrind
from dev.console import Failure
from dev.gate_compare import Finding, Verdict, compare
from dev.gate_counts import OPERATIONS, VARIANTS, Counts, check_decisions, count_load, count_run
from dev.gate_facts import exported, zipped
from dev.gate_report import MARKER, for_programs, for_pull_request, for_terminal
from dev.gate_toolchain import differences, toolchain
from dev.gate_trees import GATE, HEAD, base_revision, staged

TOOLCHAIN = {"compiler": "gcc 12.2.0", "node": "24.21.0", "python": "3.11.2", "valgrind": "3.19.0"}
HISTORY = {"reason": "a test", "commit": "0123456789abcdef", "date": "2026-11-21"}
NUMBERS = {
    "core.hs256-allow.instructions": 10000.0,
    "core.hs256-allow.own": 4000.0,
    "core.hs256-allow.allocations": 0.0,
    "core.hs256-allow.load": 90000.0,
    "napi.bytes": 80000.0,
    "napi-edge.bytes": 140000.0,
    "wasm.memory-pages": 128.0,
}
FUNCTIONS = {"core.hs256-allow.instructions": {"core: hash": 6000.0, "core: scan": 4000.0}}
FACTS = {
    "napi.floor": ["GLIBC 2.14", "GLIBCXX 3.4.20"],
    "napi.exports": ["napi_register_module_v1"],
    "wasm.imports": ["portcullis.host_crypto"],
}


def sample() -> Counts:
    return deepcopy(Counts(NUMBERS, FUNCTIONS, FACTS))


def verdict_of(findings: list[Finding], metric: str) -> Verdict:
    (found,) = [finding for finding in findings if finding.metric == metric]
    return found.verdict


# ---- comparing ---------------------------------------------------------------------------------------


def test_no_change_is_green() -> None:
    findings = compare(sample(), sample())
    assert len(findings) == len(NUMBERS) + len(FACTS)
    assert {finding.verdict for finding in findings} == {Verdict.SAME}


@pytest.mark.parametrize(
    ("metric", "after", "expected"),
    [
        ("core.hs256-allow.instructions", 10100, Verdict.SAME),
        ("core.hs256-allow.instructions", 10110, Verdict.WARN),
        ("core.hs256-allow.instructions", 10300, Verdict.WARN),
        ("core.hs256-allow.instructions", 10301, Verdict.FAIL),
        ("core.hs256-allow.instructions", 9900, Verdict.SAME),
        ("core.hs256-allow.instructions", 9890, Verdict.BETTER),
        ("core.hs256-allow.own", 4130, Verdict.FAIL),
        ("core.hs256-allow.load", 93000, Verdict.FAIL),
        ("core.hs256-allow.allocations", 1, Verdict.FAIL),
        ("napi.bytes", 82500, Verdict.FAIL),
        ("napi.bytes", 81000, Verdict.WARN),
        ("wasm.memory-pages", 129, Verdict.FAIL),
        ("wasm.memory-pages", 127, Verdict.BETTER),
    ],
)
def test_numbers_are_judged_by_their_growth(metric: str, after: float, expected: Verdict) -> None:
    head = sample()
    head.numbers[metric] = after
    findings = compare(sample(), head)
    assert verdict_of(findings, metric) is expected
    assert {finding.verdict for finding in findings if finding.metric != metric} == {Verdict.SAME}


@pytest.mark.parametrize(
    ("metric", "after", "expected"),
    [
        ("napi.floor", ["GLIBC 2.17", "GLIBCXX 3.4.20"], Verdict.FAIL),
        ("napi.floor", ["GLIBC 2.2.5", "GLIBCXX 3.4.20"], Verdict.BETTER),
        ("napi.floor", ["GLIBC 2.14"], Verdict.BETTER),
        ("napi.floor", ["GLIBC 2.14", "GLIBCXX 3.4.20", "CXXABI 1.3"], Verdict.FAIL),
        ("napi.exports", ["napi_register_module_v1", "malloc"], Verdict.FAIL),
        ("wasm.imports", ["portcullis.host_crypto", "env.abort"], Verdict.FAIL),
        ("wasm.imports", [], Verdict.BETTER),
    ],
)
def test_facts_may_get_less_and_never_more(metric: str, after: list[str], expected: Verdict) -> None:
    head = sample()
    head.facts[metric] = after
    assert verdict_of(compare(sample(), head), metric) is expected


def test_what_is_not_counted_any_more_is_red() -> None:
    head = sample()
    del head.numbers["core.hs256-allow.load"], head.facts["wasm.imports"]
    findings = compare(sample(), head)
    assert verdict_of(findings, "core.hs256-allow.load") is Verdict.FAIL
    assert verdict_of(findings, "wasm.imports") is Verdict.FAIL


def test_what_is_counted_for_the_first_time_is_told() -> None:
    before = sample()
    del before.numbers["core.hs256-allow.load"], before.facts["wasm.imports"]
    findings = compare(before, sample())
    assert verdict_of(findings, "core.hs256-allow.load") is Verdict.NOTE
    assert verdict_of(findings, "wasm.imports") is Verdict.NOTE


def test_only_the_counted_variants_are_compared() -> None:
    findings = compare(sample(), sample(), ["napi"])
    assert {finding.metric for finding in findings} == {
        "napi.bytes",
        "napi-edge.bytes",
        "napi.floor",
        "napi.exports",
    }


def test_functions_that_changed_are_named_the_largest_first() -> None:
    head = sample()
    head.numbers["core.hs256-allow.instructions"] = 11000
    head.functions["core.hs256-allow.instructions"] = {"core: hash": 6100, "core: scan": 4000, "core: copy": 900}
    (found,) = [each for each in compare(sample(), head) if each.verdict is Verdict.FAIL]
    assert [(change.function, change.by) for change in found.functions] == [("core: copy", 900), ("core: hash", 100)]
    for text in (
        for_terminal([found], "a test", head),
        for_pull_request([found], "a test", head),
        json.dumps(for_programs([found], "a test", TOOLCHAIN, head)),
    ):
        assert "core: copy" in text and "core: scan" not in text


def test_judging_nothing_is_red(capsys: pytest.CaptureFixture[str]) -> None:
    assert gate.judge([], "nothing", TOOLCHAIN, Counts()) == 1
    assert "red" in capsys.readouterr().out


def test_files_are_written(tmp_path: Path) -> None:
    head = sample()
    head.numbers["napi.bytes"] = 90000
    files = (tmp_path / "new" / "gate.json", tmp_path / "gate.md")
    assert gate.judge(compare(sample(), head), "a test", TOOLCHAIN, head, *files) == 1
    told = json.loads(files[0].read_text())
    assert told["green"] is False and told["toolchain"] == TOOLCHAIN
    assert [each["metric"] for each in told["findings"] if each["verdict"] == "fail"] == ["napi.bytes"]
    comment = files[1].read_text()
    assert comment.startswith(MARKER) and "**red**" in comment
    assert "| `napi.bytes` | 80,000 | 90,000 | +12.50% | FAIL |" in comment


def test_a_comment_keeps_foreign_names_in_their_cell() -> None:
    head = sample()
    head.numbers["core.hs256-allow.instructions"] = 11000
    head.functions["core.hs256-allow.instructions"] = {"core: operator|(`x`)\n# title": 1000.0}
    comment = for_pull_request(compare(sample(), head), "a test", head)
    assert "`core: operator\\|(x) # title`" in comment
    assert "\n# title" not in comment


# ---- baselines ---------------------------------------------------------------------------------------


def test_a_baseline_is_found_by_its_toolchain(tmp_path: Path) -> None:
    path = gate_baseline.write(TOOLCHAIN, sample(), **HISTORY, folder=tmp_path)
    assert path.name.startswith("gcc-12.2.0-node-24.21.0-python-3.11.2-")
    found = gate_baseline.find(TOOLCHAIN, tmp_path)
    assert found and found.counts == sample() and found.history == [HISTORY]
    for name in TOOLCHAIN:
        assert gate_baseline.find({**TOOLCHAIN, name: "another"}, tmp_path) is None
    other = {**TOOLCHAIN, "node": "26.0.0"}
    near = gate_baseline.nearest(other, tmp_path)
    assert near and differences(other, near.toolchain) == ["node: 24.21.0 -> 26.0.0"]


def test_an_update_keeps_the_earlier_reasons(tmp_path: Path) -> None:
    gate_baseline.write(TOOLCHAIN, sample(), **HISTORY, folder=tmp_path)
    later = {**HISTORY, "reason": "a better hash"}
    gate_baseline.write(TOOLCHAIN, sample(), **later, folder=tmp_path)
    found = gate_baseline.find(TOOLCHAIN, tmp_path)
    assert found and found.history == [HISTORY, later]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("schema", 2),
        ("toolchain", {}),
        ("toolchain", {"node": 24}),
        ("history", []),
        ("history", [{**HISTORY, "reason": ""}]),
        ("history", [{"reason": "no date"}]),
        ("numbers", {}),
        ("numbers", {"core.hs256-allow.own": "4000"}),
        ("numbers", {"core.hs256-allow.own": -1}),
        ("numbers", {"core.hs256-allow.own": True}),
        ("functions", {"core.hs256-allow.own": {"f": None}}),
        ("facts", {"napi.floor": "GLIBC 2.14"}),
        ("surplus", 1),
    ],
)
def test_a_malformed_baseline_is_refused(tmp_path: Path, member: str, value: object) -> None:
    path = gate_baseline.write(TOOLCHAIN, sample(), **HISTORY, folder=tmp_path)
    data = json.loads(path.read_text())
    path.write_text(json.dumps({**data, member: value}))
    with pytest.raises(Failure, match=f"{path.name} is no baseline: .*{member}"):
        gate_baseline.find(TOOLCHAIN, tmp_path)
    if member in data:
        del data[member]
        path.write_text(json.dumps(data))
        with pytest.raises(Failure, match=f"is no baseline: {member}"):
            gate_baseline.find(TOOLCHAIN, tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"schema": 1}'])
def test_what_is_no_baseline_at_all_is_refused(tmp_path: Path, text: str) -> None:
    path = gate_baseline.path_of(TOOLCHAIN, tmp_path)
    path.write_text(text)
    with pytest.raises(Failure, match="is no baseline"):
        gate_baseline.find(TOOLCHAIN, tmp_path)


def test_a_baseline_under_another_name_is_refused(tmp_path: Path) -> None:
    path = gate_baseline.write({**TOOLCHAIN, "node": "26.0.0"}, sample(), **HISTORY, folder=tmp_path)
    path.rename(gate_baseline.path_of(TOOLCHAIN, tmp_path))
    with pytest.raises(Failure, match="not the one of its name"):
        gate_baseline.find(TOOLCHAIN, tmp_path)


def test_the_baselines_of_the_tree_are_whole() -> None:
    files = sorted(gate_baseline.FOLDER.glob("*.json"))
    assert files
    for file in files:
        baseline = gate_baseline.read(file)
        assert gate_baseline.path_of(baseline.toolchain) == file
        numbers = baseline.counts.numbers
        for variant in VARIANTS:
            assert f"{variant}.hs256-allow.load" in numbers
            for operation in OPERATIONS:
                assert numbers[f"{variant}.{operation}.instructions"] >= numbers[f"{variant}.{operation}.own"] > 0
                if operation != "rs256-allow":  # OpenSSL and node:crypto take memory of their own
                    assert numbers[f"{variant}.{operation}.allocations"] == 0


# ---- the command -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--update"], "needs --reason"),
        (["--update", "--reason", " "], "needs --reason"),
        (["--update", "--reason", "x", "--only", "core"], "without --only"),
        (["--update", "--reason", "x", "--base", "HEAD"], "without --only"),
        (["--reason", "x"], "belongs to --update"),
        (["--only", "rust"], "invalid choice"),
    ],
)
def test_wrong_words_are_refused(dev: Run, words: list[str], told: str) -> None:
    done = dev("gate", *words)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_variants_of_the_command_are_those_that_are_counted(dev: Run) -> None:
    assert f"--only {{{','.join(VARIANTS)}}}" in dev("gate", "--help").stdout


def test_a_missing_valgrind_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="valgrind is missing; ./dev setup installs it"):
        gate_callgrind.count(["true"], {"PATH": str(tmp_path)}, tmp_path)


def test_a_program_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"exit code 1[\s\S]*no such operation"):
        program = HEAD.native / "gate" / "portcullis_gate_core"
        gate_callgrind.count([program, GATE / "inputs.json", "run", "nothing", "1", "1"], {}, tmp_path)


def test_the_base_is_a_commit() -> None:
    revision = base_revision("HEAD")
    assert len(revision) == 40
    with pytest.raises(Failure, match="no such commit"):
        base_revision("no-such-branch")


def test_an_unknown_toolchain_has_the_base_counted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All of the flow but the building and counting, which take minutes."""
    monkeypatch.setattr(gate_baseline, "FOLDER", tmp_path)
    monkeypatch.setattr(gate_baseline.find, "__defaults__", (tmp_path,))
    monkeypatch.setattr(gate_baseline.nearest, "__defaults__", (tmp_path,))
    gate_baseline.write({**TOOLCHAIN, "node": "22.0.0"}, sample(), **HISTORY, folder=tmp_path)
    head = sample()
    head.numbers["core.hs256-allow.instructions"] = 10500
    counted = iter([(TOOLCHAIN, head), (TOOLCHAIN, sample())])
    built = []

    class Base:
        def __init__(self, revision: str) -> None:
            built.append(revision)

        def __enter__(self) -> Base:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr(gate, "build_head", lambda: HEAD)
    monkeypatch.setattr(gate, "base_tree", Base)
    monkeypatch.setattr(gate, "count_tree", lambda *_: next(counted))
    from dev.cli import main

    assert main(["gate"]) == 1
    told = capsys.readouterr().out
    assert len(built) == 1 and built[0] in (base_revision("HEAD~1"), base_revision(None))
    assert "node: 22.0.0 -> 24.21.0" in told
    assert "FAIL     core.hs256-allow.instructions: 10,000 -> 10,500 +5.00%" in told


# ---- reading -----------------------------------------------------------------------------------------

PART = """\
desc: Trigger: Client Request: 2n
positions: line
events: Ir
ob=/somewhere/portcullis.node
fl=???
fn=first(int)
0 10
cob=/lib/libc.so.6
cfn=malloc
calls=3 0
0 900
cfn=second
calls=2 0
0 40
0 5
fn=second'2
0 20
ob=/lib/libc.so.6
fn=malloc
0 900
ob=???
fn=0x0000000012345678
0 7
totals: 942
"""


def test_a_part_is_read_by_function() -> None:
    mark, cost = gate_callgrind.parse(PART)
    assert mark == "2n"
    assert cost.total == 942
    assert cost.instructions == {
        "portcullis.node: first(int)": 15,
        "portcullis.node: second": 20,
        "libc.so.6: malloc": 900,
        gate_callgrind.MADE_AT_RUN_TIME: 7,
    }
    assert cost.calls == {"libc.so.6: malloc": 3, "portcullis.node: second": 2}


def test_exports_and_sizes_are_read(tmp_path: Path) -> None:
    assert exported(HEAD.addon) == ["napi_register_module_v1", "node_api_module_get_api_version_v1"]
    file = tmp_path / "file"
    file.write_bytes(bytes(100_000))
    assert 0 < zipped([file]) < 1000


# ---- end to end --------------------------------------------------------------------------------------


def test_the_inputs_are_what_makes_them_makes(tmp_path: Path) -> None:
    from dev.paths import NODE_BIN

    subprocess.run([NODE_BIN / "node", GATE / "make_inputs.js", tmp_path / "inputs.json"], check=True)
    assert (tmp_path / "inputs.json").read_bytes() == (GATE / "inputs.json").read_bytes()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with staged(HEAD) as made:
        yield made


def test_functions_have_names(folder: Path) -> None:
    """What is counted is the code that is shipped, linked once more with names."""
    for module in ("bindings-node/portcullis.node", f"portcullis/{HEAD.extension.name}"):
        symbols = subprocess.run(["readelf", "--wide", "--symbols", folder / module], capture_output=True, text=True)
        assert "judge_token" in symbols.stdout, module


def test_all_variants_decide_alike(folder: Path) -> None:
    check_decisions(folder, list(VARIANTS.values()))


def test_a_wrong_decision_is_not_counted(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy")
    inputs = tmp_path / "copy" / "inputs.json"
    data = json.loads(inputs.read_text())
    data["operations"][2]["reason"] = "ok"  # of the forged token
    inputs.write_text(json.dumps(data))
    for variant in VARIANTS.values():
        with pytest.raises(Failure, match=f"{variant.name} decides wrongly: bad-signature"):
            check_decisions(tmp_path / "copy", [variant])
    with pytest.raises(Failure, match="bad-signature: wrong decision"):
        count_run(VARIANTS["core"], tmp_path / "copy", "bad-signature")


def test_the_toolchain_is_told(folder: Path) -> None:
    told = toolchain(folder)
    assert set(told) == {"compiler", "processor", "glibc", "libcrypto", "valgrind", "node", "python", "emcc"}
    assert "ssse3" in told["processor"]
    assert all(told.values())


@pytest.mark.parametrize("variant", ["core", "napi", "pybind11"])
def test_counts_repeat(folder: Path, variant: str) -> None:
    first, second = (count_run(VARIANTS[variant], folder, "hs256-allow") for _ in range(2))
    assert first.numbers and set(first.numbers) == set(second.numbers)
    for metric, number in first.numbers.items():
        assert second.numbers[metric] == pytest.approx(number, rel=0.001)
    assert first.numbers[f"{variant}.hs256-allow.allocations"] == 0


def test_loads_repeat(folder: Path) -> None:
    first, second = (count_load(VARIANTS["pybind11"], folder, "hs256-allow") for _ in range(2))
    assert first.numbers["pybind11.hs256-allow.load"] > 100_000
    assert second.numbers == pytest.approx(first.numbers, rel=0.001)


def test_allocations_are_counted(folder: Path) -> None:
    """RS256 in WASM is the host's, which takes memory: the counter counts."""
    assert count_run(VARIANTS["wasm"], folder, "rs256-allow").numbers["wasm.rs256-allow.allocations"] >= 1


Count = Callable[[int], Counts]


@pytest.fixture
def planted(folder: Path, tmp_path: Path) -> Count:
    """Counts a core that does so many rounds of nothing after each decision."""
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    shutil.copy(HEAD.native / "gate" / "portcullis_gate_core_planted", copy / "portcullis_gate_core")
    return lambda rounds: count_run(
        VARIANTS["core"], copy, "hs256-allow", {"PORTCULLIS_GATE_ROUNDS": str(rounds)}
    )


def test_a_planted_slowdown_of_a_twentieth_is_red(
    planted: Count, capsys: pytest.CaptureFixture[str]
) -> None:
    before = planted(0)
    number = before.numbers["core.hs256-allow.instructions"]
    one = (planted(1000).numbers["core.hs256-allow.instructions"] - number) / 1000
    assert 1 < one < 10
    after = planted(round(number * 0.05 / one))
    assert after.numbers["core.hs256-allow.instructions"] == pytest.approx(number * 1.05, rel=0.002)
    findings = compare(before, after)
    assert verdict_of(findings, "core.hs256-allow.instructions") is Verdict.FAIL
    assert gate.judge(findings, "a test", TOOLCHAIN, after) == 1
    told = capsys.readouterr().out
    assert "FAIL     core.hs256-allow.instructions" in told
    assert "run(" in told  # the function that has the planted work


def test_a_planted_nothing_is_green(
    folder: Path, planted: Count, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate.judge(compare(planted(0), planted(0)), "a test", TOOLCHAIN, Counts()) == 0
    clean = count_run(VARIANTS["core"], folder, "hs256-allow")
    assert gate.judge(compare(clean, planted(0)), "a test", TOOLCHAIN, Counts()) == 0
    assert "the gate is green" in capsys.readouterr().out


def test_what_has_not_settled_is_no_count(folder: Path) -> None:
    cold = replace(VARIANTS["napi"], warm_up=0, calls=20)
    with pytest.raises(Failure, match="it has not settled"):
        count_run(cold, folder, "hs256-allow")
