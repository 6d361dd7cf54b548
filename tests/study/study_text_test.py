"""Figures as text."""

from __future__ import annotations

import pytest

from harness.report import bytes_text, difference_text, memory_text, significant, time_range, time_text, times_text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "1.00"), (9.996, "10.0"), (99.96, "100"), (999.6, "1,000"), (1234, "1,234"), (0.04689, "0.0469"), (-0.518, "-0.518")],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [(71.9, "71.9 ns"), (999.9, "1.00 µs"), (1330, "1.33 µs"), (27_000_000, "27.0 ms"), (5.5e9, "5.50 s"), (-1_040_000, "-1.04 ms"), (0, "0 ns")],
)
def test_times(ns: float, text: str) -> None:
    assert time_text(ns) == text


def test_a_range_has_the_unit_of_its_median() -> None:
    assert time_range(900, 1_100, like=1_000) == "0.900 to 1.10"


def test_sizes() -> None:
    assert bytes_text(204) == "204 B"
    assert bytes_text(20_117) == "20.1 KB"
    assert memory_text(48 * 2**20) == "48.0 MiB"
    assert times_text(5.634) == "5.63×"


def test_a_difference_and_its_interval_share_one_unit() -> None:
    paired = {"n": 18, "median": -741_000.0, "low": -5_953_000.0, "high": 6_448_000.0}
    assert difference_text(paired) == ("-0.741 ms", "-5.95 to 6.45")
    assert difference_text({"n": 1, "median": 2_000.0, "low": None, "high": None}) == ("+2.00 µs", "no interval")
