"""Baselines: the counts of a commit under one toolchain, with the reason why they are what they are. One
JSON file each in tools/gate/baselines."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Failure
from .gate_counts import Counts
from .gate_toolchain import Toolchain
from .gate_trees import GATE

FOLDER = GATE / "baselines"
_SCHEMA = 1


@dataclass
class Baseline:
    toolchain: Toolchain
    history: list[dict[str, str]]  # date, commit, reason; the newest last
    counts: Counts


def _texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _numbers(value: Any) -> bool:
    def number(each: Any) -> bool:
        return isinstance(each, (int, float)) and not isinstance(each, bool) and each >= 0

    return isinstance(value, dict) and all(map(number, value.values()))


_RULES = (
    ("schema", f"{_SCHEMA}", lambda value: value == _SCHEMA),
    ("toolchain", "an object of texts", lambda value: bool(value) and _texts(value)),
    (
        "history",
        "a list of {date, commit, reason}, none empty",
        lambda value: isinstance(value, list)
        and bool(value)
        and all(_texts(row) and set(row) == {"date", "commit", "reason"} and all(row.values()) for row in value),
    ),
    ("numbers", "an object of numbers that are not negative", lambda value: bool(value) and _numbers(value)),
    (
        "functions",
        "an object of objects of numbers",
        lambda value: isinstance(value, dict) and all(_numbers(row) for row in value.values()),
    ),
    (
        "facts",
        "an object of lists of texts",
        lambda value: isinstance(value, dict)
        and all(isinstance(row, list) and all(isinstance(text, str) for text in row) for row in value.values()),
    ),
)


def read(path: Path) -> Baseline:
    def refuse(what: str) -> Failure:
        return Failure(f"{path.name} is no baseline: {what}; `./dev gate --update --reason` writes it anew")

    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refuse(str(error)) from None
    if not isinstance(data, dict):
        raise refuse("expected an object")
    for member, expected, holds in _RULES:
        if member not in data or not holds(data[member]):
            raise refuse(f"{member}: expected {expected}")
    unknown = set(data) - {rule[0] for rule in _RULES}
    if unknown:
        raise refuse(f"unknown members: {', '.join(sorted(unknown))}")
    return Baseline(data["toolchain"], data["history"], Counts(data["numbers"], data["functions"], data["facts"]))


def path_of(toolchain: Toolchain, folder: Path = FOLDER) -> Path:
    """A name to read, and enough of a hash to be one toolchain's."""
    key = hashlib.sha256(json.dumps(toolchain, sort_keys=True).encode()).hexdigest()[:8]
    words = [toolchain.get("compiler", ""), "node", toolchain.get("node", ""), "python", toolchain.get("python", "")]
    name = "-".join(re.findall(r"[a-z]+|\d+(?:\.\d+)+", " ".join(words).lower()))
    return folder / f"{name}-{key}.json"


def find(toolchain: Toolchain, folder: Path = FOLDER) -> Baseline | None:
    path = path_of(toolchain, folder)
    if not path.is_file():
        return None
    baseline = read(path)
    if baseline.toolchain != toolchain:
        raise Failure(f"{path.name} is no baseline: its toolchain is not the one of its name")
    return baseline


def nearest(toolchain: Toolchain, folder: Path = FOLDER) -> Baseline | None:
    """The one with the fewest differences, to tell what is new."""
    known = [read(path) for path in sorted(folder.glob("*.json"))]

    def distance(each: Baseline) -> int:
        return sum(each.toolchain.get(name) != value for name, value in toolchain.items())

    return min(known, key=distance, default=None)


def write(
    toolchain: Toolchain, counts: Counts, *, reason: str, commit: str, date: str, folder: Path = FOLDER
) -> Path:
    """Keeps what the file tells of earlier reasons."""
    path = path_of(toolchain, folder)
    history: list[dict[str, str]] = []
    if path.is_file():
        try:
            history = read(path).history
        except Failure:
            pass  # it is written anew because it cannot be read
    history.append({"date": date, "commit": commit, "reason": reason})
    data = {
        "schema": _SCHEMA,
        "toolchain": toolchain,
        "history": history,
        "numbers": dict(sorted(counts.numbers.items())),
        "facts": dict(sorted(counts.facts.items())),
        "functions": dict(sorted(counts.functions.items())),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
