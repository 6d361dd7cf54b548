"""The load test: the edge acts on answers as CloudFront does, percentiles hide no wait, and a wrong answer gives no row."""

from __future__ import annotations

import base64
import http.client
import json
import queue
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from conftest import STUDY

from harness import load as load_package
from harness.contender import FOLDER, load_contender
from harness.folder import RunFolder
from harness.http1 import Request
from harness.load import command_line, edge, figures, generator, measure
from harness.load.edge import PAGE, Edge
from harness.load.figures import Sent
from harness.load.generator import GeneratorError, Load
from harness.runtime_api import InvocationError, RuntimeApiError
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


def test_a_sandbox_that_ended_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Api:
        def __init__(self, answer: bytes | RuntimeApiError) -> None:
            self.answer, self.asked = answer, 0

        def invoke_bytes(self, *_: Any) -> tuple[bytes, int]:
            self.asked += 1
            if isinstance(self.answer, RuntimeApiError):
                raise self.answer
            return self.answer, 1

    monkeypatch.setattr(edge, "_WAIT_SECONDS", 0.01)
    apis = [Api(b"well"), Api(InvocationError("on this event")), Api(RuntimeApiError("the process ended"))]
    pool = object.__new__(edge.Sandboxes)
    pool._free = queue.LifoQueue()
    for api in apis:
        pool._free.put(SimpleNamespace(api=api))  # type: ignore[arg-type]
    with pytest.raises(RuntimeApiError, match="the process ended"):
        pool.invoke(b"")
    for _ in range(3):
        with pytest.raises(InvocationError):
            pool.invoke(b"")
    assert [api.asked for api in apis] == [0, 3, 1]


def test_a_trigger_may_run_as_long_as_the_platform_lets_it() -> None:
    assert edge.ANSWER_SECONDS == 30


# Times and percentiles.

MS = 1000


def steady(times: list[float], interval: float = 100) -> list[Sent]:
    """A connection whose requests were sent when they were due; everything in ms."""
    return [Sent(round(number * interval * MS), 200, round(time * MS)) for number, time in enumerate(times)]


def test_percentiles_of_a_steady_load_are_those_of_its_requests() -> None:
    found = figures.summary([steady([1.0] * 90 + [2.0] * 10)], 10, 10)
    assert (found["requests"], found["unanswered"], found["errors"]) == (100, 0, 0)
    ms = {name: value / 1e6 for name, value in found["percentiles"].items()}
    assert ms == {"p50": 1, "p75": 1, "p90": 1, "p99": 2, "p99.9": 2, "max": 2}


def test_a_request_that_was_sent_late_counts_from_when_it_was_due() -> None:
    # Every 100 ms; the second answer takes 350 ms, so that three requests are sent late, one after the other.
    starts, took = [0, 100, 450, 460, 470, 500], [1, 350, 10, 10, 10, 1]
    sent = [Sent(start * MS, 200, time * MS) for start, time in zip(starts, took, strict=True)]
    found = figures.times(sent, 100 * MS, 0.6)
    assert [value / MS for value in found.waited] == [1, 350, 260, 170, 80, 1]
    assert (found.unanswered, max(found.late)) == (0, 0)


def test_no_request_of_a_saturated_server_is_counted_twice_or_hidden() -> None:
    # Each answer takes twice the interval: the n-th request waits n intervals, and half of them are not answered in time.
    sent = [Sent(number * 20 * MS, 200, 20 * MS) for number in range(50)]
    found = figures.times(sent, 10 * MS, 1)
    assert [value / MS for value in found.waited[:50]] == [20 + 10 * number for number in range(50)]
    assert found.unanswered == 49
    assert found.waited[50] == 500 * MS
    summary = figures.summary([sent], 100, 1)
    assert summary["requests"] + summary["unanswered"] == 99
    assert summary["percentiles"]["p50"] == pytest.approx(260e6, rel=0.1)


def test_the_timer_of_the_generator_is_told_and_not_blamed_on_the_server() -> None:
    sent = [Sent(0, 200, 300), Sent(100_900, 200, 300), Sent(200_700, 200, 300)]
    found = figures.times(sent, 100_000, 0.3)
    assert found.waited == [300, 300, 300]
    assert found.late == [0, 900, 700]


def a_pass(number: int, p50: int, **more: Any) -> dict[str, Any]:
    values = {"target": "none", "rate": 5.0, "requests": 50, "unanswered": 0, "achieved": 5.0, "errors": 0, "contended": False}
    return {"number": number, **values, "percentiles": {"p50": p50, "max": 9 * p50}, **more}


def test_a_row_is_the_median_of_its_passes() -> None:
    passes = [a_pass(0, 30), a_pass(1, 10), a_pass(2, 20, contended=True), a_pass(3, 7, target="noop")]
    none, noop = figures.rows(passes, ["none", "noop"])
    assert (none["percentiles"]["p50"], none["low"]["p50"], none["high"]["max"]) == (20, 10, 270)
    assert (none["passes"], none["requests"], none["count"], none["contended"]) == (3, 150, 150, 1)
    assert (noop["target"], noop["passes"]) == ("noop", 1)


def test_the_order_is_the_seed_s_and_every_pass_has_every_step() -> None:
    targets = [measure.Target(None), measure.Target(load_contender(FOLDER / "noop"))]
    settings = measure.Settings(1, 0, [5, 50], 7, passes=4)
    order = [(which, target.name, rate) for which, target, rate in command_line._order(targets, settings)]
    assert order == [(which, target.name, rate) for which, target, rate in command_line._order(targets, settings)]
    groups = [[step[1:] for step in order if step[0] == which] for which in (1, 2, 3, 4)]
    assert len({tuple(sorted(group)) for group in groups}) == 1
    assert len({tuple(group) for group in groups}) > 1


def load(count: int, statuses: list[int] | None = None, started: int | None = None) -> Load:
    return Load([[Sent(number, status, 1) for number, status in enumerate(statuses or [200] * count)]], [started or count])


def test_other_statuses_and_lost_requests_are_told() -> None:
    assert generator.wrong(load(1)) is None
    assert generator.wrong(load(3, [200, 401, 502])) == "2 of 3 valid requests were answered 401, 502"
    assert generator.wrong(load(10, started=11)) is None
    assert generator.wrong(load(10, started=12)) == "1 requests were never answered"


def test_the_command_is_the_article_s_of_one_connection() -> None:
    argv = generator.command(Path("uris"), Path("log"), 5, 30, [("Accept", "x")])
    words = ["-c", "1", "-t", "1", "--rps", "1", "-D", "30"]
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
    out = tmp_path / "loadtest.json"
    names = [word for name in ("none", "noop", "py-pyjwt") for word in ("--contender", name)]
    settings = ["--seconds", "1", "--warm-up", "0", "--rates", "10,50", "--passes", "2", "--seed", "1"]
    assert load_package.cli([*names, *settings, "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    schema = json.loads((Path(__file__).resolve().parents[2] / "study" / "schemas" / "loadtest.schema.json").read_text())
    jsonschema.validate(document, schema, jsonschema.Draft202012Validator)
    assert document["left_out"] == []
    assert [(row["rate"], row["target"], row["passes"]) for row in document["runs"]] == [
        (rate, name, 2) for rate in (10, 50) for name in ("none", "noop", "py-pyjwt")
    ]
    assert len(document["passes"]) == 12
    for row in document["passes"]:
        assert row["requests"] >= 5
        values = list(row["percentiles"].values())
        assert values == sorted(values)
        assert (row["memory"] is None) == (row["target"] == "none")
    assert document["page_bytes"] == len(PAGE)
    assert "py-pyjwt: 50 requests/s" in capsys.readouterr().out

    # Every figure follows from the log beside it.
    folder = RunFolder(tmp_path)
    assert list(figures.wrong(folder)) == []
    document["passes"][0]["percentiles"]["p50"] += 1000
    out.write_text(json.dumps(document))
    assert any("percentiles is not what" in text for text in figures.wrong(folder))


def loaded(contender: Any, monkeypatch: pytest.MonkeyPatch, **settings: Any) -> dict[str, Any]:
    tools = Tools()
    target = measure.Target(contender, contender.folder, tools.default_runtime("node"), "thin")
    monkeypatch.setattr(command_line, "_target", lambda *_: target)
    return command_line.load_test(None, [contender], tools, measure.Settings(**settings), no_trigger=False)[0]


@needs_h2load
def test_a_contender_that_lets_everybody_in_has_no_row(planted: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    document = loaded(
        load_contender(planted("open")), monkeypatch, seconds=1, warm_up_seconds=0, rates=[10, 20], seed=1, passes=2
    )
    assert document["runs"] == document["passes"] == []
    assert [entry["contender"] for entry in document["left_out"]] == ["open"]
    assert "answered 200 to a token of expired, expected 401" in document["left_out"][0]["reason"]


@needs_h2load
def test_what_fails_at_one_rate_keeps_its_rows_at_the_others(planted: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    handler = "let n = 0;\nexports.handler = async (e) => (++n > 80 ? { status: '503' } : e.Records[0].cf.request);\n"
    contender = load_contender(planted("tired", handler, role="baseline"))
    document = loaded(contender, monkeypatch, seconds=1, warm_up_seconds=0, rates=[500, 10], seed=1)
    assert [row["rate"] for row in document["runs"]] == [10]
    assert "pass 1 at 500 requests/s" in document["left_out"][0]["reason"]
    assert "valid requests were answered 503" in document["left_out"][0]["reason"]


@needs_h2load
def test_sigterm_leaves_no_process_behind(tmp_path: Path) -> None:
    before = {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}
    argv = [sys.executable, STUDY / "run.py", "load", "--contender", "noop", "--rates", "50", "--out", tmp_path / "out.json"]
    process = subprocess.Popen([*argv, "--seconds", "60", "--warm-up", "0"], stdout=subprocess.DEVNULL)

    def descendants() -> set[str]:
        found: set[str] = set()
        parents = {str(process.pid)}
        while parents:
            rows = {path.parent.name: path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()}
            parents = {pid for pid, row in rows.items() if row.rpartition(")")[2].split()[1] in parents} - found
            found |= parents
        return found

    try:
        until = time.monotonic() + 60
        # Five sandboxes and five generators.
        while len(children := descendants()) < 10:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        process.terminate()
        assert process.wait(20) == 128 + signal.SIGTERM
    finally:
        process.kill()
    # What a process of ours has left is init's to bury; what is left alive would run for a minute.
    until = time.monotonic() + 10
    while left := [pid for pid in children - before if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < until, left
        time.sleep(0.1)
    assert not (tmp_path / "out.json").exists()


def test_the_targets_are_the_quick_set_python_and_the_article_s() -> None:
    names = ["noop", "js-tuned", "py-noop", "passthrough-js"]
    every = [load_contender(FOLDER / name) for name in [*names, "js-noders", "worker-noop"]]
    assert [contender.name for contender in command_line._wanted(every, None)] == names


@pytest.mark.parametrize(
    "arguments",
    [["--rates", "0"], ["--rates", "many"], ["--passes", "0"], ["--contender", "nobody"], ["--run", "/nowhere"]],
)
def test_wrong_use_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert load_package.cli(arguments) == 2
    assert capsys.readouterr().err.startswith("study load: ")
