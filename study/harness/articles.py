"""articles.json: what earlier articles published, beside what this run measured; and two hypotheses on article A, tested."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from . import calibration
from .folder import RunFolder
from .look_up import LookUp

FILE = Path(__file__).resolve().parents[1] / "articles.toml"

# Of one unit of an article in those of the analysis (nanoseconds, bytes).
UNITS = {"ms": 1e6, "s": 1e9, "KB": 1e3, "MB": 2**20, "requests": 1.0}
SIZES = ("zip", "gzip", "unpacked")
LOAD_RATE = 5  # requests/s, as in article B
SUPPORTED, CONTRADICTED, CANNOT_TELL = "supported", "contradicted", "cannot tell"


@cache
def table() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


# --- our counterpart ----------------------------------------------------------------------------

Found = dict[str, Any]


def _value(value: float, low: float | None, high: float | None, n: int | None, where: str) -> Found:
    return {"value": value, "low": low, "high": high, "n": n, "where": where}


def _size(entry: Mapping[str, Any], metric: str) -> Found | None:
    sizes = (entry.get("sizes") or {}).get("HS256")
    if sizes is None or sizes.get(metric) is None:
        return None
    return _value(sizes[metric], None, None, None, f"{entry['name']}, HS256, {metric}")


def _module(builds: Mapping[str, Any], contender: str) -> Found | None:
    """The largest WebAssembly file of an artefact."""
    built = builds["built"].get(contender, {}).get("HS256")
    modules = {name: size for name, size in built["sizes"]["files"].items() if name.endswith(".wasm")} if built else {}
    if not modules:
        return None
    name = max(modules, key=lambda file: modules[file])
    return _value(modules[name], None, None, None, f"{contender}, HS256, {name} as it is")


def _duration(entry: Mapping[str, Any], metric: str) -> Found | None:
    """A build, or a compiling with what it covers."""
    made: Mapping[str, Any] = entry.get(metric) or {}
    time = made.get("time", made)
    if not time:
        return None
    covers = made.get("covers") or "the contender's own build commands"
    return _value(time["median"], time["q1"], time["q3"], time["n"], f"{entry['name']}: {covers}; low and high are the quartiles")


def _preparation(prepared: Mapping[str, Any], contender: str) -> Found | None:
    """The compiler's and the optimiser's time of a contender that is prepared once."""
    seconds = (prepared.get(contender) or {}).get("seconds") or {}
    took = [seconds[step] for step in ("cargo", "wasm-opt") if step in seconds]
    if not took:
        return None
    covers = "cargo with the standard library, and wasm-opt, from nothing; compiling wasm-bindgen itself is left out"
    return _value(sum(took) * 1e9, None, None, 1, f"{contender}: {covers}")


# Figures that are made of a process's own first hundred requests, and where the analysis has them.
SETTLING = {"steady": "steady_ns", "settled": "settled_after", "nine": "nine_ns"}
_OF_SETTLING = {"steady": "; the median of requests 51 to 100 of each process", "nine": "; the sum of each process"}


def _of_settling(look: LookUp, contender: str, metric: str, profile: str) -> Found | None:
    row = look.settling(contender, profile=profile)
    if row is None:
        return None
    found, where = row[SETTLING[metric]], look.words(look.context(row["context"]))
    return _value(found["median"], found["low"], found["high"], row["n"], where + _OF_SETTLING.get(metric, ""))


def _measured(look: LookUp, builds: Mapping[str, Any], wanted: Mapping[str, Any]) -> Found | None:
    metric, contender = wanted["metric"], wanted["contender"]
    entry = look.entry(contender)
    if entry is None:
        return None
    if metric in SIZES:
        return _size(entry, metric)
    if metric == "wasm":
        return _module(builds, contender)
    if metric in ("build", "compile"):
        return _duration(entry, metric)
    if metric == "prepare":
        return _preparation(builds["prepared"], contender)
    profile = wanted.get("profile", "free")
    if metric in SETTLING:
        return _of_settling(look, contender, metric, profile)
    figure = look.figure(metric, contender, profile=profile)
    if figure is None:
        return None
    return _value(figure["median"], figure["low"], figure["high"], figure["n"], look.words(look.context(figure["context"])))


def _why_not(look: LookUp, contender: str) -> str:
    entry = look.entry(contender)
    if entry is None:
        return f"{contender} is not part of this run"
    if entry["status"] != "measured":
        return f"{contender}: {entry['status']}: {(entry['reasons'] or ['no reason was kept'])[0]}"
    return f"{contender} has no such figure in this run"


def _from_load(load: Any, name: str, quantile: str) -> Found | None:
    """A percentile of the load test at the article's own rate, in nanoseconds."""
    for row in load.get("runs", []) if isinstance(load, dict) else []:
        if row.get("target") != name or row.get("rate") != LOAD_RATE:
            continue
        found = (row.get("percentiles") or {}).get(quantile)
        if found is not None:
            return _value(
                found, None, None, row.get("count"), f"load test on loopback, 5 connections, {LOAD_RATE} requests/s, {name}"
            )
    return None


def _shown(value: Found | None, unit: str) -> Found | None:
    """In the article's own unit, so that the two can be read side by side."""
    if value is None:
        return None
    by = UNITS[unit]
    inside = {key: None if value[key] is None else float(f"{value[key] / by:.4g}") for key in ("value", "low", "high")}
    return {**value, **inside}


def _published_text(wanted: Mapping[str, Any]) -> str:
    published = wanted.get("published")
    if published is None:
        return "not published"
    numbers = published if isinstance(published, list) else [published]
    return f"{' to '.join(f'{number:g}' for number in numbers)} {wanted['unit']}"


def _row(look: LookUp, builds: Mapping[str, Any], load: Any, wanted: Mapping[str, Any]) -> dict[str, Any]:
    ours, reason = None, wanted.get("not_measured")
    if "metric" in wanted:
        ours = _measured(look, builds, wanted)
        reason = None if ours else _why_not(look, wanted["contender"])
    elif "load" in wanted:
        ours = _from_load(load, wanted["load"], wanted["quantile"])
        missing = (
            f"its load test has no row of {wanted['load']} at {LOAD_RATE} requests/s" if load else "this run has no load test"
        )
        reason = None if ours else missing
    return {
        "article": wanted["article"],
        "id": wanted["id"],
        "what": wanted["what"],
        "variant": wanted["variant"],
        "published": wanted.get("published"),
        "published_text": _published_text(wanted),
        "unit": wanted["unit"],
        "contender": wanted.get("contender", wanted.get("load")),
        "metric": wanted.get("metric"),
        "ours": _shown(ours, wanted["unit"]),
        "not_measured": None if ours else f"not measured here: {reason}",
        "differs": wanted["differs"],
    }


# --- H1: where the 2x goes ----------------------------------------------------------------------


def _gap(look: LookUp, runtime: str, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """js-article less js-tuned on one line of Node: CPU of a call, and what it becomes at the share of 128 MB."""
    slow, quick = (look.figure("warm_cpu", name, runtime=runtime) for name in ("js-article", "js-tuned"))
    if slow is None or quick is None:
        return None
    middle = slow["median"] - quick["median"]
    # The ends that are farthest apart: wider than an interval of the difference, never narrower.
    ends = None
    if None not in (slow["low"], slow["high"], quick["low"], quick["high"]):
        ends = (slow["low"] - quick["high"], slow["high"] - quick["low"])
    stretch = 1 / settings["vcpu_share"] / 1e6
    published, factor = settings["published_ms"], settings["factor"]
    least, most = published / factor, published * factor
    answer = CANNOT_TELL
    if ends is not None:
        low, high = (end * stretch for end in ends)
        if least <= low and high <= most:
            answer = SUPPORTED
        elif high < least or low > most:
            answer = CONTRADICTED
    return {
        "runtime": runtime,
        "decides": runtime == settings["line"],
        "cpu_ns": round(middle, 1),
        "predicted_ms": float(f"{middle * stretch:.4g}"),
        "low_ms": None if ends is None else float(f"{ends[0] * stretch:.4g}"),
        "high_ms": None if ends is None else float(f"{ends[1] * stretch:.4g}"),
        "n": min(slow["n"], quick["n"]),
        "answer": answer,
    }


def _left_over(look: LookUp, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What is left of the gain against JavaScript without the mistake, on the same line of Node."""
    claim = look.claim("warm", "rust-article", "js-tuned", runtime=settings["line"])
    if claim is None:
        why = f"{_why_not(look, 'rust-article')} on {settings['line']}"
        return {"claim": None, "verdict": None, "times": None, "sentence": why, "answer": CANNOT_TELL}
    verdict = claim["verdict"]
    answer = {"undecided": CANNOT_TELL, "invalid": CANNOT_TELL}.get(verdict, SUPPORTED)
    if verdict == "faster" and 1 / claim["ratio"] >= settings["left_over"]:
        answer = CONTRADICTED
    return {
        "claim": claim["id"],
        "verdict": verdict,
        "times": None if answer == CANNOT_TELL else float(f"{1 / claim['ratio']:.4g}"),
        "sentence": claim["sentence"],
        "answer": answer,
    }


def _join_h1(decisive: Mapping[str, Any] | None, left_over: Mapping[str, Any]) -> str:
    answers = (CANNOT_TELL if decisive is None else decisive["answer"], left_over["answer"])
    if CONTRADICTED in answers:
        return CONTRADICTED
    return SUPPORTED if answers == (SUPPORTED, SUPPORTED) else CANNOT_TELL


_WORDS = {SUPPORTED: "supports", CONTRADICTED: "speaks against", CANNOT_TELL: "cannot decide"}


def _line_words(line: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    interval = "no interval" if line["low_ms"] is None else f"{line['low_ms']:g} to {line['high_ms']:g}"
    return (
        f"on {line['runtime']} the string secret costs {line['cpu_ns'] / 1000:.3g} µs of CPU a call; at the CPU share of "
        f"128 MB that is {line['predicted_ms']:g} ms ({interval}; n = {line['n']}) "
        f"of the published {settings['published_ms']:g} ms"
    )


def _h1_words(lines: Sequence[Mapping[str, Any]], left_over: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    said = []
    for line in sorted(lines, key=lambda one: not one["decides"]):
        words = _line_words(line, settings)
        if line["decides"]:
            said.append(f"The line that decides: {words}, which {_WORDS[line['answer']]} the hypothesis.")
        else:
            said.append(f"Beside it: {words}.")
    if not any(line["decides"] for line in lines):
        said.insert(0, f"This run has no CPU time of js-article and js-tuned on {settings['line']}, the line that decides.")
    return " ".join([*said, f"Without that mistake: {left_over['sentence'].rstrip('.')}."])


def h1(look: LookUp) -> dict[str, Any]:
    settings = table()["hypotheses"]["H1"]
    runtimes = look.runtimes("warm_cpu", "js-article", "node")
    lines = [gap for gap in (_gap(look, runtime, settings) for runtime in runtimes) if gap]
    decisive = next((line for line in lines if line["decides"]), None)
    left_over = _left_over(look, settings)
    return {
        "id": "H1",
        **{key: settings[key] for key in ("title", "says", "rule")},
        "data": {
            "published_ms": settings["published_ms"],
            "vcpu_share": settings["vcpu_share"],
            "line": settings["line"],
            "lines": lines,
            "left_over": left_over,
        },
        "answer": _join_h1(decisive, left_over),
        "words": _h1_words(lines, left_over, settings),
    }


# --- H2: which bundle is smaller ----------------------------------------------------------------


def _sizes_of(look: LookUp, name: str) -> dict[str, int] | None:
    entry = look.entry(name)
    sizes = (entry.get("sizes") or {}).get("HS256") if entry else None
    return {key: sizes[key] for key in ("zip", "gzip")} if sizes else None


def h2(look: LookUp) -> dict[str, Any]:
    settings = table()["hypotheses"]["H2"]
    names = ("js-article", "js-tuned", "rust-article")
    sizes = {name: _sizes_of(look, name) for name in names}
    known = {name: found for name, found in sizes.items() if found is not None}
    answer = CANNOT_TELL
    if len(known) == len(names):
        pairs = [(known[name][key], known["rust-article"][key]) for name in names[:2] for key in ("zip", "gzip")]
        margin = settings["margin"]
        if all(script < wasm * (1 - margin) for script, wasm in pairs):
            answer = SUPPORTED
        elif all(script > wasm * (1 + margin) for script, wasm in pairs):
            answer = CONTRADICTED
    told = [
        f"{name} {found['zip'] / 1000:.3g} KB zipped, {found['gzip'] / 1000:.3g} KB after gzip" for name, found in known.items()
    ]
    told += [_why_not(look, name) for name in names if name not in known]
    return {
        "id": "H2",
        **{key: settings[key] for key in ("title", "says", "rule")},
        "data": {"sizes": sizes},
        "answer": answer,
        "words": "; ".join(told) + ".",
    }


# --- the file -----------------------------------------------------------------------------------


def make(folder: RunFolder) -> dict[str, Any]:
    analysis = folder.read("analysis.json")
    load = folder.read("loadtest.json") if folder.exists("loadtest.json") else {}
    manifest = folder.read("manifest.json") if folder.exists("manifest.json") else {}
    builds = {**folder.read("builds.json"), "prepared": manifest.get("prepared", {})}
    look = LookUp(analysis)
    facts = table()
    return {
        "plan_sha256": analysis["plan_sha256"],
        "run": analysis["run"],
        "exploratory": bool(analysis["exploratory"]),
        "articles": [{"id": name, **article} for name, article in facts["articles"].items()],
        "figures": [_row(look, builds, load, wanted) for wanted in facts["figures"]],
        "hypotheses": [h1(look), h2(look)],
        "calibration": calibration.make(look),
    }
