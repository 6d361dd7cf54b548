"""The subcommands of ./dev and their help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from . import command
from .campaign import CAMPAIGNS
from .console import Failure, complain, paint
from .pack_variants import TARGETS as PACK_TARGETS
from .pack_variants import PACKABLE, VARIANTS
from .paths import DIST
from .suites import SUITES

_EPILOG = """\
exit codes: 0 done, 1 failed or something is missing, 2 wrong usage,
3 system packages are missing and can't be installed here"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Sets up, builds, tests and measures Portcullis.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", metavar="command", title="commands")

    def add(name: str, summary: str, more: str = "") -> argparse.ArgumentParser:
        added = commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}. {more}".strip(),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        added.add_argument(
            "-v", "--verbose", action="store_true", help="show what the programs print"
        )
        return added

    add("doctor", "tell what is missing and what that disables", "Installs nothing.")
    add(
        "setup",
        "install what is missing",
        "Debian packages (root or sudo), .venv, node_modules,\nOpenSSL's source. "
        "Every other command that needs it runs it first.",
    )
    building = add("build", "build the native doors and the WASM module")
    building.add_argument(
        "target", nargs="?", choices=("native", "wasm", "all"), default="all", help="default: all"
    )
    testing = add(
        "test",
        "build and run the test suites",
        "A suite without a case, or with a skipped one, fails. What needs something that\nno setup can bring, "
        "such as root, is told and not failed.\n\nsuites:\n"
        + "\n".join(f"  {suite.name:10} {suite.tests}" for suite in SUITES),
    )
    testing.add_argument("suite", nargs="*", help="default: all that are not by name only")
    add(
        "study",
        "build and run the measurements",
        "Other arguments go to study/run.py; see ./dev study --help-study.",
    ).add_argument("--help-study", action="store_true", help="show the study's own options")
    add(
        "choose",
        "tell which variant of the study to deploy",
        "Answers from the newest run, or the one that came with the tree.\nThe manual is docs/choose.md. "
        "Other arguments go to the chooser:\n"
        "  --run DIR  --state TEXT  --json\n"
        "  --trigger  --runtime  --algorithms  --rps  --requests-per-sandbox  --p99-ms\n"
        "  --accepts  --need  --claims  --keys  --current\n"
        "see ./dev choose --help-choose for their values.",
    ).add_argument("--help-choose", action="store_true", help="show the chooser's own options")
    add(
        "bench",
        "measure the rows of docs/performance.md",
        "`core` as the first argument: Google Benchmark on the core; `wasm`: the forms of the WASM module and\n"
        "the addon. Else: --quick, --row NAME, --rounds N, --json FILE; see ./dev bench --help-bench.",
    ).add_argument("--help-bench", action="store_true", help="show the benchmark's own options")
    gating = add(
        "gate",
        "count instructions, sizes and allocations against the baseline",
        "Deterministic: no time is\nmeasured. The manual is docs/gate.md.",
    )
    gating.add_argument(
        "--only",
        action="append",
        choices=("core", "napi", "wasm", "pybind11"),
        default=[],
        help="count this variant; once or several times. Default: all",
    )
    gating.add_argument(
        "--base", metavar="REV", help="compare with this commit, built and counted in the same run"
    )
    gating.add_argument("--update", action="store_true", help="write the baseline instead of comparing")
    gating.add_argument("--reason", metavar="TEXT", help="with --update: why, kept in the baseline")
    gating.add_argument("--json", type=Path, metavar="FILE", help="write everything as JSON as well")
    gating.add_argument(
        "--markdown", type=Path, metavar="FILE", help="write the comment for a pull request as well"
    )
    packing = add(
        "pack",
        "make a zip that can be deployed",
        "Bakes the policy and its keys in, and tells\nwhether the target takes the result. "
        "Fetches nothing and builds nothing: ./dev build does.\nThe manual is docs/deploy.md.",
    )
    packing.add_argument("--variant", required=True, choices=tuple(PACKABLE))
    packing.add_argument(
        "--target", choices=PACK_TARGETS, default=PACK_TARGETS[0], help="default: %(default)s"
    )
    packing.add_argument("--policy", type=Path, metavar="FILE", help="needed by all variants that judge")
    packing.add_argument(
        "--jwks",
        action="append",
        default=[],
        metavar="ISSUER=FILE",
        help="use the JWK Set in FILE as the keys of ISSUER; once for each issuer",
    )
    packing.add_argument(
        "--handler", type=Path, metavar="FILE", help="a function of your own for the ready one"
    )
    packing.add_argument("-o", "--output", required=True, type=Path, metavar="ZIP")
    packing.add_argument(
        "--report", type=Path, metavar="FILE", help="write the report as JSON as well"
    )
    packing.add_argument(
        "--write-anyway",
        action="store_true",
        help="write the zip even if a check fails; the exit code stays 1",
    )
    releasing = add(
        "dist",
        "make what is released",
        "Builds first what it takes.\n\n"
        "  python  sdist, and a manylinux wheel for each CPython at hand\n"
        "  node    the npm packages\n"
        "  sbom    what is in them",
    )
    releasing.add_argument(
        "kind", nargs="?", choices=("python", "node", "sbom", "all"), default="all", help="default: all"
    )
    releasing.add_argument(
        "-o", "--output", type=Path, default=DIST, metavar="DIR", help="default: dist"
    )
    trying = add(
        "try",
        "run one event through a variant",
        "Prints the decision, its reason, the response and the\ntime. Builds nothing: ./dev build does.",
    )
    trying.add_argument("--event", required=True, type=Path, metavar="FILE", help="a CloudFront event as JSON")
    trying.add_argument("--policy", type=Path, metavar="FILE", help="needed by all variants that judge")
    trying.add_argument(
        "--variant",
        action="append",
        choices=(*PACKABLE, "all"),
        help="once or several times; all: each that judges, which have to agree. Default: napi",
    )
    trying.add_argument(
        "--now", type=int, metavar="SECONDS", help="the time of the decision; default: the clock's"
    )
    trying.add_argument("--json", action="store_true", help="print everything as JSON")
    add(
        "docs",
        "make docs/api anew, the reference of every door",
        "From docstrings, comments and types.\nBuilds nothing: ./dev build does.",
    )
    fuzzing = add(
        "fuzz",
        "search for inputs that break a promise",
        "By libFuzzer, which is clang's, with AddressSanitizer and\nUndefinedBehaviorSanitizer. Begins with the "
        "vectors and what earlier runs found; what is found goes through\nevery door and backend, which have to "
        "agree. Fails on a find, and when a target ran nothing.\nThe manual is tests/fuzz/README.md.",
    )
    fuzzing.add_argument("target", nargs="*", help="default: all of tests/fuzz/*_fuzz.cpp")
    fuzzing.add_argument(
        "--minutes", type=float, default=1, metavar="N", help="for each target; default: %(default)s"
    )
    fuzzing.add_argument(
        "--keep", action="store_true", help="write what reaches new places to tests/fuzz/corpus"
    )
    attacking = add(
        "campaign",
        "attack: fuzz, starve, soak … by name and at length",
        "What each did and found\nis told, and kept in build/campaigns. docs/assurance.md has what the long ones found.\n\n"
        "campaigns:\n" + "\n".join(f"  {name}" for name in CAMPAIGNS),
    )
    attacking.add_argument("name", nargs="*", help="default: all")
    attacking.add_argument(
        "--long", action="store_true", help="as for a release: hours for all of them; default: minutes"
    )
    add("clean", "remove what was built").add_argument(
        "--all", action="store_true", help="also .venv and node_modules"
    )
    return parser


def _dispatch(arguments: argparse.Namespace, rest: list[str]) -> int:
    # Imported here so that --help and a wrong word answer at once.
    match arguments.command:
        case "doctor":
            from .doctor import doctor

            return doctor()
        case "setup":
            from .setup import setup

            return setup(optional=True)
        case "build":
            from .build import TARGETS, build

            return build(TARGETS if arguments.target == "all" else (arguments.target,))
        case "test":
            from .test import test

            return test(arguments.suite)
        case "study":
            from .study import study

            return study(["--help"] if arguments.help_study else rest)
        case "choose":
            from .choose import choose

            return choose(["--help"] if arguments.help_choose else rest)
        case "bench":
            from .bench import bench

            return bench(["--help"] if arguments.help_bench else rest)
        case "gate":
            from .gate import gate

            return gate(arguments)
        case "pack":
            from .pack import pack

            return pack(arguments)
        case "dist":
            from .dist import KINDS, dist

            kinds = KINDS if arguments.kind == "all" else (arguments.kind,)
            return dist(kinds, arguments.output.absolute())
        case "try":
            from .try_event import try_event

            chosen = arguments.variant or ["napi"]
            every = [name for name, each in PACKABLE.items() if each.judges]
            variants = every if "all" in chosen else list(dict.fromkeys(chosen))
            return try_event(
                arguments.event, arguments.policy, variants, arguments.now, arguments.json
            )
        case "docs":
            from .docs import docs

            return docs()
        case "fuzz":
            from .fuzz import fuzz

            return fuzz(arguments.target, arguments.minutes, arguments.keep)
        case "campaign":
            from .campaign import campaign

            return campaign(arguments.name, arguments.long)
        case "clean":
            from .clean import clean

            return clean(arguments.all)
    raise AssertionError(arguments.command)


def main(argv: Sequence[str]) -> int:
    parser = _parser()
    arguments, rest = parser.parse_known_args(argv)
    if arguments.command is None:
        if rest:
            parser.error(f"unrecognized arguments: {' '.join(rest)}")
        parser.print_help()
        return 0
    if rest and arguments.command not in ("study", "choose", "bench"):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    command.verbose = arguments.verbose
    try:
        return _dispatch(arguments, rest)
    except Failure as failure:
        complain(paint(f"dev: {failure}", "red"))
        return failure.code
    except KeyboardInterrupt:
        complain("dev: interrupted")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 141
