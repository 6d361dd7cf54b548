"""The study's command line."""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from . import contender as contenders_module
from . import measure, report
from .artefact import ROOT, Tools
from .contender import Contender, DescriptorError, load_contenders
from .folder import FolderError, RunFolder
from .progress import StudyProgress
from .study import Study

EXIT_OK, EXIT_NO_NUMBER, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="study",
        description="Builds every contender, proves equal decisions, measures, and writes a report.",
        epilog="Exit codes: 0 every contender has numbers; 1 at least one has none; 2 wrong use; 130 interrupted.",
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="run the study (the default)")
    run.add_argument("--full", action="store_true", help="more rounds, longer windows, more compiles")
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (default: build/study/<UTC time>)")
    run.add_argument("--contender", action="append", metavar="NAME", help="only this one; may be given several times")
    run.add_argument("--contenders", action="append", type=Path, metavar="DIR", help="another folder of contender folders")
    run.add_argument("--seed", type=int, help="seed of tokens, order and resampling (default: random, recorded)")
    run.add_argument("--node-modules", type=Path, default=Tools().node_modules, metavar="DIR", help=argparse.SUPPRESS)
    for field in dataclasses.fields(measure.Settings):  # for the harness's own tests
        kind = float if field.name == "batch_ms" else int
        run.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help=argparse.SUPPRESS)

    for name, text in (("report", "write the report of a run's folder again"), ("table", "print the README table of a run")):
        command = commands.add_parser(name, help=text)
        command.add_argument("folder", type=Path, metavar="DIR")
        if name == "table":
            command.add_argument("--write", type=Path, metavar="FILE", help="put it between FILE's study-table markers")
    return parser


def main(argv: list[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments.insert(0, "run")
    if arguments[0] in ("-h", "--help"):
        _parser().print_help()
        print()
        arguments = ["run", "--help"]
    options = _parser().parse_args(arguments)
    try:
        if options.command == "report":
            return _report(RunFolder(options.folder), StudyProgress())
        if options.command == "table":
            return _table(RunFolder(options.folder), options.write)
        return _run(options)
    except (DescriptorError, FolderError, report.MarkerError) as error:
        print(f"study: {error}", file=sys.stderr)
        return EXIT_USAGE


def _report(folder: RunFolder, progress: StudyProgress) -> int:
    analysis = report.write(folder)
    report.print_table(analysis, progress.console)
    progress.say(f"report: {folder.file('report.html')}")
    progress.say(f"        {folder.file('report.md')}")
    return EXIT_OK if all(row["measured"] for row in analysis["rows"]) else EXIT_NO_NUMBER


def _table(folder: RunFolder, target: Path | None) -> int:
    table = report.readme_table(folder)
    if target is None:
        print(table)
    else:
        target.write_text(report.between_markers(target.read_text(encoding="utf-8"), table), encoding="utf-8")
    return EXIT_OK


def _settings(options: argparse.Namespace) -> measure.Settings:
    settings = measure.FULL if options.full else measure.QUICK
    changes = {f.name: getattr(options, f.name) for f in dataclasses.fields(settings) if getattr(options, f.name) is not None}
    settings = dataclasses.replace(settings, **changes)
    # Compiling may be switched off; nothing else may be.
    if min(settings.rounds, settings.starts_per_round, settings.builds, settings.least_batches, settings.least_calls) < 1:
        raise DescriptorError("rounds, starts, builds and batches: expected at least 1 of each")
    return settings


def _selected(options: argparse.Namespace) -> list[Contender]:
    contenders = load_contenders([contenders_module.FOLDER, *(options.contenders or [])])
    if options.contender:
        unknown = sorted(set(options.contender) - {c.name for c in contenders})
        if unknown:
            raise DescriptorError(f"no contender named {', '.join(unknown)}; known: {', '.join(c.name for c in contenders)}")
        contenders = [c for c in contenders if c.name in options.contender]
    return contenders


def _run(options: argparse.Namespace) -> int:
    settings, contenders, tools = _settings(options), _selected(options), Tools(options.node_modules)
    missing = tools.missing(contenders)
    if missing:
        print("study: missing tools; ./dev setup installs them:", *missing, sep="\n  ", file=sys.stderr)
        return EXIT_USAGE
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    started = datetime.now(UTC)
    path = options.out or ROOT / "build" / "study" / started.strftime("%Y%m%dT%H%M%SZ")
    if path.exists() and any(path.iterdir()):
        raise FolderError(f"{path}: expected a new or an empty folder")
    path.mkdir(parents=True, exist_ok=True)

    folder, progress = RunFolder(path), StudyProgress()
    mode = "full" if options.full else "quick"
    finished = Study(contenders, tools, settings, mode, seed, folder, progress).run(started)
    code = _report(folder, progress)
    return code if finished else EXIT_INTERRUPTED
