"""The order of the processes: complete blocks, shuffled by the seed, the reference twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from harness import contender, measure
from harness.artefact import Tools
from harness.contender import load_contenders
from harness.scenario import OUTCOMES

CONTENDERS = load_contenders([contender.FOLDER])
SETTINGS = measure.Settings(rounds=3, starts_per_round=2, warm_up_ms=1, window_ms=1)


def test_every_block_holds_everyone_once_and_the_reference_twice() -> None:
    blocks: dict[tuple[str, int, str], Counter[tuple[str, int]]] = {}
    for step in measure.plan(CONTENDERS, "js-tuned", SETTINGS, seed=1):
        blocks.setdefault((step.kind, step.block, step.outcome), Counter())[step.contender.name, step.run] += 1
    assert len(blocks) == 3 * (2 + len(OUTCOMES))
    everyone = {(c.name, 0) for c in CONTENDERS} | {("js-tuned", 1)}
    deciding = {(c.name, 0) for c in CONTENDERS if c.decides} | {("js-tuned", 1)}
    for (kind, _, outcome), entrants in blocks.items():
        assert set(entrants) == (everyone if kind == "start" or outcome == "allow" else deciding)
        assert set(entrants.values()) == {1}


def test_the_seed_sets_the_order() -> None:
    def names(seed: int) -> list[str]:
        return [step.contender.name for step in measure.plan(CONTENDERS, "js-tuned", SETTINGS, seed)]

    assert names(1) == names(1)
    assert names(1) != names(2)


def test_an_empty_plan_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nothing would be measured"):
        list(measure.run([], Tools(), {}, {}, SETTINGS, tmp_path, lambda step, line: None))
