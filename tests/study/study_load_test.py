"""The load test: the edge acts on answers as CloudFront does, percentiles hide no wait, and a wrong answer gives no row."""

from __future__ import annotations

import base64
import http.client
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness import load as load_package
from harness.contender import FOLDER, load_contender
from harness.http1 import Request
from harness.load import command_line, edge, generator, measure
from harness.load.edge import PAGE, Edge
from harness.load.generator import GeneratorError, Load
from harness.runtime_api import RuntimeApiError
from harness.tools import Tools

REQUEST = {"uri": "/", "method": "GET", "headers": {}}
needs_h2load = pytest.mark.skipif(shutil.which("h2load") is None, reason=generator.HOW_TO_GET)


def get(port: int, path: str = "/", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


# The edge.


def test_the_page_is_as_large_as_the_article_s() -> None:
    assert 1300 <= len(PAGE) <= 1500


def test_without_a_trigger_the_origin_answers() -> None:
    with Edge(None) as server:
        assert get(server.port)[0::2] == (200, PAGE)


def test_a_request_becomes_a_viewer_request_event() -> None:
    headers = [("Host", "h"), ("Accept", "a"), ("accept", "b")]
    event = edge.event_of(Request("GET", "/x/y?a=1&b=2", headers, b"", 0), "192.0.2.1", None, 7)
    request = event["Records"][0]["cf"]["request"]
    found = [request[name] for name in ("uri", "querystring", "method", "clientIp")]
    assert found == ["/x/y", "a=1&b=2", "GET", "192.0.2.1"]
    assert request["headers"] == {
        "host": [{"key": "Host", "value": "h"}],
        "accept": [{"key": "Accept", "value": "a"}, {"key": "accept", "value": "b"}],
    }
    assert event["Records"][0]["cf"]["config"]["eventType"] == "viewer-request"


def test_a_numbered_token_goes_into_the_event() -> None:
    seen: list[dict[str, Any]] = []

    def trigger(body: bytes) -> bytes:
        seen.append(json.loads(body)["Records"][0]["cf"]["request"])
        return json.dumps(REQUEST).encode()

    with Edge(trigger, ["first", "second"]) as server:
        assert get(server.port, "/r?token=3")[0] == 200
        assert get(server.port, "/r?x=1", Authorization="Bearer mine")[0] == 200
    assert [request["headers"]["authorization"][0]["value"] for request in seen] == ["Bearer second", "Bearer mine"]
    assert "token" not in seen[0]["querystring"]


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (REQUEST, 200, PAGE),
        ({"status": "401", "headers": {"x": [{"key": "X", "value": "1"}]}, "body": "no"}, 401, b"no"),
        ({"status": 403}, 403, b""),
        ({"status": "200", "body": base64.b64encode(b"\0\1").decode(), "bodyEncoding": "base64"}, 200, b"\0\1"),
        (None, 502, None),
        ([], 502, None),
        ({"status": "no"}, 502, None),
        ({"status": "99"}, 502, None),
        ({"status": "200", "headers": []}, 502, None),
        ({"status": "200", "headers": {"x": [{"value": "1"}]}}, 502, None),
    ],
)
def test_an_answer_is_acted_on(answer: Any, status: int, body: bytes | None) -> None:
    with Edge(lambda _: json.dumps(answer).encode()) as server:
        found = get(server.port)
    assert found[0] == status
    assert body is None or found[2] == body
    assert status != 401 or found[1]["x"] == "1"


def test_a_trigger_that_fails_is_the_viewer_s_502() -> None:
    def trigger(_: bytes) -> bytes:
        raise RuntimeApiError("no answer")

    with Edge(trigger) as server:
        assert get(server.port)[0] == 502
    assert edge.act_on(b"no JSON")[0] == 502


# Percentiles.


def load(milliseconds: list[float], statuses: list[int] | None = None, started: int | None = None) -> Load:
    count = len(milliseconds)
    return Load(statuses or [200] * count, [round(ms * 1000) for ms in milliseconds], started or count, 10.0)


def test_percentiles_of_a_steady_load_are_those_of_its_requests() -> None:
    found = generator.summary(load([1.0] * 90 + [2.0] * 10), 5)
    assert found["requests"] == found["count"] == 100
    ms = {name: value / 1e6 for name, value in found["percentiles"].items()}
    assert ms == {"p50": 1, "p75": 1, "p90": 1, "p99": 2, "p99.9": 2, "max": 2}
    assert found["errors"] == 0


def test_a_wait_counts_for_the_requests_that_it_kept_from_being_sent() -> None:
    # 50 requests a second on 5 connections: each sends every 100 ms, so a second of waiting hides nine requests.
    found = generator.summary(load([1.0] * 99 + [1000.0]), 50)
    assert (found["requests"], found["count"]) == (100, 109)
    assert found["percentiles"]["p90"] == 1_000_000
    assert found["percentiles"]["p99"] > 800_000_000


def test_other_statuses_and_lost_requests_are_told() -> None:
    assert generator.wrong(load([1.0])) is None
    assert generator.wrong(load([1.0] * 3, [200, 401, 502])) == "2 of 3 valid requests were answered 401, 502"
    assert generator.wrong(load([1.0] * 10, started=15)) is None
    assert generator.wrong(load([1.0] * 10, started=16)) == "6 requests were never answered"


def test_the_command_is_the_article_s() -> None:
    argv = generator.command(Path("uris"), Path("log"), 5, 30, [("Accept", "x")])
    words = ["-c", "5", "-t", "5", "--rps", "1", "-D", "30"]
    assert argv[2:10] == words
    assert argv[-4:] == ["-H", "Accept: x", "-i", "uris"]


def test_without_the_generator_it_is_said_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(GeneratorError, match="apt-get install nghttp2-client"):
        generator.version()
    assert load_package.cli(["--contender", "none"]) == 2
    assert "apt-get install nghttp2-client" in capsys.readouterr().err


# The whole.


@needs_h2load
def test_the_whole_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "load.json"
    names = [word for name in ("none", "noop", "py-pyjwt") for word in ("--contender", name)]
    settings = ["--seconds", "1", "--warm-up", "0", "--rates", "10,50", "--seed", "1"]
    assert load_package.cli([*names, *settings, "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    schema = json.loads((Path(__file__).resolve().parents[2] / "study" / "schemas" / "loadtest.schema.json").read_text())
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert document["left_out"] == []
    assert [(row["rate"], row["target"]) for row in document["runs"]] == [
        (rate, name) for rate in (10, 50) for name in ("none", "noop", "py-pyjwt")
    ]
    for row in document["runs"]:
        assert row["requests"] >= 5
        assert row["errors"] == 0
        values = list(row["percentiles"].values())
        assert values == sorted(values)
        assert (row["memory"] is None) == (row["target"] == "none")
    assert document["page_bytes"] == len(PAGE)
    assert "py-pyjwt: 50 requests/s" in capsys.readouterr().out


@needs_h2load
def test_a_contender_that_lets_everybody_in_has_no_row(planted: Callable[..., Path], tmp_path: Path) -> None:
    contender = load_contender(planted("open"))
    tools = Tools()
    target = measure.Target(contender, contender.folder, tools.default_runtime("node"), "thin")
    with pytest.raises(measure.LoadError, match="answered 200 to a token of expired, expected 401"):
        measure.measure(target, tools, measure.Settings(1, 0, [10], 1), print)


@needs_h2load
def test_answers_that_turn_wrong_under_load_give_no_row(planted: Callable[..., Path]) -> None:
    handler = "let n = 0;\nexports.handler = async (e) => (++n > 60 ? { status: '503' } : e.Records[0].cf.request);\n"
    contender = load_contender(planted("tired", handler, role="baseline"))
    tools = Tools()
    target = measure.Target(contender, contender.folder, tools.default_runtime("node"), "thin")
    with pytest.raises(measure.LoadError, match="valid requests were answered 503"):
        measure.measure(target, tools, measure.Settings(1, 0, [100], 1), print)


def test_the_targets_are_the_quick_set_python_and_the_article_s() -> None:
    names = ["noop", "js-tuned", "py-noop", "passthrough-js"]
    every = [load_contender(FOLDER / name) for name in [*names, "js-noders", "worker-noop"]]
    assert [contender.name for contender in command_line._wanted(every, None)] == names


@pytest.mark.parametrize("arguments", [["--rates", "0"], ["--rates", "many"], ["--contender", "nobody"], ["--run", "/nowhere"]])
def test_wrong_use_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_package.cli(arguments) == 2
    assert capsys.readouterr().err.startswith("study load: ")
