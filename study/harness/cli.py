"""The study's command line."""

from __future__ import annotations

import argparse
import dataclasses
import random
import signal
import sys
import textwrap
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import contender as contenders_module
from . import plan
from .artefact import NOT_PREPARED
from .contender import ALGORITHMS, Contender, DescriptorError, load_contenders
from .folder import FolderError, RunFolder
from .tools import ROOT, ToolError, Tools

EXIT_OK, EXIT_NO_NUMBER, EXIT_USAGE, EXIT_INVALID, EXIT_PARITY, EXIT_INTERRUPTED = 0, 1, 2, 3, 4, 130
RUNS = ROOT / "build" / "study"
SENTINELS = ROOT / "build" / "study-aa"
RESULTS = ROOT / "study" / "results"

_EPILOG = """\
exit codes: 0 done; 1 a contender has no number, other than for want of `prepare`; 2 wrong use; 3 the measurement is
invalid, or `verify` failed; 4 a contender decides otherwise than it declares; 130 interrupted"""
_RUN_TEXT = """\
Builds every contender, puts the gate's cases to each, measures those that passed in randomised complete blocks, and
writes a report. Everything that was recorded is kept in the run's folder. A quick run is exploratory: its claims
say where to look; those of a full run are confirmatory."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev study",
        description="Measures what verifying a token costs at the edge, for every contender that decides right.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def add(name: str, summary: str, text: str = "") -> argparse.ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=text or f"{summary[0].upper()}{summary[1:]}.",
            epilog=_EPILOG,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    run = add("run", "run the study (the default)", _RUN_TEXT)
    _add_design(run)
    run.add_argument("--out", type=Path, metavar="DIR", help="folder of the run (default: build/study/<time>-<commit>-<seed>)")
    run.add_argument("--resume", type=Path, metavar="DIR", help="go on with a run that was interrupted")

    prepare = add("prepare", "do the slow work once: other Node lines, the real runtime clients, toolchains of contenders")
    prepare.add_argument("--contender", action="append", metavar="NAME", help="only this one; may be given several times")

    _add_design(add("plan", "print the design and a guess of its time; runs nothing"))
    _add_selection(add("check", "build every contender and put the gate's cases to it; measures nothing"))
    sentinel = add("aa", "measure the references against themselves: what this machine can tell apart")
    sentinel.add_argument("--budget", type=_budget, default=120.0, metavar="TIME", help="such as 90s or 5m (default: 2m)")
    sentinel.add_argument("--seed", type=int, help=argparse.SUPPRESS)
    _add_hidden(sentinel)

    for name, summary in (("report", "derive everything of a run again"), ("table", "print the README's table of a run")):
        command = add(name, summary)
        command.add_argument("folder", type=Path, metavar="DIR")
        if name == "table":
            command.add_argument("--write", type=Path, metavar="FILE", help="put it between FILE's study-table markers")
    add("verify", "check a run's folder: form, digests, order, and every derived file byte for byte").add_argument(
        "folder", type=Path, metavar="DIR"
    )
    explain = add("explain", "print the samples and the rule behind a claim")
    explain.add_argument("claim", metavar="CLAIM", help="the claim's id, or a beginning of it that no other claim has")
    explain.add_argument("--run", type=Path, metavar="DIR", help="default: the newest run, else the newest one in study/results")
    keep = add("archive", "make a run small enough to be committed")
    keep.add_argument("folder", type=Path, metavar="DIR")
    keep.add_argument("--to", type=Path, default=RESULTS, metavar="DIR", help="default: study/results")
    # These read their own arguments.
    add("choose", "say which variant to deploy, from a run's claims")
    add("load", "put a constant rate of HTTP requests on a local edge simulator")
    add("doctor", "tell what of this machine the study can use, and what each missing piece disables")
    return parser


def _budget(text: str) -> float:
    try:
        return plan.parse_budget(text)
    except plan.PlanError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_selection(command: argparse.ArgumentParser) -> None:
    command.add_argument("--contender", action="append", metavar="NAME", help="only this one; may be given several times")
    command.add_argument(
        "--contenders", action="append", type=Path, metavar="DIR", help="another folder of contender folders, beside ours"
    )
    command.add_argument("--node-modules", type=Path, default=Tools().node_modules, metavar="DIR", help=argparse.SUPPRESS)
    command.add_argument("--algorithm", action="append", choices=ALGORITHMS, help=argparse.SUPPRESS)


def _add_design(command: argparse.ArgumentParser) -> None:
    command.add_argument("--full", action="store_true", help="also the rarer contenders, other runtime lines, all cells for the main ones; an hour")
    command.add_argument("--budget", type=_budget, metavar="TIME", help="of measuring, such as 90s, 20m or 1h")
    command.add_argument("--rounds", type=int, metavar="N", help="exactly so many rounds, if the budget holds them")
    command.add_argument("--seed", type=int, help="of tokens, order, padding and resampling (default: random, recorded)")
    _add_selection(command)
    _add_hidden(command)


def _add_hidden(command: argparse.ArgumentParser) -> None:
    """For the harness's own tests: every setting by its name."""
    for field in dataclasses.fields(plan.Settings):
        if field.name != "budget_seconds":
            kind = float if field.name.endswith("_ms") else int
            command.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help=argparse.SUPPRESS)
    command.add_argument("--kind", action="append", choices=plan.KINDS, help=argparse.SUPPRESS)


def main(argv: list[str] | None = None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or (arguments[0].startswith("-") and arguments[0] not in ("-h", "--help")):
        arguments.insert(0, "run")
    # Children are in sessions of their own: whoever ends the study ends them through its own clean-up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    errors = (DescriptorError, FolderError, plan.PlanError, ToolError)
    try:
        if arguments[0] in _OWN_ARGUMENTS:
            return _OWN_ARGUMENTS[arguments[0]](arguments[1:])
        options = _parser().parse_args(arguments)
        return _COMMANDS[options.command](options)
    except errors as error:
        print(f"study: {error}", file=sys.stderr)
        return EXIT_USAGE
    except KeyboardInterrupt:
        print("study: interrupted", file=sys.stderr)
        return EXIT_INTERRUPTED


# What was asked for.


def _settings(options: argparse.Namespace, settings: plan.Settings) -> plan.Settings:
    names = [field.name for field in dataclasses.fields(settings) if field.name != "budget_seconds"]
    changes: dict[str, Any] = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    if getattr(options, "rounds", None) is not None:
        changes |= {"least_rounds": options.rounds, "most_rounds": options.rounds}
    if options.budget is not None:
        changes["budget_seconds"] = options.budget
    settings = dataclasses.replace(settings, **changes)
    counts = [settings.least_rounds, settings.most_rounds, settings.builds, settings.requests]
    counts.append(settings.least_batches)
    if min(counts) < 1 or settings.budget_seconds <= 0:
        raise plan.PlanError("rounds, builds, batches, calls, requests and budget: expected at least 1 of each")
    return dataclasses.replace(settings, most_rounds=max(settings.most_rounds, settings.least_rounds))


def _selected(options: argparse.Namespace, quick: bool) -> list[Contender]:
    contenders = load_contenders([contenders_module.FOLDER, *(options.contenders or [])])
    if options.contender:
        unknown = sorted(set(options.contender) - {c.name for c in contenders})
        if unknown:
            raise DescriptorError(f"no contender named {', '.join(unknown)}; known: {', '.join(c.name for c in contenders)}")
        return [c for c in contenders if c.name in options.contender]
    return [c for c in contenders if c.quick or not quick]


def _check_tools(tools: Tools, contenders: Sequence[Contender]) -> bool:
    """A run without its own tools is no run; what only some contenders need makes only these absent."""
    wanted = {"node": tools.node()} if any(c.runtime in ("node", "workerd") for c in contenders) else {}
    missing = [f"{name}: {path}" for name, path in wanted.items() if not path.exists()]
    if missing:
        print("study: missing tools; ./dev setup installs them:", *missing, sep="\n  ", file=sys.stderr)
    return not missing


def _seed(options: argparse.Namespace) -> int:
    return options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)


def _rows(options: argparse.Namespace, full: bool, machine: plan.Machine) -> Sequence[plan.RowDesign] | None:
    kinds, algorithms = options.kind, getattr(options, "algorithm", None)
    if not kinds and not algorithms:
        return None
    rows = plan.rows_of("full" if full else "quick", machine)
    return [row for row in rows if (not kinds or row.kind in kinds) and (not algorithms or row.algorithm in algorithms)]


def _new_folder(path: Path) -> RunFolder:
    if path.exists() and any(path.iterdir()):
        raise FolderError(f"{path}: expected a new or an empty folder")
    path.mkdir(parents=True, exist_ok=True)
    return RunFolder(path)


def _named_folder(parent: Path, seed: int) -> Path:
    from .machine import source

    commit = (source()["commit"] or "nocommit")[:7]
    return parent / f"{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}-{commit}-{seed}"


# The commands.


def _run(options: argparse.Namespace) -> int:
    from .session import Request, Session, see_machine

    resumed = RunFolder(options.resume) if options.resume else None
    if resumed:
        _like_before(options, resumed)
    settings = _settings(options, plan.FULL if options.full else plan.QUICK)
    contenders, tools = _selected(options, quick=not options.full), Tools(options.node_modules)
    if not _check_tools(tools, contenders):
        return EXIT_USAGE
    _prepare_for_run(options.full, tools, contenders)
    seed = _seed(options)
    rows = _rows(options, options.full, see_machine(tools, contenders)[0])
    algorithms = tuple(options.algorithm) if options.algorithm else ALGORITHMS
    request = Request("full" if options.full else "quick", settings, contenders, seed, algorithms, rows)
    folder = resumed or _new_folder(options.out or _named_folder(RUNS, seed))
    return _carry_out(Session(request, tools, folder, _progress()), bool(resumed))


def _prepare_for_run(full: bool, tools: Tools, contenders: Sequence[Contender]) -> None:
    """What a quick run needs takes a minute the first time; a toolchain takes longer, so only a full run gets it."""
    from . import prepare

    say = _progress().say
    if any(contender.runtime == "node" for contender in contenders):
        prepare.runtimes(tools, say, only_default=not full)
    if full:
        prepare.contenders(tools, contenders, say)


def _like_before(options: argparse.Namespace, folder: RunFolder) -> None:
    """A resumed run is what it was: its plan decides, and not the command line."""
    if options.out:
        raise plan.PlanError("--resume and --out: expected one of the two")
    folder.manifest()
    design = folder.plan()
    options.full, options.seed = design["mode"] == "full", design["seed"]
    options.budget = options.budget or design["settings"]["budget_seconds"]
    if options.budget != design["settings"]["budget_seconds"]:
        seconds = design["settings"]["budget_seconds"]
        raise plan.PlanError(f"--budget: the run's plan has {seconds:g} s, and a plan stays as it is")
    for name, value in design["settings"].items():
        if name != "budget_seconds":
            setattr(options, name, value)
    options.rounds, options.contender = None, design["contenders"]
    options.kind, options.algorithm = design["restricted"]["kinds"], design["restricted"]["algorithms"]


def _carry_out(session: Any, resume: bool = False) -> int:
    request, folder = session.request, session.folder
    session.progress.say(f"Study ({request.mode}, seed {request.seed}): modelled Lambda, never Lambda itself.")
    if request.mode == "quick":
        session.progress.say("A quick run is exploratory: its claims say where to look. `./dev study --full` confirms.")
    session.progress.say(f"Folder: {folder.path}")
    finished = session.run(resume)
    analysis = session.derive()
    _show(analysis, folder, session.progress)
    if not finished:
        return EXIT_INTERRUPTED
    return _exit_code(analysis, folder)


def _exit_code(analysis: dict[str, Any], folder: RunFolder) -> int:
    contenders = folder.manifest()["contenders"]
    statuses = [contender["status"] for contender in contenders if not _was_optional(contender)]
    if "refused" in statuses:
        return EXIT_PARITY
    sentinels = [one for one in analysis["sentinels"] if one["n"] >= 5]
    if sentinels and not any(one["valid"] for one in sentinels):
        return EXIT_INVALID
    return EXIT_OK if all(status == "measured" for status in statuses) and not analysis.get("void") else EXIT_NO_NUMBER


def _was_optional(contender: dict[str, Any]) -> bool:
    """Not built for want of a toolchain that only `study prepare` installs: nobody asked for it."""
    return contender["status"] == "not built" and all(NOT_PREPARED in reason for reason in contender.get("reasons") or [""])


def _show(analysis: dict[str, Any], folder: RunFolder, progress: Any) -> None:
    from . import report

    report.print_table(analysis, progress.console)
    for name in ("report.html", "report.md"):
        progress.say(f"report: {folder.file(name)}")


def _progress() -> Any:
    from .progress import StudyProgress

    return StudyProgress()


def _report(options: argparse.Namespace) -> int:
    from .derive import derive

    folder = RunFolder(options.folder)
    folder.manifest()
    analysis = derive(folder)
    _show(analysis, folder, _progress())
    return _exit_code(analysis, folder)


def _table(options: argparse.Namespace) -> int:
    from . import report

    table = report.readme_table(RunFolder(options.folder))
    if options.write is None:
        print(table)
        return EXIT_OK
    try:
        text = report.between_markers(options.write.read_text(encoding="utf-8"), table)
    except (OSError, ValueError) as error:
        raise FolderError(f"{options.write}: {error}") from None
    options.write.write_text(text, encoding="utf-8")
    return EXIT_OK


def _verify(options: argparse.Namespace) -> int:
    from . import verify

    if not options.folder.is_dir():
        raise FolderError(f"{options.folder}: expected a run's folder")
    wrong = 0
    for check in verify.checks(RunFolder(options.folder)):
        print(verify.shown(check), flush=True)
        wrong += not check.ok
    print("The run is what it says." if not wrong else f"{wrong} checks failed: this run proves nothing.")
    return EXIT_INVALID if wrong else EXIT_OK


def _newest_run() -> RunFolder:
    for parent in (RUNS, RESULTS):
        runs = sorted(path for path in parent.iterdir() if RunFolder(path).exists("analysis.json")) if parent.is_dir() else []
        if runs:
            return RunFolder(runs[-1])
    raise FolderError("no run in build/study or study/results; ./dev study makes one, --run names one")


def _explain(options: argparse.Namespace) -> int:
    from . import explain

    folder = RunFolder(options.run) if options.run else _newest_run()
    folder.manifest()
    try:
        print(explain.explain(folder, options.claim))
    except explain.UnknownClaim as error:
        raise FolderError(f"{folder.path.name}: {error}") from None
    return EXIT_OK


def _archive(options: argparse.Namespace) -> int:
    from .archive import archive

    target = archive(RunFolder(options.folder), options.to)
    size = sum(path.stat().st_size for path in target.path.rglob("*") if path.is_file())
    print(f"{target.path}: {size / 1e6:.1f} MB")
    return EXIT_OK


def _plan(options: argparse.Namespace) -> int:
    """As if every contender were built and passed."""
    from .session import see_machine

    settings, tools = _settings(options, plan.FULL if options.full else plan.QUICK), Tools(options.node_modules)
    contenders = _selected(options, quick=not options.full)
    machine, _ = see_machine(tools, contenders)
    algorithms = {c.name: c.algorithms for c in contenders}
    mode = "full" if options.full else "quick"
    design = plan.make_plan(
        mode, _seed(options), settings, plan.Entrants(contenders, algorithms), machine, rows=_rows(options, options.full, machine)
    )
    print(plan_text(design))
    return EXIT_OK


def plan_text(design: dict[str, Any]) -> str:
    """The design for a reader: a line for each row, then the stopping rule and the guess."""
    lines = [f"{design['mode']} run, seed {design['seed']}: each line is a block, in random order, its entrants shuffled", ""]
    for row in design["rows"]:
        names = [entrant["contender"] for entrant in row["entrants"]]
        runtimes = ", ".join(dict.fromkeys(entrant["runtime"] for entrant in row["entrants"]))
        cells = max(len(entrant["cells"]) for entrant in row["entrants"])
        often = "every round" if row["every"] == 1 else f"one round in {row['every']}"
        many = f"{cells} cells, " if cells > 1 else ""
        lines.append(f"{row['id']:<32} {len(names):>3} processes, {many}{often}, on {runtimes}")
    stopping, seconds = design["stopping"], plan.plan_seconds(design)
    rounds = max(1, min(stopping["most_rounds"], int(stopping["budget_seconds"] // max(seconds, 0.1))))
    lines += ["", *textwrap.wrap(stopping["rule"], 110)]
    lines.append(f"rounds: {stopping['least_rounds']} to {stopping['most_rounds']}; budget: {stopping['budget_seconds']:g} s")
    minutes = rounds * seconds / 60
    lines.append(f"guess: {seconds:.0f} s a round, so {rounds} rounds in {minutes:.0f} minutes; the first round tells better")
    return "\n".join(lines)


def _check(options: argparse.Namespace) -> int:
    from .session import Request, Session

    contenders, tools = _selected(options, quick=False), Tools(options.node_modules)
    if not _check_tools(tools, contenders):
        return EXIT_USAGE
    import tempfile

    with tempfile.TemporaryDirectory(prefix="portcullis-check-") as temporary:
        settings = dataclasses.replace(plan.QUICK, builds=1)
        algorithms = tuple(options.algorithm) if options.algorithm else ALGORITHMS
        request = Request("quick", settings, contenders, 1, algorithms)
        session = Session(request, tools, RunFolder(Path(temporary) / "run"), _progress())
        statuses = session.check(Path(temporary))
    if "refused" in statuses:
        return EXIT_PARITY
    return EXIT_OK if all(status == "measured" for status in statuses) else EXIT_NO_NUMBER


def _aa(options: argparse.Namespace) -> int:
    from .session import Request, Session

    contenders = [c for c in load_contenders([contenders_module.FOLDER]) if c.role == "reference"]
    tools, seed = Tools(), _seed(options)
    if not _check_tools(tools, contenders):
        return EXIT_USAGE
    settings = _settings(options, dataclasses.replace(plan.QUICK, least_rounds=10, most_rounds=100, builds=1))
    rows = [row for row in plan.QUICK_ROWS if row.algorithm == "HS256" and row.kind != "sweep"]
    if options.kind:
        rows = [row for row in rows if row.kind in options.kind]
    request = Request("quick", settings, contenders, seed, ("HS256",), rows)
    session = Session(request, tools, _new_folder(_named_folder(SENTINELS, seed)), _progress())
    finished = session.run()
    from . import analysis

    sentinels = analysis.make(session.folder)["sentinels"]
    print("What this machine can tell apart, from the references against themselves:")
    for one in sentinels:
        print(f"  {one['sentence']}")
    if not finished:
        return EXIT_INTERRUPTED
    return EXIT_OK if any(one["valid"] for one in sentinels) else EXIT_INVALID


def _prepare(options: argparse.Namespace) -> int:
    from . import prepare

    names = options.contender
    contenders = load_contenders([contenders_module.FOLDER])
    unknown = sorted(set(names or []) - {c.name for c in contenders})
    if unknown:
        raise DescriptorError(f"no contender named {', '.join(unknown)}; known: {', '.join(c.name for c in contenders)}")
    if names:
        wrong = prepare.contenders(Tools(), [c for c in contenders if c.name in names], _progress().say)
    else:
        wrong = prepare.prepare(Tools(), contenders, _progress().say)
    return EXIT_NO_NUMBER if wrong else EXIT_OK


def _doctor(_: Sequence[str]) -> int:
    from .doctor import doctor

    print(doctor(Tools(), load_contenders([contenders_module.FOLDER])))
    return EXIT_OK


def _choose(arguments: Sequence[str]) -> int:
    from . import choice

    return int(choice.cli(list(arguments)))


def _load(arguments: Sequence[str]) -> int:
    from .load import cli

    return int(cli(list(arguments)))


_COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "run": _run,
    "prepare": _prepare,
    "plan": _plan,
    "check": _check,
    "aa": _aa,
    "report": _report,
    "table": _table,
    "verify": _verify,
    "explain": _explain,
    "archive": _archive,
}
_OWN_ARGUMENTS: dict[str, Callable[[Sequence[str]], int]] = {"choose": _choose, "load": _load, "doctor": _doctor}
