"""Static SVG badges: size, warm call against the reference, equal decisions."""

from __future__ import annotations

from typing import Any

from .data import Context, Data, runtime_title
from .render import render, slug
from .sections.size import sizes
from .text import bytes_text, significant

_GREY, _GREEN, _BLUE, _RED = "#5b616b", "#1b6b3a", "#0a5a8c", "#a8231b"


def _badge(label: str, value: str, colour: str, rests_on: str) -> str:
    """`rests_on`: how many measurements, of what and where; there is room for it in the title only."""
    left, right = (12 + round(6.7 * len(text)) for text in (label, value))
    words = {"label": label, "value": value, "colour": colour, "left": left, "right": right, "rests_on": rests_on}
    return render("badge.svg.j2", words).strip() + "\n"


def warm_words(claim: dict[str, Any] | None) -> tuple[str, str]:
    """Never a number for what the run cannot tell."""
    if not claim or claim.get("ratio") is None:
        return "not measured", _GREY
    verdict = claim["verdict"]
    if verdict in ("faster", "slower"):
        interval = f" ({significant(claim['low'], 2)}–{significant(claim['high'], 2)})" if claim.get("low") is not None else ""
        words = f"{significant(claim['ratio'], 2)} of {claim['reference']}'s time{interval}"
        return words, _BLUE if verdict == "faster" else _RED
    return {"small": "small difference", "equivalent": "equivalent", "undecided": "~ undecided"}.get(verdict, "no claim"), _GREY


def _built(entry: dict[str, Any]) -> str:
    algorithm = next(iter(entry.get("sizes") or {}), "")
    return f"{algorithm}, {runtime_title(str(entry.get('runtime', '')))}; one artefact, exact"


def _measured(found: tuple[Context, dict[str, Any]] | None, claim: dict[str, Any] | None) -> str:
    if not found:
        return "no measurements"
    context, figure = found
    n = f"n {claim['n']} paired processes" if claim else f"n {figure['n']} processes"
    return f"{n}, {context.algorithm}, {runtime_title(context.runtime)}"


def _asked(data: Data) -> str:
    return f"n {len(data.gate.get('cases') or [])} cases; {', '.join(runtime_title(name) for name in data.newest)}"


def make(data: Data) -> dict[str, str]:
    files: dict[str, str] = {}
    for entry in data.contenders:
        name, own = entry["name"], sizes(entry)
        if entry.get("role") != "door":
            continue
        if own:
            files[f"badges/size-{slug(name)}.svg"] = _badge(f"{name} zip", bytes_text(own["zip"]), _BLUE, _built(entry))
        found = data.base("warm", name)
        claim = data.claim("warm", found[0].id, name) if found else None
        words, colour = warm_words(claim)
        label = f"{name} warm call" + (", exploratory" if data.exploratory else "")
        files[f"badges/warm-{slug(name)}.svg"] = _badge(label, words, colour, _measured(found, claim))
    measured = [row for row in data.contenders if row.get("status", "measured") == "measured" and row.get("decides", True)]
    equal = [row for row in measured if not row.get("disagreements")]
    refused = [row for row in data.contenders if row.get("status") == "refused"]
    words = f"{len(equal)} contenders decide alike" + (f", {len(refused)} refused" if refused else "")
    files["badges/parity.svg"] = _badge("equal decisions", words, _RED if refused else _GREEN, _asked(data))
    return files
