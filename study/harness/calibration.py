"""How far the model is from Lambda: the study's empty functions beside the published ones."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .look_up import LookUp
from .runtimes import family_of, version_of

FILE = Path(__file__).resolve().parents[1] / "calibration.toml"
FLOORS = {"node": "noop", "python": "py-noop"}
# Our metric, the member of the published row, and what one of its units is in ours.
PAIRS = (("ready", "init_ms", 1e6), ("first", "first_ms", 1e6), ("memory", "used_mb", 2**20))
MEMORY_MB = 128


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def _published(runtime: str) -> Mapping[str, Any] | None:
    """The published row of this runtime at 128 MB; of its family's nearest line where it has none."""
    family = family_of(runtime)
    rows = [row for row in table()["rows"] if row["memory_mb"] == MEMORY_MB and family_of(row["runtime"]) == family]
    here = version_of(runtime)
    return min(rows, key=lambda row: [abs(a - b) for a, b in zip(version_of(row["runtime"]), here, strict=False)], default=None)


def _row(look: LookUp, runtime: str, published: Mapping[str, Any], pair: tuple[str, str, float]) -> dict[str, Any] | None:
    metric, member, unit = pair
    figure = look.figure(metric, FLOORS[family_of(runtime)], runtime=runtime, profile="edge-viewer")
    if figure is None or member not in published:
        return None
    model = figure["median"] / unit
    return {
        "runtime": runtime,
        "published_runtime": published["runtime"],
        "metric": metric,
        "unit": "MB" if member == "used_mb" else "ms",
        "model": float(f"{model:.4g}"),
        "low": None if figure["low"] is None else float(f"{figure['low'] / unit:.4g}"),
        "high": None if figure["high"] is None else float(f"{figure['high'] / unit:.4g}"),
        "n": figure["n"],
        "lambda": published[member],
        "ratio": float(f"{model / published[member]:.3g}"),
        "where": look.words(look.context(figure["context"])),
    }


_NAMES = {"ready": "start", "first": "first request", "memory": "peak memory"}


def _sentence(row: Mapping[str, Any]) -> str:
    share = f"{row['ratio'] * 100:.3g} %"
    same = "" if row["runtime"] == row["published_runtime"] else f" ({row['published_runtime']}, the nearest published line)"
    return (
        f"Empty function on {row['runtime']}, {_NAMES[row['metric']]}: model {row['model']:g} {row['unit']} (n = {row['n']}), "
        f"Lambda{same} {row['lambda']:g} {row['unit']}: the model gives {share} of it."
    )


def make(look: LookUp) -> dict[str, Any]:
    facts = table()
    rows = []
    for family, floor in FLOORS.items():
        for runtime in look.runtimes("ready", floor, family):
            published = _published(runtime)
            if published is not None:
                rows += [row for row in (_row(look, runtime, published, pair) for pair in PAIRS) if row]
    return {
        **{key: facts[key] for key in ("dated", "source", "n", "statistic", "transfer")},
        "published": facts["rows"],
        "rows": rows,
        "sentences": [*map(_sentence, rows), facts["transfer"]],
    }
