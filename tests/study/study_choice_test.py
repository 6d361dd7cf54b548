"""The chooser's rule, on data made by hand; and how a run is packed for it."""

from __future__ import annotations

import copy
import io
import itertools
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import choice_sample
import numpy as np
import pytest
from choice_sample import claim, contender, data, life, usual
from conftest import ROOT
from rich.console import Console

from harness import choice, choice_cli
from harness.folder import FolderError, RunFolder
from harness.resampling import Resampler


def ask(packed: dict[str, Any], **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = choice.ask(packed, [given])["answers"][0]
    return answer


def considered(answer: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in answer["considered"] if row["name"] == name)


def kept(answer: dict[str, Any]) -> set[str]:
    return {row["name"] for row in answer["considered"] if row["kept"]}


# --- every kind of answer -----------------------------------------------------------------------


def test_a_claim_moves_the_choice_to_the_more_complex_one() -> None:
    answer = ask(usual())
    assert (answer["kind"], answer["variant"]) == ("variant", "wasm-host")
    assert "the sentence of lifetime:wasm-host, here" in answer["sentences"]
    assert answer["runner_up"]["name"] == "js-tuned"
    assert answer["probability_best"] == 1


@pytest.mark.parametrize("verdict", ["equivalent", "small", "slower"])
def test_without_a_claim_the_simplest_stays(verdict: str) -> None:
    """The point estimates are the same as above: alone they never move the choice."""
    answer = ask(usual(verdict), accepts=["native-binary"])
    assert (answer["kind"], answer["variant"]) == ("javascript-keyobject", "js-tuned")
    assert "KeyObject" in answer["answer"]
    assert answer["probability_best"] == 0  # and it says so


def test_a_string_secret_today_is_answered_with_a_keyobject() -> None:
    answer = ask(usual("equivalent"), current="string-secret")
    assert answer["kind"] == "javascript-keyobject"
    assert answer["answer"] == "Pass a KeyObject instead of the string, and stay with JavaScript."
    assert "the sentence of warm:js-article, here" in answer["sentences"]


def test_a_team_with_jsonwebtoken_needs_a_claim_even_for_something_as_simple() -> None:
    contenders = [contender("js-tuned", role="reference"), contender("js-bare", complexity=0)]
    series = [life("js-tuned", 80, 1.0), life("js-bare", 60, 1.0)]
    packed = data(contenders, series, [claim("lifetime", "js-bare", 0.9, "equivalent")])
    assert ask(packed)["variant"] == "js-bare"
    assert ask(packed, current="key-object")["variant"] == "js-tuned"


def test_signed_cookies_when_only_the_files_matter() -> None:
    answer = ask(usual(), need="files")
    assert (answer["kind"], answer["variant"]) == ("signed-cookies", None)
    assert any("wasm-host" in sentence for sentence in answer["sentences"])  # what else, if that is no way
    assert ask(usual(), need="files", trigger="worker")["kind"] == "variant"
    assert ask(usual(), need="files", trigger="lambda-authorizer")["kind"] == "variant"


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({}, "cloudfront-functions"),
        ({"trigger": "origin-request"}, "variant"),
        ({"claims": "rules"}, "variant"),
        ({"algorithms": ["HS256", "RS256"], "runtime": "python"}, "none"),
    ],
)
def test_cloudfront_functions_within_their_limits(given: dict[str, Any], kind: str) -> None:
    answer = ask(usual(), **({"claims": "scope"} | given))
    assert answer["kind"] == kind or (kind == "none" and answer["kind"] == "undecided")
    row = considered(answer, "cloudfront-functions")
    assert row["kept"] == (kind == "cloudfront-functions")
    assert row["why"]


def test_undecided_asks_for_rounds() -> None:
    answer = ask(usual("undecided"))
    assert (answer["kind"], answer["variant"]) == ("undecided", "js-tuned")
    assert answer["rounds_more"] == 40 / 2  # the gains are large: what is missing is half as much again
    assert "20 more rounds" in answer["answer"]
    assert "Until then js-tuned" in answer["answer"]


def test_an_invalid_claim_asks_for_another_run() -> None:
    answer = ask(usual("invalid"))
    assert answer["kind"] == "undecided"
    assert answer["rounds_more"] is None
    assert "run it again" in answer["answer"]


def test_doubt_about_a_gain_below_the_margin_is_no_doubt() -> None:
    contenders = [contender("js-tuned", role="reference"), contender("wasm-host", complexity=2)]
    series = [life("js-tuned", 80, 1.0), life("wasm-host", 79, 1.0)]
    answer = ask(data(contenders, series, [claim("lifetime", "wasm-host", 0.99, "undecided")]))
    assert answer["kind"] == "javascript-keyobject"


def test_rounds_are_reckoned_when_two_claims_stand_between() -> None:
    """Both beat the reference; their intervals meet, so that they are not told apart from each other."""
    contenders = [contender("js-bare", complexity=0), contender("napi", complexity=4)]
    series = [life("js-bare", 80, 1.0), life("napi", 40, 1.0)]
    claims = [claim("lifetime", "js-bare", 0.9, "faster", width=0.1), claim("lifetime", "napi", 0.8, "faster", width=0.1)]
    answer = ask(data(contenders, series, claims))
    assert answer["kind"] == "undecided"
    assert answer["rounds_more"] > 10


def test_two_claims_whose_intervals_do_not_meet_are_a_claim() -> None:
    contenders = [contender("js-bare", complexity=0), contender("napi", complexity=4)]
    series = [life("js-bare", 80, 1.0), life("napi", 40, 1.0)]
    claims = [claim("lifetime", "js-bare", 0.9, "faster"), claim("lifetime", "napi", 0.7, "faster")]
    assert ask(data(contenders, series, claims))["variant"] == "napi"


def test_a_p99_budget_is_not_applied_where_none_was_measured() -> None:
    for trigger in ("worker", "server"):
        answer = ask(usual(), trigger=trigger, p99_ms=0.001)
        assert answer["kind"] == "variant"
        assert any("the p99 budget was not applied" in caution for caution in answer["cautions"])
        assert any("the p99 of a request was not measured" in sentence for sentence in answer["sentences"])


def test_too_few_rounds_leave_it_undecided_without_a_number() -> None:
    """Claims without an interval: direct ones, turned ones, and two against one reference."""
    contenders = [contender("js-bare", complexity=0), contender("napi", complexity=4)]
    series = [life("js-bare", 80, 1.0), life("napi", 40, 1.0)]
    ways = [
        [claim("lifetime", "napi", 0.6, "undecided", reference="js-bare", width=None, pairs=None)],
        [claim("lifetime", "js-bare", 1.6, "undecided", reference="napi", width=None, pairs=None)],
        [
            claim("lifetime", "js-bare", 0.9, "undecided", width=None, pairs=None),
            claim("lifetime", "napi", 0.6, "undecided", width=None, pairs=None),
        ],
    ]
    for claims in ways:
        answer = ask(data(contenders, series, claims))
        assert (answer["kind"], answer["rounds_more"]) == ("undecided", None)
        assert "NaN" not in json.dumps(answer) and "run it again" in answer["answer"]


def test_rounds_are_those_of_the_run_and_not_pairs() -> None:
    """160 pairs in 40 rounds: half as much again are 20 rounds, not 80."""
    packed = usual("undecided")
    packed["claims"] = [row | {"of": row["of"].replace(" 40 55", " 160 220")} for row in packed["claims"]]
    assert ask(packed)["rounds_more"] == 20


# --- several at once ----------------------------------------------------------------------------


def three(claims: list[dict[str, Any]]) -> dict[str, Any]:
    """js-tuned, and two more complex ones of which the last is the quickest."""
    contenders = [contender("js-tuned", role="reference"), contender("wasm-host", complexity=2), contender("napi", complexity=4)]
    series = [life("js-tuned", 80, 1.0), life("wasm-host", 50, 1.0), life("napi", 40, 1.0)]
    return data(contenders, series, claims)


def test_a_winner_has_to_beat_the_simpler_ones_that_were_passed_over() -> None:
    claims = [claim("lifetime", "napi", 0.85, "faster"), claim("lifetime", "wasm-host", 0.88, "undecided", width=0.2)]
    answer = ask(three(claims), requests_per_sandbox=100)
    assert (answer["kind"], answer["variant"]) == ("undecided", "js-tuned")
    assert "but not wasm-host, which is simpler" in considered(answer, "napi")["why"]
    direct = claim("lifetime", "napi", 0.94, "faster", reference="wasm-host", width=0.01)
    answer = ask(three([*claims, direct]), requests_per_sandbox=100)
    assert (answer["kind"], answer["variant"]) == ("variant", "napi")
    assert considered(answer, "wasm-host")["why"] == "simpler, but napi beats it by a claim"


def test_a_direct_claim_stands_before_two_by_way_of_the_reference() -> None:
    claims = [claim("lifetime", "wasm-host", 0.9, "faster"), claim("lifetime", "napi", 0.7, "faster")]
    assert ask(three(claims), requests_per_sandbox=100)["variant"] == "napi"
    direct = claim("lifetime", "napi", 0.94, "equivalent", reference="wasm-host")
    assert ask(three([*claims, direct]), requests_per_sandbox=100)["variant"] == "wasm-host"


def equals(verdict: str) -> dict[str, Any]:
    """The reference, and one as simple that looks quicker."""
    contenders = [contender("js-tuned", role="reference"), contender("js-fast"), contender("js-jose")]
    series = [life("js-tuned", 80, 1.0), life("js-fast", 70, 1.0), life("js-jose", 160, 1.0)]
    return data(contenders, series, [claim("lifetime", "js-fast", 0.95, verdict), claim("lifetime", "js-jose", 1.4, "slower")])


def test_among_equally_simple_ones_the_reference_stays_without_a_claim() -> None:
    answer = ask(equals("undecided"), requests_per_sandbox=100)
    assert (answer["kind"], answer["variant"]) == ("javascript-keyobject", "js-tuned")
    said = " ".join(answer["sentences"])
    assert "None of the 3 variants left is simpler than js-tuned" in said
    assert "As simple, and as good as this run can tell: js-fast." in said and "0 % of the 20 resamplings" in said
    assert considered(answer, "js-fast")["why"] == "as simple as js-tuned, and as good as this run can tell"
    assert considered(answer, "js-jose")["why"] == "as simple as js-tuned, and a claim makes it the slower one"


def test_among_equally_simple_ones_a_claim_decides() -> None:
    answer = ask(equals("faster"), requests_per_sandbox=100)
    assert answer["variant"] == "js-fast"
    assert not any("as good as this run can tell" in sentence for sentence in answer["sentences"])


def test_a_flip_of_the_rule_is_marked() -> None:
    """The start is quicker by a claim, and start and requests together are not: it changes where the rule does."""
    contenders = [contender("js-tuned", role="reference"), contender("napi", complexity=4)]
    series = [life("js-tuned", 80, 0.1), life("napi", 40, 0.1)]
    claims = [claim("ready", "napi", 0.5, "faster"), claim("lifetime", "napi", 0.9, "equivalent")]
    answer = ask(data(contenders, series, claims), requests_per_sandbox=5)
    flip = next(flip for flip in answer["flip_points"] if flip["input"] == "requests_per_sandbox")
    assert (answer["variant"], flip["at"], flip["rule"]) == ("napi", 10, True)
    assert "the rule itself changes: below 10 requests the start alone decides" in flip["sentence"]
    assert not any(flip["rule"] for flip in ask(usual())["flip_points"])


def test_nothing_fits() -> None:
    answer = ask(usual(), algorithms=["EdDSA"])
    assert (answer["kind"], answer["variant"], answer["probability_best"]) == ("none", None, None)
    assert answer["runner_up"] is None
    assert any("can't verify EdDSA" in sentence for sentence in answer["sentences"])
    late = ask(usual(), p99_ms=5)
    assert late["kind"] == "none"
    assert late["answer"] == "None of the variants keeps the p99 below 5 ms."
    assert late["sentences"][0] == "The p99 of 2 of 10 is over the budget of 5 ms; the nearest is js-tuned with 20.0 ms."


def test_what_a_run_did_not_measure_is_undecided() -> None:
    for mode in ("quick", "full"):
        answer = ask(usual(mode=mode), runtime="python", algorithms=["RS256"])
        assert answer["kind"] == "undecided"
        assert f"this {mode} run has no figures for RS256" in answer["answer"]
        assert ("./dev study --full" in answer["answer"]) == (mode == "quick")


def test_a_quick_run_says_that_it_is_exploratory() -> None:
    answer = ask(usual(exploratory=True, mode="quick"))
    assert answer["exploratory"]
    assert any("exploratory" in caution for caution in answer["cautions"])
    assert not any("exploratory" in caution for caution in ask(usual())["cautions"])


# --- filters ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "given", "why"),
    [
        ({"role": "baseline", "decides": False}, {}, "decides nothing"),
        ({"role": "historical"}, {}, "history"),
        ({"runtime": "python"}, {}, "Python"),
        ({"targets": ["lambda"]}, {}, "can't be deployed"),
        ({"algorithms": ["HS256", "RS256"]}, {"algorithms": ["HS256", "ES256"]}, "can't verify ES256"),
        ({"accepts": ["native-binary"]}, {}, "native binary"),
        ({"accepts": ["native-binary", "toolchain"]}, {"accepts": ["native-binary"]}, "needs toolchain"),
        ({"status": "not built", "reasons": ["no rustc here"]}, {}, "no rustc here"),
        ({"sizes": {"HS256": {"zip": 60_000_000, "unpacked": 1, "gzip": 1}}}, {}, "its zip of 60.0 MB"),
        ({"sizes": {"HS256": {"zip": 1, "unpacked": 300_000_000, "gzip": 1}}}, {"trigger": "lambda-authorizer"}, "unpacked"),
    ],
)
def test_a_filter_gives_its_reason(change: dict[str, Any], given: dict[str, Any], why: str) -> None:
    packed = data([contender("js-tuned"), contender("other", **change)], [life("js-tuned", 80, 1.0), life("other", 20, 0.5)], [])
    row = considered(ask(packed, **given), "other")
    assert not row["kept"]
    assert why in row["why"]


def test_limits_of_workers() -> None:
    big = contender("worker-wasm", runtime="workerd", sizes={"HS256": {"zip": 1, "unpacked": 1, "gzip": 11_000_000}})
    answer = ask(data([big], [choice_sample.calls("worker-wasm", 5000, "worker")], []), trigger="worker")
    assert "compressed" in considered(answer, "worker-wasm")["why"]


def test_the_older_limit_is_told_and_not_judged() -> None:
    heavy = contender("napi", sizes={"HS256": {"zip": 1_100_000, "unpacked": 1, "gzip": 1}})
    answer = ask(data([heavy], [life("napi", 50, 1.0)], []))
    assert answer["variant"] == "napi"
    assert any("older limit" in caution for caution in answer["cautions"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rps": 20_000}, "quota"),
        ({"keys": "rotate"}, "deployment"),
        ({"trigger": "origin-request"}, "cache key"),
        ({"trigger": "worker", "runtime": "python"}, "JavaScript in Workers"),
    ],
)
def test_cautions(given: dict[str, Any], words: str) -> None:
    assert any(words in caution for caution in ask(usual(), **given)["cautions"])
    assert not any(words in caution for caution in ask(usual())["cautions"])


def test_more_accepted_things_never_remove_a_choice() -> None:
    source = random.Random(3)
    subsets = [list(words) for count in range(4) for words in itertools.combinations(("native-binary", "toolchain", "own-code"), count)]
    base: dict[str, Any] = {"runtime": "either", "requests_per_sandbox": source.randrange(1, 5000)}
    answers = choice.ask(usual(), [base | {"accepts": words} for words in subsets])["answers"]
    for (some, small), (more, large) in itertools.permutations(zip(subsets, answers, strict=True), 2):
        if set(some) <= set(more):
            assert kept(small) <= kept(large)


# --- figures ------------------------------------------------------------------------------------


def test_the_time_of_a_request_in_its_life() -> None:
    """Start 80 ms, first request 21 ms, 1 ms for each of the others."""
    packed = data([contender("js-tuned")], [life("js-tuned", 80, 1.0, first_ms=20, tail_ms=7)], [])
    for k, p99 in ((1, 101.0), (20, 101.0), (100, 101.0), (200, 7.0), (5000, 7.0)):
        found = ask(packed, requests_per_sandbox=k)["figures"]
        assert found["score"] == pytest.approx((80 + 20 + k) / k * 1e6)
        assert found["p99"] == pytest.approx(p99 * 1e6)


def test_what_is_not_billed_is_not_in_the_time_of_a_request() -> None:
    packed = usual()
    assert ask(packed, trigger="worker")["figures"]["score"] == pytest.approx(5000)
    assert ask(packed, trigger="worker")["figures"]["p99"] is None
    server = ask(packed, trigger="server")
    assert server["figures"]["cost"] is None
    assert server["figures"]["score"] == pytest.approx(2500)


def test_figures_name_their_machine_and_n_and_the_bundle_its_command() -> None:
    packed = usual()
    packed["contenders"][3]["pack"] = "wasm"
    sentences = ask(packed)["sentences"]
    assert any("(an invented machine, modelled Lambda; n = 40 processes)" in sentence for sentence in sentences)
    assert sentences[-1] == "`./dev pack --variant wasm --target lambda-edge` makes its bundle."


def test_money_of_the_choice() -> None:
    packed = data([contender("js-tuned")], [life("js-tuned", 80, 1.0)], [])
    found = ask(packed, requests_per_sandbox=100, rps=10)["figures"]
    per_ms = 0.00005001 * 128 / 1024 / 1000
    assert found["cost"] == pytest.approx(0.60 + 1e6 * per_ms * 1 + 1e4 * per_ms * 80)
    assert found["cost_per_month"] == pytest.approx(found["cost"] * 10 * 86400 * 30 / 1e6)


def test_the_probability_is_a_share_of_the_resamplings() -> None:
    """The one swings by 10 % up and down, the other stays: in half of the resamplings it is ahead."""
    packed = data([contender("a"), contender("b")], [life("a", 80, 1.0), life("b", 81, 1.0, swing=0.1)], [])
    answer = ask(packed)
    assert answer["variant"] == "a"
    assert answer["probability_best"] == pytest.approx(0.5)
    assert considered(answer, "b")["probability_best"] == pytest.approx(0.5)
    assert answer["runner_up"]["name"] == "b"


def test_a_claim_that_does_not_show_in_the_requests_moves_nothing() -> None:
    """Ten times as fast in the call, but the requests of such a life swing too much to show a gain."""
    contenders = [contender("js-tuned", role="reference"), contender("napi", complexity=4)]
    series = [life("js-tuned", 80, 1.0), life("napi", 80, 0.95, swing=0.2)]
    answer = ask(data(contenders, series, [claim("warm", "napi", 0.1, "faster")]), requests_per_sandbox=100_000)
    assert answer["variant"] == "js-tuned"
    assert "does not show it for sure" in considered(answer, "napi")["why"]


def test_a_p99_budget_in_doubt_is_said() -> None:
    packed = data([contender("a")], [life("a", 80, 1.0, swing=0.1, tail_ms=10)], [])
    assert any("50 % of the 20 resamplings" in caution for caution in ask(packed, p99_ms=10.5)["cautions"])
    assert not any("resamplings" in caution for caution in ask(packed, p99_ms=12)["cautions"])


# --- flip points --------------------------------------------------------------------------------

QUESTIONS: list[dict[str, Any]] = [
    {},
    {"requests_per_sandbox": 3},
    {"requests_per_sandbox": 2000},
    {"accepts": ["native-binary"]},
    {"p99_ms": 15, "accepts": ["native-binary"]},
    {"p99_ms": 5},
    {"runtime": "python", "accepts": ["native-binary"]},
    {"runtime": "either"},
    {"trigger": "worker"},
    {"need": "files"},
    {"claims": "scope", "p99_ms": 500},
]


@pytest.mark.parametrize("verdict", ["faster", "undecided", "equivalent"])
def test_flip_points_flip(verdict: str) -> None:
    """On its one side the answer is the old one, on its other side the new one."""
    packed = usual(verdict)
    answers = choice.ask(packed, QUESTIONS)["answers"]
    sides: list[dict[str, Any]] = []
    expected: list[str] = []
    for question, answer in zip(QUESTIONS, answers, strict=True):
        for flip in answer["flip_points"]:
            assert flip["becomes"] != answer["name"]
            assert flip["becomes"] in flip["sentence"]
            sides += [question | {flip["input"]: flip["at"]}, question | {flip["input"]: flip["keeps"]}]
            expected += [flip["becomes"], answer["name"]]
    assert len(sides) > 40
    found = choice.ask(packed, sides)["answers"]
    assert [answer["name"] for answer in found] == expected


def test_the_flip_point_of_a_life_is_exact() -> None:
    """Saves 20 ms of (100 + k) ms: that is 5 % up to 300 requests."""
    flip = next(flip for flip in ask(usual())["flip_points"] if flip["input"] == "requests_per_sandbox")
    assert (flip["keeps"], flip["at"], flip["becomes"]) == (300, 301, "js-tuned")


# --- input --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"trigger": "edge"}, "trigger: expected one of viewer-request"),
        ({"runtime": "ruby"}, 'runtime: expected one of node, python, either; got "ruby"'),
        ({"algorithms": []}, "algorithms: expected at least 1"),
        ({"algorithms": "HS256"}, "algorithms: expected a list"),
        ({"algorithms": ["HS512"]}, "algorithms: expected some of HS256"),
        ({"rps": 0}, "rps: expected a number from 0.001"),
        ({"rps": "many"}, "rps: expected a number"),
        ({"rps": None}, "rps: expected a number"),
        ({"requests_per_sandbox": 1.5}, "requests_per_sandbox: expected a whole number"),
        ({"requests_per_sandbox": 0}, "requests_per_sandbox: expected a whole number from 1"),
        ({"p99_ms": -1}, "p99_ms: expected a number from 0.001 to 1000000, or nothing"),
        ({"accepts": ["docker"]}, "accepts: expected some of native-binary, toolchain, own-code; got docker"),
        ({"colour": "red"}, "colour: not an input; known: trigger, runtime"),
    ],
)
def test_wrong_input(given: dict[str, Any], problem: str) -> None:
    problems = ask(usual(), **given)["problems"]
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert len(ask(usual(), trigger="x", rps=-1, colour=1)["problems"]) == 3


def test_an_address_comes_back_as_it_was() -> None:
    questions = [{}, *QUESTIONS, {"algorithms": ["RS256", "HS256"], "rps": 0.25, "keys": "rotate", "current": "key-object"}]
    answers = choice.ask(usual(), questions)["answers"]
    again = choice.ask(usual(), [answer["state"] for answer in answers])["answers"]
    assert again == answers
    assert answers[-1]["input"]["algorithms"] == ["HS256", "RS256"]
    assert choice.ask(usual(), ["#" + answers[0]["state"]])["answers"] == answers[:1]


@pytest.mark.parametrize("state", ["colour=red", "rps=", "rps=many", "trigger", "trigger=%E0%A4%A"])
def test_a_broken_address_is_refused(state: str) -> None:
    assert choice.ask(usual(), [state])["answers"][0]["problems"]


def test_every_input_has_what_a_form_needs() -> None:
    for row in choice.inputs():
        assert row["label"]
        assert row["kind"] in ("one", "some", "number")
        if row["kind"] == "number":
            assert row["least"] < row["most"]
        else:
            assert set(row["default"] if isinstance(row["default"], list) else [row["default"]]) <= set(row["values"])


def test_the_same_question_has_the_same_answer() -> None:
    packed = usual()
    before = copy.deepcopy(packed)
    first, second = (json.dumps(choice.ask(packed, QUESTIONS)) for _ in range(2))
    assert first == second
    assert packed == before


# --- packing ------------------------------------------------------------------------------------


def test_the_p99_of_a_life() -> None:
    """One process: a first request of 50 ms behind a start of 100 ms, a stall of 20 ms among the steady requests of 1 ms."""
    waits = np.full(100, 1.0)
    waits[0], waits[99] = 50.0, 20.0
    tail = choice._Tail([100.0], [waits])
    once = np.ones(1)
    # 101 requests: the start is 1/101, the stall 1/101 + 1/50 of one: together over 1 %, the start alone is not.
    assert tail.p99(101, once) == 20.0
    # 10,000: the stall stands for every fiftieth request.
    assert tail.p99(10_000, once) == 20.0
    calm = choice._Tail([100.0], [np.concatenate([[50.0], np.full(99, 1.0)])])
    assert calm.p99(101, once) == 1.0
    # Up to a hundred requests, at least one of a hundred waits for the start.
    assert [tail.p99(life, once) for life in (1, 3, 10, 30, 100)] == [150.0] * 5
    # Of ten processes the slowest start is the p99 of lives of one request, and the quickest that of lives of a hundred.
    ten = choice._Tail([100.0 + i for i in range(10)], [np.ones(100)] * 10)
    assert (ten.p99(1, np.ones(10)), ten.p99(100, np.ones(10))) == (110.0, 101.0)


def test_resamplings_of_all_series_are_of_the_same_rounds() -> None:
    rows: choice.Rows = [(round_, {"warm": 100.0 + round_}, None) for round_ in range(12)]
    twice: choice.Rows = [(round_, {"warm": 2 * row["warm"]}, None) for round_, row, _ in rows]
    resampler = Resampler(range(12), 50, 7)
    (_, one), (_, two) = (choice._series(each, resampler) for each in (rows, twice))
    assert np.allclose(one["warm"], two["warm"])
    assert len(set(one["warm"])) > 5
    assert not np.allclose(one["warm"], choice._series(rows, Resampler(range(12), 50, 8))[1]["warm"])
    # One that lost a round still has the others: the two go up and down together.
    fewer = choice._series([row for row in twice if row[0] != 3], resampler)[1]["warm"]
    assert np.corrcoef(one["warm"], fewer)[0, 1] > 0.8
    # Where a resample holds none of its rounds, its own stand.
    assert all(len(places) for places in Resampler(range(12), 200, 7).places([0, 0, 5]))


def test_sentences_share_their_ends() -> None:
    claims = [
        {"says": "X is faster (95 % CI 1–2 %; 9 pairs); here, on Node"},
        {"says": "Y is slower (n = 3); here, on Node"},
        {"says": "plain"},
        {},
    ]
    found, places = choice._with_places(claims)
    assert places == ["); here, on Node"]
    assert [row.get("says") for row in found] == ["X is faster (95 % CI 1–2 %; 9 pairs", "Y is slower (n = 3", "plain", None]
    assert [row.get("at") for row in found] == [0, 0, None, None]


# --- the command --------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "choice.json").write_text(json.dumps({"data": usual()}), encoding="utf-8")
    (tmp_path / "analysis.json").write_text("{}", encoding="utf-8")
    return tmp_path


def test_the_answer_comes_first(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert choice_cli.main(["--run", str(run), "--p99-ms", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Deploy wasm-host (title of wasm-host)."
    for heading in ("Why", "How sure", "Runner-up", "The answer changes", "Left out"):
        assert heading in lines


@pytest.mark.parametrize("given", [*QUESTIONS, {"algorithms": ["EdDSA"]}])
def test_every_answer_can_be_shown(given: dict[str, Any]) -> None:
    shown = io.StringIO()
    answer = ask(usual("undecided"), **given)
    choice_cli.show(answer, Console(width=80, file=shown))
    assert shown.getvalue().startswith(answer["answer"][:40])


def test_wrong_use_is_told_apart(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert choice_cli.main(["--run", str(run), "--trigger", "edge", "--rps", "x"]) == 2
    assert capsys.readouterr().err.count("choose: ") == 2
    assert choice_cli.main(["--run", str(tmp_path / "nothing")]) == 1
    assert "choose: " in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        choice_cli.main(["--colour", "red"])
    assert ended.value.code == 2


def test_the_help_of_dev_names_every_option() -> None:
    told = subprocess.run([ROOT / "dev", "choose", "--help"], capture_output=True, text=True, check=True).stdout.split()
    assert {f"--{row['name'].replace('_', '-')}" for row in choice.inputs()} | {"--run", "--state", "--json"} <= set(told)


def test_the_newest_run_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept_ones = tmp_path / "made", tmp_path / "results"
    monkeypatch.setattr(choice_cli, "RUNS", (made, kept_ones))
    with pytest.raises(FolderError):
        choice_cli.newest_run()
    for path in (kept_ones / "20260101T000000Z-a-1", kept_ones / "20260301T000000Z-b-1", made / "20260201T000000Z-c-1"):
        path.mkdir(parents=True)
    (kept_ones / "20260101T000000Z-a-1" / "analysis.json").write_text("{}", encoding="utf-8")
    (kept_ones / "20260301T000000Z-b-1" / "analysis.json.gz").write_bytes(b"")
    assert choice_cli.newest_run() == RunFolder(kept_ones / "20260301T000000Z-b-1")
    (made / "20260201T000000Z-c-1" / "analysis.json").write_text("{}", encoding="utf-8")
    assert choice_cli.newest_run() == RunFolder(made / "20260201T000000Z-c-1")
