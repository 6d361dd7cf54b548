"""The README's table of a run, and the markers it stands between."""

from __future__ import annotations

from .data import Data, runtime_title
from .render import render
from .sections.answer import default_choice
from .summary import found, interval_words, pairs, ratio_words, start, zip_words
from .text import verdict_text

BEGIN, END = "<!-- study-table:begin -->", "<!-- study-table:end -->"


class MarkerError(ValueError):
    """A file without the two study-table markers."""


def between_markers(text: str, table: str) -> str:
    begin, end = text.find(BEGIN), text.find(END)
    if begin < 0 or end < begin:
        raise MarkerError(f"expected {BEGIN} and after it {END} in the file")
    return f"{text[: begin + len(BEGIN)]}\n{table}\n{text[end:]}"


def make(data: Data) -> str:
    rows = []
    for entry in data.contenders:
        name = entry["name"]
        if entry.get("status", "measured") != "measured":
            rows.append([f"`{name}`", zip_words(entry), f"no number: {entry.get('status')}", "–", "–", "–"])
            continue
        warm, first = found(data, "warm", name), interval_words(found(data, "hundred", name))
        call, against = interval_words(warm), ratio_words(data, warm, name)
        verdict = verdict_text(warm.claim["verdict"]) if warm and warm.claim else "–"
        if not entry.get("decides", True):
            verdict = "does not decide"
        elif against in ("~", "reference", "no claim"):
            call = f"{call}; {against}"
        elif against != "–":
            call = f"{call}; ÷ reference {against}"
        label = f"`{name}`" + (" (decides differently)" if entry.get("disagreements") else "")
        rows.append([label, zip_words(entry), call, interval_words(start(data, name)), first, verdict])
    choice = default_choice(data)
    context = {
        "rows": rows,
        "answer": str(choice["answer"]) if choice else "",
        "machine": data.machine,
        "run": data.run,
        "exploratory": data.exploratory,
        "runtimes": ", ".join(f"{runtime_title(runtime)}" for runtime in data.newest),
        "algorithm": data.algorithms[0] if data.algorithms else "",
        "pairs": pairs(data),
    }
    return render("readme_table.md.j2", context).strip()
