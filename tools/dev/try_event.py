"""./dev try: one event through one variant, and what comes of it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .console import Failure, heading, paint, say, table
from .pack_door import ask
from .pack_variants import NODE, PACKABLE, Variant, require_built
from .paths import VENV_PYTHON

_HERE = Path(__file__).parent
CALLS = 200  # of the handler, timed one by one: to see an order of magnitude, not to compare
_STEPS = {"loaded": "load the door", "made": "read the policy", "first": "first decision"}
_STYLES = {"allow": "green", "deny": "red", "challenge": "yellow", "answer": "yellow"}


def _read(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(f"{what} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{what} {path}: expected UTF-8") from None


def _event_text(path: Path) -> str:
    text = _read(path, "event")
    try:
        json.loads(text)
    except ValueError as error:
        raise Failure(f"event {path}: expected JSON: {error}") from None
    return text


def run(variant: Variant, policy: str | None, event: str, now: int | None) -> dict[str, Any]:
    asked = {"policy": policy, "event": event, "now": now, "calls": CALLS}
    argv: list[str | Path]
    if variant.language == "node":
        argv, asked["door"] = [NODE, _HERE / "try_event.js"], str(variant.script)
        asked["judges"] = variant.judges
    else:
        argv = [VENV_PYTHON, "-P", _HERE / "try_event_python.py"]
    told = ask(argv, asked, {"PYTHONPATH": str(variant.artefact.parent)})
    if "error" in told:
        raise Failure(str(told["error"]))
    return told


def time_text(nanoseconds: float) -> str:
    for limit, unit in ((1e3, "ns"), (1e6, "µs"), (1e9, "ms")):
        if nanoseconds < limit:
            return f"{nanoseconds / (limit / 1e3):.3g} {unit}"
    return f"{nanoseconds / 1e9:.3g} s"


def _headers(message: Mapping[str, Any]) -> list[str]:
    rows = message.get("headers")
    if not isinstance(rows, dict):
        return []
    return [
        f"  {entry.get('key', name)}: {entry.get('value')}"
        for name, entries in rows.items()
        for entry in entries
        if isinstance(entry, dict)
    ]


def _response_lines(response: Mapping[str, Any]) -> list[str]:
    first = f"{response.get('status')} {response.get('statusDescription', '')}".rstrip()
    body = [f"  {response['body']}"] if "body" in response else []
    return [first, *_headers(response), *body]


def _show_times(told: Mapping[str, Any]) -> None:
    times = told["times"]
    say("\ntime, one process, not a measurement (./dev study measures)")
    steps = [(what, times[name]) for name, what in _STEPS.items() if name in times]
    steps.append((f"handler, median of {len(times['calls'])}", statistics.median(times["calls"])))
    say(table([(f"  {what}", time_text(value)) for what, value in steps], numbers=(1,)))


def _show_passed(variant: Variant, told: Mapping[str, Any]) -> None:
    """Of a variant that judges nothing."""
    heading(f"{variant.name}: judges nothing")
    say(f"the handler returns\n  {json.dumps(told['handler']['value'], ensure_ascii=False)}")
    for line in told["log"]:
        say(f"\nlog\n  {line}")
    _show_times(told)


def _show(variant: Variant, told: Mapping[str, Any]) -> None:
    kind = str(told["kind"])
    heading(f"{variant.name}: {paint(kind, _STYLES[kind])} ({told['reason']})")
    rows = [("decision", kind), ("reason", str(told["reason"]))]
    if told.get("status") is not None:
        rows.append(("status", str(told["status"])))
    if told.get("route") is not None:
        rows.append(("route", f"routes[{told['route']}] of the policy"))
    rows.append(("the handler returns", str(told["handler"]["returns"])))
    say(table(rows))
    if told.get("response"):
        say("\nresponse")
        for line in _response_lines(told["response"]):
            say(f"  {line}")
    if told.get("edits"):
        say(f"\nedits of the request\n  {json.dumps(told['edits'], ensure_ascii=False)}")
    if told.get("claims"):
        say(f"\nclaims\n  {json.dumps(told['claims'], ensure_ascii=False)}")
    for line in told["log"]:
        say(f"\nlog\n  {line}")
    _show_times(told)


def try_event(
    event: Path, policy: Path | None, variants: Sequence[str], now: int | None, as_json: bool
) -> int:
    """Prints what each variant makes of the event; 1 when they do not agree."""
    judging = [name for name in variants if PACKABLE[name].judges]
    if judging and policy is None:
        raise Failure(f"--policy: --variant {judging[0]} needs one", 2)
    event_text = _event_text(event)
    policy_text = _read(policy, "policy") if policy else None
    answers = {}
    for name in variants:
        variant = PACKABLE[name]
        require_built(variant)
        answers[name] = run(variant, policy_text, event_text, now)
        if not as_json:
            if len(answers) > 1:
                say()
            (_show if variant.judges else _show_passed)(variant, answers[name])
    if as_json:
        say(json.dumps(answers, indent=2, ensure_ascii=False))
    kept = ("kind", "reason", "status", "route", "response")
    decisions = {json.dumps([answers[name].get(key) for key in kept]) for name in judging}
    if len(decisions) > 1:
        raise Failure("the variants do not agree")
    return 0
