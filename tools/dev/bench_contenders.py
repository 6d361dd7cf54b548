"""Run by .venv's Python: builds the study's contenders as users would upload them, and unpacks them.

bench_contenders.py FOLDER CONTENDER/ALGORITHM... prints one JSON object: for each either its folder and
entry, or the reason why it is absent; and the events' parts, which are the study's as well.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "study"))

from harness import artefact, workload  # noqa: E402
from harness.contender import FOLDER, load_contender  # noqa: E402

_SEED = 6
_SIZES = "0.3/typical"  # the token's class and the event's
# Distinct tokens, each in an event of its own. A service has its event fresh in the cache; with all 256
# of the study their events would fill it, and what is timed would be memory.
_COUNT = 32


def _build(name: str, algorithm: str, folder: Path) -> dict[str, str]:
    contender = load_contender(FOLDER / name)
    try:
        built = artefact.build(contender, algorithm, artefact.Tools(), folder, repeats=1, timed=False)
    except artefact.BuildError as error:
        return {"absent": str(error)}
    place = folder / f"{name}-{algorithm}"
    artefact.unpack(built, place)
    return {"folder": str(place), "entry": contender.entry, "runtime": contender.runtime}


def _scenario(algorithm: str, folder: Path) -> dict[str, Any]:
    """What core/bench/scenario_bench.cpp and the handlers' programs read."""
    place = folder / f"scenario-{algorithm}"
    place.mkdir(parents=True)
    shutil.copyfile(artefact.policy_file(algorithm), place / "policy.json")
    size, _, event_size = _SIZES.partition("/")
    files = {name: workload.token_file(algorithm, _SEED, name, size) for name in ("allow", "bad-signature")}
    tokens = {name: file.read_text("ascii").split()[:_COUNT] for name, file in files.items()}
    (place / "tokens.txt").write_text("".join(f"{token}\n" for token in tokens["allow"]))
    return {
        "folder": str(place),
        "event": workload.event_text(event_size, True),
        "marks": [workload.AUTHORIZATION_MARK, workload.REQUEST_MARK],
        "tokens": tokens["allow"],
        "forged": tokens["bad-signature"][0],
    }


def main(folder: Path, wanted: list[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pairs = [(name, algorithm) for name, algorithm in (word.split("/") for word in wanted)]
    contenders = {"/".join(pair): _build(*pair, folder) for pair in pairs}
    scenarios = {algorithm: _scenario(algorithm, folder) for algorithm in {pair[1] for pair in pairs}}
    json.dump({"contenders": contenders, "scenarios": scenarios}, sys.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
