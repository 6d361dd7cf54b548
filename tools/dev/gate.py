"""./dev gate: counts what the variants cost and compares it with the baseline of this toolchain, or, where
there is none, with the base commit, counted in the same run. The manual is docs/gate.md."""

from __future__ import annotations

import argparse
import datetime
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from . import gate_baseline
from .console import Failure, Step, heading, paint, say
from .gate_compare import Finding, Verdict, compare
from .gate_counts import VARIANTS, Counts, count_variants
from .gate_facts import add_facts
from .gate_report import for_programs, for_pull_request, for_terminal
from .gate_toolchain import Toolchain, differences, toolchain
from .gate_trees import Tree, base_revision, base_tree, build_head, git, staged
from .paths import relative


def count_tree(tree: Tree, names: Sequence[str]) -> tuple[Toolchain, Counts]:
    with staged(tree) as folder:
        tools = toolchain(folder)
        counts = count_variants(folder, [VARIANTS[name] for name in names])
    add_facts(counts, tree, names)
    return tools, counts


def _check_arguments(arguments: argparse.Namespace) -> None:
    if arguments.update:
        if not (arguments.reason or "").strip():
            raise Failure('--update needs --reason "why the counts may be what they are"', 2)
        if arguments.only or arguments.base:
            raise Failure("--update counts everything, and compares with nothing: without --only and --base", 2)
    elif arguments.reason is not None:
        raise Failure("--reason belongs to --update", 2)


def _commit() -> str:
    commit = git("rev-parse", "HEAD") or "unknown"
    return f"{commit} with changes" if git("status", "--porcelain", "--untracked-files=no") else commit


def _update(tools: Toolchain, counts: Counts, reason: str) -> int:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    path = gate_baseline.write(tools, counts, reason=reason.strip(), commit=_commit(), date=today)
    say(f"   wrote {relative(path)}: commit it with the change that it belongs to")
    return 0


def _before(
    arguments: argparse.Namespace, tools: Toolchain, names: Sequence[str]
) -> tuple[Counts, str]:
    """What to compare with, and how it is called."""
    baseline = None if arguments.base else gate_baseline.find(tools)
    if baseline:
        last = baseline.history[-1]
        return baseline.counts, f"the baseline of {last['date']} ({last['commit'][:10]}): {last['reason']}"
    if not arguments.base:
        say("   no baseline is of this toolchain: the base commit is built and counted as well")
        if near := gate_baseline.nearest(tools):
            for line in differences(tools, near.toolchain):
                say(f"     {line}")
    revision = base_revision(arguments.base)
    with base_tree(revision) as tree, Step(f"count of the base commit {revision[:10]}"):
        return count_tree(tree, names)[1], f"the commit {revision[:10]}, built and counted in this run"


def judge(
    findings: Sequence[Finding],
    against: str,
    tools: Toolchain,
    counts: Counts,
    json_file: Path | None = None,
    markdown_file: Path | None = None,
) -> int:
    """Tells, writes what was asked for, and answers with the exit code."""
    say()
    say(for_terminal(findings, against, counts))
    for file, text in (
        (json_file, json.dumps(for_programs(findings, against, tools, counts), indent=1) + "\n"),
        (markdown_file, for_pull_request(findings, against, counts)),
    ):
        if file:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    # To have compared nothing proves nothing.
    red = not findings or any(finding.verdict is Verdict.FAIL for finding in findings)
    say(paint("the gate is red", "red") if red else paint("the gate is green", "green"))
    if red:
        say('if it has to be so: ./dev gate --update --reason "..."')
    return 1 if red else 0


def gate(arguments: argparse.Namespace) -> int:
    _check_arguments(arguments)
    names = list(dict.fromkeys(arguments.only)) or list(VARIANTS)
    tree = build_head()
    heading("gate")
    if not shutil.which("valgrind"):
        raise Failure("valgrind is missing; ./dev setup installs it, ./dev doctor tells more")
    with Step(f"count: {', '.join(names)}"):
        tools, counts = count_tree(tree, names)
    if arguments.update:
        return _update(tools, counts, arguments.reason)
    before, against = _before(arguments, tools, names)
    findings = compare(before, counts, names)
    return judge(findings, against, tools, counts, arguments.json, arguments.markdown)
