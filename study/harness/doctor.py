"""What of this machine the study can use, and what each missing piece disables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from . import cgroup, clients
from .contender import Contender
from .machine import Pinning, cores, pressure
from .tools import NODE_LINES, Tools


def doctor(tools: Tools, contenders: Sequence[Contender]) -> str:
    rows = [*_runtimes(tools), *_machine(), *_prepared(tools, contenders)]
    width = max(len(name) for _, name, _ in rows)
    return "\n".join(f"{'ok     ' if ok else 'missing'} {name:<{width}}  {text}" for ok, name, text in rows)


def _runtimes(tools: Tools) -> Iterator[tuple[bool, str, str]]:
    for line in dict.fromkeys((*NODE_LINES, tools.node_line())):
        here = tools.node(line).exists()
        pinned = line == tools.node_line()
        without = "no Node contender runs: ./dev setup" if pinned else "a full run leaves this line out: ./dev study prepare"
        yield here, f"node{line}", _client_text(f"node{line}") if here else without
    for line in tools.python_lines():
        yield True, f"python{line}", _client_text(f"python{line}")
    here = tools.workerd.exists()
    yield here, "workerd", "Workers contenders run" if here else "no Workers contender runs: ./dev setup"


def _client_text(runtime: str) -> str:
    if "ric" in clients.available(runtime):
        return "with the real runtime client"
    return "with our thin client only: ./dev study prepare builds the real one"


def _machine() -> Iterator[tuple[bool, str, str]]:
    group = cgroup.find()
    without = "edge-viewer is not modelled; lives are labelled unthrottled"
    yield group is not None, "CPU quota", f"cgroup {group.kind}" if group else without
    psi = pressure() is not None
    yield psi, "pressure (PSI)", "recorded before each trial" if psi else "not recorded"
    two = Pinning.find().child is not None
    yield two, "two cores", f"{cores()} cores; child and driver are apart" if two else "child and driver share a core: more noise"


def _prepared(tools: Tools, contenders: Sequence[Contender]) -> Iterator[tuple[bool, str, str]]:
    for contender in contenders:
        if contender.prepare is None:
            continue
        folder = tools.prepared(contender.name)
        absent = [p for p in contender.prepare.provides if not _exists(p, str(folder))]
        text = f"./dev study prepare --contender {contender.name}, about {contender.prepare.minutes:g} minutes"
        reason = folder / "reason.txt"
        if absent and reason.exists():
            text = reason.read_text(encoding="utf-8").strip().splitlines()[0]
        yield not absent, contender.name, f"not built: {text}" if absent else "prepared"


def _exists(path: str, prepared: str) -> bool:
    return Path(path.replace("{prepared}", prepared)).exists()
