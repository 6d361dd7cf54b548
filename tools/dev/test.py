"""./dev test: builds, runs the suites, counts what really ran."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from . import command
from .build import build
from .console import Failure, Step, complain, heading, paint, say, table
from .environment import run_environment
from .paths import REPORTS, relative
from .report import Count, count
from .suites import SUITES, Suite


@dataclass(frozen=True)
class Outcome:
    suite: str
    count: Count
    seconds: float
    complaints: tuple[str, ...]


def test(names: Sequence[str]) -> int:
    known = {suite.name: suite for suite in SUITES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Failure(f"no such suite: {', '.join(unknown)} (there are: {', '.join(known)})", 2)
    build()
    heading("test")
    chosen = [suite for suite in SUITES if suite.name in names or not (names or suite.on_request)]
    outcomes = [_run(suite) for suite in chosen]
    return _conclude(outcomes)


def _run(suite: Suite) -> Outcome:
    start = time.monotonic()
    total = Count()
    complaints: list[str] = []
    REPORTS.mkdir(parents=True, exist_ok=True)
    with Step(f"{suite.name}: {suite.tests}") as step:
        for number, part in enumerate(suite.parts):
            name = f"test {suite.name}" + (f" {number + 1}" if number else "")
            report = REPORTS / f"{suite.name}-{number + 1}.xml"
            report.unlink(missing_ok=True)
            code = command.logged(name, part(report), env=run_environment())
            found = count(report)
            total += found
            complaints += _complaints(found, code, relative(command.log_of(name)))
            if complaints:
                command.show_log(name)
        step.outcome("FAILED" if complaints else f"{total.passed} passed")
    return Outcome(suite.name, total, time.monotonic() - start, tuple(complaints))


def _complaints(found: Count, code: int, log: str) -> list[str]:
    """Why a part is not green. No case and a skipped case are failures: they prove nothing."""
    if found.total == len(found.absent):
        return [f"ran no test case (exit code {code}, log: {log})"]
    complaints = []
    if found.failed:
        complaints.append(f"{found.failed} failed (log: {log})")
    if found.skipped:
        complaints.append(f"{found.skipped} skipped, which counts as failed (log: {log})")
    if code != 0 and not complaints:
        complaints.append(f"the runner ended with exit code {code} (log: {log})")
    return complaints


def _conclude(outcomes: Sequence[Outcome]) -> int:
    rows = [("suite", "passed", "failed", "skipped", "seconds")]
    for o in outcomes:
        rows.append(
            (
                o.suite,
                str(o.count.passed),
                str(o.count.failed),
                str(o.count.skipped + len(o.count.absent)),
                f"{o.seconds:.1f}",
            )
        )
    say()
    say(table(rows, numbers=(1, 2, 3, 4)))
    say()
    passed = sum(o.count.passed for o in outcomes)
    # A complaint without a failed case (nothing ran, a skip, a crashed runner) still is a failure.
    failed = sum(max(o.count.failed + o.count.skipped, len(o.complaints)) for o in outcomes)
    for o in outcomes:
        for text in o.complaints:
            complain(paint(f"{o.suite}: {text}", "red"))
    absent = [(o.suite, reason) for o in outcomes for reason in o.count.absent]
    for (suite, reason), times in Counter(absent).items():
        say(paint(f"{suite}: {times} not run, {reason}", "yellow"))
    say(f"{passed} passed, {failed} failed" + (f", {len(absent)} skipped" if absent else ""))
    return 1 if failed else 0
