"""Reads the project's Markdown: headings, fenced blocks, prose."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
POLICY_MANUAL = ROOT / "docs" / "policy.md"
EDGE_MANUAL = ROOT / "docs" / "edge.md"

sys.path[:0] = [str(ROOT / "tests" / "vectors"), str(ROOT / "tools"), str(ROOT / "study")]


@dataclass(frozen=True)
class Block:
    """A fenced block, with the heading that it stands under."""

    heading: str
    language: str
    text: str

    @property
    def file_name(self) -> str:
        """What the first line's remark calls it: `// index.js`, `# decide.py`."""
        found = re.match(r"(?://|#) (\S+)\n", self.text)
        assert found, f"no file name in the first line of {self.text!r}"
        return found[1]


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def headings_of(text: str) -> list[str]:
    return re.findall(r"^#{1,6} (.+)$", without_fences(text), re.M)


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def blocks_of(text: str) -> Iterator[Block]:
    heading = ""
    for found in re.finditer(r"^#{1,6} ([^\n]+)$|^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        if found[1] is not None:
            heading = found[1]
        else:
            yield Block(heading, found[2], found[3])


def files_of_the_tree(*patterns: str) -> list[Path]:
    """Tracked files, and new ones that are not ignored."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return sorted(ROOT / name for name in set(names) if name and (ROOT / name).is_file())
