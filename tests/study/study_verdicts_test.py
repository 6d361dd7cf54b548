"""Rules and wording of the verdicts."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness import verdicts
from harness.verdicts import Evidence

SOUND = {
    "n": 40,
    "ratio": 0.88,
    "low": 0.84,
    "high": 0.92,
    "low90": 0.85,
    "high90": 0.91,
    "p_holm": 0.001,
    "margin": 0.05,
    "sentinel_low": 0.98,
    "sentinel_high": 1.02,
    "contended": 0.0,
}
FASTER: dict[str, Any] = {}
SLOWER = {"ratio": 1.12, "low": 1.08, "high": 1.16, "low90": 1.09, "high90": 1.15}
SMALL = {"ratio": 1.014, "low": 1.006, "high": 1.022, "low90": 1.008, "high90": 1.02}
SAME = {"ratio": 1.001, "low": 0.97, "high": 1.04, "low90": 0.98, "high90": 1.03, "p_holm": 0.9}
WIDE = {"ratio": 1.02, "low": 0.93, "high": 1.11, "low90": 0.94, "high90": 1.10, "p_holm": 0.6}
NONE = {"low": None, "high": None, "low90": None, "high90": None, "p_holm": None}
ZIP = {"metric": "zip", "margin": 0.01, **NONE}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        (FASTER, "faster"),
        (SLOWER, "slower"),
        (SMALL, "small"),
        (SAME, "equivalent"),
        (WIDE, "undecided"),
        (NONE, "undecided"),
        # Not after Holm's correction.
        (SLOWER | {"p_holm": 0.051}, "undecided"),
        # The interval touches the sentinel's.
        (SLOWER | {"sentinel_high": 1.09, "sentinel_low": 0.99}, "undecided"),
        (FASTER | {"sentinel_low": 0.91, "sentinel_high": 1.01}, "undecided"),
        # Without a sentinel nothing is faster.
        (FASTER | {"sentinel_low": None, "sentinel_high": None}, "undecided"),
        # The sentinel excludes 1 by more than half the margin, and by less.
        (FASTER | {"sentinel_low": 1.026, "sentinel_high": 1.04}, "invalid"),
        (FASTER | {"sentinel_low": 1.024, "sentinel_high": 1.04}, "faster"),
        (FASTER | {"sentinel_low": 0.93, "sentinel_high": 0.974}, "invalid"),
        (FASTER | {"contended": 0.31}, "invalid"),
        (FASTER | {"contended": 0.30}, "faster"),
        # The effect is exactly the margin.
        (SLOWER | {"ratio": 1.05, "low": 1.03}, "slower"),
        # Equivalence wants both ends inside.
        (SAME | {"high90": 1.05}, "undecided"),
        (SAME | {"low90": 0.95}, "undecided"),
        # A difference, of which one cannot tell whether it is below the margin.
        (SMALL | {"ratio": 1.04, "high": 1.07, "high90": 1.06}, "undecided"),
    ],
)
def test_rules(changes: dict[str, Any], verdict: str) -> None:
    evidence = Evidence(**(SOUND | changes))
    assert verdicts.decide(evidence) == verdict
    assert verdicts.rule(evidence, verdict)[-1].endswith(verdict)


@pytest.mark.parametrize(
    ("ratio", "verdict"), [(0.5, "faster"), (0.98, "faster"), (1.0, "equivalent"), (1.009, "equivalent"), (1.011, "slower")]
)
def test_sizes_are_exact(ratio: float, verdict: str) -> None:
    assert verdicts.decide_size(ratio, 0.01) == verdict


def claim(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = SOUND | {
        "metric": "ready",
        "subject": "X",
        "reference": "R",
        "floor": 1.03,
        "mde": 0.09,
        "pairs_for_margin": 140,
        "exploratory": False,
        "verdict": "faster",
    }
    return base | changes


PLACE = verdicts.place(
    {"machine": {"cores": 2, "cpu": "an invented processor", "virtual": True}},
    {"node24": "v24.21.0"},
    {"algorithm": "HS256", "runtime": "node24", "profile": "edge-viewer", "client": "ric", "cell": None},
    "ready",
)


def test_where_names_machine_profile_version_and_algorithm() -> None:
    for words in ("2-core virtual machine", "modelled Lambda at 128 MB (edge-viewer)", "Node 24.21.0", "HS256", "client ric"):
        assert words in PLACE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "X's init is 12 % shorter than R's (95 % CI 8.0–16 %; 40 paired starts; noise floor 3.0 %)"),
        (SLOWER | {"verdict": "slower"}, "X's init is 12 % longer than R's (95 % CI 8.0–16 %;"),
        (
            {"metric": "warm", "ratio": 0.39, "low": 0.37, "high": 0.41},
            "X takes 61 % less time per warm call than R (95 % CI 59–63 %; 40 paired processes; noise floor 3.0 %)",
        ),
        ({"metric": "memory"}, "X's peak memory is 12 % smaller than R's"),
        ({"ratio": 0.007, "low": 0.006, "high": 0.0081}, "X's init is 99.3 % shorter"),
        (
            SMALL | {"verdict": "small"},
            "a difference exists (1.4 % longer, 95 % CI 0.6–2.2 %; 40 paired starts; noise floor 3.0 %) "
            "and is below the 5 % we call practical",
        ),
        (
            SAME | {"verdict": "equivalent"},
            "equivalent within ±5 % (90 % CI −2.0 to +3.0 %; 40 paired starts; noise floor 3.0 %)",
        ),
        (
            WIDE | {"verdict": "undecided"},
            "this run cannot tell X from R, init: anything under 9.0 % would have gone unseen. "
            "About 140 pairs are needed for 5 % (40 paired starts)",
        ),
        (NONE | {"verdict": "undecided", "mde": None}, "this run cannot tell X from R, init (40 paired starts)"),
        ({"verdict": "invalid"}, "no claim: the machine could not tell the reference from itself (40 paired starts)"),
        (
            {"verdict": "invalid", "contended": 0.42},
            "no claim: 42 % of the processes had to share their core (40 paired starts)",
        ),
        (ZIP | {"ratio": 1.5, "verdict": "slower"}, "X's zip is 50 % larger than R's (exact sizes, n = 1 build)"),
        (ZIP | {"ratio": 1.0, "verdict": "equivalent"}, "equivalent within ±1 % (exact sizes, n = 1 build)"),
    ],
)
def test_wording(changes: dict[str, Any], said: str) -> None:
    text = verdicts.sentence(claim(**changes), PLACE)
    assert said in text
    assert text.endswith(f"; {PLACE}.")
    # No bare multiplier, and nothing that sounds like a proof of sameness.
    assert not re.search(r"\d\s?[x×]|times (faster|slower)|no difference|statistically", text)
    assert re.search(r"\d+ paired|n = 1", text)


@pytest.mark.parametrize("metric", sorted(verdicts.WORDS))
def test_every_metric_has_words(metric: str) -> None:
    text = verdicts.sentence(claim(metric=metric), PLACE)
    assert " is 12 %" in text or " takes 12 %" in text


def test_a_quick_run_is_exploratory() -> None:
    assert verdicts.sentence(claim(exploratory=True), PLACE).endswith("Exploratory: a quick run.")


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "−12 %"),
        ({"ratio": 1.5, "verdict": "slower"}, "+50 %"),
        ({"ratio": 1.014, "verdict": "small"}, "+1.4 %"),
        ({"verdict": "equivalent"}, "±5 %"),
        ({"verdict": "undecided"}, "~"),
        ({"verdict": "invalid"}, "invalid"),
    ],
)
def test_cells(changes: dict[str, Any], cell: str) -> None:
    assert verdicts.cell(claim(**changes)) == cell


def test_a_cell_without_a_claim() -> None:
    assert verdicts.cell(None) == "–"
