"""`./dev choose`: asks choose.js about a run and prints the answer for people."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from . import choice
from .folder import FolderError, RunFolder
from .tools import ROOT

RUNS = (ROOT / "build" / "study", ROOT / "study" / "results")
EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2


def newest_run() -> RunFolder:
    """The newest run made here, else the newest that came with the tree. A run's name begins with its time."""
    for parent in RUNS:
        found = sorted((path for path in parent.glob("*") if RunFolder(path).exists("analysis.json")), key=lambda path: path.name)
        if found:
            return RunFolder(found[-1])
    raise FolderError("no run of the study here; ./dev study makes one")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _shown_default(value: Any) -> str:
    if value is None:
        return "none"
    return ",".join(value) or "none" if isinstance(value, list) else str(value)


def _parser(inputs: Sequence[Mapping[str, Any]]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev choose",
        description="Tells which variant to deploy, why, how sure that is, and when the answer would change. "
        "docs/choose.md explains it.",
        epilog="Exit codes: 0 an answer; 1 the run cannot be read; 2 wrong use.",
        allow_abbrev=False,
    )
    parser.add_argument("--run", type=Path, metavar="DIR", help="the run to ask (default: the newest)")
    parser.add_argument(
        "--state", metavar="TEXT", help="the part behind # of the report page's address, instead of the inputs below"
    )
    parser.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    for row in inputs:
        words: list[str] = row.get("values", [])
        metavar = {"one": "|", "some": ","}.get(row["kind"], "").join(words) if words else "NUMBER"
        help_text = f"{row['label']} (default: {_shown_default(row['default'])})"
        parser.add_argument(_flag(row["name"]), dest=row["name"], metavar=metavar, help=help_text)
    return parser


def _value(row: Mapping[str, Any], text: str) -> Any:
    if row["kind"] == "some":
        return [word for word in text.split(",") if word]
    if row["kind"] == "one":
        return text
    if row.get("optional") and text in ("", "none"):
        return None
    try:
        number = float(text)
    except ValueError:
        return text  # the chooser says what it expected
    return int(number) if number.is_integer() else number


def _question(options: argparse.Namespace, inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    given = {row["name"]: getattr(options, row["name"]) for row in inputs}
    return {row["name"]: _value(row, given[row["name"]]) for row in inputs if given[row["name"]] is not None}


def _state(text: str) -> str:
    """The chooser's part of the page's address: `#place;choose=name=value+name=value`, or such a part alone."""
    for part in text.removeprefix("#").split(";"):
        if part.startswith("choose="):
            return part.removeprefix("choose=").replace("+", "&")
    return text


def _data(folder: RunFolder) -> Mapping[str, Any]:
    if folder.exists("choice.json"):
        kept: Mapping[str, Any] = folder.read("choice.json")["data"]
        return kept
    return choice.data(folder, folder.read("analysis.json"))


# --- words --------------------------------------------------------------------------------------


def time_text(ns: float | None) -> str:
    if ns is None:
        return "–"
    for size, unit in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if abs(ns) >= 0.9995 * size:
            return f"{_digits(ns / size)} {unit}"
    return f"{_digits(ns)} ns"


def _digits(value: float) -> str:
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:#.3g}"


def money_text(dollars: float | None) -> str:
    return "–" if dollars is None else f"${dollars:,.2f}" if dollars >= 0.1 else f"${dollars:.4f}"


def share_text(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f} %"


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if lines:
        console.print(f"\n[bold]{title}[/bold]")
    for line in lines:
        table = Table.grid(padding=(0, 1))
        table.add_row("  •", Text(line))
        console.print(table)


def _kept(console: Console, rows: Sequence[Mapping[str, Any]], chosen: str | None) -> None:
    if not rows:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, title="Left to choose from", title_justify="left", title_style="bold")
    table.add_column("variant")
    for heading in ("a request", "p99", "a million", "best in"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("why, why not")
    for row in rows:
        style = "bold" if row["name"] == chosen else ""
        cells = [
            row["name"],
            time_text(row["score"]),
            time_text(row["p99"]),
            money_text(row["cost"]),
            share_text(row["probability_best"]),
        ]
        table.add_row(*(Text(cell, style=style) for cell in cells), Text(row["why"]))
    console.print()
    console.print(table)


def _left_out(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for row in rows:
        by_reason.setdefault(row["why"], []).append(row["name"])
    return [f"{', '.join(names)}: {why}" for why, names in by_reason.items()]


def show(answer: Mapping[str, Any], console: Console) -> None:
    console.print(Text(answer["answer"], style="bold green" if answer["kind"] not in ("undecided", "none") else "bold yellow"))
    _list(console, "Why", answer["sentences"])
    if answer["probability_best"] is not None:
        near, count = share_text(answer["probability_near_best"]), answer["resamplings"]
        text = f"{answer['variant']} takes the least time in {share_text(answer['probability_best'])} of {count} resamplings"
        _list(console, "How sure", [f"{text}, and practically the least in {near}."])
    runner_up = answer["runner_up"]
    if runner_up:
        _list(console, "Runner-up", [f"{runner_up['name']} ({runner_up['title']}): {runner_up['why']}."])
    _list(
        console,
        "The answer changes",
        [flip["sentence"] for flip in answer["flip_points"]] or ["Nowhere within the ranges that were searched."],
    )
    _list(console, "Mind", answer["cautions"])
    kept = [row for row in answer["considered"] if row["kept"]]
    _kept(console, kept, answer["variant"])
    _list(console, "Left out", _left_out([row for row in answer["considered"] if not row["kept"]]))
    state = answer["state"].replace("&", "+")
    console.print(f"\nRun {answer['run']}, {answer['platform']}. The same in the page:", markup=False)
    console.print(f"report.html#your-own;choose={state}", soft_wrap=True, markup=False)


# --- the command --------------------------------------------------------------------------------


def main(argv: Sequence[str]) -> int:
    inputs = choice.inputs()
    options = _parser(inputs).parse_args(list(argv))
    try:
        folder = RunFolder(options.run) if options.run else newest_run()
        question = _state(options.state) if options.state is not None else _question(options, inputs)
        answer = choice.ask(_data(folder), [question])["answers"][0]
    except (FolderError, choice.ChoiceError) as error:
        print(f"choose: {error}", file=sys.stderr)
        return EXIT_FAILED
    if "problems" in answer:
        for problem in answer["problems"]:
            print(f"choose: {problem}", file=sys.stderr)
        return EXIT_USAGE
    if options.json:
        print(json.dumps(answer, indent=1, ensure_ascii=False))
    else:
        show(answer, Console(highlight=False))
    return EXIT_OK
