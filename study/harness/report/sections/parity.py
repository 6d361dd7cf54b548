"""Equal decisions: every gate case put to every contender, with the declared differences marked."""

from __future__ import annotations

from typing import Any

from ..blocks import Block, Bullets, Cell, Column, Notice, Prose, Row, Section, Table, Tags
from ..data import ALGORITHMS, Data
from ..text import count

KINDS = (("decision", "what real traffic brings"), ("strictness", "crafted inputs that must be refused"))


def cases_of(data: Data, algorithm: str) -> list[dict[str, Any]]:
    """The cases that were put to contenders of this algorithm."""
    return [case for case in data.gate.get("cases") or [] if algorithm in case.get("algorithms", [algorithm])]


def verdict_of(data: Data, name: str, algorithm: str) -> dict[str, Any]:
    return dict(((data.gate.get("verdicts") or {}).get(name) or {}).get(algorithm) or {})


def make(data: Data) -> Section:
    asked = [row["name"] for row in data.contenders if row.get("decides", True)]
    found = {algorithm for verdicts in (data.gate.get("verdicts") or {}).values() for algorithm in verdicts}
    algorithms = [algorithm for algorithm in ALGORITHMS if algorithm in found]
    blocks: list[Block] = [
        Prose(
            "A wrong answer gets no number. Before any clock starts, each handler as it would be uploaded answers every case "
            "below, and again in the very processes that are timed: in cold ones after the clock, as an answer before it would "
            "warm them. A difference that was not declared beforehand costs a contender all its numbers.",
            "lead",
        )
    ]
    blocks += _summary(data, asked, algorithms)
    for algorithm in algorithms:
        for kind, what in KINDS:
            table = _matrix(data, asked, algorithm, kind, what)
            if table:
                blocks.append(table)
    if len(blocks) == 1:
        blocks.append(Notice("This run holds no gate cases.", "warn"))
    return Section("parity", "Equal decisions", "Parity", tuple(blocks))


def _summary(data: Data, asked: list[str], algorithms: list[str]) -> list[Block]:
    blocks: list[Block] = []
    without = data.without_number()
    if without:
        items = [
            (
                f"**{row['name']}** ({row.get('status')}): "
                f"{'; '.join(str(reason) for reason in row.get('reasons') or ['no reason given'])[:600]}"
            )
            for row in without
        ]
        blocks += [Prose(f"{count(len(without), 'contender')} without a number:"), Bullets(tuple(items))]
    different = [row for row in data.contenders if row.get("disagreements")]
    if different:
        items = [
            (
                f"**{row['name']}** decides {count(len(row['disagreements']), 'case')} differently, declared: "
                f"{', '.join(f'`{key}` ({value})' for key, value in sorted(row['disagreements'].items()))}"
            )
            for row in different
        ]
        blocks += [Prose("Declared to decide differently (their times are history, not a choice):"), Bullets(tuple(items))]
    return blocks


def _matrix(data: Data, asked: list[str], algorithm: str, kind: str, what: str) -> Table | None:
    """A row a case; where all agree with the policy one cell says so, and the columns are left to those who ever differ."""
    cases = [case for case in cases_of(data, algorithm) if case.get("kind") == kind]
    outcomes = {name: verdict_of(data, name, algorithm).get("outcomes") or {} for name in asked}
    names = [name for name in asked if outcomes[name]]
    if not cases or not names:
        return None
    differing = [name for name in names if any(outcomes[name].get(case["id"]) != case.get("expected") for case in cases)]
    alike = len(names) - len(differing)
    rows: list[Row] = []
    for case in cases:
        cells = [Cell(str(case.get("what") or case["id"]), detail=str(case["id"])), Cell(str(case.get("expected", "")))]
        if alike:
            cells.append(Cell(f"✓ {alike}", tone="good"))
        cells += [_answer(outcomes[name].get(case["id"]), str(case.get("expected"))) for name in differing]
        rows.append(Row(tuple(cells)))
    columns = [Column("case"), Column("policy")]
    if alike:
        columns.append(Column(f"{count(alike, 'contender')} as the policy", "named above" if differing else ""))
    columns += [Column(name) for name in differing]
    title = f"{kind.capitalize()} cases, {algorithm}: {what} ({count(len(cases), 'case')}, {count(len(names), 'contender')})"
    agreeing = ", ".join(name for name in names if name not in differing)
    caption = f"{title}. As the policy in every case: {agreeing or 'none'}."
    return Table(
        f"t-parity-{kind}-{algorithm}", caption, tuple(columns), tuple(rows), Tags(algorithm=algorithm), dense=True, fold=title
    )


def _answer(got: Any, expected: str) -> Cell:
    if got is None:
        return Cell("–", tone="soft")
    return Cell(f"✓ {got}", tone="good") if got == expected else Cell(f"✗ {got}", tone="bad")
