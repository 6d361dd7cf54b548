"""./dev try: one event through each variant that is built."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASES = json.loads((ROOT / "tests/vectors/decisions/algorithms.json").read_text())
VARIANTS = ("napi", "wasm", "wasm-self-contained", "pybind11", "wasm-inline", "wasm-handler")


def event_of(case: dict[str, Any], tmp_path: Path) -> tuple[Path, Path, int]:
    event, policy = tmp_path / "event.json", tmp_path / "policy.json"
    event.write_text(json.dumps(case["event"]))
    policy.write_text(json.dumps(CASES["policies"][case["policy"]]))
    return event, policy, case["now"]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    argv = [str(ROOT / "dev"), "try", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, check=False)


def case(decision: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        one for one in CASES["cases"] if one["expect"]["decision"] == decision and one["policy"] == "hs256"
    )
    return found


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("decision", ["allow", "deny"])
def test_each_variant_prints_the_decision(variant: str, decision: str, tmp_path: Path) -> None:
    one = case(decision)
    event, policy, now = event_of(one, tmp_path)
    done = run("--event", event, "--policy", policy, "--now", now, "--variant", variant)
    assert done.returncode == 0, done.stderr
    assert f"{variant}: {decision} ({one['expect']['reason']})" in done.stdout
    assert ("www-authenticate" in done.stdout.lower()) is (decision == "deny")
    assert "handler, median of" in done.stdout


def test_all_variants_agree(tmp_path: Path) -> None:
    event, policy, now = event_of(case("deny"), tmp_path)
    done = run("--event", event, "--policy", policy, "--now", now, "--variant", "all", "--json")
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    assert tuple(answers) == VARIANTS
    assert {answer["reason"] for answer in answers.values()} == {case("deny")["expect"]["reason"]}


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_time_is_the_clock_s_without_one(variant: str, tmp_path: Path) -> None:
    event, policy, _ = event_of(case("deny"), tmp_path)
    done = run("--event", event, "--policy", policy, "--variant", variant)
    assert done.returncode == 0, done.stderr
    assert "deny" in done.stdout


def test_what_judges_nothing_gives_the_request_back(tmp_path: Path) -> None:
    one = case("deny")
    event, policy, _ = event_of(one, tmp_path)
    done = run("--event", event, "--variant", "wasm-passthrough", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["wasm-passthrough"]
    assert told["handler"]["value"] == one["event"]["Records"][0]["cf"]["request"]
    assert [json.loads(line)["event"] for line in told["log"]] == ["start", "call"]
    both = run("--event", event, "--variant", "wasm-passthrough", "--variant", "napi")
    assert both.returncode == 2
    assert "--policy: --variant napi needs one" in both.stderr


def test_a_policy_that_cannot_be_used_is_told_with_its_place(tmp_path: Path) -> None:
    event, policy, _ = event_of(case("allow"), tmp_path)
    policy.write_text("{}")
    done = run("--event", event, "--policy", policy)
    assert done.returncode == 1
    assert "policy: $.algorithms: expected" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("text", "words"), [("{", "expected JSON"), (None, "No such file")])
def test_an_event_that_cannot_be_read_is_told(text: str | None, words: str, tmp_path: Path) -> None:
    _, policy, _ = event_of(case("allow"), tmp_path)
    event = tmp_path / "other.json"
    if text is not None:
        event.write_text(text)
    done = run("--event", event, "--policy", policy)
    assert done.returncode == 1
    assert words in done.stderr
