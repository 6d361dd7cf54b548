"""The project's version, from its one line."""

from __future__ import annotations

import re

from .console import Failure
from .paths import ROOT


def project_version() -> str:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    found = re.search(r"^project\(portcullis VERSION (\S+)", text, re.M)
    if not found:
        raise Failure("no version line in CMakeLists.txt")
    return found[1]
