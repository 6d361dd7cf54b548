"""choice.json: what the chooser (study/chooser/choose.js) reads, and its answers to some typical situations.

The rule itself is in choose.js alone. This file packs a run's figures for it, and asks it through Node.
"""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from .folder import RunFolder, json_bytes
from .resampling import Resampler
from .runtimes import family_of, newest
from .samples import REQUESTS, call_ns
from .tools import Tools
from .verdicts import place
from .workload import BASE_CELL

STUDY = Path(__file__).resolve().parents[1]
CHOOSE_JS = STUDY / "chooser" / "choose.js"
COST_JS = STUDY / "chooser" / "cost.js"

FORMAT = 1
# The lengths of a life at which the sum of its requests is kept, and those of its p99; between them the chooser draws lines.
LIVES = (1, 3, 10, 30, 100)
TAILS = (*LIVES, 101, 200, 1000, 10000)
# One spread stands for the p99s of lives of up to a hundred requests, which are those of starts; one for the longer ones'.
SPREAD_TAILS = (10, 1000)
STEADY_FROM = 50  # of the hundred requests of a process; those behind it stand for all that would follow
# As many resamplings as fit into the page.
RESAMPLINGS = (200, 160, 128, 100, 80, 64, 50, 40, 32, 20)
MOST_BYTES = 215_000  # of the data; what else is in the file takes some 25,000
_LIFE = ("ready", "steady", *(f"sum{n}" for n in LIVES))
# Of single calls no p99 is measured: what a process keeps of them are averages over half a millisecond.
COLUMNS = {"lambda": [*_LIFE, *(f"tail{n}" for n in TAILS)], "server": ["warm"], "worker": ["ready", "warm"]}
SPREADS = {**COLUMNS, "lambda": [*_LIFE, *(f"tail{n}" for n in SPREAD_TAILS)]}
HISTORICAL = "js-article"  # what the string secret costs is told whatever the verdict
SENTENCES_OF = ("faster", "undecided", "invalid")

# What `./dev pack --variant` calls the doors.
PACKED = {
    "napi": "napi",
    "wasm-host": "wasm",
    "wasm-asset": "wasm-self-contained",
    "wasm-inline": "wasm-inline",
    "worker-wasm": "wasm",
    "pybind11": "pybind11",
}

SITUATIONS: list[dict[str, Any]] = [
    {
        "id": "auth0-hs256",
        "title": "Viewer request, Auth0 with HS256, permissions checked, jsonwebtoken with a string today",
        "input": {"current": "string-secret"},
    },
    {
        "id": "cognito-rs256",
        "title": "Viewer request, Cognito with RS256, keys that rotate",
        "input": {"algorithms": ["RS256"], "keys": "rotate"},
    },
    {
        "id": "python-team",
        "title": "A Python team, viewer request, native binaries are fine",
        "input": {"runtime": "python", "accepts": ["native-binary"]},
    },
    {
        "id": "workers",
        "title": "Cloudflare Workers, HS256",
        "input": {"trigger": "worker", "rps": 500, "requests_per_sandbox": 10000},
    },
    {
        "id": "high-traffic",
        "title": "Viewer request, 5,000 requests/s, long-lived sandboxes, everything accepted",
        "input": {"rps": 5000, "requests_per_sandbox": 20000, "accepts": ["native-binary", "toolchain"]},
    },
    {
        "id": "low-traffic",
        "title": "Viewer request, one request in ten seconds, five requests per sandbox, native binaries are fine",
        "input": {"rps": 0.1, "requests_per_sandbox": 5, "accepts": ["native-binary"]},
    },
    {
        "id": "strict-p99",
        "title": "Viewer request, p99 below 25 ms, both languages and native binaries are fine",
        "input": {"runtime": "either", "p99_ms": 25, "requests_per_sandbox": 1000, "accepts": ["native-binary"]},
    },
    {
        "id": "one-scope",
        "title": "Viewer request, HS256, one scope and nothing else checked",
        "input": {"claims": "scope", "keys": "rotate"},
    },
    {"id": "private-files", "title": "Only private files behind CloudFront", "input": {"need": "files"}},
]


class ChoiceError(ValueError):
    """A question that cannot be answered."""


@cache
def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((STUDY / name).read_text(encoding="utf-8"))


# --- figures ------------------------------------------------------------------------------------

Floats = npt.NDArray[np.float64]
# What one process gave, as a value for each name, and for the p99 all that its requests waited.
Row = dict[str, float]


def _life_row(trial: Mapping[str, Any], iterations: npt.NDArray[np.float32]) -> tuple[Row, Floats]:
    place = trial["requests"]
    waits = iterations[place["offset"] : place["offset"] + place["count"]].astype(np.float64)
    sums = np.cumsum(waits)
    row = {"ready": float(trial["marks"]["ready"]), "steady": float(waits[STEADY_FROM:].mean())}
    row |= {f"sum{n}": float(sums[min(n, len(sums)) - 1]) for n in LIVES}
    return row, waits


class _Tail:
    """The p99 of what a request waits for in a life of so many requests, of the requests of all processes together.

    The first request of a life waits for the start as well. A life goes on behind the measured hundred requests with more of
    its steady ones.
    """

    def __init__(self, ready: Sequence[float], waits: Sequence[Floats]) -> None:
        first = [np.concatenate([[r + w[0]], w[1:]]) for r, w in zip(ready, waits, strict=True)]
        steady = [w[STEADY_FROM:] for w in waits]
        values = np.concatenate([np.concatenate([f, s]) for f, s in zip(first, steady, strict=True)])
        order = np.argsort(values, kind="stable")
        sizes = [(len(f), len(s)) for f, s in zip(first, steady, strict=True)]
        self._values = values[order]
        self._process = np.repeat(np.arange(len(sizes)), [f + s for f, s in sizes])[order]
        self._steady = np.concatenate([[False] * f + [True] * s for f, s in sizes])[order]
        self._number = np.concatenate([np.arange(1, f + s + 1) for f, s in sizes])[order]
        self._lengths = np.array([s for _, s in sizes], dtype=np.float64)

    def p99(self, life: int, times: Floats) -> float:
        """`times`: how often each process was drawn. Where just one request of a hundred waits for a start, that is the p99."""
        beyond = max(life - REQUESTS, 0) / self._lengths
        weights = times[self._process] * np.where(self._steady, beyond[self._process], self._number <= life)
        heap = np.cumsum(weights)
        at = int(np.searchsorted(heap, 0.99 * heap[-1] * (1 + 1e-12)))
        return float(self._values[min(at, len(self._values) - 1)])


def _middles(names: Sequence[str], table: Floats) -> Floats:
    """Medians; of the steady requests the mean, as what many of them take together is asked, and stalls are a part of it."""
    middles = np.median(table, axis=0)
    if "steady" in names:
        middles[names.index("steady")] = table[:, names.index("steady")].mean()
    return np.asarray(middles, dtype=np.float64)


Rows = list[tuple[int, Row, "Floats | None"]]


def _series(rows: Rows, resampler: Resampler) -> tuple[dict[str, float], dict[str, Floats]]:
    """The values of the whole run, and those of each resampling of its rounds in relation to them."""
    held = resampler.places([round_ for round_, _, _ in rows])
    names = list(rows[0][1])
    table = np.array([[row[name] for name in names] for _, row, _ in rows])
    point = dict(zip(names, map(float, _middles(names, table)), strict=True))
    again = np.array([_middles(names, table[places]) for places in held])
    spread = {name: again[:, i] / point[name] for i, name in enumerate(names)}
    waits = [w for _, _, w in rows if w is not None]
    if waits:
        tail = _Tail([row["ready"] for _, row, _ in rows], waits)
        once = np.ones(len(rows))
        times = [np.bincount(places, minlength=len(rows)).astype(np.float64) for places in held]
        point |= {f"tail{life}": tail.p99(life, once) for life in TAILS}
        for life in SPREAD_TAILS:
            spread[f"tail{life}"] = np.array([tail.p99(life, each) for each in times]) / point[f"tail{life}"]
    return point, spread


def _packed(mode: str, point: Mapping[str, float], spread: Mapping[str, Floats], resamplings: int) -> dict[str, str]:
    """Whole nanoseconds (or tenths), and each resampling in thousandths of the point away from it."""
    values = [point[name] for name in COLUMNS[mode]]
    segments = [np.rint((spread[name][:resamplings] - 1) * 1000).astype(int) for name in SPREADS[mode]]
    return {
        "point": " ".join(f"{value:.1f}" if value < 1e5 else f"{value:.0f}" for value in values),
        "spread": ";".join(" ".join(map(str, segment)) for segment in segments),
    }


def _used(trials: Sequence[Mapping[str, Any]], kind: str) -> list[Mapping[str, Any]]:
    return [t for t in trials if t["kind"] == kind and not t.get("void") and t["twin"] == 0]


def _of_newest_runtime(trials: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    labels = {t["runtime"] for t in trials}
    kept = {newest(label for label in labels if family_of(label) == family) for family in {*map(family_of, labels)}}
    return [t for t in trials if t["runtime"] in kept]


def _preferred(trials: Sequence[Mapping[str, Any]], field: str, order: Sequence[str]) -> list[Mapping[str, Any]]:
    """Only those with the first of the words that a runtime has at all."""
    best: dict[str, str] = {}
    for word in reversed(order):
        best |= {t["runtime"]: word for t in trials if t[field] == word}
    return [t for t in trials if t[field] == best.get(t["runtime"])]


def _call(trial: Mapping[str, Any], iterations: npt.NDArray[np.float32]) -> float | None:
    cell = next((c for c in trial["cells"] if c["cell"] == BASE_CELL), None)
    return None if cell is None else call_ns(cell, iterations)


def _gather(
    trials: Sequence[Mapping[str, Any]], row: Callable[[Mapping[str, Any]], tuple[Row, Floats | None] | None]
) -> dict[tuple[str, str, str, str, str | None], Rows]:
    found: dict[tuple[str, str, str, str, str | None], Rows] = {}
    for trial in trials:
        made = row(trial)
        if made is not None:
            key = (trial["contender"], trial["algorithm"], trial["runtime"], trial["profile"], trial["client"])
            found.setdefault(key, []).append((trial["round"], *made))
    return found


def _all_rows(
    trials: Sequence[Mapping[str, Any]], iterations: npt.NDArray[np.float32]
) -> list[tuple[str, tuple[str, str, str, str, str | None], Rows]]:
    """(mode, whose, rows) of all that the chooser compares."""

    def warm(trial: Mapping[str, Any]) -> tuple[Row, None] | None:
        ns = _call(trial, iterations)
        return None if ns is None else ({"warm": ns}, None)

    def worker(trial: Mapping[str, Any]) -> tuple[Row, None] | None:
        """Isolates are what starts in production, processes are not."""
        ns, ready = _call(trial, iterations), trial.get("isolate_ns") or trial.get("start", {}).get("ready")
        return None if ns is None or ready is None else ({"ready": float(ready), "warm": ns}, None)

    lives = [t for t in _of_newest_runtime(_used(trials, "life")) if t["profile"] in ("edge-viewer", "unthrottled")]
    lives = _preferred(_preferred(lives, "profile", ("edge-viewer", "unthrottled")), "client", ("ric", "thin"))
    kinds = [
        ("lambda", _gather(lives, lambda trial: _life_row(trial, iterations))),
        ("server", _gather(_of_newest_runtime(_used(trials, "warm")), warm)),
        ("worker", _gather(_used(trials, "worker"), worker)),
    ]
    return [(mode, whose, rows) for mode, gathered in kinds for whose, rows in sorted(gathered.items(), key=str)]


# --- claims -------------------------------------------------------------------------------------


def _claims(analysis: Mapping[str, Any], series: Sequence[Mapping[str, Any]], names: set[str]) -> list[dict[str, Any]]:
    """Those that the chooser asks for: in the contexts of its series, one of each metric, pair and algorithm. A rival's claim
    compares two directly, which otherwise are compared by way of the reference alone."""
    lives = {(s["runtime"], s["profile"], s["client"], s["algorithm"]) for s in series if s["mode"] == "lambda"}
    calls = {(s["runtime"], s["algorithm"]) for s in series if s["mode"] != "lambda"}
    contexts = analysis["contexts"]
    kept: dict[tuple[str, str, str, str], tuple[int, dict[str, Any]]] = {}  # the most pairs win
    for claim in (*analysis["claims"], *analysis["rivals"]):
        if claim["subject"] not in names or claim["reference"] not in names:
            continue
        context, metric = contexts[claim["context"]], claim["metric"]
        place = (context["runtime"], context["profile"], context["client"], context["algorithm"])
        # Init runs at full speed whatever the profile, and CPU time is the same work at whatever speed: most pairs win.
        fits = metric in ("ready", "lifetime_cpu") and any((life[0], life[2], life[3]) == (place[0], place[2], place[3]) for life in lives)
        fits |= metric == "lifetime" and place in lives
        fits |= metric == "warm" and (context["runtime"], context["algorithm"]) in calls and context["cell"] == BASE_CELL
        key = (metric, claim["subject"], claim["reference"], context["algorithm"])
        if fits and (key not in kept or claim["n"] > kept[key][0]):
            kept[key] = (claim["n"], _short_claim(claim, context["algorithm"]))
    return [short for _, short in kept.values()]


def _words(*parts: Any) -> str:
    """A row of words: numbers in five digits, and "-" for what is not there."""
    return " ".join("-" if part is None else f"{part:.5g}" if isinstance(part, float) else str(part) for part in parts)


def _short_claim(claim: Mapping[str, Any], algorithm: str) -> dict[str, Any]:
    figures = [claim[key] for key in ("ratio", "low", "high")]
    numbers = _words(*figures, claim.get("floor"), claim["n"], claim.get("pairs_for_margin"))
    names = _words(claim["metric"], claim["subject"], claim["reference"], algorithm, claim["verdict"])
    row: dict[str, Any] = {"of": f"{names} {numbers}"}
    told = claim["verdict"] in SENTENCES_OF or claim["subject"] == HISTORICAL
    return row | ({"says": claim["sentence"]} if told else {})


def _with_places(claims: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Sentences name their machine and context behind the figures; each such ending is kept once."""
    places: dict[str, int] = {}
    found = []
    for claim in claims:
        says, mark, end = claim.get("says", "").partition("); ")
        if mark:
            number = places.setdefault(mark + end, len(places))
            claim = {**claim, "says": says, "at": number}
        found.append(claim)
    return found, list(places)


# --- data ---------------------------------------------------------------------------------------


def _contender(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{
            key: entry[key]
            for key in ("name", "title", "runtime", "role", "complexity", "algorithms", "accepts", "targets", "caveats")
        },
        "pack": PACKED.get(entry["name"]),
        "decides": entry["decides"],
        "status": entry["status"],
        "reasons": [str(reason).splitlines()[0] for reason in entry["reasons"][:1]],
        "accepted": sum(outcome == "allow" for outcome in entry["strictness"].values()),
        "sizes": {
            algorithm: {key: sizes[key] for key in ("zip", "unpacked", "gzip")}
            for algorithm, sizes in (entry.get("sizes") or {}).items()
        },
    }


def _comparable(entry: Mapping[str, Any]) -> bool:
    return bool(entry["status"] == "measured" and entry["decides"] and entry["role"] not in ("historical", "experiment"))


def _plain(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: dict(value) if isinstance(value, dict) else value for key, value in table.items()}


def data(folder: RunFolder, analysis: Mapping[str, Any]) -> dict[str, Any]:
    """What choose.js takes as its first argument."""
    entries, trials = analysis["contenders"], folder.trials()
    resampler = Resampler((trial["round"] for trial in trials), RESAMPLINGS[0], int(folder.plan().get("seed", 0)))
    names = {entry["name"] for entry in entries if _comparable(entry)}
    series = []
    wheres: dict[str, int] = {}
    where = _places(folder)
    own = [trial for trial in trials if trial["contender"] in names]
    for mode, (contender, algorithm, runtime, profile, client), rows in _all_rows(own, folder.iterations()):
        whose = {
            "mode": mode,
            "contender": contender,
            "algorithm": algorithm,
            "runtime": runtime,
            "profile": profile,
            "client": client,
        }
        point, spread = _series(rows, resampler)
        series.append(_Series(whose, len(rows), point, spread, wheres.setdefault(where(whose), len(wheres))))
    claims, places = _with_places(_claims(analysis, [one.whose for one in series], names | {HISTORICAL}))
    for resamplings in RESAMPLINGS:
        made = {
            **_facts(analysis, entries),
            "references": sorted({claim["reference"] for claim in analysis["claims"]} & names),
            "resamplings": resamplings,
            "series": [one.packed(resamplings) for one in series],
            "claims": claims,
            "places": places,
            "wheres": list(wheres),
        }
        if len(json_bytes(made)) <= MOST_BYTES:
            break
    return made


def _places(folder: RunFolder) -> Callable[[Mapping[str, Any]], str]:
    """Tells of a series the machine, the profile and the runtime, in the words of the claims."""
    environment, versions = folder.read("environment.json"), folder.manifest().get("versions", {})

    def where(whose: Mapping[str, Any]) -> str:
        lives = whose["mode"] == "lambda"
        context = {**whose, "cell": None if lives else BASE_CELL}
        return place(environment, versions, context, "lifetime" if lives else "warm")

    return where


@dataclass(frozen=True)
class _Series:
    whose: dict[str, Any]
    n: int
    point: dict[str, float]
    spread: dict[str, Floats]
    where: int

    def packed(self, resamplings: int) -> dict[str, Any]:
        of = _words(*self.whose.values(), self.n)
        return {"of": of, "where": self.where, **_packed(self.whose["mode"], self.point, self.spread, resamplings)}


def _facts(analysis: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "run": analysis["run"],
        "plan_sha256": analysis["plan_sha256"],
        "mode": analysis["mode"],
        "exploratory": bool(analysis["exploratory"]),
        "rounds": analysis["rounds"],
        "margins": analysis["margins"],
        "lives": list(LIVES),
        "tails": list(TAILS),
        "columns": COLUMNS,
        "spreads": SPREADS,
        "spread_tails": list(SPREAD_TAILS),
        "platforms": _plain(toml("platforms.toml")["platforms"]),
        "platforms_dated": toml("platforms.toml")["dated"],
        "prices": _plain(toml("prices.toml")),
        "contenders": [_contender(entry) for entry in entries if entry["role"] != "experiment"],
    }


# --- asking -------------------------------------------------------------------------------------

_ASK = """
const { choose, decode, encode, defaults, inputs } = require(process.argv[1]);
const { data, questions } = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const answers = questions.map((question) => {
  try {
    const input = typeof question === 'string' ? decode(question) : question;
    return { ...choose(data, input), state: encode(input) };
  } catch (error) {
    if (error.code !== 'bad-input') throw error;
    return { problems: error.problems };
  }
});
process.stdout.write(JSON.stringify({ answers, defaults: defaults(), inputs }));
"""


def ask(packed: Mapping[str, Any], questions: Sequence[Mapping[str, Any] | str]) -> dict[str, Any]:
    """The answers of choose.js, in the order of the questions (inputs, or states of the page's address).

    One that was wrong has "problems" instead.
    """
    done = subprocess.run(
        [Tools().node(), "-e", _ASK, CHOOSE_JS],
        input=json.dumps({"data": packed, "questions": list(questions)}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ChoiceError(f"the chooser failed:\n{done.stderr.strip()}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@cache
def inputs() -> list[dict[str, Any]]:
    """The table of inputs in choose.js."""
    table: list[dict[str, Any]] = ask({}, [])["inputs"]
    return table


_SHORT = ("answer", "kind", "variant", "name", "probability_best", "resamplings", "rounds_more", "state")


def make(folder: RunFolder) -> dict[str, Any]:
    analysis = folder.read("analysis.json")
    packed = data(folder, analysis)
    told = ask(packed, [situation["input"] for situation in SITUATIONS])
    situations = []
    for situation, answer in zip(SITUATIONS, told["answers"], strict=True):
        if "problems" in answer:
            raise ChoiceError(f"{situation['id']}: {'; '.join(answer['problems'])}")
        runner_up = answer["runner_up"]
        situations.append(
            {
                "id": situation["id"],
                "title": situation["title"],
                "input": situation["input"],
                **{key: answer[key] for key in _SHORT},
                "sentences": answer["sentences"],
                "cautions": answer["cautions"],
                "runner_up": runner_up["name"] if runner_up else None,
                "flip_points": [flip["sentence"] for flip in answer["flip_points"]],
            }
        )
    return {
        "plan_sha256": analysis["plan_sha256"],
        "data": packed,
        "defaults": told["defaults"],
        "inputs": told["inputs"],
        "situations": situations,
    }


def cli(argv: Sequence[str]) -> int:
    """`./dev choose`."""
    from .choice_cli import main

    return main(argv)
