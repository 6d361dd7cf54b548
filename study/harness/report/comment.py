"""The comment of a pull request: one table, verdict words, the rest folded away; 60 lines at most."""

from __future__ import annotations

from .data import Data
from .render import render
from .sections.answer import default_choice, headline_claims
from .summary import found, pairs, ratio_words, start, zip_words
from .text import verdict_text

MOST_LINES = 60
MOST_ROWS, MOST_SENTENCES = 30, 12


def make(data: Data) -> str:
    rows = []
    shown = [entry for entry in data.contenders if entry.get("role") != "baseline"]
    for entry in shown[:MOST_ROWS]:
        name = entry["name"]
        if entry.get("status", "measured") != "measured":
            rows.append([f"`{name}`", zip_words(entry), "–", "–", f"no number: {entry.get('status')}"])
            continue
        warm = found(data, "warm", name)
        verdict = verdict_text(warm.claim["verdict"]) if warm and warm.claim else "–"
        rows.append(
            [f"`{name}`", zip_words(entry), ratio_words(data, start(data, name), name), ratio_words(data, warm, name), verdict]
        )
    claims = [claim for claim in headline_claims(data) if claim["verdict"] not in ("undecided", "invalid")]
    choice = default_choice(data)
    context = {
        "answer": str(choice["answer"]) if choice else "",
        "exploratory": data.exploratory,
        "rows": rows,
        "left": len(shown) - len(rows),
        "sentences": [claim["sentence"] for claim in claims[:MOST_SENTENCES]],
        "pairs": pairs(data),
        "machine": data.machine,
        "run": data.run,
        "failed": len(data.broken_sentinels),
    }
    lines = render("comment.md.j2", context).strip().splitlines()
    assert len(lines) <= MOST_LINES, "the comment's parts are bounded"
    return "\n".join(lines) + "\n"
