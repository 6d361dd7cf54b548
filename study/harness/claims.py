"""Which comparisons a run makes, and what each one claims."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from . import statistics, verdicts
from .runtimes import version_of
from .samples import METRICS, ORDER, SIZES, Context, Run, Samples
from .statistics import Noise, Pair, Paired, generator
from .workload import BASE_CELL

# A door of Python is also compared with the headline's reference, in another runtime, for these.
ACROSS = ("ready", "warm")
# What rivals are compared in: every time.
TIMES = tuple(metric for metric in METRICS if metric != "memory")


@dataclass(frozen=True)
class Comparison:
    """Subject over reference for one metric. Their contexts differ only where runtimes are compared."""

    run: Run
    metric: str
    subject: str
    reference: str
    context: Context
    reference_context: Context
    rival: bool = False  # beside the comparisons with the reference, as the plan names them

    @property
    def id(self) -> str:
        return f"{self.metric}:{self.subject}:{self.reference}:{self.context.id}"

    @property
    def family(self) -> str:
        """The table that a reader sees at once; Holm's correction is within it."""
        table = (self.metric, self.context.algorithm, str(self.context.runtime), str(self.context.profile))
        return "|".join(("rivals", *table) if self.rival else table)

    @property
    def margin(self) -> float:
        return float(self.run.margins[verdicts.WORDS[self.metric].margin])

    def samples(self, of_reference: bool) -> Samples:
        if of_reference:
            return self.run.series[self.metric, self.reference, 0, self.reference_context]
        return self.run.series[self.metric, self.subject, 0, self.context]

    @cached_property
    def pairs(self) -> list[Pair]:
        return self._pairs(quiet=False)

    def _pairs(self, quiet: bool) -> list[Pair]:
        return statistics.pairs(self.samples(False).series(quiet), self.samples(True).series(quiet))

    @property
    def contended(self) -> float:
        flags = self.samples(False).contended_flags() + self.samples(True).contended_flags()
        return sum(flags) / len(flags)

    def paired(self) -> Paired | None:
        return statistics.compare(self.pairs, generator(self.run.seed, self.id), self.run.least_rounds)

    def quiet(self) -> dict[str, Any] | None:
        """The same without the contended processes, where there were some: does the result rest on them?"""
        if self.contended == 0:
            return None
        source = generator(self.run.seed, f"{self.id} quiet")
        compared = statistics.compare(self._pairs(quiet=True), source, self.run.least_rounds)
        if compared is None:
            return None
        return {"n": compared.n, "ratio": compared.ratio.median, "low": compared.ratio.low, "high": compared.ratio.high}


def comparisons(run: Run) -> list[Comparison]:
    measured = run.measured()
    found = []
    for metric, name, twin, context in run.series:
        reference = run.references.get((context.family, context.algorithm))
        if twin or name not in measured or reference not in measured:
            continue
        if name != reference and (metric, reference, 0, context) in run.series:
            found.append(Comparison(run, metric, name, reference, context, context))
    return _in_order(run, found + _across(run, measured))


def rivals(run: Run) -> list[Comparison]:
    """What the plan compares beside the reference. Where one of the two is the reference, the comparison is made already."""
    measured, found = run.measured(), []
    for subject, reference in run.plan.get("rivals", ()):
        for metric, name, twin, context in run.series:
            if twin or name != subject or metric not in TIMES or context.cell not in (None, BASE_CELL):
                continue
            if run.references.get((context.family, context.algorithm)) in (subject, reference):
                continue
            if {subject, reference} <= measured.keys() and (metric, reference, 0, context) in run.series:
                found.append(Comparison(run, metric, subject, reference, context, context, rival=True))
    return _in_order(run, found)


def _in_order(run: Run, found: list[Comparison]) -> list[Comparison]:
    found = [comparison for comparison in found if comparison.pairs]
    return sorted(found, key=lambda c: (ORDER[c.metric], c.context.order(), _place(run, c.subject), c.reference))


def _place(run: Run, name: str) -> int:
    return next(place for place, entry in enumerate(run.manifest["contenders"]) if entry["name"] == name)


def _across(run: Run, measured: Mapping[str, dict[str, Any]]) -> list[Comparison]:
    headline, found = run.headline, []
    for metric, name, twin, context in run.series:
        if twin or metric not in ACROSS or context.family != "python" or context.cell not in (None, BASE_CELL):
            continue
        if name not in measured or headline not in measured or measured[name]["role"] != "door":
            continue
        theirs = _headline_context(run, metric, headline, context)
        if theirs:
            found.append(Comparison(run, metric, name, headline, context, theirs))
    return found


def _headline_context(run: Run, metric: str, headline: str, like: Context) -> Context | None:
    """Where the headline's reference was measured under the same conditions, in its newest runtime."""
    candidates = [
        context
        for found_metric, name, twin, context in run.series
        if (found_metric, name, twin) == (metric, headline, 0) and context._replace(runtime=like.runtime) == like
    ]
    return max(candidates, key=lambda context: version_of(context.runtime), default=None)


@dataclass(frozen=True)
class Sentinel:
    """The reference against its second run, for one metric in one context."""

    reference: str
    metric: str
    context: Context
    noise: Noise
    contended: float

    def valid(self, margin: float) -> bool:
        low, high = self.noise.ratio.low, self.noise.ratio.high
        if low is None or high is None:
            return False
        return not verdicts.sentinel_breaks(low, high, margin) and self.contended <= verdicts.CONTENDED_LIMIT


def sentinels(run: Run) -> dict[tuple[str, Context], Sentinel]:
    found, measured = {}, run.measured()
    for metric, name, twin, context in sorted(run.series, key=lambda place: (ORDER[place[0]], place[3].order(), place[1])):
        if twin != 1 or name not in measured or (metric, name, 0, context) not in run.series:
            continue
        first, second = run.series[metric, name, 0, context], run.series[metric, name, 1, context]
        source = generator(run.seed, f"sentinel:{metric}:{name}:{context.id}")
        noise = statistics.noise(statistics.pairs(second.series(), first.series()), source, run.least_rounds)
        if noise:
            flags = first.contended_flags() + second.contended_flags()
            found[metric, context] = Sentinel(name, metric, context, noise, sum(flags) / len(flags))
    return found


@dataclass(frozen=True)
class Bounds:
    """What the sentinels of a claim say together: the widest interval, the largest spread."""

    low: float | None
    high: float | None
    sigma: float
    ids: tuple[str, ...]

    @property
    def floor(self) -> float | None:
        return None if self.low is None or self.high is None else max(self.high, 1 / self.low, 1.0)


def bounds(comparison: Comparison, known: Mapping[tuple[str, Context], Sentinel]) -> Bounds:
    contexts = (comparison.context, comparison.reference_context)
    found = [sentinel for context in contexts if (sentinel := _of(comparison.metric, context, known))]
    if not found or any(sentinel.noise.ratio.low is None for sentinel in found):
        return Bounds(None, None, 0.0, ())
    # The one that is farthest from 1 decides on validity, so an interval that excludes 1 is not widened by a sound one.
    if len(found) == 2 and found[0] is not found[1]:
        broken = [s for s in found if verdicts.sentinel_breaks(s.noise.ratio.low, s.noise.ratio.high, comparison.margin)]
        found = broken[:1] or found
    lows = [sentinel.noise.ratio.low for sentinel in found if sentinel.noise.ratio.low is not None]
    highs = [sentinel.noise.ratio.high for sentinel in found if sentinel.noise.ratio.high is not None]
    ids = tuple(dict.fromkeys(f"{s.metric}:{s.reference}:{s.context.id}" for s in found))
    return Bounds(min(lows), max(highs), max(sentinel.noise.sigma for sentinel in found), ids)


def _of(metric: str, context: Context, known: Mapping[tuple[str, Context], Sentinel]) -> Sentinel | None:
    """The context's own sentinel, or that of the same context with another runtime client."""
    if (metric, context) in known:
        return known[metric, context]
    others = [place for place in known if place[0] == metric and place[1]._replace(client=context.client) == context]
    return known[min(others, key=lambda place: place[1].order())] if others else None


def evidence(comparison: Comparison, paired: Paired, limits: Bounds, p_holm: float | None) -> verdicts.Evidence:
    ratio = paired.ratio
    return verdicts.Evidence(
        n=paired.n,
        ratio=ratio.median,
        low=ratio.low,
        high=ratio.high,
        low90=ratio.low90,
        high90=ratio.high90,
        p_holm=p_holm,
        margin=comparison.margin,
        sentinel_low=limits.low,
        sentinel_high=limits.high,
        contended=comparison.contended,
    )


def _smallest_seen(paired: Paired, limits: Bounds) -> float | None:
    """The smallest difference that this comparison would have stated: by the spread, and by what the rule asks for.

    The spread is the sentinel's or the pair's own, whichever is larger, since a subject may be noisier than the reference.
    The rule wants the claim's interval clear of the sentinel's, so half of each must fit in.
    """
    ratio = paired.ratio
    by_spread = statistics.mde(max(paired.sigma, limits.sigma), ratio.rounds)
    if by_spread is None or ratio.low is None or ratio.high is None or limits.low is None or limits.high is None:
        return by_spread
    reach = math.log(ratio.high / ratio.low) / 2 + math.log(max(limits.high, 1) / min(limits.low, 1)) / 2
    return max(by_spread, math.expm1(reach))


def make_claims(found: Iterable[Comparison], known: Mapping[tuple[str, Context], Sentinel]) -> list[dict[str, Any]]:
    """Whole families only: Holm's correction needs every member."""
    compared = [(comparison, paired) for comparison in found if (paired := comparison.paired())]
    corrected = _holm(compared)
    return [_claim(one, paired, bounds(one, known), corrected.get(one.id)) for one, paired in compared]


def _holm(compared: list[tuple[Comparison, Paired]]) -> dict[str, float]:
    families: dict[str, list[tuple[str, float]]] = {}
    for comparison, paired in compared:
        if paired.ratio.p is not None:
            families.setdefault(comparison.family, []).append((comparison.id, paired.ratio.p))
    corrected: dict[str, float] = {}
    for members in families.values():
        corrected |= zip((id_ for id_, _ in members), statistics.holm([p for _, p in members]), strict=True)
    return corrected


def _claim(comparison: Comparison, paired: Paired, limits: Bounds, p_holm: float | None) -> dict[str, Any]:
    run, ratio = comparison.run, paired.ratio
    smallest = _smallest_seen(paired, limits)
    needed, per_round = None, paired.n / ratio.rounds
    if smallest is not None:
        rounds = max(run.least_rounds, ratio.rounds * (smallest / comparison.margin) ** 2)
        needed = math.ceil(rounds * per_round)
    claim: dict[str, Any] = {
        "id": comparison.id,
        "metric": comparison.metric,
        "subject": comparison.subject,
        "reference": comparison.reference,
        "context": comparison.context,
        "reference_context": comparison.reference_context,
        "n": paired.n,
        "rounds": ratio.rounds,
        "ratio": ratio.median,
        "low": ratio.low,
        "high": ratio.high,
        "low90": ratio.low90,
        "high90": ratio.high90,
        "p": ratio.p,
        "p_holm": p_holm,
        "family": comparison.family,
        "difference": {"median": paired.difference.median, "low": paired.difference.low, "high": paired.difference.high},
        "floor": limits.floor,
        "mde": smallest,
        "pairs_for_margin": needed,
        "margin": comparison.margin,
        "contended": comparison.contended,
        "verdict": verdicts.decide(evidence(comparison, paired, limits, p_holm)),
        "times": 1 / ratio.median,
        "exploratory": run.exploratory,
        "quiet": comparison.quiet(),
    }
    return claim | {"sentence": verdicts.sentence(claim, where(run, claim))}


def where(run: Run, claim: Mapping[str, Any]) -> str:
    context: Context = claim["context"]
    text = verdicts.place(run.environment, run.manifest.get("versions", {}), context._asdict(), claim["metric"])
    other: Context = claim["reference_context"]
    if other.runtime != context.runtime:
        runtime = verdicts.runtime_text(run.manifest.get("versions", {}), other.runtime)
        text += f"; {claim['reference']} in {runtime}"
    return text


def size_claims(run: Run) -> list[dict[str, Any]]:
    """Sizes are exact: one number each, no interval, no correction."""
    measured, built = run.measured(), run.builds["built"]
    claims = []
    for metric in SIZES:
        for name, entry in measured.items():
            for algorithm in entry["algorithms"]:
                reference = run.references.get((entry["runtime"], algorithm))
                if reference in (None, name) or reference not in measured:
                    continue
                ours = built.get(name, {}).get(algorithm, {}).get("sizes", {}).get(metric)
                theirs = built.get(reference, {}).get(algorithm, {}).get("sizes", {}).get(metric)
                if ours and theirs:
                    claims.append(_size_claim(run, metric, name, str(reference), algorithm, ours, theirs))
    return claims


def _size_claim(run: Run, metric: str, name: str, reference: str, algorithm: str, ours: int, theirs: int) -> dict[str, Any]:
    context = Context(algorithm, None, None, None, None)
    margin, ratio = float(run.margins[verdicts.SIZE]), ours / theirs
    claim: dict[str, Any] = {
        "id": f"{metric}:{name}:{reference}:{context.id}",
        "metric": metric,
        "subject": name,
        "reference": reference,
        "context": context,
        "reference_context": context,
        "n": 1,
        "rounds": 1,
        "ratio": ratio,
        **dict.fromkeys(("low", "high", "low90", "high90", "p", "p_holm")),
        "family": f"{metric}|{algorithm}|-|-",
        "difference": {"median": ours - theirs, "low": None, "high": None},
        **dict.fromkeys(("floor", "mde", "pairs_for_margin")),
        "margin": margin,
        "contended": 0.0,
        "verdict": verdicts.decide_size(ratio, margin),
        "times": 1 / ratio,
        "exploratory": False,
        "quiet": None,
    }
    return claim | {"sentence": verdicts.sentence(claim, where(run, claim))}


