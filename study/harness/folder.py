"""The files of one run. Everything the report says comes from here."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

FORMAT = 2
# Pure functions of the other files: `verify` makes them again and compares them byte for byte.
DERIVED_FILES = ("analysis.json", "choice.json", "articles.json", "report.html", "report.md", "comment.md")
DERIVED_FOLDERS = ("badges", "export")
# The zips are not sealed, since an archived run has none; builds.json holds their digests.
ARTEFACTS = "artefacts"
SEAL = "seal.json"


class FolderError(ValueError):
    """A folder that is not a run of this study."""


def json_bytes(value: Any) -> bytes:
    """The one spelling of every JSON file of a run."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()


def write_bytes(path: Path, data: bytes) -> None:
    """In one step, so that an interrupted run leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_bytes(data)
    partial.replace(path)


def write_json(path: Path, value: Any) -> None:
    write_bytes(path, json_bytes(value))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True)
class RunFolder:
    path: Path

    def file(self, name: str) -> Path:
        return self.path / name

    def stored(self, name: str) -> Path:
        """Where the file is: itself, or compressed in an archived run."""
        plain, packed = self.path / name, self.path / f"{name}.gz"
        return packed if packed.exists() and not plain.exists() else plain

    def exists(self, name: str) -> bool:
        return self.stored(name).exists()

    def data(self, name: str) -> bytes:
        path = self.stored(name)
        try:
            data = path.read_bytes()
            return gzip.decompress(data) if path.suffix == ".gz" else data
        except (OSError, EOFError, zlib.error) as error:
            raise FolderError(f"{path}: expected a file of a study run: {error}") from None

    def read(self, name: str) -> Any:
        try:
            return json.loads(self.data(name))
        except ValueError as error:
            if isinstance(error, FolderError):
                raise
            raise FolderError(f"{self.stored(name)}: expected JSON: {error}") from None

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = self.read("manifest.json")
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise FolderError(f"{self.file('manifest.json')}: expected format {FORMAT}")
        return manifest

    def plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = self.read("plan.json")
        return plan

    def plan_sha256(self) -> str:
        return sha256(self.data("plan.json"))

    def trials(self) -> list[dict[str, Any]]:
        """Every whole line; a line cut off by an interruption is left out."""
        if not self.exists("trials.ndjson"):
            return []
        lines = self.data("trials.ndjson").decode("utf-8").splitlines(keepends=True)
        try:
            return [json.loads(line) for line in lines if line.endswith("\n")]
        except ValueError as error:
            raise FolderError(f"{self.stored('trials.ndjson')}: expected one JSON object a line: {error}") from None

    def iterations(self) -> npt.NDArray[np.float32]:
        if not self.exists("iterations.f32"):
            return np.zeros(0, np.float32)
        data = self.data("iterations.f32")
        return np.frombuffer(data[: len(data) // 4 * 4], dtype="<f4")

    def data_files(self) -> list[str]:
        """The names (without .gz) of everything that was recorded, in order; what is derived is left out."""
        names = []
        for path in sorted(self.path.rglob("*")):
            relative = path.relative_to(self.path)
            if path.is_dir() or relative.parts[0] in (*DERIVED_FOLDERS, ARTEFACTS):
                continue
            name = relative.as_posix().removesuffix(".gz")
            if name not in (*DERIVED_FILES, SEAL):
                names.append(name)
        return names

    def seal(self) -> dict[str, Any]:
        """The digests of what was recorded; for a compressed file also that of its compressed bytes."""
        names = self.data_files()
        return {
            "format": FORMAT,
            "plan_sha256": self.plan_sha256() if "plan.json" in names else None,
            "files": {name: sha256(self.data(name)) for name in names},
            "stored": {
                self.stored(name).relative_to(self.path).as_posix(): sha256(self.stored(name).read_bytes())
                for name in names
                if self.stored(name).suffix == ".gz"
            },
        }

    def write_seal(self) -> None:
        write_json(self.file(SEAL), self.seal())
