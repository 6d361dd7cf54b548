"""report.html and report.md from the sections."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import platforms
from .blocks import Figure, Section, walk
from .data import ROLES, Data, runtime_title
from .render import TEMPLATES, render, script_json
from .sections import answer, articles, cold, cost, ladder, load, memory, method, parity, reproduce, requests, rivals, size, warm

HERE = Path(__file__).resolve().parent
CHOOSER = HERE.parents[1] / "chooser"
SECTIONS: tuple[Callable[[Data], Section], ...] = (
    answer.make,
    rivals.make,
    cold.make,
    requests.make,
    warm.make,
    size.make,
    memory.make,
    cost.make,
    ladder.make,
    articles.make,
    load.make,
    parity.make,
    method.make,
    reproduce.make,
)


def sections(data: Data) -> list[Section]:
    return [make(data) for make in SECTIONS]


def figures(made: list[Section]) -> list[Figure]:
    return [block for section in made for block in walk(section.blocks) if isinstance(block, Figure)]


def _filters(data: Data) -> list[dict[str, Any]]:
    groups = [
        ("alg", "Algorithm", [(name, name, name == data.algorithms[0]) for name in data.algorithms]),
        ("rt", "Runtime", [(name, runtime_title(name), name in data.newest) for name in data.runtimes]),
        ("role", "Role", [(role, role, True) for role in data.roles]),
    ]
    return [{"key": key, "title": title, "items": items} for key, title, items in groups if items]


def _script(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return None
    # A script element ends at this, even inside a string.
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE)


# A page that is mailed and opened on a phone. Over it, the list of claims is left to the files beside the page.
MOST_BYTES = 1_480_000
MOST_CLAIMS_AS_TEXT = 600


def html(data: Data, made: list[Section]) -> str:
    text = _html(data, made, with_claims=True)
    return text if len(text.encode()) <= MOST_BYTES else _html(data, made, with_claims=False)


def _html(data: Data, made: list[Section], with_claims: bool) -> str:
    embedded: list[tuple[str, str]] = []
    scripts = [_script(CHOOSER / "cost.js")]
    if data.choice and isinstance(data.choice.get("data"), dict):
        scripts.append(_script(CHOOSER / "choose.js"))
        embedded.append(("choice-data", script_json(data.choice["data"])))
    usages = cost.usage(data)
    if usages:
        shown = {"usage": usages, "prices": platforms.prices(data), "defaults": cost.DEFAULTS}
        embedded.append(("cost-data", script_json(shown)))
    claims = reproduce.packed(data)
    if claims["groups"] and with_claims:
        embedded.append(("claims-data", script_json(claims)))
    scripts.append(_script(HERE / "page.js"))
    context = {
        "run": data.run,
        "style": (TEMPLATES / "report.css").read_text(encoding="utf-8").strip(),
        "facts": answer.run_facts(data).items,
        "sections": made,
        "charted": [section.id for section in made if section.id != "answer" and figures([section])],
        "roles": [(role, f"{role}: {ROLES[role]}") for role in data.roles],
        "filters": _filters(data),
        "embedded": embedded,
        "scripts": [text for text in scripts if text],
    }
    # Templates leave empty lines behind; a pre keeps its own, and none of those is empty.
    return re.sub(r"\n\s*\n+", "\n", render("report.html.j2", context).lstrip())


def markdown(data: Data, made: list[Section]) -> str:
    groups = reproduce.groups(data)
    # Code hosts show no longer text than this; export/claims.csv has every sentence.
    short = sum(len(group["claims"]) for group in groups) <= MOST_CLAIMS_AS_TEXT
    context = {"facts": answer.run_facts(data).items, "sections": made, "claims": groups if short else []}
    text = render("report.md.j2", context)
    text = re.sub(r"\n{3,}", "\n\n", text)
    # A table is one run of lines.
    return re.sub(r"(?m)(^\|.*\|) *\n\n(?=\|)", r"\1\n", re.sub(r" +\n", "\n", text)).strip() + "\n"
