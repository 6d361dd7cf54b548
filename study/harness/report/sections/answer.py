"""The answer first: what to deploy, why, and how sure that is, in plain words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..blocks import Block, Bullets, Cell, Column, Facts, Fold, Heading, Notice, Prose, Section, Sentences, Table, Widget
from ..data import BASE_CELL, Context, Data, family, runtime_title
from ..tables import NONE, name_cell, ratio_cell, row, tags
from ..text import bytes_text, count, memory_text, percent, verdict_text, verdict_tone
from .size import sizes

METRICS = (("ready", "start to ready"), ("lifetime", "start and 100 requests"), ("warm", "warm call"))


def make(data: Data) -> Section:
    headline, rest = _choice(data)
    blocks: list[Block] = [*headline, *_warnings(data), *rest]
    blocks += _claims(data)
    blocks.append(_table(data))
    others = situations(data)[1:]
    if others:
        blocks += [Heading("Other situations", "situations"), _situations(others)]
    if data.choice:
        blocks += [Heading("Your own situation", "your-own"), Widget("chooser")]
        blocks.append(Prose("`./dev choose` gives the same answers in a terminal.", "note"))
    return Section("answer", "The answer", "The answer", tuple(blocks))


def _warnings(data: Data) -> list[Block]:
    blocks: list[Block] = []
    manifest = data.manifest
    if data.exploratory:
        words = "a quick run" if data.analysis.get("mode") == "quick" else "this run"
        blocks.append(
            Notice(
                (
                    f"**Exploratory.** These are the claims of {words}: good for a first look, too few processes to build a "
                    "decision on. `./dev study --full` makes the run that decides."
                ),
                "warn",
            )
        )
    blocks.append(
        Notice(
            (
                "**Modelled Lambda, not measured on AWS.** All times are from the machine named at the top. Ratios, and "
                "differences from the empty handler, are what may carry over."
            ),
            "info",
        )
    )
    if manifest.get("interrupted"):
        rounds = data.analysis.get("rounds")
        blocks.append(
            Notice(
                (
                    f"**Interrupted.** The run was stopped after {count(int(rounds or 0), 'round')}; the figures cover what was "
                    "measured until then."
                ),
                "warn",
            )
        )
    if data.headline not in data.by_name or data.by_name[data.headline].get("status", "measured") != "measured":
        blocks.append(
            Notice(
                f"**No headline reference.** {data.headline} has no figures in this run, so nothing is compared with it.", "warn"
            )
        )
    invalid = data.broken_sentinels
    if invalid:
        blocks.append(
            Notice(
                (
                    f"**{count(len(invalid), 'sentinel')} failed.** In these contexts the machine could not tell the reference "
                    "from itself, or was too busy; no claim is made there. See [method and doubts](#method)."
                ),
                "warn",
            )
        )
    if data.short_sentinels:
        blocks.append(
            Notice(
                f"**Too few rounds for {count(len(data.short_sentinels), 'comparison')}.** Without an interval there is no claim: "
                "it reads undecided.",
                "warn",
            )
        )
    return blocks


def situations(data: Data) -> list[dict[str, Any]]:
    return [entry for entry in (data.choice or {}).get("situations") or [] if isinstance(entry, dict) and entry.get("answer")]


def default_choice(data: Data) -> dict[str, Any] | None:
    """The chooser's result for the first of its situations."""
    return next(iter(situations(data)), None)


def _choice(data: Data) -> tuple[list[Block], list[Block]]:
    """The answer itself, and what is to be said about it after the warnings."""
    if not data.choice:
        text = (
            "This run folder has no choice.json, so the page can’t answer what to deploy; the figures below stand by themselves."
        )
        return [], [Notice(text)]
    result = default_choice(data)
    if not result:
        return [], []
    title = str(result.get("title") or "")
    asked: list[Block] = (
        [Prose(f"The question of the published article: {title[:1].lower()}{title[1:]}.", "note")] if title else []
    )
    sentences = [str(text) for text in result.get("sentences") or []]
    sentences += [f"Caution: {text}" for text in result.get("cautions") or []]
    if result.get("runner_up"):
        sentences.append(f"Runner-up: {result['runner_up']}.")
    rest: list[Block] = [Prose("**Why:**"), Bullets(tuple(sentences))] if sentences else []
    flips = [str(text) for text in result.get("flip_points") or []]
    if flips:
        rest += [Prose("**The answer changes:**"), Bullets(tuple(flips[:8]))]
    return [*asked, Prose(str(result["answer"]), "answer")], rest


def _situations(entries: list[dict[str, Any]]) -> Table:
    rows = []
    for entry in entries:
        best = entry.get("probability_best")
        share = Cell("–", tone="soft") if best is None else Cell(percent(best) if best else "0 %", sort=best)
        rows.append(
            row(
                [
                    Cell(str(entry.get("title") or entry.get("id"))),
                    Cell(str(entry["answer"])),
                    share,
                    Cell(str(entry.get("runner_up") or "–")),
                ]
            )
        )
    columns = (
        Column("situation"),
        Column("answer", words=True),
        Column("least time in", "share of resamplings"),
        Column("runner-up", words=True),
    )
    return Table("t-situations", "The chooser’s answers to other common situations, from this run", columns, tuple(rows))


def _at_a_glance(data: Data) -> list[tuple[str, Context]]:
    """The metrics and contexts of the summary: the first algorithm, the newest runtimes."""
    if not data.algorithms:
        return []
    asked = [(metric, runtime) for metric in (*(name for name, _ in METRICS), "hundred") for runtime in data.newest]
    found = [(m, data.primary(m, data.algorithms[0], runtime, BASE_CELL if m == "warm" else "")) for m, runtime in asked]
    return [(metric, context) for metric, context in found if context]


def headline_claims(data: Data) -> list[dict[str, Any]]:
    """The claims about doors and the published handler, and what other libraries gain."""
    metrics = [metric for metric, _ in METRICS]
    found = []
    for metric, context in _at_a_glance(data):
        for claim in data.claims.get((metric, context.id), []) if metric in metrics else []:
            role = data.role(claim["subject"])
            if role == "door" or claim["subject"] == "js-article" or (role == "peer" and claim["verdict"] == "faster"):
                found.append(claim)
    return sorted(found, key=lambda claim: (data.place(claim["subject"]), metrics.index(claim["metric"]), claim["reference"]))


def rival_claims(data: Data) -> list[dict[str, Any]]:
    """What the run says of the pairs that one would choose between: first 100 requests and warm calls."""
    places = {(metric, context.id) for metric, context in _at_a_glance(data) if metric in ("hundred", "warm")}
    return [claim for claim in data.rivals if (claim["metric"], claim["context"]) in places]


MOST_CLAIMS = 8  # of each kind; the others are a click away


def _claims(data: Data) -> list[Block]:
    claims, rivals = headline_claims(data), rival_claims(data)
    if not claims and not rivals:
        return [Notice("This run makes no claim: it has no pairs of a contender and its reference.", "warn")]
    blocks: list[Block] = [Heading("What this run claims", "claims-first")]
    ours = [claim for claim in claims if data.role(claim["subject"]) != "peer"]
    theirs = [claim for claim in claims if data.role(claim["subject"]) == "peer"]
    for title, kind in (
        ("The doors of Portcullis, and the published handler, against the reference:", ours),
        ("Other handlers that take less time than the reference:", theirs),
        ("Each door against what you would take instead:", rivals),
    ):
        blocks += _told(data, title, kind)
    open_ = sum(not _is_told(claim) for claim in (*claims, *rivals))
    if open_:
        words = (
            f"{count(open_, 'comparison')} {'is' if open_ == 1 else 'are'} undecided or invalid: the tables show `~` "
            "there. Every sentence with its id is in [the data](#data)."
        )
        blocks.append(Prose(words, "note"))
    return blocks


def _is_told(claim: dict[str, Any]) -> bool:
    return claim["verdict"] not in ("undecided", "invalid")


def _told(data: Data, title: str, claims: list[dict[str, Any]]) -> list[Block]:
    told = [claim for claim in claims if _is_told(claim)]
    # The whole life and the warm call of what a quick run has too come first.
    first = [c for c in told if c["metric"] != "ready" and data.by_name.get(c["subject"], {}).get("quick", True)][:MOST_CLAIMS]
    first = first or told[:MOST_CLAIMS]
    rest = [claim for claim in told if claim not in first]
    blocks: list[Block] = [Prose(title), Sentences(tuple(str(claim["sentence"]) for claim in first))] if first else []
    if rest:
        blocks.append(Fold(count(len(rest), "more claim"), (Sentences(tuple(str(claim["sentence"]) for claim in rest)),)))
    return blocks


def summary_context(data: Data, metric: str, name: str) -> Context | None:
    kind = family(str(data.by_name.get(name, {}).get("runtime", "")))
    runtime = next((runtime for runtime in data.newest if family(runtime) == kind), None)
    if runtime is None:
        return None
    for algorithm in data.algorithms:
        context = data.primary(metric, algorithm, runtime, BASE_CELL if metric == "warm" else "")
        if context and name in data.figures[(metric, context.id)]:
            return context
    return None


def _metric_cell(data: Data, metric: str, name: str) -> Cell:
    """Ratio, verdict and interval in one cell; `~` alone where the run cannot tell."""
    context = summary_context(data, metric, name)
    if not context:
        return NONE
    claim = data.claim(metric, context.id, name)
    references = {claim["reference"] for claim in data.claims.get((metric, context.id), [])}
    if claim is None:
        return ratio_cell(None, name in references)
    cell = ratio_cell(claim)
    if not data.decides(name):
        return cell
    verdict = verdict_text(claim["verdict"])
    if claim["verdict"] in ("undecided", "invalid"):
        return replace(cell, detail="undecided") if claim["verdict"] == "undecided" else cell
    return replace(cell, text=f"{cell.text} {verdict}", tone=verdict_tone(claim["verdict"]))


def _table(data: Data) -> Table:
    rows = []
    for entry in data.contenders:
        name = entry["name"]
        own = sizes(entry)
        cells = [name_cell(data, name, full=True)]
        cells.append(Cell(bytes_text(own["zip"]), sort=own["zip"]) if own else NONE)
        if entry.get("status", "measured") != "measured":
            reason = "; ".join(str(text) for text in entry.get("reasons") or []) or "nothing was measured before the run ended"
            cells += [Cell(f"{entry.get('status')}", detail=reason[:160], tone="soft"), *([NONE] * 3)]
        else:
            for metric, _ in METRICS:
                cells.append(_metric_cell(data, metric, name))
            found = data.base("memory", name)
            cells.append(Cell(memory_text(found[1]["median"]), sort=found[1]["median"]) if found else NONE)
        context = (
            summary_context(data, "warm", name) or summary_context(data, "ready", name) or summary_context(data, "start", name)
        )
        tag = tags(data, name, context)
        rows.append(row(cells, type(tag)(tag.runtime, "", tag.role, name)))
    columns = [Column("contender"), Column("zip")]
    for _, title in METRICS:
        columns.append(Column(f"{title} ÷ reference", "paired ratio and verdict, 95 % interval, n"))
    columns.append(Column("peak memory", "median"))
    runtimes = ", ".join(runtime_title(runtime) for runtime in data.newest) or "no runtime"
    algorithm = data.algorithms[0] if data.algorithms else "no algorithm"
    caption = (
        f"All contenders at a glance: {algorithm} (or a contender’s first algorithm), {runtimes}. A ratio below 1 is "
        "less time than the reference of the same runtime; `~` means that this run can’t tell."
    )
    return Table("t-summary", caption, tuple(columns), tuple(rows))


def run_facts(data: Data) -> Facts:
    manifest, analysis = data.manifest, data.analysis
    source = manifest.get("source") or {}
    commit = manifest.get("commit") or source.get("commit") or "no git repository"
    changed = manifest.get("changed", source.get("changed"))
    rounds, processes = analysis.get("rounds"), analysis.get("processes")
    counts = [
        count(rounds, "round") if isinstance(rounds, int) else "",
        f"{processes:,} processes" if isinstance(processes, int) else "",
    ]
    items = [
        ("Run", data.run),
        ("Kind", ", ".join(part for part in [str(analysis.get("mode") or manifest.get("mode")), *counts] if part)),
        ("When", str(manifest.get("started") or "unknown")),
        ("Machine", data.machine),
        ("Commit", f"{str(commit)[:12]}{', with local changes' if changed else ''}"),
    ]
    return Facts(tuple(items))
