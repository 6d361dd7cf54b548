"""Checks a run's folder: form, digests, that what was planned is what was run, and every derived file byte for byte."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]

from . import plan
from .derive import derive
from .folder import ARTEFACTS, DERIVED_FILES, DERIVED_FOLDERS, SEAL, FolderError, RunFolder, json_bytes, sha256
from .load import figures as load_figures
from .recorder import ITERATIONS, TRIALS, spans
from .trials import is_contended

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
_SEALED_JSON = ("plan", "manifest", "environment", "gate", "builds", "loadtest")
_MOST_SHOWN = 5


@dataclass(frozen=True)
class Check:
    name: str
    wrong: list[str]

    @property
    def ok(self) -> bool:
        return not self.wrong


def checks(folder: RunFolder) -> Iterator[Check]:
    """Each check as soon as it is done. One that cannot be made is one that fails."""
    steps: list[tuple[str, Callable[[RunFolder], Iterator[str]]]] = [
        ("the seal: every recorded file has its digest, and no file is missing or added", _seal),
        ("the schemas: every file has the form that study/schemas describes", _schemas),
        ("the plan's digest stands in every file and every trial", _plan_digest),
        ("every trial was planned, in this order, and none is missing in between", _trials),
        ("the durations of all trials fill iterations.f32 without gap or overlap", _spans),
        ("the artefacts are the ones that were measured", _artefacts),
        ("the load test's figures follow from its log of requests", load_figures.wrong),
        ("analysis, choice, articles and report follow from the data, byte for byte", _derived),
    ]
    for name, step in steps:
        try:
            wrong = list(step(folder))
        except (FolderError, KeyError, TypeError, ValueError, IndexError, AttributeError, OSError) as error:
            wrong = [f"cannot be checked: {type(error).__name__}: {error}"]
        yield Check(name, wrong)


def _seal(folder: RunFolder) -> Iterator[str]:
    found, made = folder.read(SEAL), folder.seal()
    for part in ("files", "stored"):
        for name in sorted({*found[part], *made[part]}):
            if name not in made[part]:
                yield f"{name} is missing"
            elif name not in found[part]:
                yield f"{name} is not sealed"
            elif found[part][name] != made[part][name]:
                yield f"{name} is not the file that was sealed"
    if folder.file(SEAL).read_bytes() != json_bytes(made):
        yield f"{SEAL} is not what sealing this folder gives"
    for name in made["files"]:
        if folder.file(name).exists() and folder.file(f"{name}.gz").exists():
            yield f"{name} is there twice"


def _schema(name: str) -> Any:
    return jsonschema.Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")))


def _schemas(folder: RunFolder) -> Iterator[str]:
    for name in (*_SEALED_JSON, "seal", "analysis", "choice", "articles"):
        if name == "loadtest" and not folder.exists("loadtest.json"):
            continue
        for error in _schema(name).iter_errors(folder.read(f"{name}.json")):
            yield f"{name}.json: {error.json_path}: {error.message[:200]}"
    validator = _schema("trial")
    for number, trial in enumerate(folder.trials(), 1):
        error = next(validator.iter_errors(trial), None)
        if error:
            yield f"{TRIALS}: line {number}: {error.json_path}: {error.message[:200]}"


def _plan_digest(folder: RunFolder) -> Iterator[str]:
    digest = folder.plan_sha256()
    for name in (*_SEALED_JSON[1:], "analysis", "choice", "articles", "seal"):
        if name == "loadtest" and not folder.exists("loadtest.json"):
            continue
        document = folder.read(f"{name}.json")
        # A document of another helper may leave it out; a wrong one is never right.
        if document.get("plan_sha256", digest) != digest:
            yield f"{name}.json: another plan's digest"
    for trial in folder.trials():
        if trial["plan_sha256"] != digest:
            yield f"{TRIALS}: trial {trial['trial']}: another plan's digest"


def _trials(folder: RunFolder) -> Iterator[str]:
    design, trials = folder.plan(), folder.trials()
    text = folder.data(TRIALS) if folder.exists(TRIALS) else b""
    if text and not text.endswith(b"\n"):
        yield f"{TRIALS}: the last line is cut off"
    planned = (step for steps in plan.rounds(design) for step in steps)
    for number, trial in enumerate(trials):
        step = next(planned, None)
        if step is None:
            yield f"trial {number}: beyond the plan"
            return
        for name, value in plan.planned_fields(step).items():
            if trial[name] != value:
                yield f"trial {number}: {name} is {trial[name]!r}, planned was {value!r}"
        cells = [*(cell["cell"] for cell in trial.get("cells", [])), *trial.get("left_out", [])]
        if "void" not in trial and "cells" in trial and sorted(cells) != sorted(step.cells):
            yield f"trial {number}: other cells than planned"
        if trial["contended"] != is_contended(trial, design["contention_limit"]):
            yield f"trial {number}: contended is not what the limit says"


def _spans(folder: RunFolder) -> Iterator[str]:
    at, size = 0, len(folder.data(ITERATIONS)) if folder.exists(ITERATIONS) else 0
    for trial in folder.trials():
        for span in spans(trial):
            if span["offset"] != at:
                yield f"trial {trial['trial']}: durations begin at {span['offset']}, expected {at}"
            at = span["offset"] + span["count"]
    if at * 4 != size:
        yield f"{ITERATIONS}: {size} bytes, the trials refer to {at * 4}"


def _artefacts(folder: RunFolder) -> Iterator[str]:
    built = folder.read("builds.json")["built"]
    planned, listed = folder.plan()["artefacts"], folder.manifest()["artefacts"]
    digests = {name: {algorithm: one["sha256"] for algorithm, one in per.items()} for name, per in built.items()}
    if digests != planned or digests != listed:
        yield "builds.json, plan.json and manifest.json name different artefacts"
    zips = folder.file(ARTEFACTS)
    if not zips.is_dir():
        return
    names = {f"{name}-{algorithm}.zip": digest for name, per in digests.items() for algorithm, digest in per.items()}
    for path in sorted(path for path in zips.rglob("*") if path.is_file()):
        name = path.relative_to(zips).as_posix()
        if name not in names:
            yield f"{ARTEFACTS}/{name} was not built in this run"
        elif sha256(path.read_bytes()) != names[name]:
            yield f"{ARTEFACTS}/{name} is not the zip that was measured"
    for name in names:
        if not (zips / name).exists():
            yield f"{ARTEFACTS}/{name} is missing"


def derived_files(folder: RunFolder) -> list[str]:
    """The names (without .gz) of everything that follows from the rest."""
    found = {name for name in DERIVED_FILES if folder.exists(name)}
    for below in DERIVED_FOLDERS:
        for path in folder.file(below).rglob("*"):
            if path.is_file():
                found.add(path.relative_to(folder.path).as_posix().removesuffix(".gz"))
    return sorted(found)


def _derived(folder: RunFolder) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="portcullis-verify-") as temporary:
        # The same name: it stands in the analysis.
        again = RunFolder(Path(temporary) / folder.path.resolve().name)
        again.path.mkdir()
        for name in (*folder.data_files(), SEAL):
            stored = folder.stored(name)
            place = again.path / stored.relative_to(folder.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stored, place)
        try:
            derive(again)
        except Exception as error:  # tampered data may break anything in there
            yield f"cannot be made again: {type(error).__name__}: {error}"
            return
        here, there = derived_files(folder), derived_files(again)
        for name in sorted({*here, *there}):
            if name not in here:
                yield f"{name} is missing"
            elif name not in there:
                yield f"{name} does not follow from the data"
            elif folder.data(name) != again.data(name):
                yield f"{name} is not what the data gives"


def shown(check: Check) -> str:
    """The lines that `verify` prints for a check."""
    lines = [f"{'ok  ' if check.ok else 'FAIL'} {check.name}"]
    lines += [f"       {text}" for text in check.wrong[:_MOST_SHOWN]]
    if len(check.wrong) > _MOST_SHOWN:
        lines.append(f"       and {len(check.wrong) - _MOST_SHOWN} more")
    return "\n".join(lines)
