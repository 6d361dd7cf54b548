"""One run: build, gate, plan, measure, derive, in this order, with every step kept in the run's folder."""

from __future__ import annotations

import dataclasses
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import cgroup, clients, plan
from .artefact import Artefact, BuildError, build, compile_python, unpack
from .compile_time import compile_time, switched_off
from .contender import ALGORITHMS, Contender
from .derive import derive
from .folder import ARTEFACTS, FORMAT, FolderError, RunFolder, json_bytes, sha256, write_json
from .gating import Gate
from .machine import Pinning, load, machine, pressure, source, versions
from .precision import Precision
from .progress import StudyProgress, clock
from .recorder import Recorder
from .tools import Tools
from .trials import Trials

_RECORDED = (
    *("name", "title", "runtime", "role", "source", "notes", "caveats", "algorithms", "quick", "complexity"),
    *("accepts", "targets", "responses", "disagreements", "strictness"),
)
MEASURED, REFUSED, NOT_BUILT = "measured", "refused", "not built"


@dataclasses.dataclass(frozen=True)
class Request:
    """What the user asked for."""

    mode: str  # quick | full
    settings: plan.Settings
    contenders: list[Contender]
    seed: int
    algorithms: tuple[str, ...] = ALGORITHMS
    rows: Sequence[plan.RowDesign] | None = None  # another design than the mode's


def see_machine(tools: Tools, contenders: Sequence[Contender]) -> tuple[plan.Machine, cgroup.Cgroup | None]:
    """The runtimes and clients that are here, the default of each family first."""
    runtimes: dict[str, list[str]] = {}
    for family in dict.fromkeys(contender.runtime for contender in contenders):
        default = tools.default_runtime(family)
        here = tools.runtimes_of(family)
        runtimes[family] = [label for label in (default, *(label for label in here if label != default)) if label in here]
    labels = [label for found in runtimes.values() for label in found]
    group = cgroup.find()
    return plan.Machine(runtimes, {label: clients.available(label) for label in labels}, group is not None), group


class Session:
    def __init__(self, request: Request, tools: Tools, folder: RunFolder, progress: StudyProgress) -> None:
        self.request, self.tools, self.folder, self.progress = request, tools, folder, progress
        self.pinning = Pinning.find()
        self.machine, self.group = see_machine(tools, request.contenders)
        self.plan: dict[str, Any] = {}
        self.artefacts: dict[tuple[str, str], Artefact] = {}
        self.builds: dict[str, Any] = {"plan_sha256": None, "built": {}, "compile": {}}
        self.reasons: dict[str, list[str]] = {contender.name: [] for contender in request.contenders}
        self.gate = Gate(tools)
        self.manifest: dict[str, Any] = {}
        self.stopped: str | None = None
        self.zips = folder.file(ARTEFACTS)

    # The whole line.

    def run(self, resume: bool = False) -> bool:
        """False when it was interrupted: the folder then holds what was done so far, and what follows from it."""
        finished = True
        self._begin_manifest()
        if resume:
            self.folder.manifest()
        with tempfile.TemporaryDirectory(prefix="portcullis-study-") as temporary:
            work = Path(temporary)
            # What a run began with stays as it is: on resuming, the zips are made elsewhere and only compared.
            self.zips = work / ARTEFACTS if resume else self.folder.file(ARTEFACTS)
            try:
                self._build()
                if not resume:
                    self._compile()
                self._ask_gate(work)
                self._settle_plan(resume, work)
                self._measure(work)
            except KeyboardInterrupt:
                finished = False
                self.progress.end()
                self._say("Interrupted: what follows covers what was measured so far.")
                if self.plan:
                    self._say(f"`./dev study --resume {self.folder.path}` goes on.")
        if resume and not self.plan:
            return finished  # nothing was done: the folder stays as it was
        self.manifest |= {"interrupted": not finished, "ended": _now(), "load_at_end": load(), "stopped": self.stopped}
        if not self.plan:
            self._keep_whole_builds()
            self._write_plan(self._make_plan())
        self._save()
        self.folder.write_seal()
        return finished

    def check(self, work: Path) -> list[str]:
        """Builds and gate alone; what became of each contender."""
        self._build()
        self._ask_gate(work)
        return [self._record(contender)["status"] for contender in self.request.contenders]

    def derive(self) -> dict[str, Any]:
        return derive(self.folder)

    def _say(self, text: str) -> None:
        self.progress.say(text)

    # Before the clock.

    def _begin_manifest(self) -> None:
        request = self.request
        references = {c.runtime: c.name for c in request.contenders if c.role == "reference"}
        self.manifest = {
            "format": FORMAT,
            "plan_sha256": None,
            "mode": request.mode,
            "seed": request.seed,
            "started": _now(),
            "ended": None,
            "interrupted": False,
            "stopped": None,
            "resumed": [],
            "command": ["./dev", "study", *sys.argv[1:]],
            "source": source(),
            "versions": versions(request.contenders, self.tools) | clients.versions(),
            "headline": references.get("node"),
            "references": references,
            "clients": self.machine.clients,
            "load": load(),
            "load_at_end": None,
            "prepared": {c.name: _prepared(self.tools.prepared(c.name)) for c in request.contenders if c.prepare},
            "contenders": [],
            "artefacts": {},
        }

    def _build(self) -> None:
        repeats = self.request.settings.builds
        self._say(f"Building {len(self.request.contenders)} contenders: for HS256 {repeats} times each and timed, else twice")
        for contender in self.request.contenders:
            built: dict[str, Any] = {}
            for algorithm in (a for a in contender.algorithms if a in self.request.algorithms):
                timed = algorithm == contender.algorithms[0]
                try:
                    artefact = build(contender, algorithm, self.tools, self.zips, repeats if timed else min(2, repeats), timed)
                except BuildError as error:
                    self.reasons[contender.name].append(str(error))
                    break
                self.artefacts[contender.name, algorithm] = artefact
                built[algorithm] = {"sizes": artefact.sizes, "sha256": artefact.sha256, "build_ns": artefact.build_ns}
            if self.reasons[contender.name]:
                self._forget(contender.name)
                self._say(f"  {contender.name}: {self.reasons[contender.name][0]}")
            elif built:
                self.builds["built"][contender.name] = built
                first = next(iter(built.values()))["sizes"]
                self._say(f"  {contender.name}: {first['zip']:,} bytes zipped; {', '.join(built)}")

    def _forget(self, name: str) -> None:
        """A contender is built for each of its algorithms or not at all."""
        for key in [key for key in self.artefacts if key[0] == name]:
            self.artefacts.pop(key).zip.unlink(missing_ok=True)

    def _keep_whole_builds(self) -> None:
        """After an interruption: takes out what was built in part."""
        for name in {name for name, _ in self.artefacts if name not in self.builds["built"]}:
            self._forget(name)
        whole = {artefact.zip for artefact in self.artefacts.values()}
        for path in self.zips.glob("*"):
            if path not in whole:
                path.unlink()

    def _compile(self) -> None:
        doors = [c for c in self.request.contenders if c.configure and c.name in self.builds["built"]]
        repeats = self.request.settings.compiles
        if doors and repeats:
            self._say(f"Compiling {len(doors)} doors from nothing, n = {repeats}")
        for contender in doors:
            result = compile_time(contender, self.tools, repeats) if repeats else switched_off()
            self.builds["compile"][contender.name] = result
            if repeats:
                time_ = result["time"]
                self._say(f"  {contender.name}: " + (f"{time_['median'] / 1e9:.1f} s" if time_ else result["reason"]))

    def _ask_gate(self, work: Path) -> None:
        self._say("Gate: every case put to each handler as shipped, for each algorithm")
        for contender in self.request.contenders:
            algorithms = [algorithm for name, algorithm in self.artefacts if name == contender.name]
            for algorithm in algorithms:
                # Outside the source tree: what the zip lacks cannot be found there.
                unpacked = unpack(self.artefacts[contender.name, algorithm], work / f"{contender.name}-{algorithm}")
                self.gate.ask(contender, algorithm, unpacked)
            if algorithms:
                refused = self.gate.refused(contender.name)
                more = " …" if len(refused) > 3 else ""
                text = f"no number: {'; '.join(refused[:3])}{more}" if refused else self.gate.summary(contender)
                self.reasons[contender.name] += refused
                self._say(f"  {contender.name}: {text}")

    def _other_runtimes(self, work: Path) -> frozenset[tuple[str, str]]:
        """Asks the gate again on each other line of a runtime: who fails there is not measured there."""
        unfit = set()
        if self.request.mode == "full":
            for contender in self.request.contenders:
                key = (contender.name, "HS256")
                if key not in self.artefacts or self.reasons[contender.name]:
                    continue
                for runtime in self.machine.runtimes[contender.runtime][1:]:
                    if contender.runtime == "python" and contender.role == "door":
                        continue
                    try:
                        folder = self._folder_for(work, *key, runtime)
                        refused = self.gate.ask_on(contender, "HS256", folder, runtime)
                    except BuildError as error:
                        refused = [str(error)]
                    if refused:
                        unfit.add((contender.name, runtime))
                        self._say(f"  {contender.name} is not measured on {runtime}: {refused[0].splitlines()[0]}")
        return frozenset(unfit)

    def _folder_for(self, work: Path, name: str, algorithm: str, runtime: str) -> Path:
        """The unpacked artefact; for another Python line a copy with that line's byte-code."""
        folder = work / f"{name}-{algorithm}"
        if not runtime.startswith("python") or runtime == self.tools.default_runtime("python"):
            return folder
        other = work / f"{name}-{algorithm}-{runtime}"
        if not other.exists():
            unpack(self.artefacts[name, algorithm], other)
            compile_python(other, self.tools.interpreter(runtime))
        return other

    # The plan.

    def _make_plan(self, unfit: frozenset[tuple[str, str]] = frozenset()) -> dict[str, Any]:
        passed: dict[str, list[str]] = {}
        for name, algorithm in self.artefacts:
            if not self.reasons[name] and self.gate.asked(name, algorithm):
                passed.setdefault(name, []).append(algorithm)
        return plan.make_plan(
            self.request.mode,
            self.request.seed,
            self.request.settings,
            plan.Entrants(self.request.contenders, passed, unfit),
            self.machine,
            self.manifest["source"]["commit"],
            self._digests(),
            self.request.rows,
        )

    def _digests(self) -> dict[str, dict[str, str]]:
        digests: dict[str, dict[str, str]] = {}
        for (name, algorithm), artefact in self.artefacts.items():
            digests.setdefault(name, {})[algorithm] = artefact.sha256
        return digests

    def _settle_plan(self, resume: bool, work: Path) -> None:
        made = self._make_plan(self._other_runtimes(work))
        if resume:
            before = self.folder.plan()
            refuse_if_different(before, made, self.folder.path)
            made = before
            old = self.folder.manifest()
            resumed = [*old["resumed"], _now()]
            self.manifest |= {"started": old["started"], "resumed": resumed, "command": old["command"], "load": old["load"]}
            self.builds = self.folder.read("builds.json")
        self._write_plan(made)
        self._save()

    def _write_plan(self, made: dict[str, Any]) -> None:
        self.plan = made
        write_json(self.folder.file("plan.json"), made)
        digest = sha256(json_bytes(made))
        self.manifest["plan_sha256"] = self.builds["plan_sha256"] = digest

    def _environment(self) -> dict[str, Any]:
        return {
            "plan_sha256": self.manifest["plan_sha256"],
            "machine": machine(),
            "cgroup": self.group.kind if self.group else "none",
            "pinning": {"child": [] if self.pinning.child is None else [self.pinning.child], "driver": self.pinning.driver},
            "psi": pressure() is not None,
            "sentinel": {"references": self.manifest["references"], "runs": 2},
        }

    def _save(self) -> None:
        self.manifest["contenders"] = [self._record(contender) for contender in self.request.contenders]
        self.manifest["artefacts"] = self._digests()
        write_json(self.folder.file("manifest.json"), self.manifest)
        write_json(self.folder.file("environment.json"), self._environment())
        write_json(self.folder.file("gate.json"), {"plan_sha256": self.manifest["plan_sha256"], **self.gate.record()})
        write_json(self.folder.file("builds.json"), self.builds)

    def _record(self, contender: Contender) -> dict[str, Any]:
        entry: dict[str, Any] = {name: getattr(contender, name) for name in _RECORDED}
        built = contender.name in self.builds["built"]
        reasons = self.reasons[contender.name]
        status = NOT_BUILT if not built else REFUSED if reasons else MEASURED
        if not built and not reasons:
            reasons = ["interrupted before it was built"]
        known = {algorithm: dataclasses.asdict(one) for algorithm, one in contender.known.items()}
        return entry | {"known": known, "decides": contender.decides, "status": status, "reasons": reasons}

    # The clock.

    def _measure(self, work: Path) -> None:
        if not self.plan["rows"]:
            self.stopped = "no contender passed the gate: nothing is measured"
            self._say("No contender passed the gate: nothing is measured.")
            return
        recorder = Recorder(self.folder)
        try:
            self._say_design(len(recorder.done))
            trials = Trials(
                plan=self.plan,
                plan_sha256=self.manifest["plan_sha256"],
                contenders={c.name: c for c in self.request.contenders},
                tools=self.tools,
                group=self.group,
                gate=self.gate,
                pinning=self.pinning,
                recorder=recorder,
                folder_for=lambda name, algorithm, runtime: self._folder_for(work, name, algorithm, runtime),
            )
            with self.pinning.hold():
                self._rounds(trials, recorder)
        finally:
            self.progress.end()
            recorder.close()

    def _say_design(self, done: int) -> None:
        stopping, processes = self.plan["stopping"], len(plan.round_steps(self.plan, 0))
        self._say(
            f"Measuring, modelled Lambda and never Lambda itself: {processes} processes in the first round, "
            f"{stopping['least_rounds']} to {stopping['most_rounds']} rounds, at most {clock(stopping['budget_seconds'])}"
            + (f"; {done} processes are there already" if done else "")
        )
        if self.group is None:
            self._say("  No CPU quota can be set here: what would be `edge-viewer` is labelled unthrottled.")

    def _rounds(self, trials: Trials, recorder: Recorder) -> None:
        precision = Precision(self.plan)
        firsts = self.folder.iterations()
        for trial in recorder.done:
            precision.add(trial, float(firsts[trial["requests"]["offset"]]) if _has_requests(trial) else None)
        done = len(recorder.done)
        # What a resumed run has used of its budget: the time of its processes.
        begin = time.monotonic() - sum(trial["wall_ns"] for trial in recorder.done) / 1e9
        longest = 0.0
        self.progress.begin()
        for number, steps in enumerate(plan.rounds(self.plan)):
            if not steps or steps[-1].trial < done:
                continue
            self.stopped = self._reason_to_stop(number, begin, longest, precision)
            if self.stopped:
                break
            round_begin = time.monotonic()
            for step in steps:
                if step.trial < done:
                    continue
                self.progress.step(f"round {number + 1}: {step.kind} {step.contender} {step.algorithm} {step.runtime}")
                trial, first = trials.run(step)
                precision.add(trial, first)
            now = time.monotonic()
            longest = max(longest, now - round_begin)
            self._report_round(number + 1, now - begin, now - round_begin, precision)
        else:
            self.stopped = f"the most rounds of the plan: {self.plan['stopping']['most_rounds']}"
        self._say(f"Stopped: {self.stopped}.")

    def _reason_to_stop(self, rounds: int, begin: float, longest: float, precision: Precision) -> str | None:
        widths = precision.half_widths() if rounds >= self.plan["stopping"]["least_rounds"] else None
        return plan.stop_reason(self.plan, rounds, time.monotonic() - begin, longest, widths)

    def _report_round(self, rounds: int, elapsed: float, took: float, precision: Precision) -> None:
        stopping = self.plan["stopping"]
        left = min((stopping["most_rounds"] - rounds) * took, stopping["budget_seconds"] - elapsed)
        share = precision.contended / max(1, precision.trials)
        self.progress.round(rounds, precision.trials, elapsed, left, precision.noise_floor(), share)
        if rounds == 1:
            most = min(stopping["most_rounds"], int(stopping["budget_seconds"] // max(took, 0.001)))
            self._say(f"  The pilot: a round takes {clock(took)}, so about {max(most, 1)} rounds fit in the budget.")


def _has_requests(trial: dict[str, Any]) -> bool:
    return isinstance(trial.get("requests"), dict) and trial["requests"]["count"] > 0


def _prepared(place: Path) -> dict[str, Any] | None:
    """What a preparation left beside its results, such as compiler versions and seconds."""
    if not place.is_dir():
        return None
    try:
        told = json.loads((place / "prepared.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def refuse_if_different(before: dict[str, Any], now: dict[str, Any], path: Path) -> None:
    """A run goes on only with the very things that it began with."""
    if before["commit"] != now["commit"]:
        raise FolderError(f"{path}: cannot be resumed: it began at commit {before['commit']}, this is {now['commit']}")
    for name in sorted({*before["artefacts"], *now["artefacts"]}):
        then, today = before["artefacts"].get(name, {}), now["artefacts"].get(name, {})
        for algorithm in sorted({*then, *today}):
            if then.get(algorithm) != today.get(algorithm):
                raise FolderError(
                    f"{path}: cannot be resumed: the artefact of {name} for {algorithm} differs from the one it began with "
                    f"({then.get(algorithm) or 'absent'}, now {today.get(algorithm) or 'absent'})"
                )
    for part in ("format", "seed", "mode", "settings", "rows", "stopping"):
        if before[part] != now[part]:
            raise FolderError(f"{path}: cannot be resumed: the plan's {part} would differ on this machine now")
