"""Method and doubts: how it was measured, what the machine allowed, and what nobody should conclude."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Bullets, Cell, Column, Heading, Notice, Prose, Row, Section, Sentences, Table
from ..data import BASE_CELL, Data
from ..tables import NONE, context_tags, name_cell, row, tags
from ..text import count, percent, significant

METHOD = (
    (
        "**Equal decisions first.** A contender with one wrong, undeclared answer gets no number; each process proves "
        "its answers again: a warm one before and after the clock, a cold one, which nobody may ask before, after it."
    ),
    "**One process is one value.** Calls inside a process are summarised, never counted as independent.",
    (
        "**Randomised complete blocks.** A block holds every contender once and the reference twice, in an order from "
        "the recorded seed. Ratios compare processes of the same block."
    ),
    (
        "**The sentinel.** The reference’s second run is compared with its first. What that pair shows is noise: no "
        "claim is made inside it, and none at all where it fails."
    ),
    "**Intervals.** 95 %, by a bootstrap that draws whole rounds; Holm’s correction across the claims of a family.",
    (
        "**Margins were fixed before the first process** and are hashed with the plan. A difference below the margin "
        "is called small, not a win."
    ),
    "**Stopping** is by precision or by budget, never by significance.",
    "**Nothing is dropped.** Outliers are classified and counted; crashes and time-outs are outcomes.",
    "**Environment, path and order are random**, because each of them alone can move a benchmark by a few per cent.",
)
NOT_MEASURED = (
    "Creating the sandbox, downloading the code, the network. Size stands for the download.",
    "The real Lambda. The CPU quota’s period is inferred from published logs, and the model is kinder than the original.",
    "A first start on a new host: pages of the files are warm here.",
    "Pauses between requests, in which the CPU quota fills up again: here one request follows the other.",
    "ARM, other machines, other versions than those named.",
    "Long-lived processes: a process here is seconds old at most.",
)

MOST_SENTINELS = 60  # in the page; the file beside it has all


def make(data: Data) -> Section:
    blocks: list[Block] = [
        Prose("How the figures were made, how much this machine could see, and where to be careful.", "lead"),
        Bullets(METHOD),
    ]
    blocks += _sentinels(data) + _contention(data) + _warmup(data) + _void(data) + _deviations(data)
    blocks += [Heading("Not measured, and threats", "not-measured"), Bullets(NOT_MEASURED)]
    return Section("method", "Method and doubts", "Method and doubts", tuple(blocks))


def _sentinels(data: Data) -> list[Block]:
    entries = data.analysis.get("sentinels") or []
    if not entries:
        return [Notice("This run has no sentinel: the reference was not run twice, so its noise is unknown.", "warn")]
    order = list(data.contexts)
    entries = sorted(
        entries, key=lambda entry: (str(entry["metric"]), order.index(entry["context"]) if entry["context"] in order else 0)
    )
    rows: list[Row] = []
    total = len(entries)
    entries = [entry for entry in entries if data.contexts[entry["context"]].cell in ("", BASE_CELL)]
    # The page has room for those that failed and the widest of the others.
    shown = sorted(entries, key=lambda entry: (entry.get("valid") is not False, -float(entry.get("floor") or 0)))[:MOST_SENTINELS]
    entries = [entry for entry in entries if entry in shown]
    for entry in entries:
        context = data.contexts.get(entry["context"])
        where = data.context_words(context) if context else ""
        ratio = NONE
        if entry.get("ratio") is not None:
            interval = (
                "no interval"
                if entry.get("low") is None
                else f"{significant(entry['low'], 4)} to {significant(entry['high'], 4)}"
            )
            ratio = Cell(significant(entry["ratio"], 4), detail=f"{interval}, n {entry['n']}", sort=entry["ratio"])
        floor = Cell(f"{significant(entry['floor'], 4)}×", sort=entry["floor"]) if entry.get("floor") else NONE
        mde = Cell(percent(entry["mde"]), sort=entry["mde"]) if entry.get("mde") is not None else NONE
        if entry in data.short_sentinels:
            valid = Cell("~ too few rounds")
        elif entry.get("valid"):
            valid = Cell("✓ holds", tone="good")
        else:
            valid = Cell("! failed", tone="bad", detail=str(entry.get("sentence") or ""))
        rows.append(
            row(
                [Cell(f"{entry['metric']}", detail=where), ratio, floor, mde, valid],
                context_tags(context) if context else row([]).tags,
            )
        )
    columns = (
        Column("figure"),
        Column("reference ÷ itself", "95 % interval, pairs"),
        Column("noise floor", "largest ratio of equal things"),
        Column("smallest difference", "that could be found"),
        Column("sentinel", words=True),
    )
    caption = f"The reference against itself: {count(total, 'sentinel')}, {len(data.broken_sentinels)} failed"
    if len(entries) < total:
        caption += "; here those that failed and the widest of the others, in `export/sentinels.csv` all"
    first = _headline_sentinels(data)
    told: list[Block] = [Sentences(tuple(first))] if first else []
    return [
        Heading("Noise: the reference against itself", "sentinels"),
        *told,
        Table("t-sentinels", caption, columns, tuple(rows), fold=caption),
    ]


def _headline_sentinels(data: Data) -> list[str]:
    """Of the figures that the summary shows, the sentinels in their own words."""
    found = []
    for metric in ("ready", "lifetime", "warm"):
        for runtime in data.newest:
            context = data.primary(metric, data.algorithms[0], runtime, BASE_CELL if metric == "warm" else "")
            entry = data.sentinels.get((metric, context.id)) if context else None
            if entry and entry.get("sentence"):
                found.append(str(entry["sentence"]))
    return found


def _contention(data: Data) -> list[Block]:
    entry = data.analysis.get("contention")
    if not isinstance(entry, dict):
        return []
    share = entry.get("share")
    known = (
        ""
        if share is None
        else (
            f"{percent(share) if share else '0 %'} of the processes had to share their core. None "
            "was dropped."
        )
    )
    return [Heading("Contention", "contention"), Prose(str(entry.get("note") or known))]


def _warmup(data: Data) -> list[Block]:
    entries = data.analysis.get("warmup") or []
    if not entries:
        return []
    classes = ("flat", "warm-up", "slowdown", "no steady state")
    rows = []
    for entry in sorted(entries, key=lambda entry: (entry["context"], data.place(entry["contender"]))):
        context = data.contexts.get(entry["context"])
        cells = [name_cell(data, entry["contender"]), Cell(data.context_words(context) if context else "")]
        cells += [Cell(str(entry["classes"].get(name, 0)), sort=entry["classes"].get(name, 0)) for name in classes]
        rows.append(row(cells, tags(data, entry["contender"], context)))
    columns = (Column("contender"), Column("where", words=True), *(Column(name) for name in classes))
    caption = "Warm-up: processes by the shape of their calls over time"
    note = (
        "Found by change points. Warm figures of processes that slow down, or never come to rest, are kept and carry that doubt."
    )
    return [Heading("Warm-up", "warm-up"), Prose(note), Table("t-warmup", caption, columns, tuple(rows), fold=caption)]


def _void(data: Data) -> list[Block]:
    entry = data.analysis.get("void")
    if not isinstance(entry, dict) or not any(entry.values()):
        return []
    items = [f"**{name}**: {'; '.join(_shortened(reasons))}" for name, reasons in sorted(entry.items()) if reasons]
    return [Heading("Void processes", "void"), Prose("Processes whose figures do not count, and why:"), Bullets(tuple(items))]


def _shortened(reasons: Any) -> list[str]:
    texts = [str(reason) for reason in (reasons if isinstance(reasons, list) else [reasons])]
    counted = {text: texts.count(text) for text in texts}
    return [f"{text}{f' ({times} times)' if times > 1 else ''}"[:300] for text, times in list(counted.items())[:5]]


def _deviations(data: Data) -> list[Block]:
    found = [str(text) for source in (data.analysis, data.manifest) for text in source.get("deviations") or []]
    if data.manifest.get("interrupted"):
        found.append("The run was interrupted before its plan was done.")
    environment = data.environment
    cgroup = environment.get("cgroup")
    kind = cgroup.get("kind") if isinstance(cgroup, dict) else cgroup
    if kind in (None, "none") and environment:
        found.append("No CPU control group could be had: the modelled 128 MB function ran unthrottled.")
    if environment.get("psi") is False:
        found.append("The kernel gives no pressure figures; contention is judged by the ticks of the process's core.")
    if data.manifest.get("changed") or (data.manifest.get("source") or {}).get("changed"):
        found.append("The tree had changes that are in no commit.")
    return [Heading("Deviations from the plan", "deviations"), Bullets(tuple(found)) if found else Prose("None.")]
