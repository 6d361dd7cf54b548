"""Everything of a run that people read: the page, its text twin, the comment, badges, exports, and two tables.

All of it is a pure function of the run folder: no clock, no machine, no order that could differ.
"""

from __future__ import annotations

from ..folder import RunFolder, write_bytes
from . import badges, comment, exports, page, readme
from .data import Data
from .readme import BEGIN, END, MarkerError, between_markers
from .terminal import print_table

__all__ = ["BEGIN", "END", "MarkerError", "between_markers", "print_table", "readme_table", "write"]


def write(folder: RunFolder) -> None:
    """Writes every file of the report from the folder's own files, and from nothing else."""
    data = Data.of(folder)
    made = page.sections(data)
    files = {
        "report.html": page.html(data, made),
        "report.md": page.markdown(data, made),
        "comment.md": comment.make(data),
        **badges.make(data),
        **exports.make(data, page.figures(made)),
    }
    for name, text in files.items():
        write_bytes(folder.file(name), text.encode("utf-8"))
    # What an older report left there is not part of this one.
    for place in ("badges", "export"):
        for path in sorted(folder.file(place).glob("*")):
            if f"{place}/{path.name}" not in files:
                path.unlink()


def readme_table(folder: RunFolder) -> str:
    """The README's table of a run, between its markers."""
    return readme.make(Data.of(folder))
