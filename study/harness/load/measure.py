"""One contender behind the edge: first that it answers right, then the load."""

from __future__ import annotations

import http.client
import random
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import monotonic_ns
from typing import Any

from ..contender import Contender
from ..machine import OtherWork, Pinning, before_trial
from ..plan import CONTENTION_LIMIT
from ..tools import Tools
from ..trials import is_contended
from ..workload import EXPECTED, event, split_cell, tokens
from . import figures, generator
from .edge import ANSWER_SECONDS, PAGE, Edge, Sandboxes

ALGORITHM = "HS256"
CELL = "allow/0.3/typical"
_PATH = "/records/2026.json"
_ASKED = 8  # of every outcome, before any load


class LoadError(RuntimeError):
    """Why a pass has no figures."""


class WrongDecision(LoadError):
    """Why a contender has no row at all, whatever its other passes gave."""


@dataclass(frozen=True)
class Target:
    """`None` is no trigger: the edge serves its page and asks nobody."""

    contender: Contender | None
    folder: Path | None = None
    runtime: str | None = None
    client: str | None = None

    @property
    def name(self) -> str:
        return self.contender.name if self.contender else "none"


@dataclass(frozen=True)
class Settings:
    seconds: float
    warm_up_seconds: float
    rates: Sequence[float]
    seed: int
    passes: int = 1


def viewer_headers() -> list[tuple[str, str]]:
    """The headers of the study's typical event, but for those that the generator or the token brings."""
    rows = event("typical")["Records"][0]["cf"]["request"]["headers"].values()
    return [(row[0]["key"], row[0]["value"]) for row in rows if row[0]["key"] != "Host"]


def _sandboxes(target: Target, tools: Tools, core: int | None) -> Any:
    if target.contender is None or target.folder is None or target.runtime is None or target.client is None:
        return nullcontext()
    return Sandboxes(tools, target.runtime, target.client, target.folder, target.contender.entry, core)


def _ask(port: int, headers: list[tuple[str, str]], token: str | None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWER_SECONDS + 10)
    try:
        authorization = {"Authorization": f"Bearer {token}"} if token is not None else {}
        connection.request("GET", f"{_PATH}?page=2&sort=-created", headers={**dict(headers), **authorization})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def check(port: int, target: Target, seed: int) -> None:
    """Real headers, every outcome: a page for a valid token, and the policy's status for each of the others."""
    size = split_cell(CELL)[1]
    for outcome, sizes in tokens(ALGORITHM, seed).items():
        decides = target.contender is not None and target.contender.decides
        expected = 200 if EXPECTED[outcome] == "allow" or not decides else int(EXPECTED[outcome])
        for token in sizes[size][:_ASKED]:
            status, body = _ask(port, viewer_headers(), None if outcome == "absent" else token)
            if status != expected:
                text = body[:200].decode(errors="replace")
                # 502 is the edge's word for a trigger that gave no answer, which is no decision.
                kind = LoadError if status == 502 else WrongDecision
                raise kind(f"answered {status} to a token of {outcome}, expected {expected}: {text}")
            if expected == 200 and body != PAGE:
                raise WrongDecision("an allowed request did not get the origin's page")


def measure(target: Target, rate: float, tools: Tools, settings: Settings) -> tuple[dict[str, Any], generator.Load]:
    """One pass at one rate, in sandboxes of its own. What warms up before it is thrown away, as in the article."""
    valid = tokens(ALGORITHM, settings.seed)["allow"][split_cell(CELL)[1]]
    paths = [f"{_PATH}?token={number}" for number in range(len(valid))]
    random.Random(settings.seed).shuffle(paths)
    pinning = Pinning.find()
    # Threads and processes inherit the cores of this thread: the edge's and the generator's are made in here.
    with pinning.hold(), _sandboxes(target, tools, pinning.child) as pool, Edge(pool.invoke if pool else None, valid) as edge:
        check(edge.port, target, settings.seed)
        if settings.warm_up_seconds:
            generator.run(edge.port, paths, rate, settings.warm_up_seconds, viewer_headers())
        before, others, began = before_trial(), _others(pool), monotonic_ns()
        used = pool.cpu_ns() if pool else 0
        load = generator.run(edge.port, paths, rate, settings.seconds, viewer_headers())
        if reason := generator.wrong(load):
            raise LoadError(reason)
        used = pool.cpu_ns() - used if pool else 0
        found = {"before": before, "wall_ns": monotonic_ns() - began, **_others(pool).since(others, None)}
        memory = pool.peak_memory() if pool else None
    row = {"target": target.name, "runtime": target.runtime, "client": target.client, "rate": rate}
    row |= figures.summary(load.connections, rate, settings.seconds)
    row |= {"sandbox_cpu_ns": round(used / row["requests"]) if pool else None, "memory": memory, **found}
    return row | {"contended": is_contended(row, CONTENTION_LIMIT)}, load


def _others(pool: Sandboxes | None) -> OtherWork:
    """What all but this process and its sandboxes have used; the generator's processes live only in between."""
    found, ours = OtherWork.now(None), pool.pids() if pool else set()
    return OtherWork({key: value for key, value in found.used.items() if key[0] not in ours}, found.stolen_ns)
