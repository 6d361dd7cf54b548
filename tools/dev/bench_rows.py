"""The rows of ./dev bench: what each compares, what it must reach, and what it aims at.

A row reads series, which are lists with one number for each round: `core/...` are benchmarks of
core/bench, `node/...` and `python/...` handlers, by contender and algorithm, with `/call` behind them up
to the promise that a call returns; bench_series.py has the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from .adversaries import ADVERSARIES
from .bench_figures import AT_LEAST, AT_MOST

RATIO, DIFFERENCE, VALUE, GROWTH = "ratio", "difference", "value", "growth"


@dataclass(frozen=True)
class Row:
    name: str
    what: str
    how: str
    # Numerator and denominator; minuend, subtrahend and a handler that does nothing, of the minuend's
    # process; one; sizes.
    series: tuple[str, ...]
    unit: str
    direction: str
    must: float
    stretch: float | None = None


def _over(name: str, what: str, above: str, below: str, must: float, stretch: float | None) -> Row:
    return Row(name, what, RATIO, (above, below), "x", AT_MOST, must, stretch)


def _faster(name: str, what: str, ours: str, theirs: str, must: float, stretch: float) -> Row:
    """How many times as fast as another: its time over ours."""
    return Row(name, what, RATIO, (theirs, ours), "x", AT_LEAST, must, stretch)


def _adds(name: str, what: str, above: str, floor: str, must: float, stretch: float) -> Row:
    """What a handler takes beside the core."""
    return Row(name, what, DIFFERENCE, (above, _CORE, floor), "ns", AT_MOST, must, stretch)


def _is(name: str, what: str, series: str, unit: str, must: float, stretch: float) -> Row:
    return Row(name, what, VALUE, (series,), unit, AT_MOST, must, stretch)


def _grows(name: str, what: str, benchmark: str, sizes: tuple[int, ...], must: float) -> Row:
    series = tuple(f"core/{benchmark}/{size}" for size in sizes)
    return Row(name, what, GROWTH, series, "exponent", AT_MOST, must)


_KB, _MB = 1024, 1024 * 1024
_CORE, _NAPI, _WASM = "core/scenario", "node/napi/HS256", "node/wasm-host/HS256"
_NAPI_CALL, _PYTHON = f"{_NAPI}/call", "python/pybind11/HS256"
_NODE_FLOOR, _PYTHON_FLOOR = "node/noop/HS256", "python/py-noop/HS256"
_COUNTS = (1, 4, 16, 64, 250, 1000)

ROWS: tuple[Row, ...] = (
    _over(
        "core-hs256",
        "core, HS256, 343-byte token, over the same SHA-256 blocks raw",
        *("core/verify_allow/343", "core/floor_blocks/343", 1.6, 1.30),
    ),
    _over(
        "core-varied",
        "core, 512 differently shaped tokens, over HMAC alone",
        *("core/verify_allow_varied", "core/hmac_alone_varied", 1.5, 1.30),
    ),
    _over(
        "core-cold",
        "core, cache-cold single call, over one-shot HMAC and nlohmann DOM",
        *("cold/cold_core", "cold/cold_textbook", 1 / 8, 1 / 12),
    ),
    *(
        _over(
            f"core-{algorithm.lower()}",
            f"core, {algorithm}, over the raw verification of OpenSSL",
            *(f"core/verify_public_key/{algorithm}", f"core/raw_verify/{algorithm}", 1.05, stretch),
        )
        for algorithm, stretch in (("RS256", 0.80), ("ES256", 0.5), ("EdDSA", None), ("PS256", None))
    ),
    _is("cache-hit", "verified-token cache hit, core", "core/cache_hit/343", "ns", 40, 20),
    _adds("node-over-core", "Node handler(event), over the core call", _NAPI_CALL, _NODE_FLOOR, 90, 50),
    _faster("node-js-tuned", "Node handler(event), against js-tuned", _NAPI, "node/js-tuned/HS256", 12, 25),
    _faster("node-fast-jwt", "Node handler(event), against fast-jwt", _NAPI, "node/js-fast/HS256", 10, 20),
    _faster("node-crypto", "Node handler(event), against node:crypto by hand", _NAPI, "node/js-bare/HS256", 6, 12),
    _adds("python-over-core", "Python handler(event), over the core call", _PYTHON, _PYTHON_FLOOR, 180, 110),
    _faster("python-pyjwt", "Python handler(event), against PyJWT", _PYTHON, "python/py-pyjwt/HS256", 20, 40),
    _faster("python-stdlib", "Python handler(event), against hmac by hand", _PYTHON, "python/py-stdlib/HS256", 12, 22),
    _faster("wasm-js-tuned", "WASM handler(event), against js-tuned", _WASM, "node/js-tuned/HS256", 3.5, 6),
    _faster("wasm-fast-jwt", "WASM handler(event), against fast-jwt", _WASM, "node/js-fast/HS256", 2.7, 4.5),
    _faster("wasm-rust", "WASM handler(event), against Rust WASM, C ABI", _WASM, "node/rust-lean/HS256", 1.3, 2.5),
    _over(
        "wasm-rs256",
        "WASM with host crypto, RS256, over node:crypto by hand",
        *("node/wasm-host/RS256", "node/js-bare/RS256", 1.05, 0.95),
    ),
    _over("node-load", "Node load to first decision, over an empty addon", "load/node", "load/node-empty", 2, 1.3),
    _over(
        "python-load",
        "Python import to first decision, over an empty pybind11 module",
        *("load/python", "load/python-empty", 2, 1.3),
    ),
    _over("wasm-load", "WASM load to first decision, over an empty module", "load/wasm", "load/wasm-empty", 2.5, 1.5),
    _is("node-size", "Node addon zip, all algorithms", "size/node", "bytes", 24 * _KB, 8 * _KB),
    _is("python-size", "Python module zip", "size/python", "bytes", 90 * _KB, 64 * _KB),
    _is("node-memory", "Node addon, memory over the bare runtime", "memory/node", "bytes", _MB, 0.2 * _MB),
    _is("python-memory", "Python module, memory over the bare runtime", "memory/python", "bytes", _MB, 0.3 * _MB),
    _is("wasm-memory", "WASM, memory over the bare runtime", "memory/wasm", "bytes", 2 * _MB, 0.5 * _MB),
    # Of the large ones: the constant part hides a growth that is faster than linear.
    _grows("growth-token", "growth: time against token size", "growth_token", (2800, 5600, 11200, 16000), 1.05),
    _grows("growth-keys", "growth: time against the number of keys", "growth_keys", _COUNTS, 0.05),
    _grows("growth-routes", "growth: time against the number of routes", "growth_routes", _COUNTS, 0.05),
    # The worst of each limit, over a normal decision.
    *(
        _over(
            one.row,
            f"hostile: {one.what}, {one.full:,}",
            *(f"core/adversarial/{one.name}/{one.full}", "core/verify_allow/343", one.times, None),
        )
        for one in ADVERSARIES
    ),
)

# Figures beside the rows: no bound, but told with them when the source runs anyway.
BESIDE = (
    *("core/hmac_alone/343", "core/textbook", "core/libjwt_decode"),
    *("core/verify_allow/1024", "core/floor_blocks/1024", "core/verify_allow/4096"),
    *("core/verify_at_edge/ES256_cached", "core/verify_deny/bad_signature"),
    *(_NODE_FLOOR, f"{_NODE_FLOOR}/call", "node/wasm-asset/HS256", "node/napi/RS256", _PYTHON_FLOOR),
    *("load/node-door", "size/python-module", "size/wasm"),
)
