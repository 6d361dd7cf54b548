"""Runs a program under callgrind and reads what it wrote: instructions by function, and calls, from one
mark (tools/gate/mark.h) to the next."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .console import Failure

_MARK = re.compile(r"^desc: Trigger: Client Request: (.+)$")
_NUMBER = "0123456789+-*"
# One line of cost for a function, names in full: nothing to be put together again.
_OPTIONS = ("--compress-strings=no", "--compress-pos=no", "--dump-line=no")
_LONGEST_NAME = 160
MADE_AT_RUN_TIME = "made at run time: JavaScript, WebAssembly"


@dataclass
class Cost:
    """Instructions of each function itself, and how often it was called. A function is `object: name`."""

    instructions: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return sum(self.instructions.values())

    def __sub__(self, other: Cost) -> Cost:
        result = Cost(Counter(self.instructions), Counter(self.calls))
        result.instructions.subtract(other.instructions)
        result.calls.subtract(other.calls)
        return result


def name_of(place: str, function: str) -> str:
    """How a function is called in tables: the same from one run, folder and build to the next."""
    if place in ("", "???"):
        return MADE_AT_RUN_TIME
    if function.startswith(("0x", "???")):
        function = "(without a name)"
    function = re.sub(r"'\d+$", "", function)  # callgrind counts recursions apart
    if len(function) > _LONGEST_NAME:
        function = f"{function[:_LONGEST_NAME]}..."
    return f"{Path(place).name}: {function}"


def parse(text: str) -> tuple[str, Cost]:
    """The mark that ended a part, and what was counted in it."""
    mark, cost = "", Cost()
    place = function = called_place = called = ""
    skip = False
    for line in text.splitlines():
        if line[:1] in _NUMBER and line:
            if not skip:
                cost.instructions[name_of(place, function)] += int(line.split()[1])
            skip = False  # a call's line has the cost of the called function, counted there
        elif line.startswith("fn="):
            function = line[3:]
        elif line.startswith("ob="):
            place = line[3:]
        elif line.startswith("cob="):
            called_place = line[4:]
        elif line.startswith("cfn="):
            called = name_of(called_place or place, line[4:])
        elif line.startswith("calls="):
            cost.calls[called] += int(line[6:].split()[0])
            called_place, skip = "", True
        elif found := _MARK.match(line):
            mark = found[1]
    return mark, cost


def count(argv: Sequence[str | Path], env: Mapping[str, str], cwd: Path) -> dict[str, Cost]:
    """By mark: the cost since the mark before it."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "out")
        words = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}", *_OPTIONS, *argv]
        try:
            done = subprocess.run(
                [str(word) for word in words],
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
            )
        except FileNotFoundError:
            raise Failure("valgrind is missing; ./dev setup installs it, ./dev doctor tells more") from None
        if done.returncode != 0:
            raise Failure(f"valgrind {Path(argv[0]).name}: exit code {done.returncode}\n{done.stderr.strip()}")
        parts = [parse(part.read_text(encoding="utf-8", errors="replace")) for part in Path(folder).glob("out.*")]
    return {mark: cost for mark, cost in parts if mark}
