"""Makes a run small enough to be committed: no zips, large files compressed, what people open as it is."""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path

from .folder import ARTEFACTS, SEAL, FolderError, RunFolder, write_bytes
from .recorder import ITERATIONS, TRIALS

_AS_IT_IS = {".html", ".md", ".svg"}
_PACKED = (TRIALS, ITERATIONS)  # and every other large file that is not opened by hand
_LARGE = 50_000


def archive(folder: RunFolder, to: Path) -> RunFolder:
    folder.manifest()  # says what is wrong where this is no run
    target = RunFolder(to / folder.path.resolve().name)
    if target.path.exists():
        raise FolderError(f"{target.path}: exists already")
    try:
        for path in sorted(folder.path.rglob("*")):
            relative = path.relative_to(folder.path)
            if path.is_dir() or relative.parts[0] == ARTEFACTS or relative.name == SEAL:
                continue
            place = target.path / relative
            large = path.suffix not in _AS_IT_IS and path.stat().st_size > _LARGE
            if large or relative.as_posix() in _PACKED:
                # No date inside: the same run gives the same archive.
                write_bytes(place.with_name(f"{place.name}.gz"), gzip.compress(path.read_bytes(), 9, mtime=0))
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)
        target.write_seal()
    except BaseException:
        shutil.rmtree(target.path, ignore_errors=True)
        raise
    return target
