"""A chooser's data made by hand: round numbers whose answers one can work out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from harness import choice

STUDY = Path(__file__).resolve().parents[2] / "study"
MS = 1_000_000
RESAMPLINGS = 20


def contender(name: str, runtime: str = "node", complexity: int = 1, **more: Any) -> dict[str, Any]:
    targets = ["workers"] if runtime == "workerd" else ["lambda-edge", "lambda", "server"]
    sizes = {"zip": 20_000, "unpacked": 60_000, "gzip": 19_000}
    algorithms = more.get("algorithms", ["HS256"])
    return {
        "name": name,
        "title": f"title of {name}",
        "runtime": runtime,
        "role": "peer",
        "complexity": complexity,
        "algorithms": algorithms,
        "accepts": [],
        "targets": targets,
        "caveats": [],
        "decides": True,
        "status": "measured",
        "reasons": [],
        "accepted": 0,
        "sizes": {algorithm: dict(sizes) for algorithm in algorithms},
    } | more


def _spread(swing: float) -> str:
    """Goes up and down by this share, so that a share of resamplings means something."""
    return " ".join(str(round(swing * 1000 * (1 if i % 2 else -1))) for i in range(RESAMPLINGS))


def _series(mode: str, name: str, algorithm: str, where: str, point: dict[str, float], swing: float) -> dict[str, Any]:
    return {
        "of": f"{mode} {name} {algorithm} {where} 40",
        "where": 0,
        "point": " ".join(f"{point[column]:.0f}" for column in choice.COLUMNS[mode]),
        "spread": ";".join(_spread(swing) for _ in choice.SPREADS[mode]),
    }


def life(
    name: str,
    ready_ms: float,
    request_ms: float,
    first_ms: float = 0.0,
    algorithm: str = "HS256",
    runtime: str = "node24",
    swing: float = 0.0,
    tail_ms: float | None = None,
) -> dict[str, Any]:
    """A sandbox whose first request takes `first_ms` more than the others."""
    point: dict[str, float] = {"ready": ready_ms * MS, "steady": request_ms * MS}
    point |= {f"sum{n}": (first_ms + n * request_ms) * MS for n in choice.LIVES}
    tail = request_ms if tail_ms is None else tail_ms
    point |= {f"tail{n}": (ready_ms + first_ms + request_ms if n <= 100 else tail) * MS for n in choice.TAILS}
    return _series("lambda", name, algorithm, f"{runtime} edge-viewer ric", point, swing)


def calls(name: str, warm_ns: float, mode: str = "server") -> dict[str, Any]:
    point = {"warm": warm_ns, "ready": 3.0 * MS}
    return _series(mode, name, "HS256", ("workerd" if mode == "worker" else "node24") + " free -", point, 0.0)


def claim(
    metric: str,
    subject: str,
    ratio: float,
    verdict: str,
    reference: str = "js-tuned",
    width: float | None = 0.02,
    pairs: int | None = 55,
    algorithm: str = "HS256",
) -> dict[str, Any]:
    ends = "- -" if width is None else f"{ratio * (1 - width):.5g} {ratio * (1 + width):.5g}"
    numbers = f"{ratio:.5g} {ends} 1.01 40 {'-' if pairs is None else pairs}"
    return {
        "of": f"{metric} {subject} {reference} {algorithm} {verdict} {numbers}",
        "says": f"the sentence of {metric}:{subject}",
        "at": 0,
    }


def data(
    contenders: list[dict[str, Any]], series: list[dict[str, Any]], claims: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    prices, platforms = (tomllib.loads((STUDY / name).read_text(encoding="utf-8")) for name in ("prices.toml", "platforms.toml"))
    return {
        "format": 1,
        "run": "a run made by hand",
        "plan_sha256": "0" * 64,
        "mode": "full",
        "exploratory": False,
        "rounds": 40,
        "margins": {"cold": 0.05, "warm": 0.03, "size": 0.01},
        "references": ["js-tuned", "py-pyjwt", "worker-js"],
        "lives": list(choice.LIVES),
        "tails": list(choice.TAILS),
        "columns": choice.COLUMNS,
        "spreads": choice.SPREADS,
        "spread_tails": list(choice.SPREAD_TAILS),
        "places": [", here"],
        "wheres": ["an invented machine, modelled Lambda"],
        "resamplings": RESAMPLINGS,
        "platforms": platforms["platforms"],
        "prices": prices,
        "contenders": contenders,
        "series": series,
        "claims": claims,
    } | more


def usual(verdict: str = "faster", **more: Any) -> dict[str, Any]:
    """js-tuned against a WebAssembly door and an addon, which both start sooner; the verdict is that of both."""
    contenders = [
        contender("noop", role="baseline", decides=False, complexity=0),
        contender("js-article", role="historical"),
        contender("js-tuned", role="reference"),
        contender("wasm-host", complexity=2, role="door"),
        contender("napi", complexity=4, role="door", accepts=["native-binary"]),
        contender("py-pyjwt", runtime="python", role="reference", algorithms=["HS256", "RS256"]),
        contender("pybind11", runtime="python", complexity=4, role="door", accepts=["native-binary"]),
        contender("worker-js", runtime="workerd", role="reference"),
        contender("worker-wasm", runtime="workerd", complexity=2, role="door"),
        contender("rust-lean", complexity=3, accepts=["toolchain"], status="not built", reasons=["no rustc here"]),
    ]
    series = [
        life("js-tuned", 80, 1.0, first_ms=20, tail_ms=20),
        life("wasm-host", 60, 1.0, first_ms=20, tail_ms=20),
        life("napi", 50, 0.9, first_ms=5, tail_ms=12),
        life("py-pyjwt", 95, 1.5, first_ms=10, tail_ms=15, runtime="python3.11"),
        life("pybind11", 55, 0.9, first_ms=4, tail_ms=10, runtime="python3.11"),
        calls("js-tuned", 8000),
        calls("wasm-host", 2500),
        calls("napi", 800),
        calls("worker-js", 34000, "worker"),
        calls("worker-wasm", 5000, "worker"),
    ]
    claims = [
        claim("ready", "wasm-host", 0.75, verdict),
        claim("ready", "napi", 0.625, verdict),
        claim("lifetime", "wasm-host", 0.90, verdict),
        claim("lifetime", "napi", 0.725, verdict),
        claim("warm", "wasm-host", 0.3125, verdict),
        claim("warm", "napi", 0.1, verdict),
        claim("warm", "js-article", 6.0, "slower"),
        claim("ready", "pybind11", 0.58, verdict, "py-pyjwt"),
        claim("lifetime", "pybind11", 0.60, verdict, "py-pyjwt"),
        claim("warm", "pybind11", 0.02, verdict, "py-pyjwt"),
        claim("warm", "worker-wasm", 0.15, verdict, "worker-js"),
    ]
    return data(contenders, series, claims, **more)
