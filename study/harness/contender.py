"""A contender is a folder with a `contender.toml`. This file reads and checks it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "contenders"
RUNTIMES = ("node", "python")
ROLES = {
    "baseline": "does not decide; the floor of its runtime",
    "reference": "the peer that ratios refer to, one per runtime",
    "historical": "decides differently from the policy, on record; shown apart",
    "peer": "another library, used well",
    "door": "a door of Portcullis",
}
OUTCOMES = ("allow", "401", "403", "500", "throws")


class DescriptorError(ValueError):
    """A descriptor that cannot be used. The message names the file, the field and what was expected."""


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
    needs: list[str] = field(default_factory=list)
    responses: str = "policy"  # policy: the policy's responses, compared whole; own: only the status counts
    disagreements: dict[str, str] = field(default_factory=dict)
    strictness: dict[str, str] = field(default_factory=dict)
    covers: str = ""
    commands: list[list[str]] = field(default_factory=list)
    copy: list[list[str]] = field(default_factory=list)
    npm: list[str] = field(default_factory=list)
    python: list[str] = field(default_factory=list)
    vectors: str | None = None
    compiled: list[list[str]] = field(default_factory=list)
    configure: list[str] = field(default_factory=list)
    target: str | None = None

    @property
    def decides(self) -> bool:
        return self.role != "baseline"


class _Table:
    """One TOML table: each member is taken once, with its type; what is left over is an error."""

    def __init__(self, file: Path, table: dict[str, Any], path: str = "") -> None:
        self._file, self._table, self._path = file, dict(table), path

    def error(self, member: str, expected: str) -> DescriptorError:
        return DescriptorError(f"{self._file}: {self._path}{member}: expected {expected}")

    def text(self, member: str, pattern: str = r"(?s).+", expected: str = "a non-empty string", default: str | None = None) -> str:
        if default is not None and member not in self._table:
            return default
        value = self._table.pop(member, None)
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise self.error(member, expected)
        return value

    def choice(self, member: str, choices: Any, default: str | None = None) -> str:
        return self.text(member, "|".join(choices), "one of " + ", ".join(choices), default)

    def texts(self, member: str) -> list[str]:
        value = self._table.pop(member, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.error(member, "a list of non-empty strings")
        return value

    def lists(self, member: str, expected: str, length: int | None = None) -> list[list[str]]:
        value: list[list[str]] = self._table.pop(member, [])
        well_formed = isinstance(value, list) and all(
            isinstance(row, list) and row and all(isinstance(item, str) for item in row) and length in (None, len(row))
            for row in value
        )
        if not well_formed:
            raise self.error(member, expected)
        return value

    def outcomes(self, member: str) -> dict[str, str]:
        value = self._table.pop(member, {})
        if not isinstance(value, dict) or not all(outcome in OUTCOMES for outcome in value.values()):
            raise self.error(member, f"a table from gate case to outcome ({', '.join(OUTCOMES)})")
        return value

    def table(self, member: str) -> _Table:
        value = self._table.pop(member, {})
        if not isinstance(value, dict):
            raise self.error(member, "a table")
        return _Table(self._file, value, f"{self._path}{member}.")

    def end(self) -> None:
        for member in self._table:
            raise self.error(member, "no such member")


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
    contender = Contender(
        name=name,
        title=top.text("title"),
        runtime=top.choice("runtime", RUNTIMES),
        entry=top.text("entry", r"[A-Za-z_]\w*\.[A-Za-z_]\w*", "a Lambda handler such as index.handler"),
        role=top.choice("role", ROLES),
        source=top.text("source"),
        folder=folder,
        notes=top.texts("notes"),
        needs=top.texts("needs"),
        responses=top.choice("responses", ("policy", "own"), default="policy"),
        disagreements=known.outcomes("disagreements"),
        strictness=known.outcomes("strictness"),
        covers=build.text("covers"),
        commands=build.lists("commands", "a list of commands, each a list of strings"),
        copy=build.lists("copy", "a list of [from, to] pairs", 2),
        npm=versions.texts("npm"),
        python=versions.texts("python"),
        vectors=door.text("vectors", r"(node|python):[\w/.-]+", "node:<module> or python:<module>", default="") or None,
        compiled=door.lists("compiled", "a list of [path in the zip, path of the compiled file] pairs", 2),
        configure=door.texts("configure"),
        target=door.text("target", default="") or None,
    )
    for table in (top, build, known, versions, door):
        table.end()
    if not contender.commands and not contender.copy:
        raise build.error("commands", "at least one command or copy")
    if contender.disagreements and contender.role != "historical":
        raise known.error("disagreements", "none: only role historical may decide differently from the policy")
    if contender.role == "door" and not contender.vectors:
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
    order = {"baseline": 0, "historical": 1, "reference": 2, "peer": 3, "door": 4}
    return sorted(contenders, key=lambda c: (RUNTIMES.index(c.runtime), order[c.role], c.name))
