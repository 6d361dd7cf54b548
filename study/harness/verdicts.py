"""The five verdicts, their rules, and the only phrases in which the study states a comparison.

faster, slower   the 95 % interval of the ratio excludes 1, stays so after Holm's correction within the family, lies outside
                 the sentinel's interval, and the effect is at least the margin
small            the interval excludes 1 and stays so after Holm's correction, and the 90 % interval lies inside the margin
                 on both sides: a difference that is there, and surely below what we call practical
equivalent       the 90 % interval lies inside the margin on both sides (two one-sided tests), and no difference is shown
undecided        none of these; so is a difference that is there, of which the run cannot tell whether it reaches the margin
invalid          the sentinel's interval excludes 1 by more than half the margin, or more than 30 % of the claim's processes
                 were contended (a contender with a wrong answer has no claims at all)

An undecided comparison has no number in a summary: `cell` gives `~`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import statistics
from .runtimes import TITLES, family_of
from .statistics import Interval, Noise, Paired

ALPHA = 0.05
CONTENDED_LIMIT = 0.30
VERDICTS = ("faster", "slower", "small", "equivalent", "undecided", "invalid")
NO_CLAIM = "no claim: the machine could not tell the reference from itself"
NO_CLAIM_CONTENDED = "no claim: {share} of the processes had to share their core"
COLD, WARM, SIZE = "cold", "warm", "size"


@dataclass(frozen=True)
class Words:
    """How a metric is spoken of: `{X}'s <noun> is 12 % <less> than {R}'s`, or `{X} <verb> 12 % <less> <noun> than {R}`."""

    margin: str
    noun: str
    less: str
    more: str
    unit: str
    pairs: str
    verb: str = ""

    def phrase(self, subject: str, reference: str, part: str, is_less: bool) -> str:
        word = self.less if is_less else self.more
        if self.verb:
            return f"{subject} {self.verb} {part} {word} {self.noun} than {reference}"
        return f"{subject}'s {self.noun} is {part} {word} than {reference}'s"


_STARTS, _PROCESSES = "paired starts", "paired processes"
WORDS = {
    "load": Words(COLD, "load", "shorter", "longer", "ns", _STARTS),
    "ready": Words(COLD, "init", "shorter", "longer", "ns", _STARTS),
    "ready_cpu": Words(COLD, "CPU time for its init", "less", "more", "ns", _STARTS, "takes"),
    "first": Words(COLD, "first request", "shorter", "longer", "ns", _STARTS),
    "first_cpu": Words(COLD, "CPU time for its first request", "less", "more", "ns", _STARTS, "takes"),
    "hundred": Words(COLD, "time for its first 100 requests", "less", "more", "ns", _STARTS, "takes"),
    "hundred_cpu": Words(COLD, "CPU time for its first 100 requests", "less", "more", "ns", _STARTS, "takes"),
    "lifetime": Words(COLD, "time for init and first 100 requests together", "less", "more", "ns", _STARTS, "takes"),
    "lifetime_cpu": Words(COLD, "CPU time for init and first 100 requests together", "less", "more", "ns", _STARTS, "takes"),
    "memory": Words(COLD, "peak memory", "smaller", "larger", "bytes", _STARTS),
    "warm": Words(WARM, "time per warm call", "less", "more", "ns", _PROCESSES, "takes"),
    "warm_cpu": Words(WARM, "CPU time per warm call", "less", "more", "ns", _PROCESSES, "takes"),
    "start": Words(COLD, "time from start to first response", "shorter", "longer", "ns", _STARTS),
    "isolate": Words(COLD, "isolate start", "shorter", "longer", "ns", _STARTS),
    "zip": Words(SIZE, "zip", "smaller", "larger", "bytes", "sizes"),
    "unpacked": Words(SIZE, "unpacked artefact", "smaller", "larger", "bytes", "sizes"),
    "gzip": Words(SIZE, "artefact under gzip", "smaller", "larger", "bytes", "sizes"),
    "brotli": Words(SIZE, "artefact under brotli", "smaller", "larger", "bytes", "sizes"),
}


@dataclass(frozen=True)
class Evidence:
    """What a verdict rests on. Ratios are subject over reference; below 1 the subject takes less."""

    n: int
    ratio: float
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p_holm: float | None
    margin: float
    sentinel_low: float | None
    sentinel_high: float | None
    contended: float

    @property
    def effect(self) -> float:
        return self.ratio - 1


def sentinel_breaks(low: float | None, high: float | None, margin: float) -> bool:
    """The reference's second run differs from its first by more than half the margin."""
    return low is not None and high is not None and (low > 1 + margin / 2 or high < 1 - margin / 2)


def _excludes_one(e: Evidence) -> bool:
    return e.low is not None and e.high is not None and (e.low > 1 or e.high < 1)


def _clears_sentinel(e: Evidence) -> bool:
    """The claim's interval has no part in common with the sentinel's, which is taken to hold 1."""
    if e.low is None or e.high is None or e.sentinel_low is None or e.sentinel_high is None:
        return False
    return e.low > max(1.0, e.sentinel_high) or e.high < min(1.0, e.sentinel_low)


def _inside_margin(e: Evidence) -> bool:
    return e.low90 is not None and e.high90 is not None and e.low90 > 1 - e.margin and e.high90 < 1 + e.margin


def decide(e: Evidence) -> str:
    if sentinel_breaks(e.sentinel_low, e.sentinel_high, e.margin) or e.contended > CONTENDED_LIMIT:
        return "invalid"
    if _excludes_one(e) and e.p_holm is not None and e.p_holm < ALPHA:
        if _inside_margin(e):
            return "small"
        if abs(e.effect) >= e.margin and _clears_sentinel(e):
            return "faster" if e.effect < 0 else "slower"
    return "equivalent" if _inside_margin(e) else "undecided"


def decide_size(ratio: float, margin: float) -> str:
    """Sizes are exact: there is no interval, and the margin alone decides."""
    if abs(ratio - 1) < margin:
        return "equivalent"
    return "faster" if ratio < 1 else "slower"


def rule(e: Evidence, verdict: str) -> list[str]:
    """The rule with the numbers put in, one test a line."""
    if e.low is None or e.high is None or e.low90 is None or e.high90 is None:
        return [f"n = {e.n}: too few rounds for an interval: undecided"]
    half, holm = e.margin / 2, math.nan if e.p_holm is None else e.p_holm
    if e.sentinel_low is None or e.sentinel_high is None:
        lines = ["sentinel: none with enough rounds, so nothing can be faster or slower"]
    else:
        broken = sentinel_breaks(e.sentinel_low, e.sentinel_high, e.margin)
        held = "does not hold" if broken else "holds"
        span = f"{e.sentinel_low:.4f} to {e.sentinel_high:.4f}"
        lines = [f"sentinel's 95 % interval {span} within half the margin ({half:.3f}) of 1: {held}"]
    yes = {True: "yes", False: "no"}
    lines += [
        f"share of contended processes {e.contended:.2f} <= {CONTENDED_LIMIT:.2f}: {yes[e.contended <= CONTENDED_LIMIT]}",
        f"95 % interval {e.low:.4f} to {e.high:.4f} excludes 1: {yes[_excludes_one(e)]}",
        f"p after Holm {holm:.4g} < {ALPHA}: {yes[holm < ALPHA]}",
        f"interval lies outside the sentinel's: {yes[_clears_sentinel(e)]}",
        f"|effect| {abs(e.effect):.4f} >= margin {e.margin}: {yes[abs(e.effect) >= e.margin]}",
        f"90 % interval {e.low90:.4f} to {e.high90:.4f} inside 1 ± {e.margin}: {yes[_inside_margin(e)]}",
        f"verdict: {verdict}",
    ]
    return lines


def percent(part: float) -> str:
    """A part of 1 as a percentage with two or three significant digits, without a sign."""
    value = abs(part) * 100
    if value >= 99.5 and part < 0:
        digits = 2 if value < 99.95 else 3  # 99.7 % less must not become 100 %
        return f"{min(value, 100 - 10**-digits):.{digits}f}".rstrip("0").rstrip(".") + " %"
    if value < 9.95 or (part < 0 and value >= 94.95):
        return f"{value:.1f} %"  # near 100 % less, a percent is much of what is left
    return f"{value:,.0f} %"


def _span(low: float, high: float) -> str:
    """An interval of effects, small end first: `8–16 %`, or with signs where it holds both."""
    ends = sorted((low, high), key=abs)
    if low * high >= 0:
        first, second = (percent(end).removesuffix(" %") for end in ends)
        return f"{first}–{second} %"
    return f"−{percent(min(low, high)).removesuffix(' %')} to +{percent(max(low, high))}"


def margin_text(margin: float) -> str:
    return f"{margin * 100:g} %"


def place(environment: Mapping[str, Any], versions: Mapping[str, Any], context: Mapping[str, Any], metric: str) -> str:
    """Where a figure holds: machine class, profile, runtime version, algorithm and request."""
    machine = environment.get("machine", environment)
    if metric in ("zip", "unpacked", "gzip", "brotli"):
        return f"{context['algorithm']}, as built"
    kind = "virtual machine" if machine.get("virtual") else "machine"
    where = f"{machine.get('cores', '?')}-core {kind} ({machine.get('cpu', 'unknown processor')})"
    profile = {
        "edge-viewer": "modelled Lambda at 128 MB (edge-viewer)",
        "free": "modelled Lambda, not throttled (free)",
        "unthrottled": "modelled Lambda, unthrottled",
    }.get(context["profile"] or "", str(context["profile"]))
    if str(context["runtime"]).startswith("workerd"):
        profile = f"local workerd, profile {context['profile']}"
    elif metric in ("warm", "warm_cpu"):
        profile = f"in the process, profile {context['profile']}"
    parts = [where, profile, runtime_text(versions, context["runtime"]), context["algorithm"]]
    parts += [f"client {context['client']}"] if context["client"] else []
    parts += [str(context["cell"])] if context["cell"] else []
    return ", ".join(parts)


def runtime_text(versions: Mapping[str, Any], runtime: str | None) -> str:
    name, family = str(runtime), family_of(runtime)
    version = versions.get(name) or versions.get(family)
    if isinstance(version, Mapping):
        version = version.get(name.removeprefix(family)) or version.get("version")
    title = TITLES.get(family, family)
    return f"{title} {str(version).removeprefix('v') if version else name.removeprefix(family)}".strip()


def no_claim(contended: float) -> str:
    """Why a comparison is invalid: which of the two rules it fell under."""
    return NO_CLAIM_CONTENDED.format(share=percent(contended)) if contended > CONTENDED_LIMIT else NO_CLAIM


def sentence(claim: Mapping[str, Any], where: str) -> str:
    """The claim in words: one of the phrases of the verdicts, and the clause that says where it holds."""
    words, verdict = WORDS[claim["metric"]], claim["verdict"]
    subject, reference, margin = claim["subject"], claim["reference"], margin_text(claim["margin"])
    count = f"{claim['n']} {words.pairs}"
    effect = claim["ratio"] - 1
    if claim["low"] is not None:
        interval = f"95 % CI {_span(claim['low'] - 1, claim['high'] - 1)}"
        floor = f"; noise floor {percent(claim['floor'] - 1)}" if claim["floor"] else ""
    if words.margin == SIZE:
        if verdict == "equivalent":
            said = f"{subject} and {reference}, {words.noun}: equivalent within ±{margin} (exact sizes, n = 1 build)"
        else:
            said = f"{words.phrase(subject, reference, percent(effect), effect < 0)} (exact sizes, n = 1 build)"
    elif verdict in ("faster", "slower"):
        said = f"{words.phrase(subject, reference, percent(effect), effect < 0)} ({interval}; {count}{floor})"
    elif verdict == "small":
        said = (
            f"{subject} and {reference}, {words.noun}: a difference exists ({percent(effect)} "
            f"{words.less if effect < 0 else words.more}, {interval}; {count}{floor}) and is below the {margin} we call practical"
        )
    elif verdict == "equivalent":
        inside = f"90 % CI {_span(claim['low90'] - 1, claim['high90'] - 1)}; {count}{floor}"
        said = f"{subject} and {reference}, {words.noun}: equivalent within ±{margin} ({inside})"
    elif verdict == "undecided":
        said = f"this run cannot tell {subject} from {reference}, {words.noun}"
        if claim["mde"] is not None and claim["low"] is not None:
            said += f": anything under {percent(claim['mde'])} would have gone unseen"
            if claim["pairs_for_margin"] and claim["pairs_for_margin"] > claim["n"]:
                said += f". About {claim['pairs_for_margin']:,} pairs are needed for {margin}"
        said += f" ({count})"
    else:
        said = f"{subject} and {reference}, {words.noun}: {no_claim(claim['contended'])} ({count})"
    exploratory = " Exploratory: a quick run." if claim["exploratory"] else ""
    return f"{said}; {where}.{exploratory}"


def cell(claim: Mapping[str, Any] | None) -> str:
    """The short form for a summary table: a difference in percent, or a sign that there is none to state."""
    if claim is None:
        return "–"
    if claim["verdict"] == "undecided":
        return "~"
    if claim["verdict"] == "invalid":
        return "invalid"
    if claim["verdict"] == "equivalent":
        return f"±{margin_text(claim['margin'])}"
    sign = "−" if claim["ratio"] < 1 else "+"
    return sign + percent(claim["ratio"] - 1)


def sentinel_sentence(
    reference: str, metric: str, noise: Noise, contended: float, valid: bool, margin: float, needed: int, where: str
) -> str:
    """What the run shows of two equal things."""
    words = WORDS[metric]
    count = f"{noise.n} {words.pairs}"
    if noise.ratio.low is None or noise.ratio.high is None or noise.floor is None or noise.mde is None:
        return f"{reference} against itself, {words.noun}: too few pairs for a noise floor ({count}); {where}."
    if not valid:
        return f"{no_claim(contended)} ({reference}, {words.noun}; {count}); {where}."
    interval = _span(noise.ratio.low - 1, noise.ratio.high - 1)
    said = f"{reference} against itself, {words.noun}: 95 % CI of the difference {interval}; {count}; "
    said += f"noise floor {percent(noise.floor - 1)}; smallest difference that this run could have found {percent(noise.mde)}"
    if noise.mde > margin:
        said += f", about {needed:,} pairs are needed for {margin_text(margin)}"
    return f"{said}; {where}."


def decide_client(ratio: Interval, margin: float) -> str:
    """Whether the thin client may stand in for the real one: only the equivalence matters, or that there is a difference."""
    if ratio.low is None or ratio.high is None or ratio.low90 is None or ratio.high90 is None:
        return "undecided"
    excludes = ratio.low > 1 or ratio.high < 1
    if excludes and abs(ratio.median - 1) >= margin:
        return "faster" if ratio.median < 1 else "slower"
    if ratio.low90 > 1 - margin and ratio.high90 < 1 + margin:
        return "small" if excludes else "equivalent"
    return "undecided"


def client_sentence(
    name: str, metric: str, paired: Paired, verdict: str, margin: float, where: str, exploratory: bool
) -> str:
    reach = statistics.mde(paired.sigma, paired.ratio.rounds)
    claim = {
        "metric": metric,
        "subject": f"{name} under the thin client",
        "reference": f"{name} under the real client",
        "margin": margin,
        "n": paired.n,
        "ratio": paired.ratio.median,
        "low": paired.ratio.low,
        "high": paired.ratio.high,
        "low90": paired.ratio.low90,
        "high90": paired.ratio.high90,
        "floor": None,
        "verdict": verdict,
        "mde": reach,
        "pairs_for_margin": statistics.pairs_needed(paired.sigma, margin, paired.n / paired.ratio.rounds),
        "exploratory": exploratory,
    }
    return sentence(claim, where)
