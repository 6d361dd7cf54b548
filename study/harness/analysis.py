"""From a run's folder to the figures of its report. The same folder gives the same figures."""

from __future__ import annotations

import statistics as stdlib_statistics
from collections import defaultdict
from typing import Any

from .folder import RunFolder
from .scenario import OUTCOMES
from .statistics import difference, noise_floor, summarise, times_as_fast

# Name of a start figure -> what is added up, in nanoseconds.
START_TIMES = {
    "load": ("load_ns",),
    "load_and_first": ("load_ns", "first_ns"),
    "first": ("first_ns",),
    "spawn_to_ready": ("spawn_to_ready_ns",),
    "spawn_to_decided": ("spawn_to_decided_ns",),
    "cpu_to_decided": ("cpu_to_decided_ns",),
}
_WARM, _START = "warm", "start"
Series = dict[int, float]  # block -> value


class _Samples:
    """Per (figure, contender, run) the value of each block."""

    def __init__(self, records: list[dict[str, Any]]) -> None:
        self.series: dict[tuple[str, str, int], Series] = defaultdict(dict)
        self.batches: dict[tuple[str, str], int] = defaultdict(int)
        self.void: dict[str, list[str]] = defaultdict(list)
        self.processes = 0
        for record in records:
            if record["kind"] in (_START, _WARM):
                self._add(record)

    def _add(self, record: dict[str, Any]) -> None:
        self.processes += 1
        name, block, run = record["contender"], record["block"], record["run"]
        if "void" in record:
            self.void[name].append(f"{record['kind']} {record['outcome']}, round {record['round']}: {record['void']}")
            return
        if record["kind"] == _START:
            for figure, parts in START_TIMES.items():
                self.series[figure, name, run][block] = sum(record[part] for part in parts)
            self.series["start_memory", name, run][block] = record["peak_memory"]
            return
        outcome = record["outcome"]
        # The median of the batches is the process's one value.
        self.series[f"warm {outcome}", name, run][block] = stdlib_statistics.median(record["batch_ns_per_call"])
        self.series[f"cpu {outcome}", name, run][block] = record["cpu_ns_per_call"]
        self.batches[f"warm {outcome}", name] += len(record["batch_ns_per_call"])
        if outcome == "allow":
            self.series["warm_memory", name, run][block] = record["peak_memory"]

    def of(self, figure: str, name: str | None, run: int = 0) -> Series:
        return self.series.get((figure, name or "", run), {})


def _refusals(manifest: dict[str, Any], gate: dict[str, Any], void: dict[str, list[str]]) -> dict[str, list[str]]:
    """Why a contender has no number: absent, refused at the gate, or wrong while it was timed."""
    reasons: dict[str, list[str]] = {}
    for contender in manifest["contenders"]:
        name = contender["name"]
        reasons[name] = list(manifest["absent"].get(name, [])) + list(gate["verdicts"].get(name, {}).get("refused", []))
        reasons[name] += [f"while it was timed: {text}" for text in void.get(name, [])]
    return reasons


def _machine_share(records: list[dict[str, Any]], manifest: dict[str, Any]) -> dict[str, float] | None:
    """What part of the cores' time was idle and stolen between the first and the last reading."""
    readings = [manifest["cpu_ticks"]] + [record["cpu_ticks"] for record in records if record["kind"] == "machine"]
    grown = {name: readings[-1][name] - readings[0].get(name, 0) for name in readings[-1]}
    total = sum(grown.values())
    return {"idle": grown["idle"] / total, "stolen": grown.get("steal", 0) / total} if total > 0 else None


def _entry(series: Series) -> dict[str, Any]:
    return {
        "summary": summarise(list(series.values())),
        "values": [series[block] for block in sorted(series)],
        "batches": None,
        "times_as_fast": None,
        "times_as_fast_own": None,
        "over_floor": None,
    }


def analyse(folder: RunFolder) -> dict[str, Any]:
    manifest, gate, builds = folder.manifest(), folder.read("gate.json"), folder.read("builds.json")
    records = folder.samples()
    samples = _Samples(records)
    seed = manifest["seed"]
    reasons = _refusals(manifest, gate, samples.void)
    measured = [c for c in manifest["contenders"] if not reasons[c["name"]]]
    names = {c["name"] for c in measured}
    references = {c["runtime"]: c["name"] for c in measured if c["role"] == "reference"}
    floors = {c["runtime"]: c["name"] for c in measured if c["role"] == "baseline"}
    headline = manifest["headline"] if manifest["headline"] in names else None

    figures = [f"warm {outcome}" for outcome in OUTCOMES] + list(START_TIMES)
    noise = {}
    for figure in figures:
        again = times_as_fast(samples.of(figure, headline), samples.of(figure, headline, 1), seed)
        noise[figure] = {"ratio": again, "floor": noise_floor(again)}

    rows = []
    for contender in manifest["contenders"]:
        name, runtime = contender["name"], contender["runtime"]
        verdict = gate["verdicts"].get(name, {})
        row: dict[str, Any] = {
            **contender,
            "reasons": reasons[name],
            "response_differs": len(verdict.get("response_differs", [])),
            "build": None,
            "figures": {},
        }
        built = builds["built"].get(name)
        if built:
            row["build"] = {
                "time": summarise(built["build_ns"]),
                "zip": built["sizes"]["zip"],
                "raw": sum(size for file, size in built["sizes"]["files"].items() if not file.endswith(".pyc")),
                "unpacked": built["sizes"]["unpacked"],
                "files": len(built["sizes"]["files"]),
                "repeats": len(built["build_ns"]),
                "sha256": built["sha256"],
            }
        own, floor = references.get(runtime), floors.get(runtime)
        for figure in [*figures, *(f"cpu {o}" for o in OUTCOMES), "start_memory", "warm_memory"]:
            series = samples.of(figure, name) if name in names else {}
            row["figures"][figure] = entry = _entry(series) if series else None
            if entry is None:
                continue
            entry["batches"] = samples.batches.get((figure, name))
            if figure in figures and headline:
                entry["times_as_fast"] = times_as_fast(samples.of(figure, headline), series, seed)
            if figure in figures and own and own != headline:
                entry["times_as_fast_own"] = times_as_fast(samples.of(figure, own), series, seed)
            if floor and floor != name:
                entry["over_floor"] = difference(series, samples.of(figure, floor), seed)
        row["measured"] = any(row["figures"].values())
        rows.append(row)

    return {
        "manifest": manifest,
        "gate": gate,
        "rows": rows,
        "noise": noise,
        "headline": headline,
        "references": references,
        "floors": floors,
        "processes": samples.processes,
        "rounds": len({record["round"] for record in records if record["kind"] == "machine"}),
        "machine_share": _machine_share(records, manifest),
        "compile": builds["compile"],
    }
