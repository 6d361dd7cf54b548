"""Load on a real server: packed functions in the study's sandboxes behind its edge, asked by more clients
than there are sandboxes, valid and hostile; now and then a sandbox or the whole server is killed by
SIGKILL and started again. Every answer is compared with the one that its request must have, and what is
not answered has been in flight at a kill.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import traffic
from conftest import ROOT

sys.path.insert(0, str(ROOT / "study"))

from harness import clients  # noqa: E402
from harness.load.edge import PAGE  # noqa: E402
from harness.tools import Tools  # noqa: E402

HERE = Path(__file__).resolve().parent
VARIANTS = {
    "pybind11": ("python", "lambda_function.lambda_handler"),
    "napi": ("node", "index.handler"),
    "wasm": ("node", "index.handler"),
}
CLIENTS = 6  # keep a connection each
HOSTILE = 2  # clients that do not
SECONDS = {"short": 4.0, "long": float(os.environ.get("PORTCULLIS_LOAD_SECONDS") or 600)}
# Seconds from one kill to the next: every third is one of the whole server.
BETWEEN = {"short": 0.9, "long": 10.0}
STUCK = 60.0  # seconds without an answer


# --- the server ---------------------------------------------------------------------------------


class Server:
    """The process of load_server.py, at one port whatever becomes of it."""

    def __init__(self, argv: list[str | Path]) -> None:
        self._argv = argv
        self._port = 0
        # By process id; a number may be another's by the time it is killed, what it stands for not.
        self._sandboxes: dict[int, int] = {}
        self.serves = threading.Event()  # cleared from before a kill until it serves again

    @property
    def port(self) -> int:
        return self._port

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HERE / "load_server.py", *self._argv, str(self._port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        assert first, "the server did not start"
        self._take(first)
        self._reader = threading.Thread(target=self._follow, args=(self._process.stdout,))
        self._reader.start()
        self.serves.set()

    def _take(self, line: str) -> None:
        told = json.loads(line)
        self._port = told.get("port", self._port)
        before = self._sandboxes
        self._sandboxes = {pid: before.get(pid) or os.pidfd_open(pid) for pid in told["pids"]}
        for pid in before.keys() - self._sandboxes.keys():
            os.close(before[pid])

    def _follow(self, lines: Iterator[str]) -> None:
        for line in lines:
            self._take(line)

    def kill_sandbox(self, source: random.Random) -> bool:
        """False if none was there to be killed, as when it is just being started anew."""
        try:
            signal.pidfd_send_signal(source.choice(list(self._sandboxes.values())), signal.SIGKILL)
        except (IndexError, OSError):
            return False
        return True

    def kill(self) -> None:
        """As a machine that loses its power: the server and all that it has started."""
        self.serves.clear()
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for sandbox in self._sandboxes.values():
            try:
                signal.pidfd_send_signal(sandbox, signal.SIGKILL)
            except ProcessLookupError:
                pass
            os.close(sandbox)
        self._sandboxes = {}

    def stop(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(30)


@contextmanager
def served(variant: str, folder: Path) -> Iterator[tuple[Server, str]]:
    kind, entry = VARIANTS[variant]
    (folder / "policy.json").write_text(traffic.policy_text(), encoding="ascii")
    function = folder / "function"
    function.mkdir()
    argv = [sys.executable, ROOT / "study" / "packed.py", variant, folder / "policy.json", function]
    subprocess.run(argv, check=True)
    runtime = Tools().default_runtime(kind)
    client = clients.available(runtime)[0]
    server = Server([runtime, client, function, entry])
    server.start()
    try:
        yield server, client
    finally:
        server.kill()


# --- clients ------------------------------------------------------------------------------------


@dataclass
class Tally:
    sent: int = 0
    answered: Counter[int] = field(default_factory=Counter)  # by status
    failed: int = 0  # 502: the sandbox was killed under the request
    broken: int = 0  # no answer: the server was
    hostile: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.sent += other.sent
        self.failed += other.failed
        self.broken += other.broken
        self.answered += other.answered
        self.hostile += other.hostile
        self.wrong += other.wrong


class Peer:
    def __init__(self, port: int, timeout: float) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def read(self) -> tuple[int, bytes]:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self._buffer[:end].decode("latin-1")
        size = int(head.lower().split("content-length:")[1].split("\r\n")[0])
        while len(self._buffer) < end + 4 + size:
            self._more()
        body = self._buffer[end + 4 : end + 4 + size]
        self._buffer = self._buffer[end + 4 + size :]
        return int(head.split(" ")[1]), body

    def _more(self) -> None:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("closed")
        self._buffer += data

    def close(self) -> None:
        self._socket.close()


def is_right(asked: traffic.Asked, status: int, body: bytes) -> bool:
    return status == asked.status and body == (PAGE if asked.body is None else asked.body)


def ask_all(server: Server, requests: list[traffic.Asked], seed: int, end: float) -> Tally:
    """One client: a request, its answer, the next request."""
    tally, source, peer = Tally(), random.Random(seed), None
    while time.monotonic() < end:
        if peer is None:
            if not server.serves.wait(STUCK):
                tally.wrong.append("the server does not serve again")
                return tally
            try:
                peer = Peer(server.port, STUCK)
            except OSError:
                continue  # nothing was sent
        asked = source.choice(requests)
        tally.sent += 1
        try:
            peer.send(asked.data)
            status, body = peer.read()
        except TimeoutError:
            tally.wrong.append(f"{asked.name}: stuck")
            return tally
        except OSError:
            tally.broken += 1
            peer.close()
            peer = None
            continue
        if status == 502:
            tally.failed += 1
        elif is_right(asked, status, body):
            tally.answered[status] += 1
        else:
            tally.wrong.append(f"{asked.name}: {status} {body[:80]!r}")
    if peer is not None:
        peer.close()
    return tally


def annoy(server: Server, seed: int, end: float) -> Tally:
    """A client that says what is no request, says it slowly, or hangs up. The page is never for it."""
    tally, source = Tally(), random.Random(seed)
    while time.monotonic() < end:
        if not server.serves.wait(STUCK):
            return tally
        name, pieces = traffic.hostile(source)
        got = b""
        try:
            peer = socket.create_connection(("127.0.0.1", server.port), 0.05)
            with peer:
                for piece in pieces:
                    peer.sendall(piece)
                    time.sleep(source.random() * 0.02)
                if name != "aborted":
                    while data := peer.recv(65536):
                        got += data
        except OSError:
            pass
        tally.hostile[name] += 1
        if PAGE in got:
            tally.wrong.append(f"{name}: got the page")
    return tally


def run(server: Server, length: str, seed: int, facts: dict[str, Any], name: str) -> Tally:
    requests = traffic.asked()
    assert len(requests) > 500
    begin = time.monotonic()
    end = begin + SECONDS[length]
    total = Tally()

    def work(ask: Any, *arguments: Any) -> None:
        found = ask(server, *arguments, end)
        with lock:
            total.add(found)

    lock = threading.Lock()
    threads = [
        *(threading.Thread(target=work, args=(ask_all, requests, seed + at)) for at in range(CLIENTS)),
        *(threading.Thread(target=work, args=(annoy, seed - at)) for at in range(1, HOSTILE + 1)),
    ]
    for thread in threads:
        thread.start()
    sandboxes, servers, source = 0, 0, random.Random(seed)
    for number in range(1, 1 << 30):
        if time.monotonic() + BETWEEN[length] > end:
            break
        time.sleep(BETWEEN[length] * source.uniform(0.7, 1.3))
        if number % 3 == 0:
            server.kill()
            server.start()
            servers += 1
        else:
            sandboxes += server.kill_sandbox(source)
    for thread in threads:
        thread.join(STUCK + SECONDS[length])
    assert not any(thread.is_alive() for thread in threads), "a client is stuck"

    seconds = time.monotonic() - begin
    answered = sum(total.answered.values())
    facts |= {
        f"{name}: requests": total.sent,
        f"{name}: requests a second": round(total.sent / seconds),
        f"{name}: answered": ", ".join(f"{n} x {status}" for status, n in sorted(total.answered.items())),
        f"{name}: kills of a sandbox, of the server": f"{sandboxes}, {servers}",
        f"{name}: in flight at a kill of a sandbox, of the server": f"{total.failed}, {total.broken}",
        f"{name}: hostile connections": sum(total.hostile.values()),
        f"{name}: wrong": len(total.wrong),
    }
    assert total.wrong == [], total.wrong[:20]
    assert sandboxes > 0 and servers > 0
    # Every request is accounted for, and no more were lost than could be in flight.
    assert total.sent == answered + total.failed + total.broken
    assert total.failed <= sandboxes
    assert total.broken <= servers * CLIENTS
    return total


# --- tests --------------------------------------------------------------------------------------


@pytest.mark.parametrize("variant", VARIANTS)
def test_no_wrong_decision_and_no_lost_request(
    variant: str, length: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    seed = int(os.environ.get("PORTCULLIS_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"PORTCULLIS_SEED={seed}")
    with served(variant, tmp_path) as (server, client):
        facts[f"{variant}: runtime client"] = client
        total = run(server, length, seed, facts, variant)
        assert {200, 401, 403, 400} <= set(total.answered)
        assert len(total.hostile) > 10
        # It goes on as if nothing had been.
        peer = Peer(server.port, STUCK)
        for asked in traffic.asked()[:50]:
            peer.send(asked.data)
            assert is_right(asked, *peer.read()), asked.name
        peer.close()
        assert server.stop() == 0


def test_a_wrong_answer_is_found() -> None:
    allowed = next(one for one in traffic.asked() if one.body is None)
    denied = next(one for one in traffic.asked() if one.status == 401)
    assert is_right(allowed, 200, PAGE) and is_right(denied, 401, denied.body or b"")
    assert not is_right(denied, 200, PAGE)
    assert not is_right(allowed, 401, denied.body or b"")
    assert not is_right(allowed, 200, PAGE[:-1])
