"""The embedded Runtime API, against clients that behave and clients that do not."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.runtime_api import MOST_RESPONSE, InitError, InvocationError, RuntimeApi, RuntimeApiError

BASE = "/2018-06-01/runtime"
EVENT = {"a": [1, "ü"]}


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    with RuntimeApi() as api:
        yield api


class Client:
    """What a runtime client does, one call at a time."""

    def __init__(self, api: RuntimeApi) -> None:
        self._connection = http.client.HTTPConnection(api.address, timeout=20)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        self._connection.request(method, f"{BASE}{path}", body, headers, encode_chunked="Transfer-Encoding" in headers)
        response = self._connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()

    def next(self) -> tuple[str, Any]:
        _, headers, body = self.call("GET", "/invocation/next")
        return headers["lambda-runtime-aws-request-id"], json.loads(body)


def in_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    return thread, results


def answering(api: RuntimeApi, what: str, body: bytes, **headers: str) -> list[Any]:
    """Fetches one event and answers it; the API's answer to that."""
    client = Client(api)

    def work() -> Any:
        id_, event = client.next()
        assert event == EVENT
        return client.call("POST", f"/invocation/{id_}/{what}", body, **headers)

    return in_background(work)[1]


def test_an_event_goes_to_the_handler_and_its_answer_comes_back(api: RuntimeApi) -> None:
    client, seen = Client(api), []

    def work() -> None:
        for _ in range(3):
            _, headers, body = client.call("GET", "/invocation/next")
            seen.append(headers)
            id_ = headers["lambda-runtime-aws-request-id"]
            assert client.call("POST", f"/invocation/{id_}/response", body)[0] == 202

    thread, _ = in_background(work)
    ready = api.next_ready(20)
    for _ in range(3):
        answer, elapsed = api.invoke(EVENT, 20)
        assert answer == EVENT
        assert elapsed > 0
        assert api.last_answer > ready
    thread.join()
    assert len({headers["lambda-runtime-aws-request-id"] for headers in seen}) == 3
    assert all(headers["lambda-runtime-invoked-function-arn"].startswith("arn:aws:lambda:") for headers in seen)
    assert all(int(headers["lambda-runtime-deadline-ms"]) > 0 and headers["lambda-runtime-trace-id"] for headers in seen)


def test_the_first_next_alone_says_when_the_process_is_ready(api: RuntimeApi) -> None:
    answering(api, "response", b"{}")
    ready = api.next_ready(20)
    api.invoke(EVENT, 20)
    answering(api, "response", b"{}")
    api.invoke(EVENT, 20)
    assert api.next_ready(0) == ready


def test_a_handler_s_error_is_told_and_the_process_goes_on(api: RuntimeApi) -> None:
    answering(api, "error", b'{"errorType": "TypeError", "errorMessage": "no such thing"}')
    with pytest.raises(InvocationError, match="TypeError: no such thing"):
        api.invoke(EVENT, 20)
    answering(api, "response", b'"fine"')
    assert api.invoke(EVENT, 20)[0] == "fine"


def test_an_error_at_load_ends_the_waiting(api: RuntimeApi) -> None:
    Client(api).call("POST", "/init/error", b'{"errorType": "Runtime.ImportModuleError", "errorMessage": "no module x"}')
    for ask in (lambda: api.next_ready(20), lambda: api.invoke(EVENT, 20)):
        with pytest.raises(InitError, match=r"Runtime\.ImportModuleError: no module x"):
            ask()


def test_an_error_that_is_no_document_is_told_as_it_is(api: RuntimeApi) -> None:
    Client(api).call("POST", "/init/error", b"plain words")
    with pytest.raises(InitError, match="plain words"):
        api.next_ready(20)


def test_an_answer_to_another_event_is_refused_and_does_not_count(api: RuntimeApi) -> None:
    client, refused = Client(api), []

    def work() -> None:
        id_, _ = client.next()
        refused.append(client.call("POST", "/invocation/another/response", b'"wrong"'))
        client.call("POST", f"/invocation/{id_}/response", b'"right"')
        refused.append(client.call("POST", f"/invocation/{id_}/response", b'"again"'))

    thread, _ = in_background(work)
    assert api.invoke(EVENT, 20)[0] == "right"
    thread.join()
    assert [(status, json.loads(body)["errorType"]) for status, _, body in refused] == [(400, "InvalidRequestID")] * 2


def test_a_response_beyond_six_megabytes_fails(api: RuntimeApi) -> None:
    results = answering(api, "response", b'"' + b"x" * MOST_RESPONSE + b'"')
    with pytest.raises(InvocationError, match=f"{MOST_RESPONSE + 2} bytes"):
        api.invoke(EVENT, 20)
    answering(api, "response", b'"' + b"x" * (MOST_RESPONSE - 2) + b'"')
    assert len(api.invoke(EVENT, 20)[0]) == MOST_RESPONSE - 2
    assert results[0][0] == 413


def test_a_response_in_chunks_is_read_whole(api: RuntimeApi) -> None:
    client = Client(api)

    def work() -> None:
        id_, _ = client.next()
        client.call("POST", f"/invocation/{id_}/response", iter([b'{"in":', b'"parts"}']), **{"Transfer-Encoding": "chunked"})

    in_background(work)
    assert api.invoke(EVENT, 20)[0] == {"in": "parts"}


def test_a_response_that_is_not_json_is_the_handler_s_fault(api: RuntimeApi) -> None:
    answering(api, "response", b"<html>")
    with pytest.raises(InvocationError, match="not JSON: <html>"):
        api.invoke(EVENT, 20)


def test_nobody_waits_for_a_process_that_has_ended(api: RuntimeApi) -> None:
    client = Client(api)
    in_background(lambda: (client.next(), api.process_ended("the process ended (exit code 7)")))
    with pytest.raises(RuntimeApiError, match="exit code 7"):
        api.invoke(EVENT, 20)
    with pytest.raises(RuntimeApiError, match="exit code 7"):
        api.invoke(EVENT, 20)


def test_a_process_that_does_not_ask_or_answer_is_given_up(api: RuntimeApi) -> None:
    with pytest.raises(RuntimeApiError, match=r"no call of next within 0\.01 s"):
        api.next_ready(0.01)
    client = Client(api)
    in_background(client.next)
    with pytest.raises(RuntimeApiError, match=r"no answer to an event within 0\.2 s"):
        api.invoke(EVENT, 0.2)
    with pytest.raises(RuntimeApiError, match="has not been answered"):
        api.invoke(EVENT, 0.2)


def test_noise_on_the_port_is_survived(api: RuntimeApi) -> None:
    host, port = api.address.split(":")
    for noise in (b"\r\n\r\n", b"hello\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"y" * 100_000):
        with socket.create_connection((host, int(port))) as peer:
            try:
                peer.sendall(noise)
                peer.shutdown(socket.SHUT_WR)
                assert peer.recv(10) == b""
            except OSError:
                pass  # it hung up before all of the noise was sent
    assert Client(api).call("GET", "/elsewhere")[0] == 404
    answering(api, "response", b"1")
    assert api.invoke(EVENT, 20)[0] == 1


def test_closing_sends_a_waiting_process_home() -> None:
    with RuntimeApi() as api:
        client = Client(api)

        def wait_for_work() -> str:
            try:
                client.next()
            except (OSError, http.client.HTTPException):
                return "gone"
            return "work"

        thread, results = in_background(wait_for_work)
        api.next_ready(20)
    thread.join(20)
    assert results == ["gone"]
