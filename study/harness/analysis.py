"""From a run's folder to the figures and claims of its report. The same folder gives the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


from . import claims, curves, statistics, verdicts, warmup
from .folder import FORMAT, RunFolder
from .samples import ORDER, SIZES, Context, Run, load
from .statistics import generator, median_interval, summarise, tukey

_CLIENT_METRICS = ("ready", "first", "hundred")


def make(folder: RunFolder) -> dict[str, Any]:
    """The content of analysis.json."""
    run = load(folder)
    known = claims.sentinels(run)
    made = claims.make_claims(claims.comparisons(run), known) + claims.size_claims(run)
    rivals = claims.make_claims(claims.rivals(run), known)
    figures, lines, settling, classes = _figures(run), _curves(run, made), _settling(run), _warmup(run)
    clients, failures = _clients(run), _failures(run)
    sentinels = [_sentinel(run, sentinel) for sentinel in known.values()]

    tables = (made, rivals, figures, lines, settling, classes, sentinels, failures)
    names = _context_names([row for rows in tables for row in rows])
    result = {
        "format": FORMAT,
        "plan_sha256": folder.plan_sha256(),
        "run": folder.path.name,
        "mode": run.manifest["mode"],
        "exploratory": run.exploratory,
        "headline": {"reference": run.headline},
        "margins": run.margins,
        "contexts": {name: context._asdict() for context, name in names.items()},
        "contenders": _contenders(run, failures),
        "figures": figures,
        "sentinels": sentinels,
        "claims": made,
        "rivals": rivals,
        "curves": lines,
        "settling": settling,
        "warmup": classes,
        "clients": clients,
        "failures": failures,
        "contention": _contention(run),
        "processes": run.processes,
        "rounds": len(run.rounds),
        "void": run.void,
    }
    tidied: dict[str, Any] = _tidy(result, names)
    return tidied


def _tidy(value: Any, names: Mapping[Context, str]) -> Any:
    """Contexts by their short names; six significant digits, so that another machine's last bits make no difference."""
    if isinstance(value, Context):
        return names[value]
    if isinstance(value, float):
        rounded = float(f"{value:.6g}")
        return int(rounded) if rounded.is_integer() and abs(rounded) >= 1000 else rounded
    if isinstance(value, dict):
        return {key: _tidy(item, names) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tidy(item, names) for item in value]
    return value


def _context_names(rows: list[dict[str, Any]]) -> dict[Context, str]:
    found = {row[key] for row in rows for key in ("context", "reference_context") if key in row}
    return {context: f"c{number}" for number, context in enumerate(sorted(found, key=Context.order))}


def _places(run: Run) -> list[tuple[str, str, Context]]:
    """(metric, contender, context) of every series with numbers, in the report's order."""
    order = {entry["name"]: place for place, entry in enumerate(run.manifest["contenders"])}
    measured = run.measured()
    found = [(metric, name, context) for metric, name, twin, context in run.series if twin == 0 and name in measured]
    return sorted(found, key=lambda place: (ORDER[place[0]], place[2].order(), order[place[1]]))


def _figures(run: Run) -> list[dict[str, Any]]:
    figures = []
    for metric, name, context in _places(run):
        samples = run.series[metric, name, 0, context]
        values, series = samples.all(), samples.series()
        id_ = f"{metric}:{name}:{context.id}"
        rounds = statistics.by_round([key[0] for key in series], list(series.values()))
        interval = median_interval(rounds, generator(run.seed, f"figure {id_}"))
        mild, severe = tukey(values)
        flags = samples.contended_flags()
        figures.append(
            {
                "id": id_,
                "metric": metric,
                "contender": name,
                "context": context,
                "unit": verdicts.WORDS[metric].unit,
                **(summarise(values) or {}),
                "low": interval.low,
                "high": interval.high,
                "values": values,
                "mild": mild,
                "severe": severe,
                "contended": sum(flags) / len(flags),
            }
        )
    return figures


def _sentinel(run: Run, sentinel: claims.Sentinel) -> dict[str, Any]:
    noise, context, metric = sentinel.noise, sentinel.context, sentinel.metric
    words = verdicts.WORDS[metric]
    margin = float(run.margins[words.margin])
    where = verdicts.place(run.environment, run.manifest.get("versions", {}), context._asdict(), metric)
    needed = statistics.pairs_needed(noise.sigma, margin, noise.n / noise.ratio.rounds)
    valid = sentinel.valid(margin)
    said = verdicts.sentinel_sentence(sentinel.reference, metric, noise, sentinel.contended, valid, margin, needed, where)
    return {
        "metric": metric,
        "context": context,
        "reference": sentinel.reference,
        "n": noise.n,
        "ratio": noise.ratio.median,
        "low": noise.ratio.low,
        "high": noise.ratio.high,
        "floor": noise.floor,
        "sigma": noise.sigma,
        "mde": noise.mde,
        "pairs_for_margin": needed,
        "margin": margin,
        "contended": sentinel.contended,
        "valid": valid,
        "sentence": said,
    }


def _lives(run: Run) -> list[tuple[str, Context]]:
    order = {entry["name"]: place for place, entry in enumerate(run.manifest["contenders"])}
    measured = run.measured()
    found = [(name, context) for name, twin, context in run.lives if twin == 0 and name in measured]
    return sorted(found, key=lambda place: (place[1].order(), order[place[0]]))


def _curves(run: Run, made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found, measured = [], run.measured()
    said = {(one["metric"], one["subject"], one["reference"], one["context"]): one["verdict"] for one in made}
    twins: dict[Context, curves.Judged | None] = {}  # what the run says of two equal things
    for name, context in _lives(run):
        id_ = f"{name}:{context.id}"
        reference = run.references.get((context.family, context.algorithm))
        crossover = None
        if reference in measured and reference != name and (reference, 0, context) in run.lives:
            theirs = run.lives[reference, 0, context]
            twin = run.lives.get((reference, 1, context))
            if twin is not None and context not in twins:
                twins[context] = curves.judge(twin, theirs, run.seed, f"{reference}:twin:{context.id}")
            crossover = curves.crossover(
                curves.judge(run.lives[name, 0, context], theirs, run.seed, id_),
                twins.get(context),
                said.get(("lifetime", name, reference, context)),
                said.get(("ready", name, reference, context)),
                (name, reference),
                verdicts.place(run.environment, run.manifest.get("versions", {}), context._asdict(), "lifetime"),
                run.exploratory,
            )
        line = curves.curve(run.lives[name, 0, context], run.seed, id_)
        found.append({"context": context, "contender": name, **line, "crossover": crossover})
    return found


def _settling(run: Run) -> list[dict[str, Any]]:
    return [
        {"context": context, "contender": name, **curves.settling(run.lives[name, 0, context], run.seed, f"{name}:{context.id}")}
        for name, context in _lives(run)
    ]


def _warmup(run: Run) -> list[dict[str, Any]]:
    measured = run.measured()
    places = [(name, context) for name, context in run.batches if name in measured]
    found = sorted(places, key=lambda place: (place[1].order(), place[0]))
    return [
        {"contender": name, "context": context, "classes": warmup.count(run.batches[name, context])} for name, context in found
    ]


def _clients(run: Run) -> list[dict[str, Any]]:
    """The thin client against the real one, for whoever ran with both."""
    found = []
    for metric, name, context in _places(run):
        other = context._replace(client="ric")
        if metric not in _CLIENT_METRICS or context.client != "thin" or (metric, name, 0, other) not in run.series:
            continue
        id_ = f"client:{metric}:{name}:{context.id}"
        pairs = statistics.pairs(run.series[metric, name, 0, context].series(), run.series[metric, name, 0, other].series())
        paired = statistics.compare(pairs, generator(run.seed, id_), run.least_rounds)
        if paired is None:
            continue
        margin, ratio = float(run.margins[verdicts.COLD]), paired.ratio
        verdict = verdicts.decide_client(ratio, margin)
        where = verdicts.place(run.environment, run.manifest.get("versions", {}), context._replace(client=None)._asdict(), metric)
        found.append(
            {
                "metric": metric,
                "contender": name,
                "algorithm": context.algorithm,
                "runtime": context.runtime,
                "profile": context.profile,
                "n": paired.n,
                "ratio": ratio.median,
                "low": ratio.low,
                "high": ratio.high,
                "low90": ratio.low90,
                "high90": ratio.high90,
                "difference": {"median": paired.difference.median, "low": paired.difference.low, "high": paired.difference.high},
                "margin": margin,
                "verdict": verdict,
                "sentence": verdicts.client_sentence(name, metric, paired, verdict, margin, where, run.exploratory),
            }
        )
    return found


def _failures(run: Run) -> list[dict[str, Any]]:
    """Crashes and missing answers are outcomes with a rate; only contexts that had some are listed."""
    found = []
    for (name, context), outcomes in sorted(run.outcomes.items(), key=lambda item: (item[0][1].order(), item[0][0])):
        ended = {outcome: number for outcome, number in sorted(outcomes.items()) if outcome != "answered"}
        processes, failed = sum(outcomes.values()), sum(ended.values())
        if failed and name not in run.void:
            row = {"contender": name, "context": context, "processes": processes, "failed": failed}
            found.append(row | {"rate": failed / processes, "outcomes": ended})
    return found


def _contention(run: Run) -> dict[str, Any]:
    share = run.contended
    if share is None:
        return {"share": None, "note": "no processes were measured"}
    limit = verdicts.percent(verdicts.CONTENDED_LIMIT)
    note = f"{verdicts.percent(share)} of {run.processes:,} processes had to share their core with others or with other machines. "
    note += f"They are kept; each claim is repeated without them, and one with more than {limit} of them is invalid."
    return {"share": share, "note": note}


def _contenders(run: Run, failures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for entry in run.manifest["contenders"]:
        name = entry["name"]
        void = run.void.get(name, [])
        row = dict(entry)
        if void:
            row |= {"status": "refused", "reasons": [*entry.get("reasons", []), *void]}
        built = run.builds["built"].get(name, {})
        row["sizes"] = {algorithm: _sizes(one["sizes"]) for algorithm, one in built.items()}
        row["build"] = _build(built)
        row["compile"] = run.builds.get("compile", {}).get(name)
        row["badges"] = _badges(row, [failure for failure in failures if failure["contender"] == name])
        found.append(row)
    return found


def _sizes(sizes: dict[str, Any]) -> dict[str, Any]:
    files = sizes.get("files", {})
    raw = sum(size for path, size in files.items() if not path.endswith(".pyc"))
    return {**{metric: sizes.get(metric) for metric in SIZES}, "raw": raw, "files": len(files)}


def _build(built: dict[str, Any]) -> dict[str, Any] | None:
    times = [value for one in built.values() for value in one.get("build_ns", [])]
    summary = summarise(times)
    return None if summary is None else summary | {"repeats": len(times)}


def _badges(row: dict[str, Any], failures: list[dict[str, Any]]) -> list[str]:
    badges = list(row.get("caveats", []))
    if row.get("disagreements"):
        badges.append("decides differently, on record")
    if failures:
        worst = max(failure["rate"] for failure in failures)
        badges.append(f"up to {verdicts.percent(worst)} of its processes failed")
    return badges


