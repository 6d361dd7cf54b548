"""The harness tests itself: many simulated runs whose truth is known, through the code that judges real ones.

The noise is that of a shared machine: a pace that a block shares, log-normal noise of each process, and one process in twenty
held up by tens of percent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from harness import statistics, verdicts
from harness.statistics import Pair
from harness.verdicts import Evidence

Values = npt.NDArray[np.float64]
COLD_MARGIN, WARM_MARGIN = 0.05, 0.03
QUICK_ROUNDS, FULL_ROUNDS = 12, 40
HELD_UP = 0.05


def processes(source: np.random.Generator, shape: tuple[int, ...], noise: float) -> Values:
    """Logarithms of the times of processes around 0."""
    late = np.where(source.random(shape) < HELD_UP, source.exponential(0.3, shape), 0.0)
    return np.asarray(noise * source.standard_normal(shape) + late)


def pairs_of(subject: Values, reference: Values) -> list[Pair]:
    """Of (rounds, blocks) logarithms."""
    rounds, blocks = subject.shape
    return [
        Pair(round_, round_ * blocks + block, float(np.exp(subject[round_, block])), float(np.exp(reference[round_, block])))
        for round_ in range(rounds)
        for block in range(blocks)
    ]


def run(seed: int, rounds: int, effects: list[float], margin: float, noise: float, sentinel: float = 0.0) -> list[str]:
    """The verdicts of one run with one family of subjects, whose logarithms differ from the reference's by the effects."""
    source = np.random.default_rng(seed)
    pace = 0.05 * source.standard_normal((rounds, 1))
    reference = pace + processes(source, (rounds, 1), noise)
    twin = pace + processes(source, (rounds, 1), noise) + sentinel
    noise_found = statistics.noise(pairs_of(twin, reference), statistics.generator(seed, "sentinel"))
    assert noise_found is not None
    compared = []
    for number, effect in enumerate(effects):
        subject = pace + processes(source, (rounds, 1), noise) + effect
        found = statistics.compare(pairs_of(subject, reference), statistics.generator(seed, f"subject {number}"))
        assert found is not None
        compared.append(found)
    corrected = statistics.holm([found.ratio.p or 0.0 for found in compared])
    return [
        verdicts.decide(
            Evidence(
                n=found.n,
                ratio=found.ratio.median,
                low=found.ratio.low,
                high=found.ratio.high,
                low90=found.ratio.low90,
                high90=found.ratio.high90,
                p_holm=p_holm,
                margin=margin,
                sentinel_low=noise_found.ratio.low,
                sentinel_high=noise_found.ratio.high,
                contended=0.0,
            )
        )
        for found, p_holm in zip(compared, corrected, strict=True)
    ]


@pytest.mark.parametrize(("rounds", "blocks"), [(8, 1), (12, 1), (20, 1), (40, 1), (10, 3)])
def test_the_interval_holds_the_truth_as_often_as_it_says(rounds: int, blocks: int) -> None:
    runs, truth = 2_000, 0.1
    source = np.random.default_rng(rounds * 100 + blocks)
    shape = (runs, rounds, blocks)
    # The subject also has good and bad rounds of its own.
    own = 0.02 * source.standard_normal((runs, rounds, 1))
    logs = (truth + own + processes(source, shape, 0.035) - processes(source, shape, 0.035)).mean(axis=2)
    held = held90 = 0
    for number in range(runs):
        found = statistics.median_interval(logs[number], source)
        assert found.low is not None and found.high is not None and found.low90 is not None and found.high90 is not None
        held += found.low <= truth <= found.high
        held90 += found.low90 <= truth <= found.high90
    assert 0.93 <= held / runs <= 0.97
    assert 0.86 <= held90 / runs <= 0.95


@pytest.mark.parametrize(("rounds", "margin", "noise"), [(QUICK_ROUNDS, COLD_MARGIN, 0.04), (FULL_ROUNDS, WARM_MARGIN, 0.02)])
def test_false_alarms_are_rare(rounds: int, margin: float, noise: float) -> None:
    """Of 200 A/A runs with a family of five, those in which anything is called faster or slower."""
    runs = 200
    alarms = sum(bool({"faster", "slower"} & set(run(seed, rounds, [0.0] * 5, margin, noise))) for seed in range(runs))
    assert alarms / runs <= 0.05


def test_a_planted_slowdown_is_found_warm() -> None:
    """5 % with a margin of 3 %, at the full run's rounds: called slower in at least four runs of five."""
    runs = 100
    found = [run(seed, FULL_ROUNDS, [np.log(1.05), 0.0, 0.0], WARM_MARGIN, 0.02)[0] for seed in range(runs)]
    assert found.count("slower") / runs >= 0.80
    assert "faster" not in found


def test_a_planted_slowdown_is_found_cold() -> None:
    """Where 5 % is the margin itself, half of the estimates fall below it: a difference is stated in four runs of five."""
    runs = 100
    found = [run(seed, FULL_ROUNDS, [np.log(1.05), 0.0, 0.0], COLD_MARGIN, 0.03)[0] for seed in range(runs)]
    assert (found.count("slower") + found.count("small")) / runs >= 0.80


def test_equal_things_are_equivalent_with_many_rounds_and_undecided_with_few() -> None:
    runs = 100
    many = [run(seed, 60, [0.0], COLD_MARGIN, 0.03)[0] for seed in range(runs)]
    few = [run(seed, 6, [0.0], WARM_MARGIN, 0.05)[0] for seed in range(runs)]
    assert many.count("equivalent") / runs >= 0.90
    assert few.count("undecided") / runs >= 0.85


def test_a_broken_sentinel_makes_everything_invalid() -> None:
    found = [run(seed, FULL_ROUNDS, [0.0, 1.0], WARM_MARGIN, 0.02, sentinel=0.15) for seed in range(20)]
    assert {verdict for verdicts_ in found for verdict in verdicts_} == {"invalid"}
