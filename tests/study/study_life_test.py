"""The life of one sandbox through real and thin runtime clients. No test looks at how long a thing takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness import cgroup, clients, life
from harness.gate import answers_digest
from harness.life import Life, Parity
from harness.tools import Tools
from harness.workload import BASE_CELL, cell_event

TOOLS = Tools()
RUNTIMES = [TOOLS.default_runtime("node"), TOOLS.default_runtime("python")]
CLIENTS = [(runtime, client) for runtime in RUNTIMES for client in clients.available(runtime)]
EVENTS = [cell_event(BASE_CELL, "HS256", 1, number) for number in range(100)]
CASES: list[tuple[str, Any]] = [("allowed", EVENTS[0]), ("nothing", {}), ("null", None), ("surrogate", {"x": "\ud800"})]
ANSWERED = {"allowed": "allow", "nothing": "500", "null": "500", "surrogate": "500"}

NODE = """
const answer = (request) => %s;
exports.handler = async (event) => answer(event?.Records?.[0]?.cf?.request) ?? { status: '500' };
"""
PYTHON = """
def answer(request):
    return %s

def lambda_handler(event, context):
    try:
        request = event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError):
        return {"status": "500"}
    return answer(request)
"""
# What runs instead of `request`: in Node, in Python.
RIGHT = ("request", "request")


def digest(answers: dict[str, dict[str, Any]]) -> str:
    return answers_digest(answers)


PARITY = Parity(CASES, digest, digest({id_: {"outcome": outcome, "response": None} for id_, outcome in ANSWERED.items()}))


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Plants a handler and lives one life with it."""

    def run(runtime: str, client: str, node: str, python: str, whole: bool = False, **more: Any) -> dict[str, Any]:
        is_node = runtime.startswith("node")
        folder = tmp_path / runtime
        folder.mkdir(exist_ok=True)
        text = node if is_node else python
        file = folder / ("index.js" if is_node else "lambda_function.py")
        file.write_text(text if whole else (NODE if is_node else PYTHON) % text, encoding="utf-8")
        entry = "index.handler" if is_node else "lambda_function.lambda_handler"
        wanted = Life(runtime, client, "free", folder, entry, EVENTS, "allow", PARITY)
        return life.run(replace(wanted, **more), TOOLS, cgroup.find() if more.get("profile") else None)

    return run


@pytest.mark.parametrize(("runtime", "client"), CLIENTS)
class TestEveryClient:
    def test_a_right_life_has_every_field(self, live: Any, runtime: str, client: str) -> None:
        fields = live(runtime, client, *RIGHT)
        assert "void" not in fields
        assert len(fields["requests"]) == 100
        assert all(duration > 0 for duration in fields["requests"])
        marks = fields["marks"]
        assert 0 < marks["load_begin"] < marks["load_end"] < marks["ready"] < fields["wall_ns"]
        for part in ("cpu", "queue"):
            assert 0 <= fields[part]["ready"] <= fields[part]["first"] <= fields[part]["hundred"]
        assert 0 < fields["memory"]["ready"] <= fields["peak_memory"]
        assert fields["minor_faults"] > 0
        assert fields["voluntary_switches"] >= 0
        assert fields["quota"] is None
        assert fields["parity"] == PARITY.expected
        assert fields["exit"] < 0  # killed by the driver

    def test_a_wrong_answer_makes_it_void(self, live: Any, runtime: str, client: str) -> None:
        node = "(globalThis.n = (globalThis.n ?? 0) + 1) === 40 ? { status: '401' } : request"
        python = "{'status': '401'} if globals().__setitem__('n', globals().get('n', 0) + 1) or n == 40 else request"
        fields = live(runtime, client, node, python)
        assert fields["void"] == "answered 401 to request 40, expected allow"
        assert len(fields["requests"]) == 100

    def test_a_request_that_was_changed_is_not_the_request(self, live: Any, runtime: str, client: str) -> None:
        fields = live(runtime, client, "request && { ...request, uri: '/else' }", "{**request, 'uri': '/else'}")
        assert fields["void"] == "answered neither a request nor a response to request 1, expected allow"

    def test_a_process_that_decides_otherwise_than_the_gate_saw_is_void(self, live: Any, runtime: str, client: str) -> None:
        fields = live(runtime, client, *RIGHT, parity=replace(PARITY, expected="another"))
        assert fields["void"] == "the process that was timed does not decide as the gate recorded"
        assert fields["parity"] == PARITY.expected

    def test_an_error_at_load_is_told(self, live: Any, runtime: str, client: str) -> None:
        fields = live(runtime, client, "throw new Error('no such key');", "raise ValueError('no such key')", whole=True)
        assert "no such key" in fields["void"]
        assert fields["requests"] == []

    def test_a_process_that_ends_is_told(self, live: Any, runtime: str, client: str) -> None:
        fields = live(runtime, client, "process.exit(3)", "__import__('os')._exit(3)")
        assert "the process ended (exit code 3)" in fields["void"]
        assert fields["exit"] == 3

    def test_a_process_that_hangs_is_given_up(
        self, live: Any, runtime: str, client: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(life, "REQUEST_SECONDS", 0.5)
        fields = live(runtime, client, "(() => { for (;;) {} })()", "__import__('time').sleep(60)")
        assert fields["void"] == "no answer to an event within 0.5 s"
        assert fields["exit"] == -9

    def test_padding_reaches_the_process(self, live: Any, runtime: str, client: str) -> None:
        node = "process.env.STUDY_PADDING.length === 900 && __dirname.length > 400 ? request : { status: '500' }"
        python = "request if len(__import__('os').environ['STUDY_PADDING']) == 900 and len(__file__) > 400 else {'status': '500'}"
        fields = live(runtime, client, node, python, environment_padding=900, path_padding=400)
        assert "void" not in fields
        assert (fields["environment_padding"], fields["path_padding"]) == (900, 400)

    def test_a_contender_cannot_take_the_shim_s_place(self, live: Any, runtime: str, client: str, tmp_path: Path) -> None:
        live(runtime, client, *RIGHT)
        for name in ("shim.cjs", "shim.js", "shim.py", "json.py"):
            (tmp_path / runtime / name).write_text("throw or raise", encoding="utf-8")
        if runtime.startswith("python"):
            (tmp_path / runtime / "json.py").unlink()
        assert "void" not in live(runtime, client, *RIGHT)

    def test_the_handler_sees_lambda_s_own_words(self, live: Any, runtime: str, client: str) -> None:
        node = "process.env._HANDLER === 'index.handler' && process.env.LAMBDA_TASK_ROOT === __dirname"
        node += " ? request : { status: '500' }"
        python = "request if __import__('os').environ['_HANDLER'] == 'lambda_function.lambda_handler' else {'status': '500'}"
        assert "void" not in live(runtime, client, node, python)


@pytest.mark.parametrize("client", clients.available(RUNTIMES[1]))
def test_python_finds_no_site_packages(live: Any, client: str) -> None:
    text = "import sys\nimport numpy\n" + PYTHON % "request"
    fields = live(RUNTIMES[1], client, "", text, whole=True)
    assert "numpy" in fields["void"]


@pytest.mark.parametrize("client", clients.available(RUNTIMES[0]))
def test_a_handler_with_a_callback_is_refused(live: Any, client: str) -> None:
    fields = live(RUNTIMES[0], client, "exports.handler = (event, context, callback) => callback(null, 1);", "", whole=True)
    assert "callback" in fields["void"]


@pytest.mark.parametrize(
    ("runtime", "client"), [(runtime, client) for runtime in TOOLS.runtimes_of("node") for client in clients.available(runtime)]
)
def test_every_line_of_node_lives(live: Any, runtime: str, client: str) -> None:
    assert "void" not in live(runtime, client, *RIGHT)


def test_the_edge_profile_says_which_quota_was_set(live: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fields = live(RUNTIMES[1], "thin", *RIGHT, profile="edge-viewer")
    assert "void" not in fields
    if cgroup.find() is None:
        with capsys.disabled():
            print("\n[no CPU quota can be set on this machine: edge-viewer is tested as unthrottled]")
        assert fields["quota"] is None
    else:
        assert fields["quota"].items() >= {"us": 1446, "period": 20000}.items()
        assert {"throttled", "throttled_ns"} <= fields["quota"].keys()


def test_a_profile_that_cannot_be_had_is_labelled_unthrottled(live: Any) -> None:
    fields = live(RUNTIMES[1], "thin", *RIGHT)
    assert fields["quota"] is None


def test_the_child_runs_where_it_was_put(live: Any) -> None:
    core = max(os.sched_getaffinity(0))
    python = f"request if __import__('os').sched_getaffinity(0) == {{{core}}} else {{'status': '500'}}"
    assert "void" not in live(RUNTIMES[1], "thin", "", python, core=core)
    assert os.sched_getaffinity(0) >= {core}


def test_values_are_compared_as_json() -> None:
    event = {"Records": [{"cf": {"request": {"b": 1, "a": [True]}}}]}
    assert life.outcome_of({"a": [True], "b": 1}, event, "node24") == "allow"
    assert life.outcome_of({"a": [1], "b": 1}, event, "node24") != "allow"
    null = {"Records": [{"cf": {"request": None}}]}
    assert life.outcome_of(None, null, "node24") == "allow"
    assert life.outcome_of(None, null, "python3.11") != "allow"
    assert life.outcome_of(None, {}, "node24") != "allow"
    assert life.outcome_of({"status": "401"}, event, "node24") == "401"


def test_a_client_that_is_not_there_is_a_reason(live: Any) -> None:
    assert live(RUNTIMES[0], "fat", *RIGHT)["void"] == "no client named 'fat': ric, thin"
    assert clients.available("workerd") == []
