"""Money, against sums made by hand; and the tables of prices and limits."""

from __future__ import annotations

import json
import subprocess
import tomllib
from typing import Any

import pytest
from conftest import STUDY

from harness.choice import COST_JS
from harness.tools import Tools

PRICES: dict[str, Any] = tomllib.loads((STUDY / "prices.toml").read_text(encoding="utf-8"))
PLATFORMS: dict[str, Any] = tomllib.loads((STUDY / "platforms.toml").read_text(encoding="utf-8"))

_ASK = """
const { cost } = require(process.argv[1]);
const asked = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const told = asked.map(([price, usage]) => {
  try {
    return cost(price, usage);
  } catch (error) {
    return error.message;
  }
});
process.stdout.write(JSON.stringify(told));
"""


def costs(*asked: tuple[str, dict[str, Any]]) -> list[Any]:
    text = json.dumps([[PRICES["platforms"][platform], usage] for platform, usage in asked])
    done = subprocess.run([Tools().node(), "-e", _ASK, COST_JS], input=text, capture_output=True, text=True, check=True)
    told: list[Any] = json.loads(done.stdout)
    return told


def cost(platform: str, **usage: Any) -> Any:
    return costs((platform, usage))[0]


def test_a_million_requests_of_one_millisecond() -> None:
    """128 MB are an eighth of a GB: 0.00005001 / 8 / 1000 dollars for a millisecond."""
    found = cost("lambda-edge", requests=1e6, duration_ms=1, memory_mb=128, init_ms=0)
    assert found == pytest.approx({"requests": 0.60, "duration": 0.00625125, "init": 0, "total": 0.60625125})


def test_the_start_is_billed_once_in_a_life() -> None:
    """135 ms at 1 % cold: 10,000 starts of 135 ms at 6.25125e-9 dollars."""
    found = cost("lambda-edge", requests=1e6, duration_ms=1, memory_mb=128, init_ms=135, requests_per_sandbox=100)
    assert found["init"] == pytest.approx(0.0084391875)
    assert found["total"] == pytest.approx(0.60625125 + 0.0084391875)


def test_article_a_saves_five_percent_of_the_bill() -> None:
    """30 million requests a month, 11 ms against 6 ms: what the article calls a tangible reduction is a dollar."""
    slow, quick = costs(*(("lambda-edge", {"requests": 30e6, "duration_ms": ms}) for ms in (11, 6)))
    assert slow["total"] == pytest.approx(20.0629, abs=1e-4)
    assert quick["total"] == pytest.approx(19.1252, abs=1e-4)


def test_durations_are_billed_in_whole_milliseconds() -> None:
    for ms, billed in ((0.2, 1), (1, 1), (1.0000000001, 1), (1.001, 2), (7.5, 8), (0, 0)):
        assert cost("lambda-edge", requests=1e6, duration_ms=ms)["duration"] == pytest.approx(billed * 0.00625125)


def test_lambda_in_a_region() -> None:
    found = cost("lambda", requests=2e6, duration_ms=10, memory_mb=512, init_ms=200, requests_per_sandbox=1000)
    assert found["requests"] == pytest.approx(0.40)
    assert found["duration"] == pytest.approx(2e6 * 0.010 * 0.5 * 0.0000166667)
    assert found["init"] == pytest.approx(2000 * 0.200 * 0.5 * 0.0000166667)


def test_workers_bill_cpu_and_no_start() -> None:
    found = cost("workers", requests=1e6, duration_ms=50, cpu_ms=2, init_ms=5, requests_per_sandbox=10)
    assert found == pytest.approx({"requests": 0.30, "duration": 0.04, "init": 0, "total": 0.34})


def test_functions_and_cookies() -> None:
    assert cost("cloudfront-functions", requests=1e6)["total"] == pytest.approx(0.13)
    assert cost("signed-cookies", requests=1e9)["total"] == 0
    assert cost("server", requests=1e6, duration_ms=1) is None


@pytest.mark.parametrize(
    "usage",
    [{}, {"requests": -1}, {"requests": "many"}, {"requests": 1, "memory_mb": 0}, {"requests": 1, "requests_per_sandbox": 0.5}],
)
def test_wrong_usage(usage: dict[str, Any]) -> None:
    assert "expected a number" in cost("lambda-edge", **usage)


def test_the_tables_are_dated_and_fit_together() -> None:
    for table in (PRICES, PLATFORMS):
        assert len(table["dated"]) == len("2026-11-20")
    for name, price in PRICES["platforms"].items():
        assert price["title"]
        assert price["note"]
        assert price["source"] or name == "server"
    for name, platform in PLATFORMS["platforms"].items():
        assert platform["price"] in PRICES["platforms"]
        assert platform["triggers"]
        assert platform["source"] or name == "server"
