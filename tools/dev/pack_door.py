"""The door that is packed, asked beforehand: what it says of a policy is the core's word."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .console import Failure
from .pack_variants import NODE, Variant
from .paths import ROOT, VENV_PYTHON

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mistake:
    path: str
    message: str


class Door:
    def __init__(self, variant: Variant) -> None:
        self._variant = variant

    def judge(self, policies: Sequence[bytes]) -> list[Mistake | None]:
        """What the core says to each policy; None when it takes it."""
        asked = {
            "door": str(self._variant.script),
            "policies": [base64.b64encode(policy).decode() for policy in policies],
            "pems": [],
        }
        argv: list[str | Path]
        if self._variant.language == "node":
            argv = [NODE, _HERE / "pack_ask.js"]
        else:
            argv = [VENV_PYTHON, "-P", _HERE / "pack_ask.py"]
        answer = ask(argv, asked, {"PYTHONPATH": str(self._variant.artefact.parent)})
        return [Mistake(**error) if error else None for error in answer["errors"]]

    def accept(self, policy: bytes) -> None:
        """A Failure with the text of PolicyError unless the core takes the policy."""
        (mistake,) = self.judge([policy])
        if mistake:
            raise Failure(mistake.message)


def describe_pems(pems: Sequence[str]) -> list[tuple[str, int]]:
    """Type and bits of keys that the core has taken."""
    if not pems:
        return []
    asked = {"door": None, "policies": [], "pems": list(pems)}
    answer = ask([NODE, _HERE / "pack_ask.js"], asked)
    return [(key["type"], key["bits"]) for key in answer["keys"]]


def ask(
    argv: Sequence[str | Path], asked: object, env: dict[str, str] | None = None
) -> dict[str, Any]:
    """JSON in, JSON out. Not logged: what goes in may hold a secret."""
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        input=json.dumps(asked),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-8:]
        raise Failure("\n  ".join([f"{Path(argv[-1]).name} failed:", *last]))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
