"""Runs a contender in workerd, the runtime of Cloudflare Workers.

A contender is a folder with `worker.js` (an ES module that exports `handler`) and the `*.wasm` it imports. Our wrapper
module imports it and answers over HTTP on loopback: the gate's cases, or n calls of the handler.

Modelled: one process, one isolate, the same engine and module rules as in production. Not modelled: the network, other
tenants, the front that keeps isolates warm, CPU limits.

Clocks inside a Worker stand still while it computes, so everything is timed from outside: the start from the spawn to
the first whole response, and a call by the difference between requests of n and of 2n calls, in which the request's own
cost falls out.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns
from typing import Any

from .held_signals import held_signals
from .task import TaskError, Usage
from .tools import Tools

_RUNNERS = Path(__file__).resolve().parent / "runners"
# What a new project gets. Since 2025-06-01 code may be generated at load, also WebAssembly from bytes; in a call never.
COMPATIBILITY_DATE = "2026-11-01"
_TIMEOUT = 60.0
_PAIRS = 4  # of requests with n and 2n calls, after the calls have been grown to n
_LEAST_MS = 10.0  # of a request of n calls: an HTTP request's own time varies by a millisecond
_ISOLATES = 8


@dataclass(frozen=True)
class Cell:
    """Events that rotate, and what each must be answered with."""

    name: str
    events: Sequence[dict[str, Any]]
    expected: str  # allow, or a status


def _quoted(text: str) -> str:
    return json.dumps(text)


def _modules(folder: Path) -> dict[str, str]:
    """Name -> kind of everything that may be imported."""
    found = {"study.js": "esModule"}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        kind = {".js": "esModule", ".mjs": "esModule", ".wasm": "wasm"}.get(file.suffix)
        if kind:
            found[file.relative_to(folder).as_posix()] = kind
    return found


def _row(name: str, kind: str) -> str:
    return f"    (name = {_quoted(name)}, {kind} = embed {_quoted('files/' + name)})"


def _config(modules: dict[str, str]) -> str:
    rows = ",\n".join(_row(name, kind) for name, kind in modules.items())
    return f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [
{rows}
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
);
"""


def _loader_config(modules: dict[str, str]) -> str:
    """A parent that makes isolates; what they will hold is data to it."""
    kinds = [{"file": name, "kind": "wasm" if kind == "wasm" else "js"} for name, kind in modules.items()]
    rows = ",\n".join(_row(name, "data") for name in modules)
    return f"""using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "loader.js", esModule = embed "loader.js")],
  bindings = [
    (name = "LOADER", workerLoader = ()),
    (name = "MODULES", json = {_quoted(json.dumps(kinds))}),
    (name = "DATE", text = "{COMPATIBILITY_DATE}"),
{rows}
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
  compatibilityFlags = ["experimental"],
);
"""


class Worker:
    """One workerd process. Its socket listens before it starts, so that the first request waits for it and nothing polls."""

    def __init__(
        self,
        tools: Tools,
        folder: Path,
        core: int | None = None,
        isolates: bool = False,
        environment_padding: int = 0,
        path_padding: int = 0,
    ) -> None:
        self._tools, self._folder, self._core, self._isolates = tools, folder, core, isolates
        self._environment_padding, self._path_padding = environment_padding, path_padding
        self.spawned = 0
        self.usage: Usage | None = None

    def __enter__(self) -> Worker:
        self._temporary = tempfile.TemporaryDirectory(prefix="portcullis-worker-")
        # A name may have 255 bytes.
        place = Path(self._temporary.name) / ("p" * min(self._path_padding, 250))
        if not (self._folder / "worker.js").is_file():
            self._temporary.cleanup()
            raise TaskError("the artefact holds no worker.js")
        shutil.copytree(self._folder, place / "files")
        shutil.copyfile(_RUNNERS / "worker.js", place / "files" / "study.js")
        shutil.copyfile(_RUNNERS / "worker_loader.js", place / "loader.js")
        modules = _modules(self._folder)
        (place / "config.capnp").write_text(_loader_config(modules) if self._isolates else _config(modules), encoding="utf-8")
        self._log = place / "log"
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port: int = listener.getsockname()[1]
            started = False
            try:
                with held_signals():
                    self._process = self._spawn(place, listener.fileno())
                    started = True
            except BaseException:
                if started:
                    self.end()
                self._temporary.cleanup()
                raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
        self._temporary.cleanup()

    def _spawn(self, place: Path, listener: int) -> subprocess.Popen[bytes]:
        argv = [str(self._tools.workerd), "serve", "config.capnp", "--socket-fd", f"http={listener}"]
        padding = "x" * self._environment_padding
        if self._isolates:
            argv.append("--experimental")
        before = os.sched_getaffinity(0)
        with open(self._log, "wb") as log:
            try:
                if self._core is not None:
                    os.sched_setaffinity(0, {self._core})
                self.spawned = monotonic_ns()
                return subprocess.Popen(
                    argv,
                    cwd=place,
                    env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "TZ": ":UTC", "STUDY_PADDING": padding},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=[listener],
                    start_new_session=True,
                )
            finally:
                if self._core is not None:
                    os.sched_setaffinity(0, before)

    def connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=_TIMEOUT)
        try:
            connection.connect()
        except OSError as error:
            raise TaskError(f"workerd does not listen ({error}): {self._printed()}") from None
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def _printed(self) -> str:
        text = self._log.read_text(errors="replace").strip()
        return " | ".join(text.splitlines())[:600] or "it printed nothing"

    def post(self, connection: http.client.HTTPConnection, task: bytes, path: str = "/") -> tuple[dict[str, Any], int]:
        """The wrapper's answer, and the ns from the request to the whole response."""
        try:
            begin = monotonic_ns()
            connection.request("POST", path, task, {"Content-Type": "application/json"})
            response = connection.getresponse()
            body = response.read()
            elapsed = monotonic_ns() - begin
        except (OSError, http.client.HTTPException) as error:
            raise TaskError(f"workerd gave no answer ({type(error).__name__}): {self._printed()}") from None
        try:
            answer: dict[str, Any] = json.loads(body)
        except ValueError:
            text = body[:300].decode(errors="replace")
            raise TaskError(f"workerd answered {response.status}: {text} {self._printed()}") from None
        if "wrong" in answer:
            raise TaskError(str(answer["wrong"]))
        return answer, elapsed

    def memory(self) -> int:
        for row in Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if row.startswith("VmHWM:"):
                return int(row.split()[1]) * 1024
        raise TaskError(f"workerd has ended: {self._printed()}")

    def end(self) -> Usage:
        if self.usage is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            _, status, usage = os.wait4(self._process.pid, 0)
            self._process.returncode = os.waitstatus_to_exitcode(status)
            self.usage = Usage.of(status, usage)
        return self.usage


def _json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def answers(worker: Worker, connection: http.client.HTTPConnection, cases: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    task = _json({"cases": [{"id": id_, "event": event} for id_, event in cases]})
    outcomes: dict[str, Any] = worker.post(connection, task)[0]["outcomes"]
    return outcomes


def ask(tools: Tools, folder: Path, cases: Sequence[tuple[str, Any]]) -> dict[str, dict[str, Any]]:
    """The gate's cases (id, event), put to the unpacked artefact: id -> {"outcome", "response"}, as the runners give it."""
    with Worker(tools, folder) as worker:
        connection = worker.connect()
        try:
            return answers(worker, connection, cases)
        finally:
            connection.close()


def _time(worker: Worker, connection: http.client.HTTPConnection, cell: Cell, milliseconds: float) -> dict[str, Any]:
    """Grows n until a request of n calls lasts long enough, then alternates n and 2n."""
    worker.post(connection, _json({"prepare": {"events": list(cell.events), "expected": cell.expected}}))
    points: list[list[int]] = []

    def point(calls: int) -> int:
        answer, elapsed = worker.post(connection, _json({"calls": calls}))
        if answer["right"] != calls:
            raise TaskError(f"{cell.name}: {calls - answer['right']} of {calls} answers were wrong while timed")
        points.append([calls, elapsed])
        return elapsed

    calls = 64
    # The faster of two: one long pause must not pass for many calls.
    while min(point(calls), point(calls)) < max(milliseconds / 4, _LEAST_MS) * 1e6:
        calls *= 2
    pairs = []
    for number in range(_PAIRS):
        # Either comes first in turn: the later one meets a warmer isolate.
        later = point(2 * calls) if number % 2 else None
        pairs.append((point(calls), point(2 * calls) if later is None else later))
    once, twice = (statistics.median(column) for column in zip(*pairs, strict=True))
    if twice <= once:
        raise TaskError(f"{cell.name}: {2 * calls} calls took no longer than {calls}: the machine was too busy to time them")
    return {"cell": cell.name, "ns": round((twice - once) / calls, 2), "points": points}


def isolate_ns(tools: Tools, folder: Path, event: dict[str, Any], core: int | None = None) -> int:
    """What the first request of a new isolate costs more than the next one, in a process that runs; the median of a few."""
    task = _json({"cases": [{"id": "first", "event": event}]})
    with Worker(tools, folder, core, isolates=True) as worker:
        connection = worker.connect()
        try:
            worker.post(connection, task, "/warm-up")
            extra = []
            for number in range(_ISOLATES):
                first = worker.post(connection, task, f"/isolate-{number}")[1]
                again = statistics.median(worker.post(connection, task, f"/isolate-{number}")[1] for _ in range(3))
                extra.append(first - again)
            return round(statistics.median(extra))
        finally:
            connection.close()


def _check_first(answer: dict[str, Any], cell: Cell) -> None:
    outcome = answer["outcomes"]["first"]["outcome"]
    if outcome != cell.expected:
        raise TaskError(f"answered {outcome} to the first request, expected {cell.expected}")


def run(
    tools: Tools,
    folder: Path,
    cells: Sequence[Cell],
    milliseconds: float,
    core: int | None = None,
    parity: Any = None,
    with_isolate: bool = False,
    environment_padding: int = 0,
    path_padding: int = 0,
) -> dict[str, Any]:
    """The fields of a trial of kind worker. `parity` is a life.Parity; `void` is there only when something failed."""
    fields: dict[str, Any] = {"environment_padding": environment_padding, "path_padding": path_padding, "cells": []}
    worker = Worker(tools, folder, core, environment_padding=environment_padding, path_padding=path_padding)
    try:
        first = _json({"cases": [{"id": "first", "event": cells[0].events[0]}]})
        with worker:
            connection = worker.connect()
            try:
                answer, _ = worker.post(connection, first)
                fields["start"] = {"ready": monotonic_ns() - worker.spawned}
                _check_first(answer, cells[0])
                for cell in cells:
                    fields["cells"].append(_time(worker, connection, cell, milliseconds))
                fields["peak_memory"] = worker.memory()
                if parity:
                    fields["parity"] = parity.digest(answers(worker, connection, parity.cases))
                    if fields["parity"] != parity.expected:
                        raise TaskError("the process that was timed does not decide as the gate recorded")
                fields["wall_ns"] = monotonic_ns() - worker.spawned
            finally:
                connection.close()
        if with_isolate:
            fields["isolate_ns"] = isolate_ns(tools, folder, cells[0].events[0], core)
    except (TaskError, OSError, IndexError, KeyError) as error:
        fields["void"] = str(error)
    if worker.usage:
        fields |= vars(worker.usage)
    return fields
