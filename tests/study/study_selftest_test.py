"""The harness tests itself: many simulated runs whose truth is known, through the code that judges real ones.

The noise is that of a shared machine: a pace that a block shares, log-normal noise of each process, and one process in twenty
held up by tens of percent.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from harness import curves, statistics, verdicts
from harness.samples import REQUESTS, Lives
from harness.statistics import Pair
from harness.verdicts import Evidence

Values = npt.NDArray[np.float64]
COLD_MARGIN, WARM_MARGIN = 0.05, 0.03
FULL_ROUNDS, MANY_ROUNDS = 15, 40  # what a full run gets, and what would be enough for differences near the margin
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
    return decided(seed, [pace + processes(source, (rounds, 1), noise) + effect for effect in effects], reference, twin, margin)


def decided(seed: int, subjects: list[Values], reference: Values, twin: Values, margin: float) -> list[str]:
    """The verdicts of a family, as a run's claims get them."""
    noise_found = statistics.noise(pairs_of(twin, reference), statistics.generator(seed, "sentinel"))
    assert noise_found is not None
    compared = []
    for number, subject in enumerate(subjects):
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


def lives(source: np.random.Generator, pace: Values, ready: float, request: float) -> Lives:
    """Processes whose start takes `ready` ms and each of whose requests takes `request` ms, noise apart."""
    rounds = len(pace)
    start = ready * 1e6 * np.exp(pace + processes(source, (rounds, 1), 0.03))[:, 0]
    each = 0.1 * source.standard_normal((rounds, REQUESTS))
    requests = request * 1e6 * np.exp(pace + processes(source, (rounds, 1), 0.03) + each)
    return Lives([(round_, round_) for round_ in range(rounds)], start.tolist(), [0] * rounds, requests)


def crossovers(seed: int, rounds: int, truths: list[tuple[float, float]]) -> list[dict[str, Any]]:
    """Of one run whose reference starts in 100 ms and answers in 2 ms, with subjects as given, in the same units."""
    source = np.random.default_rng(seed)
    pace = 0.05 * source.standard_normal((rounds, 1))
    reference, twin, *subjects = [lives(source, pace, *truth) for truth in [(100.0, 2.0)] * 2 + truths]

    def verdicts_of(part: int) -> list[str]:
        """On the start, and the first `part` requests."""

        def logs(one: Lives) -> Values:
            return np.asarray(np.log(np.array(one.ready) + one.requests[:, :part].sum(axis=1))[:, None])

        return decided(seed, [logs(one) for one in subjects], logs(reference), logs(twin), COLD_MARGIN)

    same, found = curves.judge(twin, reference, seed, "twin"), []
    for number, (subject, lifetime, ready) in enumerate(zip(subjects, verdicts_of(REQUESTS), verdicts_of(0), strict=True)):
        judged = curves.judge(subject, reference, seed, f"subject {number}")
        crossover = curves.crossover(judged, same, lifetime, ready, ("subject", "reference"), "here", False)
        assert crossover is not None
        found.append(crossover)
    return found


# 5 and 6 rounds are those of a quick run that had no more time; 16 a full run gets, and 8 its rows that take turns.
@pytest.mark.parametrize(("rounds", "blocks"), [(5, 1), (6, 1), (7, 1), (8, 1), (12, 1), (15, 1), (20, 1), (40, 1), (10, 3)])
def test_the_interval_holds_the_truth_as_often_as_it_says(rounds: int, blocks: int) -> None:
    # With 5 rounds it holds it in 93.75 % of runs, near enough to the limit to need more of them.
    runs, truth = 8_000 if rounds == 5 else 2_000, 0.1
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
    # With 6 and 7 rounds the interval reaches nearly from the smallest value to the largest, and errs on the safe side.
    assert 0.93 <= held / runs <= (0.98 if rounds in (6, 7) else 0.97)
    assert 0.86 <= held90 / runs <= 0.95


@pytest.mark.parametrize(
    ("rounds", "margin", "noise"),
    [
        *((rounds, COLD_MARGIN, 0.04) for rounds in (5, 6, 7, 12, 15)),
        *((rounds, WARM_MARGIN, 0.02) for rounds in (5, 6, 8, 16, 40)),
    ],
)
def test_false_alarms_are_rare(rounds: int, margin: float, noise: float) -> None:
    """Of 200 A/A runs with a family of five, those in which anything is called faster or slower."""
    runs = 200
    alarms = sum(bool({"faster", "slower"} & set(run(seed, rounds, [0.0] * 5, margin, noise))) for seed in range(runs))
    assert alarms / runs <= 0.05


@pytest.mark.parametrize("rounds", [5, 7, 15])
def test_false_alarms_of_crossovers_are_rare(rounds: int) -> None:
    """Of 200 A/A runs with a family of three, those in which any curve is said to cross, to be ahead or to be behind."""
    runs = 200
    found = [crossovers(seed, rounds, [(100.0, 2.0)] * 3) for seed in range(runs)]
    assert sum(any(one["kind"] != curves.UNDECIDED for one in each) for each in found) / runs <= 0.05


def test_a_planted_crossover_is_found() -> None:
    """Behind by 20 ms at the start, ahead by 0.8 ms with each request: even after 25."""
    found = [crossovers(seed, FULL_ROUNDS, [(120.0, 1.2)])[0] for seed in range(40)]
    crossing = [one for one in found if one["kind"] == curves.CROSSES]
    assert len(crossing) / len(found) >= 0.7
    assert {one["kind"] for one in found} <= {curves.CROSSES, curves.UNDECIDED}
    assert sum(one["low"] <= 26 and one["high"] >= 25 for one in crossing) / len(crossing) >= 0.85


@pytest.mark.parametrize(("rounds", "slowdown"), [(MANY_ROUNDS, 1.05), (FULL_ROUNDS, 1.08)])
def test_a_planted_slowdown_is_found_warm(rounds: int, slowdown: float) -> None:
    """With a margin of 3 %: called slower in at least four runs of five."""
    runs = 100
    found = [run(seed, rounds, [np.log(slowdown), 0.0, 0.0], WARM_MARGIN, 0.02)[0] for seed in range(runs)]
    assert found.count("slower") / runs >= 0.80
    assert "faster" not in found


def test_a_planted_slowdown_is_found_cold() -> None:
    runs = 100
    found = [run(seed, MANY_ROUNDS, [np.log(1.10), 0.0, 0.0], COLD_MARGIN, 0.03)[0] for seed in range(runs)]
    assert found.count("slower") / runs >= 0.80


def test_a_slowdown_of_the_margin_itself_is_undecided_or_slower() -> None:
    """Half of the estimates fall below the margin. Then nobody can tell whether the difference is a small one."""
    runs = 100
    found = [run(seed, MANY_ROUNDS, [np.log(1.05), 0.0, 0.0], COLD_MARGIN, 0.03)[0] for seed in range(runs)]
    assert found.count("slower") / runs >= 0.30
    assert found.count("small") / runs <= 0.15
    assert not {"faster", "equivalent"} & set(found)


def test_equal_things_are_equivalent_with_many_rounds_and_undecided_with_few() -> None:
    runs = 100
    many = [run(seed, 60, [0.0], COLD_MARGIN, 0.03)[0] for seed in range(runs)]
    few = [run(seed, 6, [0.0], WARM_MARGIN, 0.05)[0] for seed in range(runs)]
    assert many.count("equivalent") / runs >= 0.90
    assert few.count("undecided") / runs >= 0.85


def test_a_broken_sentinel_makes_everything_invalid() -> None:
    found = [run(seed, MANY_ROUNDS, [0.0, 1.0], WARM_MARGIN, 0.02, sentinel=0.15) for seed in range(20)]
    assert {verdict for verdicts_ in found for verdict in verdicts_} == {"invalid"}
