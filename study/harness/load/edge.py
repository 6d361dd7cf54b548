"""A small edge on loopback: an HTTP server that does with a viewer request what CloudFront does with a trigger.

Modelled: the request becomes a viewer-request event; the trigger's answer is acted on (a response is sent to the viewer,
a request goes on to the origin); an answer that is neither is a 502; as many requests at once as there are sandboxes.
Not modelled: TLS, HTTP/2, the network, the cache, the way from an edge to Lambda (some 12 ms in the published figures),
a sandbox's start (all of them run before the load begins), a new sandbox for one that ended, the CPU share of a small
function, CloudFront's own checks.

The origin is a page of 1.4 kB in memory, as in the article. A load generator that cannot change a header from request to
request numbers its tokens in the query, `?token=17`; the edge puts that token into the event before anything is decided.
"""

from __future__ import annotations

import base64
import json
import queue
import re
import socket
import threading
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from ..clients import command
from ..held_signals import held_signals
from ..http1 import Closed, Connection, Request
from ..runtime_api import InvocationError, RuntimeApiError
from ..sandbox import Sandbox
from ..tools import Tools

SANDBOXES = 5
READY_SECONDS = 60.0
_LIMITS = tomllib.loads((Path(__file__).resolve().parents[2] / "platforms.toml").read_text(encoding="utf-8"))
ANSWER_SECONDS = float(_LIMITS["platforms"]["lambda-edge-viewer"]["timeout_s"])
_WAIT_SECONDS = 5.0
_MOST_BODY = 64 * 1024
_TOKEN = re.compile(r"token=(\d+)")
_QUERY = "page=2&sort=-created"

_PARAGRAPH = "<p>A page of the size that the article served: short text, no script, no style, one heading and some words.</p>\n"
PAGE = (
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Records</title></head>\n<body>\n<h1>Records</h1>\n"
    + _PARAGRAPH * 11
    + "</body>\n</html>\n"
).encode()

Trigger = Callable[[bytes], bytes]
Answer = tuple[int, list[tuple[str, str]], bytes]


class Sandboxes:
    """A pool of processes behind Runtime APIs. The one used last is used next, as Lambda keeps few of them busy."""

    def __init__(self, tools: Tools, runtime: str, client: str, folder: Path, entry: str, core: int | None = None) -> None:
        argv, environment = command(runtime, client, tools, folder, entry)
        self._all = [Sandbox(argv, environment, folder, core) for _ in range(SANDBOXES)]
        self._free: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        self._stack = ExitStack()

    def __enter__(self) -> Sandboxes:
        try:
            for sandbox in self._all:
                with held_signals():
                    self._stack.enter_context(sandbox)
            for sandbox in self._all:
                sandbox.api.next_ready(READY_SECONDS)
                self._free.put(sandbox)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def invoke(self, event: bytes) -> bytes:
        """Waits for a free sandbox as a request waits for one. An error is the trigger's failure.

        Only a sandbox that answered is used again: one that has ended or hangs would get every next event.
        """
        try:
            sandbox = self._free.get(timeout=_WAIT_SECONDS)
        except queue.Empty:
            raise RuntimeApiError("no sandbox was free") from None
        try:
            answer = sandbox.api.invoke_bytes(event, ANSWER_SECONDS)[0]
        except InvocationError:
            self._free.put(sandbox)
            raise
        self._free.put(sandbox)
        return answer

    def pids(self) -> set[int]:
        return {sandbox.pid for sandbox in self._all}

    def cpu_ns(self) -> int:
        return sum(sandbox.cpu_ns() for sandbox in self._all)

    def peak_memory(self) -> int:
        return max(sandbox.memory()[1] for sandbox in self._all)


def event_of(request: Request, client_ip: str, authorization: str | None, number: int) -> dict[str, Any]:
    """The viewer-request event of an HTTP request; headers of one name share a list, as CloudFront has it."""
    uri, _, query = request.target.partition("?")
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in request.headers:
        headers.setdefault(name.lower(), []).append({"key": name, "value": value})
    if authorization is not None:
        headers["authorization"] = [{"key": "Authorization", "value": authorization}]
        query = _QUERY
    return {
        "Records": [
            {
                "cf": {
                    "config": {
                        "distributionDomainName": "d111111abcdef8.cloudfront.net",
                        "distributionId": "EDFDVBD6EXAMPLE",
                        "eventType": "viewer-request",
                        "requestId": f"study-request-{number:012d}==",
                    },
                    "request": {
                        "clientIp": client_ip,
                        "headers": headers,
                        "method": request.method,
                        "querystring": query,
                        "uri": uri,
                    },
                }
            }
        ]
    }


def origin() -> Answer:
    return 200, [("Content-Type", "text/html; charset=utf-8")], PAGE


def _failed(text: str) -> Answer:
    return 502, [("Content-Type", "text/plain; charset=utf-8"), ("X-Cache", "LambdaExecutionError from study")], text.encode()


def act_on(body: bytes) -> Answer:
    """What the viewer gets after the trigger's answer."""
    try:
        answer = json.loads(body)
    except ValueError:
        return _failed("the trigger's answer is not JSON")
    if isinstance(answer, dict) and "uri" in answer and "method" in answer:
        return origin()
    try:
        status = int(answer["status"])
        headers = [(row["key"], row["value"]) for rows in answer.get("headers", {}).values() for row in rows]
        text = answer.get("body", "")
        content = base64.b64decode(text) if answer.get("bodyEncoding") == "base64" else text.encode()
        if not 200 <= status <= 599:
            raise ValueError(status)
    except (TypeError, KeyError, ValueError, AttributeError):
        return _failed("the trigger's answer is neither a request nor a response")
    return status, headers, content


class Edge:
    """The server. Without a trigger every request goes to the origin; without a port it has any."""

    def __init__(self, trigger: Trigger | None, tokens: Sequence[str] = (), port: int = 0) -> None:
        self._trigger, self._tokens = trigger, tokens
        self._listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._peers: set[socket.socket] = set()
        self._closed = False
        self._number = 0

    def __enter__(self) -> Edge:
        threading.Thread(target=self._accept, name="edge", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        for each in (self._listener, *list(self._peers)):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                peer, address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer, address[0]), name="edge-connection", daemon=True).start()

    def _serve(self, peer: socket.socket, client_ip: str) -> None:
        with peer:
            self._peers.add(peer)
            try:
                connection = Connection(peer, _MOST_BODY)
                while not self._closed:
                    connection.write(*self._answer(connection.read(), client_ip))
            except (Closed, OSError):
                pass
            finally:
                self._peers.discard(peer)

    def _answer(self, request: Request, client_ip: str) -> Answer:
        if self._trigger is None:
            return origin()
        self._number += 1
        numbered = _TOKEN.search(request.target) if self._tokens else None
        authorization = f"Bearer {self._tokens[int(numbered[1]) % len(self._tokens)]}" if numbered else None
        event = event_of(request, client_ip, authorization, self._number)
        try:
            return act_on(self._trigger(json.dumps(event, separators=(",", ":")).encode()))
        except RuntimeApiError as error:
            return _failed(str(error))
