"""The files of one run. Everything the report says comes from here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FORMAT = 1


class FolderError(ValueError):
    """A folder that is not a run of this study."""


def write_json(path: Path, value: Any) -> None:
    """In one step, so that an interrupted run leaves the old file or the new one."""
    partial = path.with_suffix(path.suffix + ".partial")
    partial.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(path)


@dataclass(frozen=True)
class RunFolder:
    path: Path

    def file(self, name: str) -> Path:
        return self.path / name

    def read(self, name: str) -> Any:
        try:
            return json.loads(self.file(name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FolderError(f"{self.file(name)}: expected a file of a study run: {error}") from None

    def manifest(self) -> dict[str, Any]:
        manifest: dict[str, Any] = self.read("manifest.json")
        if manifest.get("format") != FORMAT:
            raise FolderError(f"{self.file('manifest.json')}: expected format {FORMAT}")
        return manifest

    def samples(self) -> list[dict[str, Any]]:
        """Every whole line; a line cut off by an interruption is left out."""
        path = self.file("samples.ndjson")
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]
