"""The Lambda Runtime API (version 2018-06-01) on loopback, inside the driver: one sandbox, one process.

Modelled: the four calls that a runtime client makes (next, response, error, init/error), their headers (request id,
deadline, function ARN, trace id), one invocation at a time, the 6 MB limit of a response. Not modelled: creating a
sandbox, fetching the code, the deadline's kill (the driver has its own time limits), extensions, streamed responses,
telemetry.

All clocks are CLOCK_MONOTONIC and are read in the thread that owns the connection: when the first `next` has arrived,
just before an event is written, and just after a response was read whole. So a request's time holds two loopback
transfers, the client's work and the reading of the response: the same for every contender.
"""

from __future__ import annotations

import json
import socket
import threading
import time
import uuid
from typing import Any

from .http1 import Closed, Connection, Request

VERSION = "2018-06-01"
MOST_RESPONSE = 6 * 1024 * 1024
_PREFIX = f"/{VERSION}/runtime"
_ARN = "arn:aws:lambda:us-east-1:012345678912:function:study"
_TRACE = "Root=1-5f84c7a1-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0"
DEADLINE_MS = 30_000  # timeout_s of platforms.toml
_JSON = ("Content-Type", "application/json")


class RuntimeApiError(RuntimeError):
    """The process did not answer as a runtime client does; the message says what it did instead."""


class InitError(RuntimeApiError):
    """The process reported that its handler could not be loaded."""


class InvocationError(RuntimeApiError):
    """The handler failed on this one event; the process goes on."""


def _error_text(body: bytes) -> str:
    """`type: message` of an error document, or the start of whatever was sent."""
    try:
        document = json.loads(body)
        return f"{document['errorType']}: {document['errorMessage']}"
    except (ValueError, TypeError, KeyError):
        return body[:400].decode(errors="replace") or "an error without text"


class _Invocation:
    def __init__(self, event: bytes) -> None:
        self.event = event
        self.id = str(uuid.uuid4())
        self.dispatched = self.answered = 0
        self.body = b""
        self.error: str | None = None
        self.done = threading.Event()


class RuntimeApi:
    """One sandbox's side of the API. Use as a context manager; `address` is what AWS_LAMBDA_RUNTIME_API gets."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        port: int = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        self._changed = threading.Condition()
        self._waiting: _Invocation | None = None  # given by the driver, not yet fetched
        self._running: _Invocation | None = None  # fetched, not yet answered
        self._ready: int | None = None
        self._asking = False  # a `next` waits for an event
        self._ended: RuntimeApiError | None = None  # no more can come from this process
        self.last_answer = 0  # when the last response had been read
        self._peers: set[socket.socket] = set()
        self._closed = False

    def __enter__(self) -> RuntimeApi:
        threading.Thread(target=self._accept, name="runtime-api", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            peers = list(self._peers)
            self._changed.notify_all()
        # shutdown wakes the threads that wait in accept and recv; close alone does not.
        for each in (self._listener, *peers):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._listener.close()

    # What the driver does.

    def next_ready(self, timeout: float) -> int:
        """When the first `next` arrived: the process has loaded its handler and waits for an event."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready is not None or self._ended is not None, timeout)
            if self._ready is not None:
                return self._ready
            raise self._ended or RuntimeApiError(f"no call of next within {timeout:g} s")

    def idle(self, timeout: float) -> None:
        """Returns when the process has asked for its next event."""
        with self._changed:
            self._changed.wait_for(lambda: self._asking or self._ended is not None, timeout)
            if not self._asking:
                raise self._ended or RuntimeApiError(f"no call of next within {timeout:g} s")

    def invoke(self, event: Any, timeout: float = 30) -> tuple[Any, int]:
        """The handler's answer to `event` (a value, or JSON bytes) and the ns from dispatch to response."""
        body, elapsed = self.invoke_bytes(event if isinstance(event, bytes) else json.dumps(event).encode(), timeout)
        try:
            return json.loads(body), elapsed
        except ValueError:
            raise InvocationError(f"the response is not JSON: {body[:200].decode(errors='replace')}") from None

    def invoke_bytes(self, event: bytes, timeout: float = 30) -> tuple[bytes, int]:
        """As `invoke`, with the response as it came."""
        invocation = _Invocation(event)
        with self._changed:
            if self._ended:
                raise self._ended
            if self._waiting or self._running:
                raise RuntimeApiError("the invocation before this one has not been answered")
            self._waiting = invocation
            self._changed.notify_all()
        if not invocation.done.wait(timeout):
            raise RuntimeApiError(f"no answer to an event within {timeout:g} s")
        if invocation.error is not None:
            raise InvocationError(invocation.error)
        if not invocation.answered:
            raise self._ended or RuntimeApiError("the API was closed")
        return invocation.body, invocation.answered - invocation.dispatched

    def process_ended(self, text: str) -> None:
        """Tells the API that the process is gone, so that nobody waits for it."""
        self._end(RuntimeApiError(text))

    # What the process does.

    def _end(self, error: RuntimeApiError) -> None:
        with self._changed:
            self._ended = self._ended or error  # the first reason is the real one
            for invocation in (self._waiting, self._running):
                if invocation:
                    invocation.done.set()
            self._changed.notify_all()

    def _accept(self) -> None:
        while not self._closed:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), name="runtime-api-connection", daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            self._peers.add(peer)
            try:
                connection = Connection(peer, MOST_RESPONSE + 1)
                while not self._closed:
                    request = connection.read()
                    self._answer(connection, time.monotonic_ns(), request)
            except (Closed, OSError):
                pass
            finally:
                self._peers.discard(peer)

    def _answer(self, connection: Connection, arrived: int, request: Request) -> None:
        call = (request.method, request.target)
        if call == ("GET", f"{_PREFIX}/invocation/next"):
            self._next(connection, arrived)
        elif call == ("POST", f"{_PREFIX}/init/error"):
            connection.write(202, [_JSON], b'{"status":"OK"}')
            self._end(InitError(_error_text(request.body)))
        elif request.method == "POST" and request.target.startswith(f"{_PREFIX}/invocation/"):
            self._finish(connection, arrived, request)
        else:
            self._refuse(connection, 404, "UnknownCall", f"no such call: {request.method} {request.target[:200]}")

    @staticmethod
    def _refuse(connection: Connection, status: int, kind: str, text: str) -> None:
        connection.write(status, [_JSON], json.dumps({"errorType": kind, "errorMessage": text}).encode())

    def _next(self, connection: Connection, arrived: int) -> None:
        with self._changed:
            if self._ready is None:
                self._ready = arrived
            self._asking = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting is not None or self._closed)
            invocation, self._waiting, self._asking = self._waiting, None, False
            if invocation is None:
                raise Closed
            self._running = invocation
        headers = [
            _JSON,
            ("Lambda-Runtime-Aws-Request-Id", invocation.id),
            ("Lambda-Runtime-Deadline-Ms", str(time.time_ns() // 1_000_000 + DEADLINE_MS)),
            ("Lambda-Runtime-Invoked-Function-Arn", _ARN),
            ("Lambda-Runtime-Trace-Id", _TRACE),
        ]
        invocation.dispatched = time.monotonic_ns()
        connection.write(200, headers, invocation.event)

    def _finish(self, connection: Connection, arrived: int, request: Request) -> None:
        id_, _, what = request.target.removeprefix(f"{_PREFIX}/invocation/").partition("/")
        with self._changed:
            invocation = self._running
            known = invocation is not None and invocation.id == id_ and what in ("response", "error")
            if known:
                self._running = None
        if not known or invocation is None:
            self._refuse(connection, 400, "InvalidRequestID", f"no invocation is running that {id_[:100]} could answer")
            return
        invocation.answered = self.last_answer = arrived
        if request.length > MOST_RESPONSE:
            invocation.error = f"the response has {request.length} bytes, more than the {MOST_RESPONSE} that Lambda takes"
            self._refuse(connection, 413, "RequestEntityTooLarge", invocation.error)
        else:
            invocation.body = request.body
            if what == "error":
                invocation.error = _error_text(request.body)
            connection.write(202, [_JSON], b'{"status":"OK"}')
        invocation.done.set()
