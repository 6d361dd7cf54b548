"""The life of one sandbox: start, load, first request, the first hundred requests, and a proof that it decides right.

Modelled: a fresh process with a runtime client, its init at full speed, and (profile `edge-viewer`) the CPU share of a
128 MB function from the first `next` on. Not modelled: making the sandbox and fetching the code before the process
starts, the network, the memory limit, and pauses between requests: the next request follows the answer at once.

Nothing is dropped: a trial in which anything went wrong keeps what it has and says why it is void.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .cgroup import EDGE_VIEWER_US, PERIOD_US, Cgroup, Group
from .clients import ClientError, command, family
from .runtime_api import InvocationError, RuntimeApiError
from .sandbox import Sandbox
from .tools import Tools

PROFILES = ("free", "edge-viewer")
READY_SECONDS = 60.0
REQUEST_SECONDS = 30.0
_SURELY_THROTTLED = 20  # periods' worth of CPU time that nobody gets through without waiting


@dataclass(frozen=True)
class Parity:
    """The gate's cases, put to the same process after it was timed."""

    cases: Sequence[tuple[str, Any]]  # id, event
    digest: Callable[[dict[str, dict[str, Any]]], str]  # of {id: {"outcome", "response"}}
    expected: str


@dataclass(frozen=True)
class Life:
    """What one trial runs."""

    runtime: str  # node24, python3.11
    client: str  # ric | thin
    profile: str  # free | edge-viewer
    folder: Path  # the unpacked artefact
    entry: str
    events: Sequence[dict[str, Any]]  # one per request, each with its own token
    expected: str  # allow, or a status
    parity: Parity | None = None
    environment_padding: int = 0
    path_padding: int = 0
    phase_ns: int = 0  # how long the first event of a throttled life is held back: where in the quota's period it falls
    core: int | None = None


def canonical(value: Any) -> str:
    """Two values have the same text when they are the same JSON: member order does not count."""
    return json.dumps(value, sort_keys=True)


_ABSENT = object()


def _request_of(event: Any) -> Any:
    try:
        return event["Records"][0]["cf"]["request"]
    except (TypeError, KeyError, IndexError):
        return _ABSENT


def outcome_of(answer: Any, event: Any, runtime: str) -> str:
    """As the runners say it; the object went through JSON twice, so it is compared by value."""
    request = _request_of(event)
    # A request that is null can be handed back in JavaScript; Python's runner takes None for no request.
    nothing = request is _ABSENT or (request is None and family(runtime) == "python")
    if not nothing and canonical(answer) == canonical(request):
        return "allow"
    status = answer.get("status") if isinstance(answer, dict) else None
    return status if isinstance(status, str) else "neither a request nor a response"


@contextmanager
def padded(folder: Path, padding: int) -> Iterator[Path]:
    """The same files below a longer path. Hard links, as Node follows symbolic ones to the short path."""
    if padding <= 0:
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="p", dir=folder.parent) as temporary:
        # A name may have 255 bytes: a long padding is several folders deep.
        place = Path(temporary)
        for length in [*[200] * (padding // 201), padding % 201]:
            if length:
                place /= "p" * length
        place /= folder.name
        for source in [folder, *sorted(folder.rglob("*"))]:
            target = place / source.relative_to(folder)
            if source.is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                os.link(source, target)
        yield place


def run(life: Life, tools: Tools, cgroup: Cgroup | None) -> dict[str, Any]:
    """The trial's own fields. `requests` is the list of all durations; `void` is there only when something failed.

    `quota` is null in the free profile and where no quota can be set: such a trial is unthrottled, whatever its profile.
    """
    fields: dict[str, Any] = {
        "environment_padding": life.environment_padding,
        "path_padding": life.path_padding,
        "quota": None,
        "requests": [],
    }
    try:
        with padded(life.folder, life.path_padding) as folder:
            argv, environment = command(life.runtime, life.client, tools, folder, life.entry)
            environment["STUDY_PADDING"] = "x" * life.environment_padding
            with Sandbox(argv, environment, folder, life.core) as sandbox, _group(life, cgroup) as group:
                try:
                    _observe(life, sandbox, group, fields)
                finally:
                    fields["exit"] = sandbox.end()
    except (RuntimeApiError, ClientError, OSError) as error:
        fields["void"] = str(error)
    return fields


@contextmanager
def _group(life: Life, cgroup: Cgroup | None) -> Iterator[Group | None]:
    if life.profile == "free" or cgroup is None:
        yield None
        return
    group = cgroup.group("life")
    try:
        yield group
    finally:
        group.remove()


def _observe(life: Life, sandbox: Sandbox, group: Group | None, fields: dict[str, Any]) -> None:
    ready = sandbox.api.next_ready(READY_SECONDS) - sandbox.spawned
    cpu, queue = {"ready": sandbox.cpu_ns()}, {"ready": sandbox.queue_ns()}
    memory = {"ready": sandbox.memory()[0]}
    marks = sandbox.marks()
    fields["marks"] = {"load_begin": marks["load_begin"], "load_end": marks["load_end"], "ready": ready}
    if group:
        # Not before: Lambda gives the init phase more than the memory's share.
        group.set_quota(EDGE_VIEWER_US, PERIOD_US)
        group.add(sandbox.pid)
        fields["quota"] = {"us": EDGE_VIEWER_US, "period": PERIOD_US}
        time.sleep(life.phase_ns / 1e9)

    bodies: list[bytes] = []
    for event in [json.dumps(event).encode() for event in life.events]:
        body, elapsed = sandbox.api.invoke_bytes(event, REQUEST_SECONDS)
        fields["requests"].append(elapsed)
        bodies.append(body)
        if len(bodies) == 1:
            # From `next` to `next`: what the client does after its answer belongs to the request.
            sandbox.api.idle(READY_SECONDS)
            cpu["first"], queue["first"] = sandbox.cpu_ns(), sandbox.queue_ns()

    sandbox.api.idle(READY_SECONDS)
    cpu["hundred"], queue["hundred"] = sandbox.cpu_ns(), sandbox.queue_ns()
    memory["hundred"], peak = sandbox.memory()
    fields |= {"wall_ns": sandbox.api.last_answer - sandbox.spawned, "cpu_ns": cpu["hundred"], "peak_memory": peak}
    fields |= asdict(sandbox.counters())
    fields |= {"cpu": cpu, "queue": queue, "memory": memory}

    _check_answers(life, bodies)
    if group:
        periods, waited = group.throttled()
        fields["quota"] |= {"throttled": periods, "throttled_ns": waited}
        if periods == 0 and cpu["hundred"] - cpu["ready"] > _SURELY_THROTTLED * EDGE_VIEWER_US * 1000:
            raise RuntimeApiError("the CPU quota was set and never held the process back")
        group.lift_quota()
    if life.parity:
        found = life.parity.digest(_answers(life, life.parity.cases, sandbox))
        fields["parity"] = found
        if found != life.parity.expected:
            raise RuntimeApiError("the process that was timed does not decide as the gate recorded")


def _check_answers(life: Life, bodies: list[bytes]) -> None:
    for number, (event, body) in enumerate(zip(life.events, bodies, strict=True), 1):
        try:
            outcome = outcome_of(json.loads(body), event, life.runtime)
        except ValueError:
            outcome = "no JSON"
        if outcome != life.expected:
            raise RuntimeApiError(f"answered {outcome} to request {number}, expected {life.expected}")


def _answers(life: Life, cases: Sequence[tuple[str, Any]], sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """What the runners' gate task gives. (That the event object stays unchanged is seen only there.)"""
    answers: dict[str, dict[str, Any]] = {}
    for id_, event in cases:
        try:
            answer, _ = sandbox.api.invoke(event, REQUEST_SECONDS)
            outcome = outcome_of(answer, event, life.runtime)
            answers[id_] = {"outcome": outcome, "response": None if outcome == "allow" else answer}
        except InvocationError as error:
            answers[id_] = {"outcome": "throws", "response": str(error)}
    return answers
