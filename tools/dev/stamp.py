"""Work that is done once per input: a stamp file inside the result holds a hash of what made it."""

from __future__ import annotations

import hashlib
from pathlib import Path

_NAME = ".portcullis-stamp"


def key_of(*inputs: Path | str) -> str:
    """A hash over the contents of files and over plain strings, in order."""
    digest = hashlib.sha256()
    for item in inputs:
        content = item.read_bytes() if isinstance(item, Path) else item.encode()
        digest.update(len(content).to_bytes(8, "big"))
        digest.update(content)
    return digest.hexdigest()


def is_fresh(folder: Path, key: str) -> bool:
    """Whether the folder was made from these inputs, to the end."""
    try:
        return (folder / _NAME).read_text() == key
    except OSError:
        return False


def spoil(folder: Path) -> None:
    """Before work on the folder starts: what a broken-off run leaves behind is not fresh."""
    (folder / _NAME).unlink(missing_ok=True)


def make(folder: Path, key: str) -> None:
    """The last act of the work on the folder."""
    (folder / _NAME).write_text(key)
