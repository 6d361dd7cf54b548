"""The statistics on data whose true ratio is known."""

from __future__ import annotations

import random

import pytest

from harness import report, statistics

TRUE_RATIO = 3.0


def blocks(seed: int, n: int, ratio: float, noise: float = 0.1) -> tuple[dict[int, float], dict[int, float]]:
    """Paired times: each block has its own pace, both sides have their own noise."""
    source = random.Random(seed)
    reference, subject = {}, {}
    for block in range(n):
        pace = source.lognormvariate(0, 0.5)
        reference[block] = 1000 * pace * source.lognormvariate(0, noise)
        subject[block] = 1000 / ratio * pace * source.lognormvariate(0, noise)
    return reference, subject


def test_the_interval_holds_a_known_ratio() -> None:
    ratio = statistics.times_as_fast(*blocks(1, 30, TRUE_RATIO), seed=1)
    assert ratio["low"] < TRUE_RATIO < ratio["high"]
    assert ratio["median"] == pytest.approx(TRUE_RATIO, rel=0.1)
    assert ratio["n"] == 30


def test_the_interval_holds_the_known_ratio_about_as_often_as_it_says() -> None:
    studies = 200
    held = 0
    for seed in range(studies):
        ratio = statistics.times_as_fast(*blocks(seed, 14, TRUE_RATIO), seed=seed)
        held += ratio["low"] <= TRUE_RATIO <= ratio["high"]
    assert 0.90 <= held / studies <= 0.995


def test_equal_things_are_seldom_told_apart() -> None:
    studies = 200
    apart = 0
    for seed in range(studies):
        reference, subject = blocks(seed, 14, 1.0)
        again = {block: time * random.Random(seed * 1000 + block).lognormvariate(0, 0.14) for block, time in reference.items()}
        floor = statistics.noise_floor(statistics.times_as_fast(reference, again, seed))
        apart += report.told_apart(statistics.times_as_fast(reference, subject, seed), floor)
    assert apart / studies <= 0.05


def test_a_known_difference_is_told_apart() -> None:
    assert report.told_apart(statistics.times_as_fast(*blocks(1, 14, TRUE_RATIO), seed=1), 1.2)
    assert report.told_apart(statistics.times_as_fast(*blocks(1, 14, 1 / TRUE_RATIO), seed=1), 1.2)


def test_more_than_one_is_faster() -> None:
    reference, subject = {0: 10.0, 1: 20.0, 2: 30.0}, {0: 5.0, 1: 10.0, 2: 15.0}
    assert statistics.times_as_fast(reference, subject, seed=0)["median"] == 2.0


def test_only_blocks_in_common_are_paired() -> None:
    ratio = statistics.times_as_fast({0: 10.0, 1: 10.0, 3: 99.0}, {0: 5.0, 1: 5.0, 2: 1.0}, seed=0)
    assert (ratio["n"], ratio["median"]) == (2, 2.0)


def test_no_block_in_common_gives_nothing() -> None:
    assert statistics.times_as_fast({0: 1.0}, {1: 1.0}, seed=0) is None


@pytest.mark.parametrize("n", [1, statistics.LEAST_PAIRS - 1])
def test_few_blocks_give_no_interval(n: int) -> None:
    ratio = statistics.times_as_fast(*blocks(1, n, TRUE_RATIO), seed=1)
    assert ratio["n"] == n
    assert ratio["low"] is ratio["high"] is None
    assert not report.told_apart(ratio, None)


def test_the_same_seed_gives_the_same_interval() -> None:
    data = blocks(5, 14, TRUE_RATIO)
    assert statistics.times_as_fast(*data, seed=9) == statistics.times_as_fast(*data, seed=9)


def test_a_difference_is_paired_by_block() -> None:
    floor = {block: 100.0 * (block + 1) for block in range(6)}
    subject = {block: time + 7 for block, time in floor.items()}
    paired = statistics.difference(subject, floor, seed=0)
    assert (paired["median"], paired["low"], paired["high"]) == (7.0, 7.0, 7.0)


def test_the_noise_floor_is_the_far_end_of_the_interval() -> None:
    assert statistics.noise_floor({"n": 9, "median": 1.0, "low": 0.8, "high": 1.1}) == 1.25
    assert statistics.noise_floor({"n": 9, "median": 1.0, "low": 0.95, "high": 1.2}) == 1.2
    assert statistics.noise_floor({"n": 2, "median": 1.0, "low": None, "high": None}) is None


def test_a_summary_names_its_quartiles_and_n() -> None:
    assert statistics.summarise([1, 2, 3, 4, 5]) == {"n": 5, "median": 3.0, "q1": 2.0, "q3": 4.0}
    assert statistics.summarise([]) is None
