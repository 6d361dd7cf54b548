"""Everything behind one sentence of the report: rule, numbers, family, samples, sentinel, seed, code."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from . import claims, statistics, verdicts
from .claims import Comparison
from .folder import RunFolder
from .samples import Run, load
from .statistics import Pair

NEAR = 8
FILES = "study/harness/: samples.py (series), statistics.py (interval, p), claims.py (family), verdicts.py (rule, sentence)"


class UnknownClaim(ValueError):
    """No claim has this id, or more than one begins so. The message lists near ones."""


def explain(folder: RunFolder, claim_id: str) -> str:
    """The id, or the beginning of it that no other claim shares."""
    run = load(folder)
    found = claims.comparisons(run) + claims.rivals(run)
    sizes = claims.size_claims(run)
    chosen = choose(claim_id, [comparison.id for comparison in found] + [claim["id"] for claim in sizes])
    for claim in sizes:
        if claim["id"] == chosen:
            return "\n".join(_size(run, claim))
    comparison = next(one for one in found if one.id == chosen)
    return "\n".join(_explained(run, comparison, [one for one in found if one.family == comparison.family]))


def choose(wanted: str, ids: list[str]) -> str:
    if wanted in ids:
        return wanted
    matching = [id_ for id_ in ids if id_.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise UnknownClaim(_listed(f"{len(matching)} claims begin with {wanted!r}", matching))
    near = [id_ for id_ in ids if wanted and wanted in id_] or difflib.get_close_matches(wanted, ids, NEAR, 0.3)
    raise UnknownClaim(_listed(f"no claim {wanted!r}", near))


def _listed(what: str, ids: list[str]) -> str:
    more = [f"  and {len(ids) - NEAR} more"] if len(ids) > NEAR else []
    return "\n".join([f"{what}; near ones:" if ids else what, *(f"  {id_}" for id_ in ids[:NEAR]), *more])


def _number(unit: str) -> Callable[[float], str]:
    return (lambda value: f"{value:,.0f}") if unit == "bytes" else (lambda value: f"{value:,.1f}")


def _explained(run: Run, comparison: Comparison, family: list[Comparison]) -> list[str]:
    known = claims.sentinels(run)
    made = claims.make_claims(family, known)
    claim = next(one for one in made if one["id"] == comparison.id)
    limits = claims.bounds(comparison, known)
    paired = comparison.paired()
    assert paired is not None  # a comparison without pairs is not made
    lines = [claim["id"], "", claim["sentence"], "", "Rule"]
    evidence = claims.evidence(comparison, paired, limits, claim["p_holm"])
    lines += [f"  {line}" for line in verdicts.rule(evidence, claim["verdict"])]
    lines += ["", "Estimate", *_estimate(claim), "", *_family(claim, made), "", *_sentinel(limits)]
    lines += ["", *_samples(comparison), "", *_origin(run)]
    return lines


def _estimate(claim: dict[str, Any]) -> list[str]:
    lines = [f"  median over {claim['rounds']} rounds of subject / reference: {claim['ratio']:.5f} ({claim['n']} pairs)"]
    if claim["low"] is not None:
        narrow = f"{claim['low90']:.5f} to {claim['high90']:.5f}"
        lines.append(f"  95 % interval {claim['low']:.5f} to {claim['high']:.5f}, 90 % interval {narrow}")
        lines.append(f"  smallest difference this comparison states {claim['mde'] * 100:.2f} %")
        lines.append(f"  pairs for the margin {claim['pairs_for_margin']:,}")
    quiet = claim["quiet"]
    if quiet is None:
        lines.append("  no process was contended")
    elif quiet["low"] is not None:
        span = f"{quiet['low']:.5f} to {quiet['high']:.5f}"
        lines.append(f"  without contended processes: {quiet['ratio']:.5f}, 95 % interval {span}, {quiet['n']} pairs")
    else:
        lines.append(f"  without contended processes too few pairs are left ({quiet['n']})")
    return lines


def _family(claim: dict[str, Any], made: list[dict[str, Any]]) -> list[str]:
    tested = sorted((one for one in made if one["p"] is not None), key=lambda one: float(one["p"]))
    lines = [f"Family {claim['family']}: {len(tested)} claims, Holm"]
    if claim["p"] is not None:
        step = [one["id"] for one in tested].index(claim["id"])
        p, times = f"{claim['p']:.4g}", len(tested) - step
        lines.append(f"  step {step + 1} of {len(tested)}: p {p} times {times}, not below the step before: {claim['p_holm']:.4g}")
    return lines


def _sentinel(limits: claims.Bounds) -> list[str]:
    if limits.low is None or limits.high is None or limits.floor is None:
        return ["Sentinel", "  none with enough rounds"]
    text = f"  {', '.join(limits.ids)}: second run over first, 95 % interval {limits.low:.5f} to {limits.high:.5f}"
    return ["Sentinel", text, f"  noise floor {limits.floor:.5f}, spread of the log-ratios {limits.sigma:.5f}"]


def _samples(comparison: Comparison) -> list[str]:
    unit = verdicts.WORDS[comparison.metric].unit
    number = _number(unit)
    rows = [("round", "block", f"{comparison.subject}, {unit}", f"{comparison.reference}, {unit}", "ratio", "")]
    contended = _contended(comparison)
    for pair in comparison.pairs:
        marks = "contended" if contended(pair) else ""
        block = "-" if pair.block is None else str(pair.block)
        ratio = f"{pair.subject / pair.reference:.5f}"
        rows.append((str(pair.round), block, number(pair.subject), number(pair.reference), ratio, marks))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [f"Pairs ({'no block in common: means over rounds' if comparison.pairs[0].block is None else 'block by block'})"]
    for row in rows:
        lines.append("  " + "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    return lines


def _contended(comparison: Comparison) -> Callable[[Pair], bool]:
    flags: dict[tuple[int, int | None], bool] = {}
    for samples in (comparison.samples(False), comparison.samples(True)):
        for (round_, block), found in samples.contended.items():
            for key in ((round_, block), (round_, None)):
                flags[key] = flags.get(key, False) or any(found)
    return lambda pair: flags.get((pair.round, pair.block), False)


def _origin(run: Run) -> list[str]:
    source = run.manifest.get("source") or {}
    commit = run.manifest.get("commit") or source.get("commit") or "not recorded"
    changed = run.manifest.get("changed", source.get("changed"))
    return [
        f"Seed {run.seed} and the claim's id; {statistics.RESAMPLES:,} resamples of the rounds",
        f"Code {FILES}",
        f"Commit of the run {commit}{' (with changes)' if changed else ''}",
    ]


def _size(run: Run, claim: dict[str, Any]) -> list[str]:
    algorithm = claim["context"].algorithm
    lines = [claim["id"], "", claim["sentence"], "", "Rule"]
    reached = "no" if claim["verdict"] == "equivalent" else "yes"
    lines.append(f"  |effect| {abs(claim['ratio'] - 1):.4f} >= margin {claim['margin']}: {reached}")
    lines += ["  sizes are exact: no interval, no correction", f"  verdict: {claim['verdict']}", "", "Sizes, bytes"]
    for name in (claim["subject"], claim["reference"]):
        built = run.builds["built"][name][algorithm]
        lines.append(f"  {name}: {built['sizes'][claim['metric']]:,} (SHA-256 of the artefact {built['sha256']})")
    return [*lines, "", *_origin(run)]
