"""`study/run.py load`: the load test of a run, or on its own."""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import clients, gate
from ..artefact import Artefact, BuildError, build, unpack
from ..contender import FOLDER, Contender, load_contenders
from ..derive import derive
from ..folder import ARTEFACTS, FolderError, RunFolder, write_bytes, write_json
from ..machine import Pinning, machine
from ..machine import load as load_average
from ..runtime_api import RuntimeApiError
from ..tools import ROOT, Tools
from . import edge, figures, generator
from .measure import ALGORITHM, CELL, LoadError, Settings, Target, WrongDecision, measure

FORMAT = 2
# What the article compared, whether or not a quick run measures it.
_ARTICLE = ("passthrough-js", "rust-passthrough")
_NOTE = (
    "A local model on loopback: no network, no TLS, no way from an edge to Lambda, sandboxes that already run and have no CPU "
    "quota. It shows that a variant holds the rate and what the viewer would notice of it, not which one is faster."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev study load",
        description="Puts a constant rate of HTTP requests on a local edge simulator that invokes the packaged handlers.",
    )
    parser.add_argument("--run", type=Path, metavar="DIR", help="the run whose artefacts are loaded, and that gets loadtest.json")
    parser.add_argument("--out", type=Path, metavar="FILE", help="for the figures without --run (default: in build/study-load)")
    parser.add_argument("--seconds", type=float, default=10, help="of each load (default: 10)")
    parser.add_argument("--warm-up", type=float, default=2, metavar="SECONDS", help="of the run before it, not kept (default: 2)")
    parser.add_argument("--passes", type=int, default=3, help="of every target at every rate, in random order (default: 3)")
    parser.add_argument("--rates", default="5,50,500", help="requests a second in all, each a number (default: 5,50,500)")
    parser.add_argument("--contender", action="append", metavar="NAME", help="only this one, `none` for no trigger; repeatable")
    parser.add_argument("--seed", type=int, help="of the tokens and the order (default: the run's, else random)")
    return parser


def _rates(text: str) -> list[float]:
    try:
        rates = [float(part) for part in text.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) <= 0:
        raise LoadError(f"--rates {text}: expected numbers above 0, such as 5,50,500")
    return rates


def _wanted(every: Sequence[Contender], names: Sequence[str] | None) -> list[Contender]:
    known = {contender.name for contender in every} | {"none"}
    for name in names or ():
        if name not in known:
            raise LoadError(f"no contender is called {name!r}")
    if names:
        return [contender for contender in every if contender.name in names]
    quick = [c for c in every if c.quick or c.runtime == "python" or c.name in _ARTICLE]
    return [contender for contender in quick if contender.runtime != "workerd" and ALGORITHM in contender.algorithms]


def _same_artefact(run: RunFolder | None, contender: Contender, tools: Tools, work: Path) -> Artefact:
    """The run's own zip where it is kept; else a build that gives the very bytes that the run measured."""
    if run is None:
        return build(contender, ALGORITHM, tools, work / "zips", 1, timed=False)
    record = run.read("builds.json")["built"].get(contender.name, {}).get(ALGORITHM)
    statuses = {entry["name"]: entry["status"] for entry in run.manifest()["contenders"]}
    if record is None or statuses.get(contender.name) != "measured":
        raise LoadError(f"was not measured in this run ({statuses.get(contender.name, 'not part of it')})")
    kept = run.file(ARTEFACTS) / f"{contender.name}-{ALGORITHM}.zip"
    if kept.exists():
        return Artefact(kept, [], record["sizes"], record["sha256"], {})
    artefact = build(contender, ALGORITHM, tools, work / "zips", 1, timed=False)
    if artefact.sha256 != record["sha256"]:
        raise LoadError("what is built now is not what the run measured")
    return artefact


def _target(run: RunFolder | None, contender: Contender, tools: Tools, work: Path) -> Target:
    runtime = tools.default_runtime(contender.runtime)
    folder = unpack(_same_artefact(run, contender, tools, work), work / "unpacked" / contender.name)
    verdict = gate.ask(contender, ALGORITHM, tools, folder)
    if verdict.refused:
        raise LoadError(f"refused by the gate: {verdict.refused[0]}")
    return Target(contender, folder, runtime, clients.available(runtime)[0])


def _targets(
    run: RunFolder | None, wanted: Sequence[Contender], tools: Tools, work: Path, left_out: list[dict[str, str]]
) -> Iterator[Target]:
    for contender in wanted:
        try:
            yield _target(run, contender, tools, work)
        except (BuildError, LoadError, OSError) as error:
            left_out.append({"contender": contender.name, "reason": str(error)})


def _say(text: str) -> None:
    print(text, flush=True)


def _sharing() -> dict[str, list[int]]:
    """Which core serves what."""
    pinning = Pinning.find()
    return {"edge and generator": pinning.driver, "sandboxes": pinning.driver if pinning.child is None else [pinning.child]}


def load_test(
    run: RunFolder | None, contenders: Sequence[Contender], tools: Tools, settings: Settings, no_trigger: bool = True
) -> tuple[dict[str, Any], str]:
    """The document, and the log of every request. What has no figures is in `left_out` with the reason."""
    program = generator.version()
    left_out: list[dict[str, str]] = []
    passes: list[dict[str, Any]] = []
    log: list[str] = []
    voided: set[str] = set()
    before = load_average()
    with tempfile.TemporaryDirectory(prefix="portcullis-load-") as temporary:
        targets = [Target(None)] if no_trigger else []
        targets += _targets(run, contenders, tools, Path(temporary), left_out)
        order = _order(targets, settings)
        seconds = len(order) * (settings.seconds + settings.warm_up_seconds + 1)
        time = f"{seconds / 60:.0f} minutes" if seconds > 90 else f"{seconds:.0f} s"
        _say(f"Load test: {len(targets)} targets, {len(settings.rates)} rates, {settings.passes} passes, about {time}")
        for number, (which, target, rate) in enumerate(order):
            if target.name in voided:
                continue
            try:
                found, load = measure(target, rate, tools, settings)
            except (LoadError, generator.GeneratorError, RuntimeApiError, OSError) as error:
                reason = f"pass {which} at {rate:g} requests/s: {error}"
                left_out.append({"contender": target.name, "reason": reason})
                _say(f"  {target.name}: {reason}")
                if isinstance(error, WrongDecision):
                    voided.add(target.name)
                continue
            passes.append({"number": number, "pass": which, **found})
            log += figures.lines(number, load.connections)
            _say(_line(passes[-1]))
    passes = [each for each in passes if each["target"] not in voided]
    kept = {str(each["number"]) for each in passes}
    sharing = _sharing()
    document = {
        "format": FORMAT,
        "plan_sha256": run.plan_sha256() if run else None,
        "note": _NOTE + _note_on_cores(sharing),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": before,
        "cores": sharing,
        "generator": program,
        "command": " ".join(generator.command(Path("URIS"), Path("LOG"), settings.rates[0], settings.seconds, [])),
        "connections": generator.CONNECTIONS,
        "sandboxes": edge.SANDBOXES,
        "page_bytes": len(edge.PAGE),
        "algorithm": ALGORITHM,
        "cell": CELL,
        "seconds": settings.seconds,
        "warm_up_seconds": settings.warm_up_seconds,
        "seed": settings.seed,
        "runs": figures.rows(passes, ["none", *(contender.name for contender in contenders)]),
        "passes": passes,
        "left_out": left_out,
    }
    return document, "".join(line for line in log if line.partition("\t")[0] in kept)


def _order(targets: Sequence[Target], settings: Settings) -> list[tuple[int, Target, float]]:
    """Every target at every rate once in each pass, in an order that the seed draws anew for each."""
    source = random.Random(settings.seed)
    order: list[tuple[int, Target, float]] = []
    for which in range(1, settings.passes + 1):
        steps = [(which, target, rate) for target in targets for rate in settings.rates]
        source.shuffle(steps)
        order += steps
    return order


def _note_on_cores(sharing: dict[str, list[int]]) -> str:
    one, other = sharing.values()
    if one == other:
        return " Edge, generator and sandboxes share one core, so a busy variant also delays the edge."
    names = ", ".join(map(str, one))
    return (
        f" The {edge.SANDBOXES} sandboxes share core {other[0]}; the edge and the generator have core{'s' * (len(one) > 1)} "
        f"{names}. On Lambda each sandbox has a share of a core to itself."
    )


def _line(row: dict[str, Any]) -> str:
    times = ", ".join(f"{name} {value / 1e6:.2f}" for name, value in row["percentiles"].items())
    contended = ", contended" if row["contended"] else ""
    return f"  {row['pass']}  {row['target']}: {row['rate']:g} requests/s (achieved {row['achieved']:g}): {times} ms{contended}"


def _table(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The medians of the passes, with the lowest and the highest."""
    yield "requests/s  target                passes  p50 ms                    p99 ms"
    for row in rows:
        cells = (
            f"{row['percentiles'][name] / 1e6:.2f} ({row['low'][name] / 1e6:.2f} to {row['high'][name] / 1e6:.2f})"
            for name in ("p50", "p99")
        )
        yield f"{row['rate']:>10g}  {row['target']:<20}  {row['passes']:>6}  " + "".join(f"{cell:<26}" for cell in cells).rstrip()


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Makes SIGTERM unwind the stack, so that no sandbox and no generator outlives us."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise SystemExit(128 + signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(list(arguments))
    try:
        rates = _rates(options.rates)
        if options.passes < 1:
            raise LoadError(f"--passes {options.passes}: expected 1 or more")
        contenders = _wanted(load_contenders([FOLDER]), options.contender)
        run = RunFolder(options.run) if options.run else None
        default = run.manifest()["seed"] if run else random.SystemRandom().getrandbits(32)
        seed = default if options.seed is None else options.seed
        settings = Settings(options.seconds, options.warm_up, rates, seed, options.passes)
        no_trigger = not options.contender or "none" in options.contender
        with _ended_by_sigterm():
            document, log = load_test(run, contenders, Tools(), settings, no_trigger)
        if not document["runs"]:
            raise LoadError("no target could be loaded")
        return _write(document, log, run, options.out)
    except (LoadError, generator.GeneratorError, FolderError) as error:
        print(f"study load: {error}", file=sys.stderr)
        return 2


def _write(document: dict[str, Any], log: str, run: RunFolder | None, out: Path | None) -> int:
    for line in _table(document["runs"]):
        _say(line)
    if run is None:
        out = out or ROOT / "build" / "study-load" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        write_json(out, document)
        write_bytes(out.with_suffix(".tsv"), log.encode("ascii"))
        _say(f"Written: {out}, and every request in {out.with_suffix('.tsv').name}")
        return 0
    # The files join the sealed ones, and what is derived is made again.
    write_json(run.file(figures.FILE), document)
    write_bytes(run.file(figures.LOG), log.encode("ascii"))
    run.write_seal()
    derive(run)
    _say(f"Written: {run.file(figures.FILE)}, {figures.LOG}; the report is made again")
    return 0
