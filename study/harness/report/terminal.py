"""The table that a run prints at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from ..folder import RunFolder
from .data import Data
from .summary import Found, found, is_reference, median_words, start, zip_words
from .text import memory_text, significant, verdict_sign, verdict_text


def _ratio(data: Data, one: Found | None, name: str) -> str:
    if is_reference(data, one, name):
        return "reference"
    claim = one.claim if one else None
    if not claim or claim.get("ratio") is None:
        return "–"
    if claim["verdict"] in ("undecided", "invalid"):
        return verdict_text(claim["verdict"])
    interval = "" if claim.get("low") is None else f"\n{significant(claim['low'])}–{significant(claim['high'])}"
    return f"{verdict_sign(claim['verdict'])} {significant(claim['ratio'])}{interval}"


def print_table(analysis: dict[str, Any], console: Console) -> None:
    """One row a contender; narrow terminals get fewer columns."""
    data = Data(folder=RunFolder(Path(str(analysis.get("run") or "run"))), manifest={}, analysis=analysis)
    wide = console.width >= 100
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("contender", no_wrap=True)
    headings = ["warm call", "÷ reference", "start to\nready", "÷ reference"]
    headings += ["first 100\nrequests", "peak\nmemory"] if wide else []
    for heading in [*headings, "zip"]:
        table.add_column(heading, justify="right", no_wrap=True, vertical="top")
    for entry in data.contenders:
        name = entry["name"]
        if entry.get("status", "measured") != "measured":
            table.add_row(name, str(entry.get("status")))
            continue
        warm, ready = found(data, "warm", name), start(data, name)
        cells = [median_words(warm), _ratio(data, warm, name), median_words(ready), _ratio(data, ready, name)]
        if wide:
            memory = data.base("memory", name)
            cells += [median_words(found(data, "hundred", name)), memory_text(memory[1]["median"]) if memory else "–"]
        table.add_row(name + (" *" if entry.get("disagreements") else ""), *cells, zip_words(entry))
    console.print(
        "\nModelled Lambda, not AWS. Medians; ratios are paired times, below 1 is less, with their 95 % intervals.", markup=False
    )
    console.print(table)
    for entry in data.without_number():
        reasons = [str(reason).splitlines()[0] for reason in entry.get("reasons") or ["no reason given"] if str(reason)]
        console.print(f"{entry['name']}: {entry.get('status')}: {'; '.join(reasons[:3])}", markup=False, soft_wrap=True)
    if any(entry.get("disagreements") for entry in data.contenders):
        console.print("* decides differently from the policy, as declared", markup=False)
    if data.exploratory:
        console.print("A quick run: its claims are exploratory.", markup=False)
    if data.broken_sentinels:
        console.print(f"{len(data.broken_sentinels)} sentinels failed: no claims are made there.", markup=False)
    if data.short_sentinels:
        console.print(f"{len(data.short_sentinels)} comparisons had too few rounds for an interval.", markup=False)
