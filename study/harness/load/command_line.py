"""`study/run.py load`: the load test of a run, or on its own."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import clients, gate
from ..artefact import Artefact, BuildError, build, unpack
from ..contender import FOLDER, Contender, load_contenders
from ..derive import derive
from ..folder import ARTEFACTS, FolderError, RunFolder, write_json
from ..machine import load as load_average
from ..machine import machine
from ..runtime_api import RuntimeApiError
from ..tools import ROOT, Tools
from . import edge, generator
from .measure import ALGORITHM, CELL, LoadError, Settings, Target, measure

FORMAT = 1
FILE = "loadtest.json"
# What the article compared, whether or not a quick run measures it.
_ARTICLE = ("passthrough-js", "rust-passthrough")
_NOTE = (
    "A local model on loopback: no network, no TLS, no way from an edge to Lambda, sandboxes that already run and have whole "
    "cores. It shows that a variant holds the rate and what the viewer would notice of it, not which one is faster: the "
    "differences between variants are far below the cost of an HTTP request."
)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev study load",
        description="Puts a constant rate of HTTP requests on a local edge simulator that invokes the packaged handlers.",
    )
    parser.add_argument("--run", type=Path, metavar="DIR", help="the run whose artefacts are loaded, and that gets loadtest.json")
    parser.add_argument("--out", type=Path, metavar="FILE", help="for the figures without --run (default: in build/study-load)")
    parser.add_argument("--seconds", type=float, default=30, help="of each load (default: 30)")
    parser.add_argument("--warm-up", type=float, default=5, metavar="SECONDS", help="of the run before it, not kept (default: 5)")
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


def load_test(
    run: RunFolder | None, contenders: Sequence[Contender], tools: Tools, settings: Settings, no_trigger: bool = True
) -> dict[str, Any]:
    """The document. Who cannot be loaded is in `left_out` with the reason."""
    program = generator.version()
    left_out: list[dict[str, str]] = []
    rows: list[dict[str, Any]] = []
    before = load_average()
    with tempfile.TemporaryDirectory(prefix="portcullis-load-") as temporary:
        targets = [Target(None)] if no_trigger else []
        targets += _targets(run, contenders, tools, Path(temporary), left_out)
        # Of every rate each target gets one span; their order is the seed's.
        random.Random(settings.seed).shuffle(targets)
        seconds = len(targets) * (len(settings.rates) * (settings.seconds + settings.warm_up_seconds) + 2)
        time = f"{seconds / 60:.0f} minutes" if seconds > 90 else f"{seconds:.0f} s"
        _say(f"Load test: {len(targets)} targets, {len(settings.rates)} rates, about {time}")
        for target in targets:
            try:
                rows += measure(target, tools, settings, _say)
            except (LoadError, generator.GeneratorError, RuntimeApiError, OSError) as error:
                left_out.append({"contender": target.name, "reason": str(error)})
                _say(f"  {target.name}: no row: {error}")
    names = ["none", *(contender.name for contender in contenders)]
    return {
        "format": FORMAT,
        "plan_sha256": run.plan_sha256() if run else None,
        "note": _NOTE,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "load_before": before,
        "generator": program,
        "command": " ".join(generator.command(Path("URIS"), Path("LOG"), settings.rates[0], settings.seconds, [])),
        "connections": generator.CONNECTIONS,
        "threads": generator.THREADS,
        "sandboxes": edge.SANDBOXES,
        "page_bytes": len(edge.PAGE),
        "algorithm": ALGORITHM,
        "cell": CELL,
        "seconds": settings.seconds,
        "warm_up_seconds": settings.warm_up_seconds,
        "seed": settings.seed,
        "runs": sorted(rows, key=lambda row: (row["rate"], names.index(row["target"]))),
        "left_out": left_out,
    }


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(list(arguments))
    try:
        rates = _rates(options.rates)
        contenders = _wanted(load_contenders([FOLDER]), options.contender)
        run = RunFolder(options.run) if options.run else None
        default = run.manifest()["seed"] if run else random.SystemRandom().getrandbits(32)
        seed = default if options.seed is None else options.seed
        settings = Settings(options.seconds, options.warm_up, rates, seed)
        document = load_test(run, contenders, Tools(), settings, not options.contender or "none" in options.contender)
        if not document["runs"]:
            raise LoadError("no target could be loaded")
        return _write(document, run, options.out)
    except (LoadError, generator.GeneratorError, FolderError) as error:
        print(f"study load: {error}", file=sys.stderr)
        return 2


def _write(document: dict[str, Any], run: RunFolder | None, out: Path | None) -> int:
    if run is None:
        out = out or ROOT / "build" / "study-load" / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
        out.parent.mkdir(parents=True, exist_ok=True)
        write_json(out, document)
        _say(f"Written: {out}")
        return 0
    # The file joins the sealed ones, and what is derived is made again.
    write_json(run.file(FILE), document)
    run.write_seal()
    derive(run)
    _say(f"Written: {run.file(FILE)}; the report is made again")
    return 0
