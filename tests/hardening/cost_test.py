"""What the worst input of each limit costs, counted in instructions: growth is linear, and the limit's budget holds.

Every input of core/bench/adversarial.hpp is decided once under callgrind at a quarter, a half and all of its limit.
Counts do not depend on the machine's load, and take half a minute: one form, short and long. A detector that does not
detect is none, so an input that costs the square of its size has to be found.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from dev import command, gate_callgrind  # noqa: E402
from dev.adversaries import ADVERSARIES, GROWTH  # noqa: E402
from dev.environment import run_environment  # noqa: E402
from dev.lock import exclusive  # noqa: E402
from dev.paths import NATIVE  # noqa: E402

PROGRAM = NATIVE / "tests" / "portcullis_count_adversaries"


@pytest.fixture(scope="module")
def counts(facts):  # the facts first: this is what takes the time
    """Instructions by name and size."""
    with exclusive():
        target = ["cmake", "--build", NATIVE, "--target", PROGRAM.name]
        command.run("build what counts the worst inputs", target, env=run_environment())
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for mark, cost in gate_callgrind.count([PROGRAM], {"PATH": "/usr/bin:/bin"}, ROOT).items():
        name, _, size = mark.partition("/")
        if size:
            found[name][int(size)] = cost.total
    return found


def growth(sizes: dict[int, int]) -> float:
    """How many times as much a doubled size costs, on average."""
    least, _, most = (sizes[size] for size in sorted(sizes))
    return (most / least) ** 0.5


def test_every_input_is_listed():
    """In the three places that have its name."""
    source = (ROOT / "core" / "bench" / "adversarial.hpp").read_text()
    table = source.partition("adversaries[] = {")[2]
    assert set(re.findall(r'\{"(\w+)", ', table)) == {one.name for one in ADVERSARIES}
    page = (ROOT / "docs" / "performance.md").read_text()
    for one in ADVERSARIES:
        row = f"| `{one.row}` | {one.what} | {one.full:,} | {one.instructions:,} | {one.times:,} |"
        assert row in page, row


def test_cost(counts, facts):
    normal = counts["normal"][343]
    wrong, steepest = [], 0.0
    for one in ADVERSARIES:
        sizes = counts[one.name]
        assert len(sizes) == 3 and max(sizes) == one.full, (one.name, sizes)
        grown = growth(sizes)
        steepest = max(steepest, grown)
        if grown > GROWTH:
            wrong.append(f"{one.name}: twice the size costs {grown:.2f} times as much: {sizes}")
        if sizes[one.full] > one.instructions:
            wrong.append(f"{one.name}: {sizes[one.full]:,} instructions, over {one.instructions:,}")
    facts["inputs"] = len(counts) - 2
    facts["instructions of a normal decision"] = normal
    facts["steepest growth for a doubled size"] = round(steepest, 2)
    assert not wrong, "\n".join(wrong)


def test_routes_of_one_hash_are_told_apart_one_by_one(counts):
    """Else the input is not what it says."""
    sizes = counts["route_collisions"]
    assert sizes[1000] > 2 * sizes[250]


def test_a_square_is_found(counts):
    assert growth(counts["planted"]) > GROWTH
