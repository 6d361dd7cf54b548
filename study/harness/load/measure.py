"""One contender behind the edge: first that it answers right, then the load at each rate."""

from __future__ import annotations

import http.client
import random
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contender import Contender
from ..tools import Tools
from ..workload import EXPECTED, event, split_cell, tokens
from . import generator
from .edge import PAGE, Edge, Sandboxes

ALGORITHM = "HS256"
CELL = "allow/0.3/typical"
_PATH = "/records/2026.json"
_ASKED = 8  # of every outcome, before any load


class LoadError(RuntimeError):
    """Why a contender has no row."""


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


def viewer_headers() -> list[tuple[str, str]]:
    """The headers of the study's typical event, but for those that the generator or the token brings."""
    rows = event("typical")["Records"][0]["cf"]["request"]["headers"].values()
    return [(row[0]["key"], row[0]["value"]) for row in rows if row[0]["key"] != "Host"]


def _sandboxes(target: Target, tools: Tools) -> Any:
    if target.contender is None or target.folder is None or target.runtime is None or target.client is None:
        return nullcontext()
    return Sandboxes(tools, target.runtime, target.client, target.folder, target.contender.entry)


def _ask(port: int, headers: list[tuple[str, str]], token: str | None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
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
                raise LoadError(f"answered {status} to a token of {outcome}, expected {expected}: {text}")
            if expected == 200 and body != PAGE:
                raise LoadError("an allowed request did not get the origin's page")


def measure(target: Target, tools: Tools, settings: Settings, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """A row for each rate. The first run of each warms up and is thrown away, as in the article."""
    valid = tokens(ALGORITHM, settings.seed)["allow"][split_cell(CELL)[1]]
    paths = [f"{_PATH}?token={number}" for number in range(len(valid))]
    random.Random(settings.seed).shuffle(paths)
    rows = []
    with _sandboxes(target, tools) as pool, Edge(pool.invoke if pool else None, valid) as edge:
        check(edge.port, target, settings.seed)
        for rate in settings.rates:
            if settings.warm_up_seconds:
                generator.run(edge.port, paths, rate, settings.warm_up_seconds, viewer_headers())
            before = pool.cpu_ns() if pool else 0
            load = generator.run(edge.port, paths, rate, settings.seconds, viewer_headers())
            used = pool.cpu_ns() - before if pool else None
            if reason := generator.wrong(load):
                raise LoadError(f"at {rate:g} requests/s {reason}")
            row = {"target": target.name, "runtime": target.runtime, "client": target.client, "rate": rate}
            row |= generator.summary(load, rate)
            row["sandbox_cpu_ns"] = round(used / len(load.statuses)) if used is not None else None
            row["memory"] = pool.peak_memory() if pool else None
            rows.append(row)
            say(_line(row))
    return rows


def _line(row: dict[str, Any]) -> str:
    times = ", ".join(f"{name} {value / 1e6:.2f}" for name, value in row["percentiles"].items())
    return f"  {row['target']}: {row['rate']:g} requests/s (achieved {row['achieved']:g}): {times} ms"
