"""./dev bench: the rows of docs/performance.md, each a ratio of what ran side by side; ./dev bench core:
Google Benchmark itself; ./dev bench wasm: the forms of the WASM module."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from . import bench_report
from .bench_machine import machine
from .bench_programs import BENCHMARK
from .bench_rows import BESIDE, ROWS, Row
from .bench_series import FULL, QUICK, Sources
from .build import TARGETS, build
from .console import Failure, heading, say
from .paths import NODE_BIN, ROOT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev bench",
        description="Prints each row's median over interleaved rounds, its 95 % interval, and whether its\n"
        "bounds hold. Exit code 0 also where one does not hold: ./dev gate gates. 1 when something cannot be run.",
        epilog="./dev bench core ...   Google Benchmark on the core, with its own arguments\n"
        "./dev bench wasm ...   the forms of the WASM module and the addon; --rounds N, --json",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    names = ", ".join(row.name for row in ROWS)
    parser.add_argument("--quick", action="store_true", help="few and short rounds, to see that all works")
    parser.add_argument(
        "--row",
        action="append",
        metavar="NAME",
        choices=[row.name for row in ROWS],
        help=f"only this one; once or several times: {names}",
    )
    parser.add_argument("--rounds", type=int, metavar="N", help=f"default: {FULL.rounds}")
    parser.add_argument(
        "--json", metavar="FILE", help="write everything as JSON; -: to standard output, and no table"
    )
    return parser


def bench(arguments: Sequence[str]) -> int:
    first, rest = (arguments[0], arguments[1:]) if arguments else ("", ())
    if first == "core":
        return _hand_over(("native",), [BENCHMARK, *rest])
    if first == "wasm":
        return _hand_over(TARGETS, [NODE_BIN / "node", ROOT / "wasm" / "bench" / "forms.js", *rest])
    options = _parser().parse_args(arguments)
    if options.rounds is not None and options.rounds < 1:
        raise Failure("--rounds: expected 1 or more", 2)
    return _rows(options)


def _hand_over(targets: tuple[str, ...], command: Sequence[str | Path]) -> int:
    build(targets)
    heading("bench")
    return subprocess.run(command, cwd=ROOT).returncode


def chosen_rows(names: Sequence[str] | None) -> list[Row]:
    return [row for row in ROWS if not names or row.name in names]


def wanted_series(rows: Sequence[Row], everything: bool) -> list[str]:
    return [*(name for row in rows for name in row.series), *(BESIDE if everything else ())]


def _rows(options: argparse.Namespace) -> int:
    effort = QUICK if options.quick else FULL
    if options.rounds:
        effort = effort.with_rounds(options.rounds)
    to_stdout = options.json == "-"
    output = sys.stdout
    if to_stdout:
        sys.stdout = sys.stderr  # the steps; the JSON alone is for whoever reads it
    try:
        build(TARGETS)
        heading("bench")
        rows = chosen_rows(options.row)
        series = Sources(wanted_series(rows, not options.row), effort).take()
        told = bench_report.report(rows, series, machine(), options.quick)
    finally:
        sys.stdout = output
    text = json.dumps(told, indent=1) + "\n"
    if to_stdout:
        sys.stdout.write(text)
        return 0
    if options.json:
        Path(options.json).write_text(text, encoding="utf-8")
    say()
    bench_report.show(told)
    return 0
