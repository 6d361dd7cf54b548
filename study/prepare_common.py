"""What rust/prepare.py and wasm/prepare.py share: how a slow build is run, recorded, checked and reported.

    prepare.py NAME FOLDER          makes the module NAME in FOLDER
    prepare.py check NAME FOLDER    whether what is there is of today's sources; a contender's build asks this first

Whatever goes wrong is one sentence in FOLDER/reason.txt, and the exit code is 1. What was there is removed then: it would be
measured under today's name, and what is absent, the next preparation makes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

LOG, _RECORD, _REASON = "log.txt", "prepared.json", "reason.txt"


class Failure(Exception):
    """Why there is no module, in one sentence."""


def run(argv: Sequence[str], log: Path, folder: Path, environment: Mapping[str, str]) -> None:
    """Runs a program in `folder`, with its output in `log`."""
    name = " ".join(Path(word).name if word.startswith("/") else word for word in argv[:3])
    try:
        done = subprocess.run(
            argv, cwd=folder, env={**os.environ, **environment}, stdin=subprocess.DEVNULL,
            capture_output=True, encoding="utf-8", errors="replace", check=False,
        )  # fmt: skip
    except OSError as error:
        raise Failure(f"{name} cannot be run: {error.strerror}") from None
    with open(log, "a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(argv)}\n{done.stdout}{done.stderr}")
    if done.returncode != 0:
        raise Failure(f"{name} failed: {gist(f'{done.stderr}{done.stdout}')}")


def gist(text: str) -> str:
    """The line that names the error, without colours and machine paths."""
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line).strip() for line in text.splitlines() if line.strip()]
    begins = [line for line in lines if re.match(r"(?i)(error|E:|fatal)", line)]
    holds = [line for line in lines if re.search(r"(?i)\berror\b", line)]
    named = next(iter([*begins, *holds, *lines[-1:]]), "no message")
    return re.sub(r"(?<![\w:/])/[\w./@+-]+/(?=[\w.@+-])", "", re.sub(r"https?://\S+", "the registry", named))[:300]


def digest(files: Iterable[Path], root: Path) -> str:
    """SHA-256 of the files' names and bytes."""
    hashes = hashlib.sha256()
    for path in sorted(files):
        hashes.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return hashes.hexdigest()


def record(folder: Path, told: dict[str, Any]) -> None:
    """`told["sources"]` is the digest that the module was made of; a run's manifest holds all of it."""
    (folder / _RECORD).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def recorded(folder: Path) -> dict[str, Any]:
    try:
        told = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}


def is_fresh(folder: Path, files: Sequence[str], sources: str) -> bool:
    return recorded(folder).get("sources") == sources and all((folder / file).exists() for file in files)


def main(
    argv: Sequence[str],
    files: Mapping[str, Sequence[str]],
    sources: Callable[[], str],
    prepare: Callable[[str, Path], None],
) -> int:
    """`files` has what each name leaves; `sources` gives the digest of today's sources."""
    checking = list(argv[:1]) == ["check"]
    arguments = argv[1:] if checking else argv
    if len(arguments) != 2 or arguments[0] not in files:
        print(f"usage: prepare.py [check] {'|'.join(files)} FOLDER", file=sys.stderr)
        return 2
    name, folder = arguments[0], Path(arguments[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if not checking:
            (folder / LOG).write_text("", encoding="utf-8")
            prepare(name, folder)
        elif not is_fresh(folder, files[name], sources()):
            raise Failure("the module is of older sources; ./dev study prepare makes it again")
    except Failure as failure:
        for file in (*files[name], _RECORD):
            (folder / file).unlink(missing_ok=True)
        (folder / _REASON).write_text(f"{failure}\n", encoding="utf-8")
        print(failure, file=sys.stderr)
        return 1
    (folder / _REASON).unlink(missing_ok=True)
    return 0
