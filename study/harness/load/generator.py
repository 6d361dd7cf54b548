"""Constant-rate load by h2load, and its percentiles.

`h2load --h1 -c 5 -t 5 --rps 1` is the article's `-c 5 -t 5 -R 5 -L`: five connections, five requests a second in all.
h2load counts from when a request was really sent. A request that waited for the one before it on its connection would
have been sent earlier at a constant rate, so the histogram adds what such a wait hides (correction for coordinated
omission, with the interval of one connection).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

CONNECTIONS = THREADS = 5
HOW_TO_GET = "h2load is not there: apt-get install nghttp2-client"
_QUANTILES = (50, 75, 90, 99, 99.9)
_HIGHEST_US = 60_000_000


class GeneratorError(RuntimeError):
    """h2load is not there, or did not do what it was asked."""


@dataclass(frozen=True)
class Load:
    """What came back: one status and one duration for each answered request, in microseconds."""

    statuses: list[int]
    microseconds: list[int]
    started: int
    seconds: float  # from the first request to the last answer


def version() -> str:
    program = shutil.which("h2load")
    if program is None:
        raise GeneratorError(HOW_TO_GET)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip() or "h2load"


def command(uris: Path, log: Path, rate: float, seconds: float, headers: list[tuple[str, str]]) -> list[str]:
    """`rate` is that of all connections together."""
    named = [word for name, value in headers for word in ("-H", f"{name}: {value}")]
    rates = ["-c", str(CONNECTIONS), "-t", str(THREADS), "--rps", f"{rate / CONNECTIONS:g}", "-D", f"{seconds:g}"]
    return ["h2load", "--h1", *rates, f"--log-file={log}", *named, "-i", str(uris)]


def run(port: int, paths: list[str], rate: float, seconds: float, headers: list[tuple[str, str]]) -> Load:
    version()
    with tempfile.TemporaryDirectory(prefix="portcullis-load-") as temporary:
        uris, log = Path(temporary) / "uris", Path(temporary) / "log.tsv"
        uris.write_text("".join(f"http://127.0.0.1:{port}{path}\n" for path in paths), encoding="ascii")
        argv = command(uris, log, rate, seconds, headers)
        most = seconds + 60
        try:
            done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=most, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            raise GeneratorError(f"h2load did not end {60} s after its time") from None
        if done.returncode != 0 or not log.exists():
            raise GeneratorError(f"h2load failed: {(done.stderr or done.stdout).strip()[-300:]}")
        return _read(log.read_text(encoding="ascii"), done.stdout)


def _read(log: str, printed: str) -> Load:
    rows = [[int(field) for field in line.split("\t")[:3]] for line in log.splitlines()]
    started = re.search(r"requests: \d+ total, (\d+) started", printed)
    if not rows or started is None:
        raise GeneratorError("h2load recorded no request")
    first, last = min(row[0] for row in rows), max(row[0] + row[2] for row in rows)
    return Load([row[1] for row in rows], [row[2] for row in rows], int(started[1]), (last - first) / 1e6)


def wrong(load: Load) -> str | None:
    """Why the load says nothing: an answer that is not 200, or requests that never came back."""
    others = sorted({status for status in load.statuses if status != 200})
    if others:
        count = sum(status != 200 for status in load.statuses)
        return f"{count} of {len(load.statuses)} valid requests were answered {', '.join(map(str, others))}"
    # When the time is up, each connection may have one request under way.
    lost = load.started - len(load.statuses)
    return f"{lost} requests were never answered" if lost > CONNECTIONS else None


def summary(load: Load, rate: float) -> dict[str, Any]:
    """Percentiles in ns. `count` is what they were taken of: the requests, and what the correction adds to them."""
    interval = round(CONNECTIONS / rate * 1e6)
    corrected = HdrHistogram(1, _HIGHEST_US, 3)
    for value in load.microseconds:
        # The histogram's smallest value is 1; a request of under a microsecond there is not.
        corrected.record_corrected_value(min(max(value, 1), _HIGHEST_US), interval)
    highest = max(load.microseconds)
    # The histogram keeps three digits and answers with the upper end of a step, which may lie above the largest value.
    values = {quantile: min(round(corrected.get_value_at_percentile(quantile)), highest) for quantile in _QUANTILES}
    return {
        "requests": len(load.statuses),
        "count": int(corrected.get_total_count()),
        # The first request of each connection is sent at once, so that the span holds one interval less than requests.
        "achieved": round(max(0, len(load.statuses) - CONNECTIONS) / max(load.seconds, 1e-9), 2),
        "errors": sum(status != 200 for status in load.statuses),
        "mean": round(corrected.get_mean_value() * 1000),
        "deviation": round(corrected.get_stddev() * 1000),
        "percentiles": {**{f"p{quantile:g}": value * 1000 for quantile, value in values.items()}, "max": highest * 1000},
    }
