"""From an invented run to analysis.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import numpy as np
import pytest
import synthetic_run

from harness import analysis, claims, curves, samples, warmup
from harness.folder import RunFolder, json_bytes

SCHEMAS = Path(__file__).resolve().parents[2] / "study" / "schemas"


def analysed(folder: Path) -> dict[str, Any]:
    return analysis.make(RunFolder(folder))


def schema(name: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def claim(result: dict[str, Any], start: str) -> dict[str, Any]:
    found = [one for one in result["claims"] if one["id"].startswith(start)]
    assert len(found) == 1, [one["id"] for one in found]
    only: dict[str, Any] = found[0]
    return only


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = synthetic_run.make(tmp_path_factory.mktemp("runs") / "run", rounds=8, crashes={"js-jose": 0.2})
    return folder, analysed(folder)


def test_it_has_the_form_of_its_schema(quick: tuple[Path, dict[str, Any]]) -> None:
    schema("analysis").validate(json.loads(json_bytes(quick[1])))


def test_the_invented_run_has_the_form_of_a_real_one(quick: tuple[Path, dict[str, Any]]) -> None:
    folder = RunFolder(quick[0])
    for name in ("plan", "manifest", "environment", "gate", "builds"):
        schema(name).validate(folder.read(f"{name}.json"))
    trial = schema("trial")
    for line in folder.trials()[::7]:
        trial.validate(line)


def test_the_same_folder_gives_the_same_bytes(quick: tuple[Path, dict[str, Any]]) -> None:
    folder, result = quick
    assert json_bytes(analysed(folder)) == json_bytes(result)


def test_a_quick_run_is_exploratory(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    assert result["exploratory"] is True
    assert all(one["sentence"].endswith("Exploratory: a quick run.") for one in result["claims"] if one["p"] is not None)


def test_figures_cover_every_level(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    metrics = {figure["metric"] for figure in result["figures"] if figure["contender"] in ("napi", "worker-wasm")}
    life = {"load", "ready", "ready_cpu", "first", "first_cpu", "hundred", "hundred_cpu", "lifetime", "lifetime_cpu", "memory"}
    assert metrics == life | {"warm", "warm_cpu", "start", "isolate"}
    for figure in result["figures"]:
        assert figure["q1"] <= figure["median"] <= figure["q3"] and figure["low"] <= figure["median"] <= figure["high"]
        assert len(figure["values"]) == figure["n"]


def test_claims_refer_to_the_reference_of_the_runtime(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    contexts = result["contexts"]
    for one in result["claims"]:
        runtime = contexts[one["context"]]["runtime"] or ""
        if runtime.startswith("node"):
            assert one["reference"] == "js-tuned"
        if runtime.startswith("workerd"):
            assert one["reference"] == "worker-js"
        if runtime.startswith("python"):
            assert one["reference"] == "py-pyjwt" or (one["subject"], one["reference"]) == ("pybind11", "js-tuned")
        assert one["subject"] != one["reference"]
        assert one["times"] == pytest.approx(1 / one["ratio"], rel=1e-4)


def test_a_door_of_python_is_also_compared_with_the_headline(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    across = claim(result, "warm:pybind11:js-tuned:HS256:python3.11:free:-:allow/0.3/typical")
    assert result["contexts"][across["reference_context"]]["runtime"] == "node24"
    assert across["ratio"] < 0.2 and "Node 24.21.0" in across["sentence"] and "Python 3.11.2" in across["sentence"]
    claim(result, "ready:pybind11:js-tuned:HS256:python3.11:edge-viewer:ric:-")


def test_each_metric_and_context_with_a_twin_has_a_sentinel(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    found = {(one["metric"], one["context"]) for one in result["sentinels"]}
    claimed = [one for one in result["claims"] if one["metric"] == "ready" and "thin" not in one["id"]]
    assert claimed and {("ready", one["context"]) for one in claimed} <= found
    assert all(one["floor"] >= 1 and one["n"] == 8 and one["sentence"] for one in result["sentinels"])


def test_curves_settling_and_warm_up_have_a_row_each(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    for row in result["curves"]:
        assert row["k"] == list(range(1, 101)) and row["median"] == sorted(row["median"])
        assert all(low <= high for low, high in zip(row["low"], row["high"], strict=True))
        assert (row["crossover"] is None) == (row["contender"] in ("js-tuned", "py-pyjwt"))
    assert {row["contender"] for row in result["settling"]} >= {"noop", "js-tuned", "napi", "pybind11"}
    for row in result["warmup"]:
        assert sum(row["classes"].values()) >= 1


def test_the_clients_are_compared(quick: tuple[Path, dict[str, Any]]) -> None:
    rows = quick[1]["clients"]
    assert {row["contender"] for row in rows} == {"noop", "js-tuned", "py-noop", "py-pyjwt"}
    assert all("the thin client" in row["sentence"] for row in rows)


def test_crashes_are_outcomes_with_a_rate(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    assert {row["contender"] for row in result["failures"]} == {"js-jose"}
    assert all(0 < row["rate"] <= 1 and set(row["outcomes"]) == {"ended"} for row in result["failures"])
    assert result["void"] == {}
    jose = next(one for one in result["contenders"] if one["name"] == "js-jose")
    assert jose["status"] == "measured" and any("failed" in badge for badge in jose["badges"])
    assert any(figure["contender"] == "js-jose" for figure in result["figures"])


def test_sizes_are_claims_without_an_interval(quick: tuple[Path, dict[str, Any]]) -> None:
    zipped = claim(quick[1], "zip:napi:js-tuned:HS256")
    assert (zipped["ratio"], zipped["low"], zipped["verdict"]) == (2.0, None, "slower")
    assert "100 % larger" in zipped["sentence"]


def test_rivals_are_compared_beside_the_claims(quick: tuple[Path, dict[str, Any]]) -> None:
    result = quick[1]
    rivals = result["rivals"]
    assert {(one["subject"], one["reference"]) for one in rivals} == {("wasm-host", "js-jose"), ("napi", "wasm-host")}
    assert {one["metric"] for one in rivals} <= set(claims.TIMES) and "memory" not in claims.TIMES
    assert {result["contexts"][one["context"]]["cell"] for one in rivals} == {None, "allow/0.3/typical"}
    assert not {one["id"] for one in rivals} & {one["id"] for one in result["claims"]}
    assert {one["family"].split("|")[0] for one in rivals} == {"rivals"}
    assert not any(one["family"].startswith("rivals") for one in result["claims"])
    warm = next(one for one in rivals if one["id"] == "warm:napi:wasm-host:HS256:node24:free:-:allow/0.3/typical")
    # The same sentinel stands behind both: what it makes of the claim beside it, it makes of this one.
    beside = claim(result, "warm:napi:js-tuned:HS256:node24:free:-:allow/0.3/typical")
    assert warm["verdict"] == beside["verdict"]
    assert warm["ratio"] < 1
    # Holm's correction is within the table of rivals: two claims there.
    assert warm["p_holm"] <= 2 * warm["p"] * 1.01


def test_a_rival_that_is_the_reference_is_no_rival(quick: tuple[Path, dict[str, Any]]) -> None:
    run = samples.load(RunFolder(quick[0]))
    run.plan["rivals"] = [["napi", "js-tuned"], ["napi", "nobody"]]
    assert claims.rivals(run) == []


def test_a_warm_call_is_the_mean_of_its_steady_window() -> None:
    """Two batches of ten calls, of which one holds a pause; the first batch is of the warm-up."""
    iterations = np.array([10, 9000, 10, 1000, 10, 5000], "<f4")
    cell = {"ns": 300.5, "batches": {"offset": 0, "count": 6}, "steady": [1, 3]}
    assert samples.call_ns(cell, iterations) == 300
    assert samples.call_ns({"ns": 41.5, "points": []}, iterations) == 41.5  # workerd is timed from outside


def test_a_claim_of_a_full_run_needs_seven_rounds(tmp_path: Path) -> None:
    for full, said in ((False, True), (True, False)):
        names = ["js-tuned", "napi"]
        folder = synthetic_run.make(
            tmp_path / str(full), rounds=6, full=full, names=names, kinds=["warm"], algorithms=["HS256"], contended=0
        )
        warm = claim(analysed(folder), "warm:napi:js-tuned:HS256:node24:free:-:allow/0.3/typical")
        assert (warm["low"] is not None, warm["verdict"] == "faster") == (said, said)
        assert said or warm["verdict"] == "undecided"


def test_one_wrong_answer_takes_every_number(tmp_path: Path) -> None:
    reason = "answered allow to request 7, expected 401"
    folder = synthetic_run.make(tmp_path / "run", rounds=6, names=["noop", "js-tuned", "js-fast", "napi"], wrong={"napi": reason})
    result = analysed(folder)
    assert list(result["void"]) == ["napi"] and reason in result["void"]["napi"][0]
    napi = next(one for one in result["contenders"] if one["name"] == "napi")
    assert napi["status"] == "refused" and reason in napi["reasons"][-1]
    for rows in ("figures", "curves", "settling", "warmup", "clients"):
        assert not any(row["contender"] == "napi" for row in result[rows]), rows
        assert rows == "clients" or any(row["contender"] == "js-fast" for row in result[rows]), rows
    assert not any("napi" in (one["subject"], one["reference"]) for one in result["claims"])


def test_refused_and_absent_contenders_keep_their_reasons(tmp_path: Path) -> None:
    folder = synthetic_run.make(
        tmp_path / "run",
        rounds=2,
        names=["js-tuned", "js-fast", "napi", "rust-article"],
        refused={"js-fast": "case 3: allow, not declared"},
        not_built={"rust-article": "no cargo"},
    )
    result = analysed(folder)
    status = {one["name"]: (one["status"], one["reasons"]) for one in result["contenders"]}
    assert status["js-fast"] == ("refused", ["case 3: allow, not declared"])
    assert status["rust-article"] == ("not built", ["no cargo"])
    assert {figure["contender"] for figure in result["figures"]} == {"js-tuned", "napi"}
    # Two rounds are too few for any interval.
    assert {one["verdict"] for one in result["claims"] if one["p"] is None and one["n"] > 1} == {"undecided"}


def test_a_planted_slowdown_is_claimed(tmp_path: Path) -> None:
    folder = synthetic_run.make(
        tmp_path / "run",
        full=True,
        names=["js-tuned", "js-fast", "js-bare"],
        kinds=["warm"],
        algorithms=["HS256"],
        noise=0.7,
        truth={"js-fast": {"like": "js-tuned", "warm": 1.05}, "js-bare": {"like": "js-tuned"}},
    )
    result = analysed(folder)
    slow = claim(result, "warm:js-fast:js-tuned:HS256:node24:free:-:allow/0.3/typical")
    same = claim(result, "warm:js-bare:js-tuned:HS256:node24:free:-:allow/0.3/typical")
    assert slow["verdict"] == "slower" and slow["low"] < 1.05 < slow["high"]
    assert "more time per warm call than js-tuned" in slow["sentence"] and "xploratory" not in slow["sentence"]
    assert same["verdict"] in ("equivalent", "undecided")


def test_a_broken_sentinel_leaves_no_claim(tmp_path: Path) -> None:
    folder = synthetic_run.make(tmp_path / "run", rounds=12, names=["js-tuned", "napi"], kinds=["warm"], sentinel=1.2)
    result = analysed(folder)
    assert not any(one["valid"] for one in result["sentinels"])
    warm = [one for one in result["claims"] if one["metric"] == "warm"]
    assert warm and {one["verdict"] for one in warm} == {"invalid"}
    assert all("no claim: the machine could not tell the reference from itself" in one["sentence"] for one in warm)


def test_too_much_contention_leaves_no_claim_but_the_numbers_stay(tmp_path: Path) -> None:
    folder = synthetic_run.make(tmp_path / "run", rounds=8, names=["js-tuned", "napi"], kinds=["warm"], contended=0.6)
    result = analysed(folder)
    warm = [one for one in result["claims"] if one["metric"] == "warm"]
    assert {one["verdict"] for one in warm} == {"invalid"}
    assert all(figure["n"] == 8 for figure in result["figures"])
    assert result["contention"]["share"] > 0.4 and any(one["quiet"] for one in warm)
    assert all("of the processes had to share their core" in one["sentence"] for one in warm)


@pytest.mark.parametrize(
    ("differences", "kind", "k"),
    [
        ([-1.0, -2.0, -1.0], curves.ALWAYS, None),
        ([1.0, 2.0, 1.0], curves.NEVER, None),
        ([3.0, 1.0, -1.0], curves.CROSSES, 3),
        ([-3.0, 1.0, 2.0], curves.FALLS_BEHIND, 2),
        ([1.0, -1.0, 1.0, -1.0, -2.0], curves.CROSSES, 4),
    ],
)
def test_crossings(differences: list[float], kind: str, k: int | None) -> None:
    assert curves.crossing(np.array(differences)) == curves.Crossing(kind, k)


def lives(source: np.random.Generator, ready: float, request: float) -> samples.Lives:
    requests = request * np.exp(source.normal(0, 0.02, (20, 100)))
    keys = [(round_, round_) for round_ in range(20)]
    return samples.Lives(keys, list(ready * np.exp(source.normal(0, 0.01, 20))), [0] * 20, requests)


def crossover(
    judged: curves.Judged | None, lifetime: str | None, ready: str | None, twin: curves.Judged | None = None
) -> dict[str, Any]:
    found = curves.crossover(judged, twin, lifetime, ready, ("x", "r"), "here", False)
    assert found is not None
    return found


def test_a_crossover_has_its_interval() -> None:
    source = np.random.default_rng(1)

    def judged(subject: tuple[float, float], reference: tuple[float, float]) -> curves.Judged | None:
        return curves.judge(lives(source, *subject), lives(source, *reference), 1, "x")

    found = crossover(judged((120e6, 1e6), (100e6, 1.5e6)), "faster", "slower")
    assert found["kind"] == curves.CROSSES
    assert found["low"] <= found["k"] <= found["high"] and 35 <= found["low"] <= 40 <= found["high"] <= 45
    assert crossover(judged((100e6, 1.5e6), (120e6, 1e6)), "slower", "faster")["kind"] == curves.FALLS_BEHIND
    ahead = crossover(judged((100e6, 1e6), (120e6, 1.5e6)), "faster", "faster")
    assert (ahead["kind"], ahead["k"]) == (curves.ALWAYS, None)
    assert crossover(judged((120e6, 1.5e6), (100e6, 1e6)), "slower", "slower")["kind"] == curves.NEVER
    same = crossover(judged((100e6, 1e6), (100e6, 1e6)), "undecided", "undecided")
    assert same["kind"] == curves.UNDECIDED and "cannot tell" in same["sentence"]


@pytest.mark.parametrize(
    ("kind", "lifetime", "ready", "stated"),
    [
        (curves.CROSSES, "faster", "slower", True),
        (curves.CROSSES, "undecided", "slower", False),
        (curves.CROSSES, "small", "slower", False),
        (curves.CROSSES, None, None, False),
        (curves.FALLS_BEHIND, "slower", "undecided", True),
        (curves.FALLS_BEHIND, "faster", "undecided", False),
        (curves.NEVER, "slower", "undecided", True),
        (curves.ALWAYS, "faster", "faster", True),
        (curves.ALWAYS, "faster", "undecided", False),
    ],
)
def test_a_crossover_needs_the_claims(kind: str, lifetime: str | None, ready: str | None, stated: bool) -> None:
    number = 40 if kind in (curves.CROSSES, curves.FALLS_BEHIND) else None
    judged = curves.Judged(20, kind, number, number, number)
    told_apart = curves.Judged(20, curves.NEVER)
    assert crossover(judged, lifetime, ready)["kind"] == (kind if stated else curves.UNDECIDED)
    assert crossover(judged, lifetime, ready, twin=curves.Judged(20))["kind"] == (kind if stated else curves.UNDECIDED)
    assert crossover(judged, lifetime, ready, twin=told_apart)["kind"] == curves.UNDECIDED


def test_resamples_that_come_out_on_the_other_side_are_beyond_the_hundred() -> None:
    kinds, places = np.array([2] * 965 + [1] * 35), np.full(1000, 50)
    judged = curves._judged(curves.Crossing(curves.CROSSES, 50), kinds, places, 20)
    assert judged == curves.Judged(20, curves.CROSSES, 50, 50, 101)
    said = crossover(judged, "faster", None)["sentence"]
    assert "x is ahead of r from request 50 on (95 % CI 50–>100; 20 paired rounds)" in said
    # 95 of 100 resamples are too few where the rounds are.
    kinds = np.array([0] * 955 + [1] * 45)
    assert curves._judged(curves.Crossing(curves.ALWAYS, None), kinds, places, 20).kind == curves.UNDECIDED
    # Ahead from the start counts as 0.
    kinds = np.array([2] * 900 + [0] * 100)
    assert curves._judged(curves.Crossing(curves.CROSSES, 50), kinds, places, 20).low == 0


def test_settling() -> None:
    requests = np.full((2, 100), 1e6)
    requests[0, :10] = 5e6
    requests[0, 60] = 30e6  # one stall unsettles nothing
    found = curves.settle(requests)
    assert list(found.after) == [8, 0]  # the window of five holds two slow ones at most from there on
    assert list(found.excess_ns) == [32e6, 0]
    assert list(found.stalls) == [1, 0]


@pytest.mark.parametrize(
    ("levels", "found"),
    [
        ([1.0] * 60, warmup.FLAT),
        ([3.0] * 10 + [1.0] * 50, warmup.WARM_UP),
        ([1.0] * 20 + [1.2] * 40, warmup.SLOWDOWN),
        ([1.0] * 50 + [1.3] * 10, warmup.NO_STEADY_STATE),
        ([1.0] * 3, None),
    ],
)
def test_classes_of_warm_up(levels: list[float], found: str | None) -> None:
    noise = np.exp(np.random.default_rng(1).normal(0, 0.003, len(levels)))
    times = np.array(levels) * noise * 1e6
    assert warmup.classify(np.column_stack([np.full(len(times), 100.0), times])) == found


def test_one_disturbed_batch_changes_no_class() -> None:
    times = 1e6 * np.exp(np.random.default_rng(1).normal(0, 0.003, 60))
    times[30] *= 4
    assert warmup.classify(np.column_stack([np.full(60, 100.0), times])) == warmup.FLAT
