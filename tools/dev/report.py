"""Counting test cases in the JUnit XML that ctest, pytest and node write."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

# How the reason of a skip begins that is no failure: what the case needs, such as root or a mirror,
# no ./dev setup can bring. `./dev test` tells each.
ABSENT = "cannot be had here: "


@dataclass(frozen=True)
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    absent: tuple[str, ...] = ()  # the reason of each case that was skipped for want of something

    def __add__(self, other: Count) -> Count:
        return Count(
            self.passed + other.passed,
            self.failed + other.failed,
            self.skipped + other.skipped,
            self.absent + other.absent,
        )

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.skipped + len(self.absent)


def count(report: Path) -> Count:
    """The cases of one report; none at all if there is no readable report."""
    try:
        root = ElementTree.parse(report).getroot()
    except (OSError, ElementTree.ParseError):
        return Count()
    total = Count()
    for case in root.iter("testcase"):
        total += _judge(case)
    return total


def _judge(case: ElementTree.Element) -> Count:
    if case.find("failure") is not None or case.find("error") is not None:
        return Count(failed=1)
    skip = case.find("skipped")
    reason = skip.get("message", "") if skip is not None else ""
    if reason.startswith(ABSENT):
        return Count(absent=(reason,))
    # ctest marks a disabled test in an attribute; the others write an element.
    if skip is not None or case.get("status") in ("notrun", "disabled"):
        return Count(skipped=1)
    if _is_test_file(case.get("name", "")):
        return Count()  # node counts a file without any test as one that passed
    return Count(passed=1)


def _is_test_file(name: str) -> bool:
    return name.endswith((".js", ".cjs", ".mjs")) and Path(name).is_file()
