"""The study's statistics on small data whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness import statistics
from harness.statistics import Interval, Pair

Series = dict[tuple[int, int], float]


def series(seed: int, rounds: int, factor: float = 1.0, noise: float = 0.05, blocks: int = 1) -> Series:
    """Times whose rounds share a pace with every other series of the same number of rounds."""
    pace, own = np.random.default_rng(99), np.random.default_rng(seed)
    keys = [(round_, round_ * blocks + block) for round_ in range(rounds) for block in range(blocks)]
    drift = np.exp(pace.normal(0, 0.5, len(keys)))
    return {key: 1000 * factor * drift[i] * math.exp(own.normal(0, noise)) for i, key in enumerate(keys)}


def compare(subject: Series, reference: Series, seed: int = 1) -> statistics.Paired:
    found = statistics.compare(statistics.pairs(subject, reference), statistics.generator(seed, "a test"))
    assert found is not None
    return found


def test_the_interval_holds_a_known_ratio() -> None:
    ratio = compare(series(1, 30, 3.0), series(2, 30)).ratio
    assert ratio.low is not None and ratio.high is not None
    assert ratio.low < 3.0 < ratio.high
    assert ratio.median == pytest.approx(3.0, rel=0.05)


def test_the_wider_confidence_has_the_wider_interval() -> None:
    ratio = compare(series(1, 20), series(2, 20)).ratio
    assert ratio.low is not None and ratio.low90 is not None and ratio.high is not None and ratio.high90 is not None
    assert ratio.low <= ratio.low90 <= ratio.median <= ratio.high90 <= ratio.high


def test_pairs_share_a_block() -> None:
    subject, reference = {(0, 0): 5.0, (1, 1): 5.0, (2, 2): 1.0}, {(0, 0): 10.0, (1, 1): 10.0, (3, 3): 99.0}
    assert statistics.pairs(subject, reference) == [Pair(0, 0, 5.0, 10.0), Pair(1, 1, 5.0, 10.0)]


def test_without_a_common_block_rounds_are_paired() -> None:
    subject, reference = {(0, 0): 2.0, (0, 2): 8.0, (1, 4): 3.0}, {(0, 1): 1.0, (2, 5): 1.0}
    (pair,) = statistics.pairs(subject, reference)
    assert (pair.round, pair.block, pair.reference) == (0, None, 1.0)
    assert pair.subject == pytest.approx(4.0)  # the geometric mean


def test_nothing_in_common_gives_nothing() -> None:
    assert statistics.pairs({(0, 0): 1.0}, {(1, 1): 1.0}) == []
    assert statistics.compare([], statistics.generator(1, "none")) is None


def test_several_blocks_of_a_round_count_once() -> None:
    compared = compare(series(1, 6, blocks=4), series(2, 6, blocks=4))
    assert (compared.n, compared.ratio.rounds) == (24, 6)


@pytest.mark.parametrize("rounds", [1, statistics.LEAST_PAIRS - 1])
def test_few_rounds_give_no_interval(rounds: int) -> None:
    compared = compare(series(1, rounds), series(2, rounds))
    assert compared.ratio.low is compared.ratio.high is compared.ratio.low90 is compared.ratio.p is None
    assert statistics.half_width(series(1, rounds), series(2, rounds)) is None


def test_a_claim_of_a_full_run_needs_more_rounds() -> None:
    six, seven = (statistics.pairs(series(1, rounds), series(2, rounds)) for rounds in (6, 7))
    least = statistics.LEAST_PAIRS_OF_FULL
    for pairs, has_interval in ((six, False), (seven, True)):
        compared = statistics.compare(pairs, statistics.generator(1, "full"), least)
        noise = statistics.noise(pairs, statistics.generator(1, "full"), least)
        assert compared is not None and noise is not None
        assert (compared.ratio.low is not None, noise.floor is not None) == (has_interval, has_interval)


def test_the_same_seed_gives_the_same_interval_and_another_claim_its_own_numbers() -> None:
    assert compare(series(1, 14), series(2, 14), 9) == compare(series(1, 14), series(2, 14), 9)
    first, second = statistics.generator(9, "a claim"), statistics.generator(9, "another")
    assert first.random() != second.random()


def test_a_resamples_median_can_be_drawn_from_its_middle_ranks() -> None:
    source = np.random.default_rng(1)
    for n in (9, 10):
        values = np.sort(source.normal(size=n))
        drawn = statistics.median_resamples(values, statistics.middle_ranks(n, 100_000, source))
        plain = np.median(values[source.integers(0, n, (100_000, n))], axis=1)
        parts = [0.1, 0.25, 0.5, 0.75, 0.9]
        reached = [float(np.mean(drawn <= bound)) - float(np.mean(plain <= bound)) for bound in np.quantile(plain, parts)]
        assert max(map(abs, reached)) < 0.01


def test_p_and_interval_agree() -> None:
    for seed in range(40):
        interval = statistics.median_interval(np.random.default_rng(seed).normal(0.02, 0.05, 12), statistics.generator(seed, "p"))
        assert interval.p is not None and interval.low is not None and interval.high is not None
        if abs(interval.p - 0.05) > 0.01:
            assert (interval.p < 0.05) == (interval.low > 0 or interval.high < 0)


def test_p_of_a_large_difference_is_below_what_resampling_resolves() -> None:
    interval = statistics.median_interval(np.random.default_rng(1).normal(2, 0.05, 12), statistics.generator(1, "p"))
    assert interval.p is not None and statistics.LEAST_P <= interval.p < 1e-6


def test_values_without_spread_have_an_interval_of_no_length() -> None:
    interval = statistics.median_interval(np.full(8, 0.5), statistics.generator(1, "same"))
    assert interval == Interval(8, 0.5, 0.5, 0.5, 0.5, 0.5, statistics.LEAST_P)


def test_holm() -> None:
    assert statistics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert statistics.holm([0.5, 0.9]) == [1.0, 1.0]
    assert statistics.holm([]) == []


def test_tukey_counts_mild_and_severe() -> None:
    values = [10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 20.0, 90.0]
    assert statistics.tukey(values) == (0, 1)
    assert statistics.tukey([*values, 30.0, 12.0, 13.0]) == (1, 1)
    assert statistics.tukey([1.0, 99.0]) == (0, 0)


def test_the_spread_is_not_carried_by_one_process() -> None:
    values = np.random.default_rng(1).normal(0, 0.05, 40)
    with_outlier = np.append(values, 3.0)
    assert statistics.spread(with_outlier) < 1.2 * statistics.spread(values) < 0.07


def test_the_smallest_detectable_difference() -> None:
    assert statistics.mde(0.05, 25) == pytest.approx(2.8016 * 0.05 * 1.25 / 5, rel=1e-4)
    needed = statistics.pairs_needed(0.05, 0.05)
    found = statistics.mde(0.05, needed)
    assert found is not None and found <= 0.05
    assert statistics.mde(0.05, 0) is None
    # The spread is that of rounds: with four pairs in each, four times as many pairs.
    assert statistics.pairs_needed(0.05, 0.05, 4) == 4 * needed


def test_the_noise_floor_is_the_far_end_of_the_interval() -> None:
    found = statistics.noise(statistics.pairs(series(1, 20), series(2, 20)), statistics.generator(1, "noise"))
    assert found is not None and found.ratio.low is not None and found.ratio.high is not None
    assert found.floor == max(found.ratio.high, 1 / found.ratio.low)
    few = statistics.noise(statistics.pairs(series(1, 2), series(2, 2)), statistics.generator(1, "noise"))
    assert few is not None and few.floor is None


def test_the_cheap_forms_are_near_the_full_ones() -> None:
    subject, reference = series(1, 30), series(2, 30)
    full, half = compare(subject, reference).ratio, statistics.half_width(subject, reference)
    assert full.low is not None and full.high is not None and half is not None
    assert half == pytest.approx(math.log(full.high / full.low) / 2, rel=0.6)
    live = statistics.sentinel(reference, subject)
    assert live is not None and live["n"] == 30 and live["floor"] >= 1 and live["mde"] > 0
    assert statistics.sentinel({(0, 0): 1.0}, {(1, 1): 1.0}) is None


def test_a_summary_names_its_quartiles_and_n() -> None:
    assert statistics.summarise([1, 2, 3, 4, 5]) == {"n": 5, "median": 3.0, "q1": 2.0, "q3": 4.0}
    assert statistics.summarise([]) is None
