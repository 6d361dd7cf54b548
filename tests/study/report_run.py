"""Run folders for the tests of the report: a synthetic run with everything that is derived from it, made once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import synthetic_run
from harness import analysis, articles, choice, report
from harness.folder import RunFolder, write_json

HOSTILE = (
    '</script><script>globalThis.injected = 1</script><img src=x onerror="globalThis.injected = '
    '2">&"\'`|**[x](javascript:alert(1))'
)
LOAD = {
    "note": "on loopback",
    "command": "h2load -c 5",
    "runs": [
        {
            "target": "none",
            "rate": 5,
            "achieved": 5.0,
            "requests": 50,
            "errors": 0,
            "percentiles": {"p50": 200000, "p99": 900000, "max": 1000000},
        },
        {
            "target": "js-tuned",
            "rate": 5,
            "achieved": 5.0,
            "requests": 50,
            "errors": 0,
            "percentiles": {"p50": 300000, "p99": 950000, "max": 1100000},
        },
    ],
    "left_out": [{"contender": "napi", "reason": "not built"}],
}


_SHARED: list[RunFolder] = []


def shared(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """One run for all test files of a session. Its readers leave it as it is."""
    if not _SHARED:
        _SHARED.append(hostile(tmp_path_factory.mktemp("report") / "run", rounds=6))
    return _SHARED[0]


def change(folder: Path, name: str, edit: Any) -> None:
    """Reads a JSON file of a run, has it changed, and writes it back."""
    value = json.loads((folder / name).read_text(encoding="utf-8"))
    edit(value)
    write_json(folder / name, value)


def derived(folder: Path) -> RunFolder:
    run = RunFolder(folder)
    write_json(folder / "analysis.json", analysis.make(run))
    write_json(folder / "choice.json", choice.make(run))
    write_json(folder / "articles.json", articles.make(run))
    report.write(run)
    return run


def hostile(folder: Path, **options: Any) -> RunFolder:
    """A run in which a contender's words would like to be markup, with a load test and some gate cases."""
    synthetic_run.make(folder, **options)

    def entitle(manifest: dict[str, Any]) -> None:
        for entry in manifest["contenders"]:
            if entry["name"] == "js-bare":
                entry["title"] = HOSTILE
                entry["caveats"] = [HOSTILE]
            if entry["name"] == "js-jose":
                entry |= {"status": "refused", "reasons": [HOSTILE]}

    def cases(gate: dict[str, Any]) -> None:
        gate["cases"] += [
            {"id": f"case-{i}", "kind": kind, "what": HOSTILE, "expected": "401", "algorithms": ["HS256"]}
            for i, kind in enumerate(("decision", "strictness"))
        ]
        for verdict in gate["verdicts"].values():
            if "HS256" in verdict:
                verdict["HS256"]["outcomes"] |= {"case-0": "401", "case-1": "401"}
        gate["verdicts"]["js-article"]["HS256"]["outcomes"]["case-0"] = "allow"

    change(folder, "manifest.json", entitle)
    change(folder, "gate.json", cases)
    write_json(folder / "loadtest.json", LOAD)
    return derived(folder)
