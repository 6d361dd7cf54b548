"""The README's table of a run, and the markers it stands between."""

from __future__ import annotations

from .data import Data, runtime_title
from .render import render
from .sections.answer import default_choice
from .summary import found, median_words, over_floor, pairs, ratio_words, zip_words
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
        warm, hundred = found(data, "warm", name), found(data, "hundred", name)
        against = ratio_words(data, warm, name)
        call = median_words(warm) if against in ("–", "reference", "~", "no claim") else f"{median_words(warm)}; {against}"
        call = f"{call} ({against})" if against in ("~", "reference", "no claim") and call != "–" else call
        verdict = verdict_text(warm.claim["verdict"]) if warm and warm.claim else "–"
        if not entry.get("decides", True):
            call, verdict = median_words(warm), "does not decide"
        label = f"`{name}`" + (" (decides differently)" if entry.get("disagreements") else "")
        rows.append([label, zip_words(entry), call, over_floor(data, name), median_words(hundred), verdict])
    choice = default_choice(data)
    context = {
        "rows": rows,
        "answer": str(choice["answer"]) if choice else "",
        "machine": data.machine,
        "run": data.run,
        "mode": data.analysis.get("mode") or data.manifest.get("mode"),
        "exploratory": data.exploratory,
        "runtimes": ", ".join(f"{runtime_title(runtime)}" for runtime in data.newest),
        "algorithm": data.algorithms[0] if data.algorithms else "",
        "pairs": pairs(data),
    }
    return render("readme_table.md.j2", context).strip()
