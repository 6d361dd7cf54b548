"""Figures as text."""

from __future__ import annotations

import pytest

from harness.report.text import (
    VERDICTS,
    bytes_text,
    difference_text,
    memory_text,
    percent,
    shorten,
    significant,
    size_tick,
    time_range,
    time_text,
    times_text,
    verdict_text,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1.00"),
        (9.996, "10.0"),
        (99.96, "100"),
        (999.6, "1,000"),
        (1234, "1,234"),
        (0.04689, "0.0469"),
        (-0.518, "-0.518"),
    ],
)
def test_three_significant_digits(value: float, text: str) -> None:
    assert significant(value) == text


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (71.9, "71.9 ns"),
        (999.9, "1.00 µs"),
        (1330, "1.33 µs"),
        (27_000_000, "27.0 ms"),
        (5.5e9, "5.50 s"),
        (-1_040_000, "-1.04 ms"),
        (0, "0 ns"),
    ],
)
def test_times(ns: float, text: str) -> None:
    assert time_text(ns) == text


def test_a_range_has_the_unit_of_its_median() -> None:
    assert time_range(900, 1_100, like=1_000) == "0.900 to 1.10"


def test_sizes() -> None:
    assert bytes_text(204) == "204 B"
    assert bytes_text(20_117) == "20.1 KB"
    assert bytes_text(999_700) == "1.00 MB"
    assert bytes_text(1_900_000) == "1.90 MB"
    assert memory_text(48 * 2**20) == "48.0 MiB"
    assert times_text(5.634) == "5.63×"
    assert [size_tick(value) for value in (100, 10_000, 1e6, 5e7)] == ["100 B", "10 KB", "1 MB", "50 MB"]


def test_a_difference_and_its_interval_share_one_unit() -> None:
    paired = {"n": 18, "median": -741_000.0, "low": -5_953_000.0, "high": 6_448_000.0}
    assert difference_text(paired) == ("-0.741 ms", "-5.95 to 6.45")
    assert difference_text({"n": 1, "median": 2_000.0, "low": None, "high": None}) == ("+2.00 µs", "no interval")


def test_every_verdict_has_a_word_and_a_sign_of_its_own() -> None:
    texts = {verdict_text(verdict) for verdict in VERDICTS}
    assert len(texts) == len(VERDICTS) == 6
    assert verdict_text("faster") == "✓ faster"
    assert verdict_text("undecided") == "~ undecided"


def test_shares_and_long_names() -> None:
    assert percent(0.0245) == "2.5 %"
    assert shorten("a-name-that-does-not-fit", 10) == "a-name-th…"
