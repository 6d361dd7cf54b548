"""Data and reproduce: commands, environment, versions, files, and every claim with its id."""

from __future__ import annotations

import os.path
from typing import Any

from ..blocks import Block, Bullets, Cell, Code, Column, Facts, Heading, Prose, Row, Section, Table, Widget
from ..data import Data
from ..generic import words
from ..text import count, verdict_text
from .answer import run_facts

FILES = (
    "`plan.json`: the design, hashed before the first process; every later file names the hash",
    "`manifest.json`, `environment.json`: versions, contenders, machine",
    "`gate.json`: cases and answers · `builds.json`: sizes and digests of the artefacts",
    "`trials.ndjson`, `iterations.f32`: every process and every iteration, nothing left out",
    "`analysis.json`: every figure and claim · `choice.json`, `articles.json`: what is made of them",
    "`export/*.csv`: trials, figures, claims, sentinels, and every point of the curves, for a spreadsheet",
    "`export/*.vl.json`: the charts of this page as Vega-Lite · `export/bmf.json`, `export/gab.json`: for trackers of benchmarks",
)


def make(data: Data) -> Section:
    full = " --full" if data.analysis.get("mode") == "full" else ""
    seed = data.manifest.get("seed", data.plan.get("seed"))
    commands = [
        f"./dev study{full}{f' --seed {seed}' if seed is not None else ''}",
        f"./dev study verify {data.run}",
        f"./dev study explain {data.run} CLAIM",
        "./dev choose --help",
    ]
    blocks: list[Block] = [
        Prose("The page is a pure function of its run folder. Everything below lies beside it.", "lead"),
        run_facts(data),
        Heading("Commands", "commands"),
        Code("\n".join(commands)),
        Prose(
            "The first makes such a run, the second recomputes this one byte for byte, the third prints the samples and "
            "the rule behind a claim."
        ),
        Heading("Files", "files"),
        Bullets(FILES),
        Heading("Versions and environment", "versions"),
        Facts(tuple((str(key), words(value)) for key, value in sorted((data.manifest.get("versions") or {}).items()))),
        Facts(
            tuple(
                (str(key).replace("_", " "), words(value))
                for key, value in data.environment.items()
                if key not in ("plan_sha256", "machine", "format")
            )
        ),
        Heading("Every claim", "every-claim"),
        Prose(
            "The full list: each sentence with the id that `explain` takes. It is also in `export/claims.csv`, without "
            "any script."
        ),
        Widget("claims"),
        Heading("Artefacts", "artefacts"),
        _artefacts(data),
    ]
    return Section("data", "Data, and how to reproduce it", "Data and reproduce", tuple(blocks))


def groups(data: Data) -> list[dict[str, Any]]:
    """All claims by metric and context; the end that the sentences of a group share stands once."""
    found = []
    places = {key: index for index, key in enumerate(data.contexts)}
    together = {key: list(claims) for key, claims in data.claims.items()}
    for claim in data.rivals:
        together.setdefault((claim["metric"], claim["context"]), []).append(claim)
    for key in sorted(together, key=lambda key: (key[0], places[key[1]])):
        claims = together[key]
        context = data.contexts[key[1]]
        end = _common_end([str(claim["sentence"]) for claim in claims]) if len(claims) > 1 else ""
        tail = ":".join(
            [context.algorithm or "-", context.runtime or "-", context.profile or "-", context.client or "-", context.cell or "-"]
        )
        rows = []
        for claim in claims:
            expected = f"{claim['metric']}:{claim['subject']}:{claim['reference']}:{tail}"
            own = "" if claim["id"] == expected else claim["id"]
            sentence = str(claim["sentence"])
            rows.append(
                [claim["subject"], claim["reference"], sentence[: len(sentence) - len(end)], verdict_text(claim["verdict"]), own]
            )
        found.append({"metric": key[0], "where": data.context_words(context), "tail": tail, "end": end, "claims": rows})
    return found


# Said so often that the page keeps a sign for each; only its size depends on this list.
PHRASES = (
    " would have gone unseen. About ",
    " pairs are needed for ",
    " paired processes; noise floor ",
    " paired starts; noise floor ",
    "this run cannot tell ",
    " less time per warm call than ",
    " more time per warm call than ",
    " less CPU time per warm call than ",
    " more CPU time per warm call than ",
    " is below the ",
    " we call practical",
    " a difference exists (",
    ", CI ",
    ": anything under ",
    " less time for ",
    " more time for ",
    " less CPU time for ",
    " more CPU time for ",
    "init and first 100 requests together",
    "first 100 requests",
    "first request",
    " is below the margin of ",
    "equivalent within ",
    " (exact sizes, n = 1 build)",
    " shorter than ",
    " longer than ",
    " smaller than ",
    " larger than ",
    " paired processes",
    " paired starts",
    " (95 % CI ",
    " (90 % CI ",
    " CPU time",
    " takes ",
    " warm call",
)
_FIRST_SIGN, _SUBJECT, _REFERENCE = 0xE010, "\ue000", "\ue001"


def packed(data: Data) -> dict[str, Any]:
    """The groups in few bytes: names and verdicts by number, frequent phrases by one sign."""
    made = groups(data)
    names = sorted(
        {name for group in made for claim in group["claims"] for name in claim[:2]}, key=lambda name: (data.place(name), name)
    )
    verdicts = sorted({claim[3] for group in made for claim in group["claims"]})
    rows = []
    for group in made:
        claims: list[list[Any]] = []
        for subject, reference, sentence, verdict, own in group["claims"]:
            text = sentence
            for phrase in PHRASES:
                text = text.replace(phrase, chr(_FIRST_SIGN + PHRASES.index(phrase)))
            # The longer name first: one may begin with the other.
            for name, sign in sorted(((subject, _SUBJECT), (reference, _REFERENCE)), key=lambda pair: -len(pair[0])):
                text = text.replace(name, sign)
            claims.append([names.index(subject), names.index(reference), text, verdicts.index(verdict), *([own] if own else [])])
        rows.append(group | {"claims": claims})
    return {"names": names, "verdicts": verdicts, "phrases": list(PHRASES), "first": _FIRST_SIGN, "groups": rows}


def _common_end(sentences: list[str]) -> str:
    end = os.path.commonprefix([sentence[::-1] for sentence in sentences])[::-1]
    start = end.find("; ")
    return end[start:] if start >= 0 else ""


def _artefacts(data: Data) -> Table:
    rows: list[Row] = []
    built = data.builds.get("built") or {}
    for name in sorted(built, key=data.place):
        for algorithm, entry in built[name].items():
            if isinstance(entry, dict) and entry.get("sha256"):
                rows.append(Row((Cell(f"{name}, {algorithm}"), Cell(str(entry["sha256"])))))
    caption = f"SHA-256 of {count(len(rows), 'zip')}"
    return Table("t-artefacts", caption, (Column("artefact"), Column("SHA-256", words=True)), tuple(rows), fold=caption)
