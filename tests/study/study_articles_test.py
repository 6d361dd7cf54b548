"""The published figures beside ours, the two hypotheses and the calibration, on an analysis made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import articles, calibration
from harness.folder import RunFolder, json_bytes
from harness.look_up import LookUp

CONTEXTS: dict[str, dict[str, Any]] = {
    name: {"algorithm": algorithm, "runtime": runtime, "profile": profile, "client": client, "cell": cell}
    for name, algorithm, runtime, profile, client, cell in (
        ("life22", "HS256", "node22", "edge-viewer", "ric", None),
        ("life24", "HS256", "node24", "edge-viewer", "ric", None),
        ("thin24", "HS256", "node24", "edge-viewer", "thin", None),
        ("free24", "HS256", "node24", "free", "ric", None),
        ("python", "HS256", "python3.11", "edge-viewer", "ric", None),
        ("warm20", "HS256", "node20", "free", None, "allow/0.3/typical"),
        ("warm22", "HS256", "node22", "free", None, "allow/0.3/typical"),
        ("warm24", "HS256", "node24", "free", None, "allow/0.3/typical"),
        ("deny24", "HS256", "node24", "free", None, "expired/0.3/typical"),
        ("rsa24", "RS256", "node24", "free", None, "allow/0.3/typical"),
        ("worker", "HS256", "workerd", "free", None, None),
    )
}
NAMES = ("noop", "py-noop", "passthrough-js", "js-article", "js-tuned", "rust-article", "rust-passthrough", "worker-wasm")


def figure(metric: str, contender: str, context: str, median: float, spread: float = 0.02) -> dict[str, Any]:
    ends = {"low": median * (1 - spread), "high": median * (1 + spread)}
    return {"metric": metric, "contender": contender, "context": context, "n": 40, "median": median, **ends}


def warm_claim(verdict: str, ratio: float, context: str = "warm20") -> dict[str, Any]:
    sentence = f"rust-article is {verdict} than js-tuned."
    names = {"metric": "warm", "subject": "rust-article", "reference": "js-tuned", "context": context}
    return {"id": "the-claim", **names, "verdict": verdict, "ratio": ratio, "sentence": sentence}


def entry(name: str, size: int, **more: Any) -> dict[str, Any]:
    sizes = {"zip": size, "gzip": size - 100, "unpacked": 3 * size, "brotli": size - 500, "raw": 3 * size, "files": 2}
    build = {"n": 3, "median": 0.4e9, "q1": 0.3e9, "q3": 0.5e9}
    return {"name": name, "status": "measured", "reasons": [], "sizes": {"HS256": sizes}, "build": build, "compile": None} | more


def made(**more: Any) -> dict[str, Any]:
    """js-article costs 360 us of CPU more than js-tuned on Node 20: 5 ms at the CPU share of 128 MB."""
    share = 0.0724
    figures = [figure("warm_cpu", "js-tuned", f"warm{line}", 10_000) for line in (20, 22, 24)]
    figures += [
        figure("warm_cpu", "js-article", "warm20", 10_000 + 5e6 * share),
        figure("warm_cpu", "js-article", "warm22", 60_000),
    ]
    figures += [figure("warm_cpu", "js-article", "warm24", 50_000), figure("warm_cpu", "js-article", "deny24", 1)]
    figures += [figure("ready", "js-article", "thin24", 70e6), figure("ready", "js-article", "life24", 80e6)]
    figures += [figure("ready", "js-article", "life22", 90e6), figure("ready", "js-article", "free24", 60e6)]
    figures += [
        figure("ready", "noop", "life22", 55e6),
        figure("ready", "noop", "life24", 54e6),
        figure("first", "noop", "life24", 2.1e6),
    ]
    figures += [figure("ready", "py-noop", "python", 42.5e6), figure("memory", "noop", "life24", 38 * 2**20)]
    figures += [figure("isolate", "worker-wasm", "worker", 1.6e6), figure("ready", "rust-passthrough", "life24", 70e6)]
    figures += [figure("hundred", "rust-passthrough", "life24", 300e6)]
    settling = {
        "context": "life24",
        "contender": "rust-passthrough",
        "n": 40,
        "settled_after": {"median": 9, "low": 7, "high": 12},
        "steady_ns": {"median": 1.5e6, "low": 1.4e6, "high": 1.6e6},
        "nine_ns": {"median": 450e6, "low": 400e6, "high": 500e6},
    }
    analysis = {
        "plan_sha256": "0" * 64,
        "run": "by hand",
        "exploratory": False,
        "contexts": CONTEXTS,
        "contenders": [entry(name, 120_000 if name.startswith("rust") else 20_000) for name in NAMES],
        "figures": figures,
        "claims": [warm_claim("slower", 2.0)],
        "settling": [settling],
    }
    return analysis | more


def run(tmp_path: Path, analysis: dict[str, Any], load: Any = None) -> RunFolder:
    builds = {
        "built": {"worker-wasm": {"HS256": {"sizes": {"files": {"worker.js": 900, "core.wasm": 41_000, "small.wasm": 10}}}}},
        "compile": {},
    }
    for name, content in (("analysis.json", analysis), ("builds.json", builds), ("loadtest.json", load)):
        if content is not None:
            (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
    return RunFolder(tmp_path)


def rows(tmp_path: Path, analysis: dict[str, Any], load: Any = None) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in articles.make(run(tmp_path, analysis, load))["figures"]}


# --- figures ------------------------------------------------------------------------------------


def test_every_published_figure_has_a_counterpart_or_a_reason(tmp_path: Path) -> None:
    found = rows(tmp_path, made())
    assert {row["article"] for row in found.values()} == {"A", "B", "C", "D"}
    assert len(found) == len(articles.table()["figures"])
    for row in found.values():
        assert (row["ours"] is None) == (row["not_measured"] is not None)
        assert row["not_measured"] is None or row["not_measured"].startswith("not measured here: ")
        assert row["unit"] in articles.UNITS


def test_a_counterpart_is_in_the_unit_of_the_article(tmp_path: Path) -> None:
    found = rows(tmp_path, made())
    cold = found["a-cold-js"]["ours"]
    assert (cold["value"], cold["low"], cold["high"], cold["n"]) == (80, 78.4, 81.6, 40)  # the newest Node, the real client
    assert cold["where"] == "modelled Lambda, node24, HS256, profile edge-viewer, client ric"
    assert found["a-size-js"]["ours"]["value"] == 60
    assert found["a-zip-wasm"]["ours"]["value"] == 120
    assert found["a-build-js"]["ours"]["value"] == 0.4
    assert found["c-size"]["ours"]["value"] == 41
    assert found["c-cold-workers"]["ours"]["value"] == 1.6
    assert (found["d-steady"]["ours"]["value"], found["d-steady"]["ours"]["low"]) == (1.5, 1.4)
    assert (found["d-settled"]["ours"]["value"], found["d-settled"]["ours"]["high"]) == (9, 12)
    nine = found["d-nine"]["ours"]
    assert (nine["value"], nine["low"], nine["high"], nine["n"]) == (450, 400, 500, 40)
    assert nine["where"].endswith("; the sum of each process")


def test_percentiles_of_the_load_test_at_the_rate_of_the_article(tmp_path: Path) -> None:
    quick = {"target": "none", "rate": 500, "count": 9, "percentiles": {"p50": 1e6}}
    slow = {"target": "none", "rate": 5.0, "count": 150, "percentiles": {"p50": 0.25e6, "p99": 0.5e6}}
    found = rows(tmp_path, made(), {"runs": [quick, slow]})
    assert (found["b-p50-none"]["ours"]["value"], found["b-p50-none"]["ours"]["n"]) == (0.25, 150)
    assert found["b-p99-none"]["ours"]["value"] == 0.5
    assert "no row of passthrough-js" in found["b-p50-empty"]["not_measured"]
    (tmp_path / "loadtest.json").unlink()
    assert rows(tmp_path, made())["b-p50-none"]["not_measured"] == "not measured here: this run has no load test"


def test_ranges_and_unpublished_figures_are_spelled_out(tmp_path: Path) -> None:
    found = rows(tmp_path, made())
    assert found["b-duration-empty"]["published_text"] == "0.84 to 1.53 ms"
    assert found["a-warm-js"]["published_text"] == "11 ms"
    assert found["a-first-js"]["published_text"] == "not published"


def test_why_there_is_none(tmp_path: Path) -> None:
    missing = entry("rust-article", 1, status="not built", reasons=["no rustc here"], sizes={}, build=None)
    analysis = made()
    analysis["contenders"] = [
        missing if row["name"] == "rust-article" else row for row in analysis["contenders"] if row["name"] != "passthrough-js"
    ]
    found = rows(tmp_path, analysis)
    assert found["a-cold-wasm"]["not_measured"] == "not measured here: rust-article: not built: no rustc here"
    assert "not part of this run" in found["b-memory-empty"]["not_measured"]


def test_without_a_cgroup_the_unthrottled_profile_stands_in_and_is_named(tmp_path: Path) -> None:
    analysis = made()
    analysis["contexts"] = {
        name: context | {"profile": "unthrottled"} if name == "life24" else context for name, context in CONTEXTS.items()
    }
    analysis["figures"] = [row for row in analysis["figures"] if row["context"] not in ("life22", "thin24")]
    assert "profile unthrottled" in rows(tmp_path, analysis)["a-cold-js"]["ours"]["where"]


def test_no_sentence_of_an_article_is_repeated() -> None:
    """Facts and numbers only: what stands in the table is our own and short."""
    for row in articles.table()["figures"]:
        assert len(row["what"]) < 60
        assert len(row["variant"]) < 40


# --- H1 -----------------------------------------------------------------------------------------


def h1(**more: Any) -> dict[str, Any]:
    return articles.h1(LookUp(made(**more)))


def test_h1_on_each_line_of_node() -> None:
    found = h1()
    lines = {line["runtime"]: line for line in found["data"]["lines"]}
    assert list(lines) == ["node20", "node22", "node24"]
    assert lines["node20"]["predicted_ms"] == 5
    assert (lines["node20"]["answer"], lines["node22"]["answer"], lines["node24"]["answer"]) == (
        "supported",
        "contradicted",
        "contradicted",
    )
    assert lines["node22"]["cpu_ns"] == 50_000
    assert found["answer"] == "supported"
    assert [line for line in lines if lines[line]["decides"]] == ["node20"]
    assert "The line that decides: on node20" in found["words"] and "which supports the hypothesis" in found["words"]
    for text in ("Beside it: on node22", "Beside it: on node24", "n = 40"):
        assert text in found["words"]
    assert "rust-article is slower than js-tuned." in found["words"]


@pytest.mark.parametrize(
    ("verdict", "ratio", "answer"),
    [
        ("slower", 2.0, "supported"),
        ("equivalent", 1.0, "supported"),
        ("faster", 0.8, "supported"),  # a gain is left, and it is not the published one
        ("faster", 0.5, "contradicted"),
        ("undecided", 0.5, "cannot tell"),
        ("invalid", 0.5, "cannot tell"),
    ],
)
def test_h1_and_what_is_left_over(verdict: str, ratio: float, answer: str) -> None:
    assert h1(claims=[warm_claim(verdict, ratio)])["answer"] == answer


def test_h1_without_rust_cannot_tell() -> None:
    found = h1(claims=[])
    assert found["answer"] == "cannot tell"
    assert found["data"]["left_over"]["times"] is None


def test_h1_is_decided_on_one_line_of_node() -> None:
    """What the others say, and a claim in another one, changes nothing."""
    figures = made()["figures"]
    without = h1(figures=[row for row in figures if row["context"] != "warm20"])
    assert without["answer"] == "cannot tell"
    assert "on node20, the line that decides" in without["words"] and "Beside it: on node24" in without["words"]
    small = [
        figure("warm_cpu", "js-article", "warm20", 20_000)
        if row["context"] == "warm20" and row["contender"] == "js-article"
        else row
        for row in figures
    ]
    assert h1(figures=small)["answer"] == "contradicted"
    elsewhere = h1(claims=[warm_claim("faster", 0.5, "warm24")])
    assert elsewhere["answer"] == "cannot tell"
    assert "rust-article has no such figure in this run on node20" in elsewhere["words"]


def test_h1_with_a_wide_interval_cannot_tell() -> None:
    wide = [row | {"low": 0.0, "high": row["median"] * 4} for row in made()["figures"]]
    found = h1(figures=wide)
    assert {line["answer"] for line in found["data"]["lines"]} == {"cannot tell"}
    assert found["answer"] == "cannot tell"


# --- H2 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("article", "tuned", "rust", "answer"),
    [
        (21_000, 20_000, 120_000, "supported"),
        (187_000, 180_000, 156_000, "contradicted"),
        (21_000, 200_000, 120_000, "cannot tell"),
        (119_900, 20_000, 120_000, "cannot tell"),  # less than a per cent apart
    ],
)
def test_h2(article: int, tuned: int, rust: int, answer: str) -> None:
    sizes = {"js-article": article, "js-tuned": tuned, "rust-article": rust}
    found = articles.h2(LookUp(made(contenders=[entry(name, size) for name, size in sizes.items()])))
    assert found["answer"] == answer


def test_h2_without_rust_says_why() -> None:
    refused = entry("rust-article", 1, status="not built", reasons=["no rustc here"], sizes={})
    found = articles.h2(LookUp(made(contenders=[entry("js-article", 21_000), entry("js-tuned", 20_000), refused])))
    assert found["answer"] == "cannot tell"
    assert "no rustc here" in found["words"]


# --- calibration --------------------------------------------------------------------------------


def test_the_model_beside_lambda() -> None:
    found = calibration.make(LookUp(made()))
    table = {(row["runtime"], row["metric"]): row for row in found["rows"]}
    assert table["node24", "ready"]["ratio"] == 0.4  # 54 of 135 ms
    assert table["node24", "first"]["ratio"] == 0.2  # 2.1 of 10.5 ms
    assert table["node24", "memory"]["ratio"] == 0.5
    assert table["node22", "ready"]["lambda"] == 137
    assert table["python3.11", "ready"]["published_runtime"] == "python3.12"
    assert table["python3.11", "ready"]["ratio"] == 0.5
    assert any("nearest published line" in sentence for sentence in found["sentences"])
    assert found["sentences"][-1] == found["transfer"]
    assert "Only differences from noop are claimed to transfer" in found["transfer"]


def test_the_published_facts_are_dated() -> None:
    facts = calibration.table()
    assert facts["dated"] == "2026-08-22"
    assert facts["source"].startswith("maxday/lambda-perf")
    assert facts["n"] == 10


# --- the file -----------------------------------------------------------------------------------


def test_the_file_is_a_pure_function_of_the_run(tmp_path: Path) -> None:
    folder = run(tmp_path, made())
    assert json_bytes(articles.make(folder)) == json_bytes(articles.make(folder))
    document = articles.make(folder)
    assert set(document) == {"plan_sha256", "run", "exploratory", "articles", "figures", "hypotheses", "calibration"}
    assert [row["id"] for row in document["articles"]] == ["A", "B", "C", "D", "E"]
    assert [row["id"] for row in document["hypotheses"]] == ["H1", "H2"]
