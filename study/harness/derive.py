"""Makes everything of a run that is a pure function of what was recorded, in the order in which one needs the other."""

from __future__ import annotations

from typing import Any

from .folder import RunFolder, write_json


def derive(folder: RunFolder) -> dict[str, Any]:
    """Writes the derived files and gives the analysis."""
    from . import analysis, articles, choice, report  # they load large libraries, which --help must not wait for

    result: dict[str, Any] = analysis.make(folder)
    write_json(folder.file("analysis.json"), result)
    write_json(folder.file("choice.json"), choice.make(folder))
    write_json(folder.file("articles.json"), articles.make(folder))
    report.write(folder)
    return result
