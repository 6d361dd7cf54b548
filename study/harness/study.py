"""One run: build, compile, gate, measure, in this order, with every step kept in the run's folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from . import gate, measure
from .artefact import BuildError, Tools, build, unpack
from .compile_time import compile_time, switched_off
from .contender import Contender
from .folder import FORMAT, RunFolder, write_json
from .gate_cases import gate_cases
from .machine import cpu_ticks, load, machine, source, versions
from .progress import StudyProgress
from .scenario import load_scenario, workload

_NOT_RECORDED = ("folder", "commands", "copy", "compiled", "configure", "target")


class Study:
    def __init__(
        self,
        contenders: list[Contender],
        tools: Tools,
        settings: measure.Settings,
        mode: str,
        seed: int,
        folder: RunFolder,
        progress: StudyProgress,
    ) -> None:
        self.contenders, self.tools, self.settings, self.seed = contenders, tools, settings, seed
        self.folder, self.progress = folder, progress
        self.scenario = load_scenario()
        self.cases = gate_cases(self.scenario)
        # Every ratio refers to Node's reference.
        self.headline = next((c.name for c in contenders if c.runtime == "node" and c.role == "reference"), None)
        self.manifest: dict[str, Any] = {
            "format": FORMAT,
            "mode": mode,
            "settings": dataclasses.asdict(settings),
            "seed": seed,
            "headline": self.headline,
            "policy_sha256": hashlib.sha256(self.scenario.policy_bytes).hexdigest(),
            "contenders": [_record(contender) for contender in contenders],
            "absent": {},
        }
        self.gate: dict[str, Any] = {"cases": [dataclasses.asdict(case) for case in self.cases], "verdicts": {}}
        self.builds: dict[str, Any] = {"built": {}, "compile": {}}
        self.unpacked: dict[str, Path] = {}

    def run(self, started: datetime) -> bool:
        """False when it was interrupted: the folder then holds what was done so far."""
        self.manifest |= {
            "started": started.isoformat(timespec="seconds"),
            "ended": None,
            "interrupted": False,
            "machine": machine(),
            "load": load(),
            "load_at_end": None,
            "cpu_ticks": cpu_ticks(),
            "source": source(),
            "versions": versions(self.contenders, self.tools),
        }
        self._say(f"Study ({self.manifest['mode']}, seed {self.seed}), modelled locally, not Lambda. Folder: {self.folder.path}")
        with tempfile.TemporaryDirectory(prefix="portcullis-study-") as temporary:
            work = Path(temporary)
            try:
                self._build(work)
                self._compile()
                self._measure(self._gate(), work)
            except KeyboardInterrupt:
                self.manifest["interrupted"] = True
                self.progress.end()
                self._say("Interrupted: the report covers what was measured so far.")
        self.manifest |= {"ended": datetime.now(UTC).isoformat(timespec="seconds"), "load_at_end": load()}
        self._save()
        return not self.manifest["interrupted"]

    def _say(self, text: str) -> None:
        self.progress.say(text)

    def _save(self) -> None:
        for name, value in (("manifest", self.manifest), ("gate", self.gate), ("builds", self.builds)):
            write_json(self.folder.file(f"{name}.json"), value)

    def _build(self, work: Path) -> None:
        repeats = self.settings.builds
        self._say(f"Building {len(self.contenders)} contenders, {repeats} times each")
        for contender in self.contenders:
            try:
                artefact = build(contender, self.scenario, self.tools, self.folder.file("artefacts"), repeats)
            except BuildError as error:
                self.manifest["absent"][contender.name] = [str(error)]
                self._say(f"  {contender.name}: absent: {error}")
                continue
            # Outside the source tree: what the zip lacks cannot be found there.
            self.unpacked[contender.name] = unpack(artefact, work / contender.name)
            self.builds["built"][contender.name] = {
                "build_ns": artefact.build_ns,
                "sizes": artefact.sizes,
                "sha256": artefact.sha256,
                "compiled": artefact.compiled,
            }
            self._say(f"  {contender.name}: {artefact.sizes['zip']:,} bytes zipped")
        self._save()

    def _compile(self) -> None:
        doors = [c for c in self.contenders if c.configure and c.name in self.unpacked]
        repeats = self.settings.compiles
        if doors and repeats:
            self._say(f"Compiling {len(doors)} doors from nothing, n = {repeats}")
        for contender in doors:
            result = compile_time(contender, self.tools, repeats) if repeats else switched_off()
            self.builds["compile"][contender.name] = result
            time = result["time"]
            text = f"{time['median'] / 1e9:.1f} s" if time else f"no compile time: {result['reason']}"
            self._say(f"  {contender.name}: {text}")
        self._save()

    def _gate(self) -> list[Contender]:
        self._say(f"Gate: {len(self.cases)} cases put to each handler as shipped")
        passed = []
        for contender in self.contenders:
            if contender.name not in self.unpacked:
                continue
            verdict = gate.ask(contender, self.tools, self.unpacked[contender.name], self.cases)
            self.gate["verdicts"][contender.name] = dataclasses.asdict(verdict)
            if verdict.refused:
                more = " …" if len(verdict.refused) > 3 else ""
                self._say(f"  {contender.name}: no number: {'; '.join(verdict.refused[:3])}{more}")
                continue
            passed.append(contender)
            vectors = f", and {verdict.vectors['passed']} decision vectors" if verdict.vectors else ""
            different = f"decides differently in {len(contender.disagreements)} declared cases"
            self._say(f"  {contender.name}: {different if contender.disagreements else f'passed{vectors}'}")
        self._save()
        return passed

    def _measure(self, passed: list[Contender], work: Path) -> None:
        if not passed:
            self._say("No contender passed the gate: nothing is measured.")
            return
        steps = measure.plan(passed, self.headline, self.settings, self.seed)
        rounds = self.settings.rounds
        self._say(f"Measuring: {rounds} rounds, {len(steps)} processes, one at a time")
        self.progress.begin(len(steps))

        def report_step(step: measure.Step, ends_round: bool) -> None:
            self.progress.step(f"round {step.round + 1} of {rounds}", line=ends_round)

        events = workload(self.scenario, self.seed)
        with open(self.folder.file("samples.ndjson"), "a", encoding="utf-8") as samples:
            for sample in measure.run(steps, self.tools, self.unpacked, events, self.settings, work, report_step):
                samples.write(json.dumps(sample, separators=(",", ":")) + "\n")
                samples.flush()
        self.progress.end()


def _record(contender: Contender) -> dict[str, Any]:
    record = {key: value for key, value in dataclasses.asdict(contender).items() if key not in _NOT_RECORDED}
    return record | {"decides": contender.decides}
