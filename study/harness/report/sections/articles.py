"""The published figures, redone: what an article says beside what this run measured, and what differs."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Bullets, Cell, Column, Heading, Notice, Prose, Section, Table
from ..charts import Axis, Line, Mark
from ..data import Data, runtime_title
from ..draw import row_figure
from ..tables import row
from ..text import percent, significant

_ANSWERS = {"supported": "✓ supported", "contradicted": "✗ contradicted", "cannot tell": "~ this run cannot tell"}


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose(
            "Each published figure beside ours. Theirs come from AWS and from another time; ours are modelled on one "
            "machine. So compare the "
            "ratios, and read what differs.",
            "lead",
        )
    ]
    if not data.articles:
        blocks.append(Notice("This run folder has no articles.json, so nothing is put beside the published figures."))
        return Section("articles", "Published figures, redone", "Published figures", tuple(blocks))
    blocks += _hypotheses(data.articles)
    known = {str(entry.get("id")): entry for entry in data.articles.get("articles") or [] if isinstance(entry, dict)}
    entries = [entry for entry in data.articles.get("figures") or [] if isinstance(entry, dict)]
    if known:
        blocks += [
            Heading("The articles", "the-articles"),
            Bullets(tuple(_article(name, entry) for name, entry in known.items())),
        ]
    names = list(dict.fromkeys(str(entry.get("article")) for entry in entries))
    blocks += [
        _table(name, known.get(name, {}), [entry for entry in entries if str(entry.get("article")) == name]) for name in names
    ]
    return Section("articles", "Published figures, redone", "Published figures", tuple(blocks))


def _article(name: str, entry: dict[str, Any]) -> str:
    parts = [str(entry[key]) for key in ("title", "author", "dated", "date", "where", "url", "what", "note") if entry.get(key)]
    return f"**{name}**: {'; '.join(parts)}"


def _hypotheses(document: dict[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    for entry in document.get("hypotheses") or []:
        name = str(entry.get("id"))
        answer = str(entry.get("answer"))
        blocks.append(Heading(f"{name}: {entry.get('title', '')}", f"hypothesis-{name.lower()}"))
        if entry.get("says"):
            blocks.append(Prose(str(entry["says"])))
        blocks.append(Prose(f"**{_ANSWERS.get(answer, answer)}.** {entry.get('words', '')}"))
        if entry.get("rule"):
            blocks.append(Prose(f"Rule, fixed beforehand: {entry['rule']}", "note"))
    return blocks


def _value(value: Any, unit: str) -> str:
    if value is None:
        return "–"
    return f"{significant(float(value))} {unit}" if isinstance(value, int | float) else f"{value} {unit}"


def _table(name: str, article: dict[str, Any], entries: list[dict[str, Any]]) -> Table:
    rows = []
    for entry in entries:
        unit, ours = str(entry.get("unit") or ""), entry.get("ours")
        cells = [Cell(str(entry.get("what")), detail=str(entry.get("variant") or "")), Cell("–" if entry.get("published") is None else str(entry["published_text"]))]
        if isinstance(ours, dict):
            span = "" if ours.get("low") is None else f"{significant(ours['low'])} to {significant(ours['high'])}"
            n = "" if ours.get("n") is None else f"n {ours['n']}"
            if entry.get("metric") in ("build", "compile", "prepare") and ours.get("n") == 1:
                span, n = "", "one build, no spread"
            detail = "; ".join(part for part in (span, n, str(entry.get("contender") or "")) if part)
            cells.append(Cell(_value(ours["value"], unit), detail=detail, sort=ours["value"]))
        else:
            cells.append(Cell("–", detail=str(entry.get("not_measured") or ""), tone="soft words"))
        cells.append(Cell(str(entry.get("differs") or ""), detail=str((ours or {}).get("where") or "")))
        rows.append(row(cells))
    columns = (Column("figure"), Column("published"), Column("ours", "modelled"), Column("what differs", words=True))
    title = f"Article {name}" + (f": {article['title']}" if article.get("title") else "")
    return Table(f"t-article-{name.lower()}", title, columns, tuple(rows))


def calibration_blocks(data: Data, document: dict[str, Any]) -> list[Block]:
    """The strip: what the model gives as a share of the published figure."""
    rows = [entry for entry in document.get("rows") or [] if isinstance(entry, dict)]
    lines, cells = [], []
    names = {"ready": "start", "first": "first request", "memory": "peak memory"}
    for entry in rows:
        label = f"{runtime_title(entry['runtime'])}, {names.get(entry['metric'], entry['metric'])}"
        published = float(entry["lambda"])
        ends = [None if entry.get(key) is None or not published else entry[key] / published for key in ("low", "high")]
        if entry["ratio"] > 0:
            lines.append(
                Line(label, "baseline", f"{percent(entry['ratio'])} of Lambda's", (Mark(entry["ratio"], ends[0], ends[1]),))
            )
        span = "no interval" if entry.get("low") is None else f"{significant(entry['low'])} to {significant(entry['high'])}"
        model = Cell(_value(entry["model"], entry["unit"]), detail=f"{span}, n {entry['n']}", sort=entry["model"])
        theirs = Cell(
            _value(entry["lambda"], entry["unit"]), detail=runtime_title(str(entry["published_runtime"])), sort=entry["lambda"]
        )
        cells.append(row([Cell(label), model, theirs, Cell(significant(entry["ratio"]), sort=entry["ratio"])]))
    columns = (Column("empty function"), Column("model"), Column("published Lambda"), Column("model ÷ Lambda"))
    source = "; ".join(str(document[key]) for key in ("source", "dated", "statistic") if document.get(key))
    title = "Calibration: the model beside published Lambda figures, 128 MB"
    table = Table("t-calibration", title, columns, tuple(cells))
    how = (
        "An empty function in our model, as a share of what is published for Lambda. At 1 the model would be right; "
        "left of it, it is kinder than Lambda."
    )
    axis = Axis("model ÷ published figure, logarithmic", lambda value: f"{value:g}", one=1.0)
    blocks: list[Block] = [row_figure("calibration", title, how, lines, axis, table)] if lines else [table]
    if source:
        blocks.append(Prose(f"Published figures: {source}.", "note"))
    if document.get("transfer"):
        blocks.append(Notice(str(document["transfer"])))
    return blocks
