"""A contender is a folder with a `contender.toml`. This file reads and checks it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "contenders"
RUNTIMES = ("node", "python", "workerd")
ROLES = {
    "baseline": "does not decide; the floor of its runtime",
    "reference": "the peer that ratios refer to, one per runtime",
    "historical": "decides differently from the policy, on record; shown apart",
    "peer": "another library, used well",
    "door": "a door of Portcullis",
    "experiment": "a door of Portcullis built as it is not shipped, to see what another way would give",
}
OUTCOMES = ("allow", "401", "403", "500", "throws")
ALGORITHMS = ("HS256", "RS256", "ES256", "EdDSA")
COMPLEXITY = {
    0: "the runtime alone",
    1: "a library of the language",
    2: "a WebAssembly file",
    3: "a WebAssembly file and a toolchain of its own",
    4: "a native binary",
}
ACCEPTS = ("native-binary", "toolchain", "own-code")
TARGETS = ("lambda-edge", "lambda", "workers", "server")
# Takes one entry out for one algorithm: there the contender answers as the policy does.
POLICY = "policy"


class DescriptorError(ValueError):
    """A descriptor that cannot be used. The message names the file, the field and what was expected."""


@dataclass(frozen=True)
class Prepare:
    """Slow work that `study prepare` does once, and what it must leave behind."""

    command: list[str]
    provides: list[str]
    minutes: float
    needs_text: str


@dataclass(frozen=True)
class Known:
    """What a contender says about itself: gate case -> its own answer."""

    disagreements: dict[str, str] = field(default_factory=dict)
    strictness: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Contender:
    name: str
    title: str
    runtime: str
    entry: str
    role: str
    source: str
    folder: Path
    notes: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    algorithms: list[str] = field(default_factory=lambda: ["HS256"])
    quick: bool = True
    complexity: int = 1
    accepts: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    responses: str = "policy"  # policy: the policy's responses, compared whole; own: only the status counts
    disagreements: dict[str, str] = field(default_factory=dict)
    strictness: dict[str, str] = field(default_factory=dict)
    known: dict[str, Known] = field(default_factory=dict)  # changes of the two tables above, by algorithm
    covers: str = ""
    commands: list[list[str]] = field(default_factory=list)
    copy: list[list[str]] = field(default_factory=list)
    npm: list[str] = field(default_factory=list)
    python: list[str] = field(default_factory=list)
    vectors: str | None = None
    compiled: list[list[str]] = field(default_factory=list)
    configure: list[str] = field(default_factory=list)
    target: str | None = None
    prepare: Prepare | None = None

    @property
    def decides(self) -> bool:
        return self.role != "baseline"

    def disagreements_for(self, algorithm: str) -> dict[str, str]:
        """Declared answers to decision cases when the policy is of this algorithm."""
        return _changed(self.disagreements, self.known.get(algorithm, Known()).disagreements)

    def strictness_for(self, algorithm: str) -> dict[str, str]:
        """Declared answers to strictness cases when the policy is of this algorithm."""
        return _changed(self.strictness, self.known.get(algorithm, Known()).strictness)


def _changed(entries: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    return {case: outcome for case, outcome in {**entries, **changes}.items() if outcome != POLICY}


class _Table:
    """One TOML table: each member is taken once, with its type; what is left over is an error."""

    def __init__(self, file: Path, table: dict[str, Any], path: str = "") -> None:
        self._file, self._table, self._path = file, dict(table), path

    def __contains__(self, member: str) -> bool:
        return member in self._table

    def error(self, member: str, expected: str) -> DescriptorError:
        return DescriptorError(f"{self._file}: {self._path}{member}: expected {expected}")

    def text(
        self, member: str, pattern: str = r"(?s).+", expected: str = "a non-empty string", default: str | None = None
    ) -> str:
        if default is not None and member not in self._table:
            return default
        value = self._table.pop(member, None)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.error(member, expected)
        return value

    def choice(self, member: str, choices: Any, default: str | None = None) -> str:
        return self.text(member, "|".join(choices), "one of " + ", ".join(choices), default)

    def truth(self, member: str, default: bool) -> bool:
        value = self._table.pop(member, default)
        if not isinstance(value, bool):
            raise self.error(member, "true or false")
        return value

    def number(self, member: str, default: float) -> float:
        value = self._table.pop(member, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise self.error(member, "a number, not below 0")
        return value

    def rank(self, member: str, ranks: dict[int, str], default: int) -> int:
        value = self._table.pop(member, default)
        if isinstance(value, bool) or value not in ranks:
            raise self.error(member, "one of " + ", ".join(f"{rank} ({text})" for rank, text in ranks.items()))
        return int(value)

    def texts(self, member: str) -> list[str]:
        value = self._table.pop(member, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(member, "a list of non-empty strings")
        return value

    def choices(self, member: str, choices: tuple[str, ...], default: list[str]) -> list[str]:
        value = self._table.pop(member, default)
        well_formed = isinstance(value, list) and all(item in choices for item in value) and len(set(value)) == len(value)
        if not well_formed or (default and not value):
            raise self.error(member, "a list of " + ", ".join(choices))
        return [choice for choice in choices if choice in value]

    def lists(self, member: str, expected: str, length: int | None = None) -> list[list[str]]:
        value: list[list[str]] = self._table.pop(member, [])
        well_formed = isinstance(value, list) and all(
            isinstance(row, list) and row and all(isinstance(item, str) for item in row) and length in (None, len(row))
            for row in value
        )
        if not well_formed:
            raise self.error(member, expected)
        return value

    def outcomes(self, member: str, more: tuple[str, ...] = ()) -> dict[str, str]:
        value = self._table.pop(member, {})
        outcomes = (*OUTCOMES, *more)
        if not isinstance(value, dict) or not all(outcome in outcomes for outcome in value.values()):
            raise self.error(member, f"a table from gate case to outcome ({', '.join(outcomes)})")
        return value

    def table(self, member: str) -> _Table:
        value = self._table.pop(member, {})
        if not isinstance(value, dict):
            raise self.error(member, "a table")
        return _Table(self._file, value, f"{self._path}{member}.")

    def end(self) -> None:
        for member in self._table:
            raise self.error(member, "no such member")


def _read_known(known: _Table, algorithms: list[str]) -> dict[str, Known]:
    """The tables of single algorithms inside [known]."""
    found: dict[str, Known] = {}
    for algorithm in ALGORITHMS:
        if algorithm not in known:
            continue
        if algorithm not in algorithms:
            raise known.error(algorithm, "an algorithm of this contender's algorithms")
        table = known.table(algorithm)
        found[algorithm] = Known(table.outcomes("disagreements", (POLICY,)), table.outcomes("strictness", (POLICY,)))
        table.end()
    return found


def _read_prepare(top: _Table) -> Prepare | None:
    if "prepare" not in top:
        return None
    table = top.table("prepare")
    command, provides = table.texts("command"), table.texts("provides")
    if not command:
        raise table.error("command", "a non-empty list of strings")
    if not provides:
        raise table.error("provides", "the files that the command leaves, a non-empty list")
    prepare = Prepare(command, provides, table.number("minutes", 1), table.text("needs_text", default=""))
    table.end()
    return prepare


def _default_targets(runtime: str) -> list[str]:
    return ["workers"] if runtime == "workerd" else ["lambda-edge", "lambda", "server"]


def load_contender(folder: Path) -> Contender:
    file = folder / "contender.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DescriptorError(f"{file}: expected a descriptor of this name in the contender's folder") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DescriptorError(f"{file}: expected TOML: {error}") from None

    top = _Table(file, document)
    name = top.text("name", r"[a-z0-9][a-z0-9-]*", "lower-case letters, digits and hyphens")
    if name != folder.name:
        raise top.error("name", f"the folder's name, {folder.name!r}")
    build, known, versions, door = (top.table(member) for member in ("build", "known", "versions", "door"))
    runtime = top.choice("runtime", RUNTIMES)
    algorithms = top.choices("algorithms", ALGORITHMS, ["HS256"])
    contender = Contender(
        name=name,
        title=top.text("title"),
        runtime=runtime,
        entry=top.text("entry", r"[A-Za-z_]\w*\.[A-Za-z_]\w*", "a Lambda handler such as index.handler"),
        role=top.choice("role", ROLES),
        source=top.text("source"),
        folder=folder,
        notes=top.texts("notes"),
        caveats=top.texts("caveats"),
        needs=top.texts("needs"),
        algorithms=algorithms,
        quick=top.truth("quick", True),
        complexity=top.rank("complexity", COMPLEXITY, 1),
        accepts=top.choices("accepts", ACCEPTS, []),
        targets=top.choices("targets", TARGETS, _default_targets(runtime)),
        responses=top.choice("responses", ("policy", "own"), default="policy"),
        disagreements=known.outcomes("disagreements"),
        strictness=known.outcomes("strictness"),
        known=_read_known(known, algorithms),
        covers=build.text("covers"),
        commands=build.lists("commands", "a list of commands, each a list of strings"),
        copy=build.lists("copy", "a list of [from, to] pairs", 2),
        npm=versions.texts("npm"),
        python=versions.texts("python"),
        vectors=door.text("vectors", r"(node|python):[\w/.-]+", "node:<module> or python:<module>", default="") or None,
        compiled=door.lists("compiled", "a list of [path in the zip, path of the compiled file] pairs", 2),
        configure=door.texts("configure"),
        target=door.text("target", default="") or None,
        prepare=_read_prepare(top),
    )
    for table in (top, build, known, versions, door):
        table.end()
    if not contender.commands and not contender.copy:
        raise build.error("commands", "at least one command or copy")
    differs = contender.disagreements or any(one.disagreements for one in contender.known.values())
    if differs and contender.role != "historical":
        raise known.error("disagreements", "none: only role historical may decide differently from the policy")
    if contender.role in ("door", "experiment") and not contender.vectors:
        raise door.error("vectors", "the module that replays the vectors: a door must pass them")
    if bool(contender.configure) != bool(contender.target):
        raise door.error("target", "configure and target together, for the compile time")
    return contender


def load_contenders(folders: list[Path]) -> list[Contender]:
    """Every contender below `folders`, in the order the report shows them."""
    contenders = [
        load_contender(folder)
        for parent in folders
        for folder in sorted(parent.iterdir())
        if folder.is_dir() and not folder.name.startswith(".")
    ]
    names = [contender.name for contender in contenders]
    for name in names:
        if names.count(name) > 1:
            raise DescriptorError(f"two contenders are named {name!r}")
    if not contenders:
        raise DescriptorError(f"no contender below {', '.join(map(str, folders))}")
    for runtime in RUNTIMES:
        references = [c.name for c in contenders if c.runtime == runtime and c.role == "reference"]
        if len(references) > 1:
            raise DescriptorError(f"more than one reference for {runtime}: {', '.join(references)}")
    order = {"baseline": 0, "historical": 1, "reference": 2, "peer": 3, "door": 4, "experiment": 5}
    return sorted(contenders, key=lambda c: (RUNTIMES.index(c.runtime), order[c.role], c.name))
