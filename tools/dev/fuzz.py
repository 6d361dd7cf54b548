"""./dev fuzz: the fuzz targets of tests/fuzz, built by clang and run by libFuzzer."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from . import command
from .console import Failure, Step, heading, say, table
from .environment import run_environment
from .lock import exclusive
from .paths import BUILD, ROOT, VENV_PYTHON, relative
from .setup import setup

_FUZZ = ROOT / "tests" / "fuzz"
_WORK = BUILD / "fuzz"
TARGETS = tuple(sorted(path.name.removesuffix("_fuzz.cpp") for path in _FUZZ.glob("*_fuzz.cpp")))
# Seconds for one input, and MiB: far above what any takes.
_LIMITS = ("-timeout=10", "-rss_limit_mb=2048")


@dataclass(frozen=True)
class Ran:
    target: str
    code: int
    runs: int
    coverage: int
    found: tuple[Path, ...]


def fuzz(targets: Sequence[str], minutes: float) -> int:
    setup()
    chosen = tuple(targets) or TARGETS
    unknown = [name for name in chosen if name not in TARGETS]
    if unknown:
        raise Failure(f"no fuzz target {unknown[0]}: there are {', '.join(TARGETS)}", code=2)
    heading("fuzz")
    with exclusive():
        _build(chosen)
        with Step("seeds from the vectors"):
            command.run("fuzz seeds", [VENV_PYTHON, _FUZZ / "make_seeds.py", _WORK / "seeds"])
        told = f"{len(chosen)} targets, {minutes:g} min each"
        with Step(told), ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            ran = list(pool.map(lambda name: _run(name, minutes), chosen))
    return _tell(ran)


def _build(targets: Sequence[str]) -> None:
    clang = ("-DCMAKE_C_COMPILER=clang", "-DCMAKE_CXX_COMPILER=clang++")
    with Step("targets, with AddressSanitizer and UndefinedBehaviorSanitizer"):
        command.run(
            "cmake fuzz",
            ["cmake", "-S", ROOT, "-B", _WORK, "-G", "Ninja", *clang, "-DPORTCULLIS_FUZZ=ON", "-DPORTCULLIS_SANITIZE=address"],
            env=run_environment(),
        )
        names = [f"{name}_fuzz" for name in targets]
        command.run("build fuzz", ["cmake", "--build", _WORK, "--target", *names], env=run_environment())


def _run(target: str, minutes: float) -> Ran:
    corpus = _WORK / "corpus" / target
    crashes = _WORK / "crashes" / target
    corpus.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir(parents=True)
    # What was found once, first; new inputs go to the first folder.
    folders = [corpus, _WORK / "seeds" / target, _FUZZ / "corpus" / target]
    log = f"fuzz {target}"
    code = command.logged(
        log,
        [
            _WORK / "tests" / "fuzz" / f"{target}_fuzz",
            *_LIMITS,
            f"-max_total_time={max(1, round(minutes * 60))}",
            "-max_len=4096",
            "-print_final_stats=1",
            f"-artifact_prefix={crashes}/",
            *(folder for folder in folders if folder.is_dir()),
        ],
        env={**run_environment(), "UBSAN_OPTIONS": "print_stacktrace=1"},
    )
    text = command.log_of(log).read_text(encoding="utf-8", errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"\bcov: (\d+)", text)
    return Ran(
        target,
        code,
        int(runs[1]) if runs else 0,
        int(coverage[-1]) if coverage else 0,
        tuple(sorted(crashes.iterdir())),
    )


def _tell(ran: Sequence[Ran]) -> int:
    say()
    rows = [("target", "inputs", "places reached", "")]
    for each in ran:
        outcome = "ok" if each.code == 0 and each.runs else "FAILED"
        rows.append((each.target, f"{each.runs:,}", f"{each.coverage:,}", outcome))
    say(table(rows, numbers=(1, 2)))
    failed = [each for each in ran if each.code != 0 or not each.runs]
    for each in failed:
        say(f"\n{each.target}: {relative(command.log_of(f'fuzz {each.target}'))}")
        for path in each.found:
            say(f"  again: {relative(_WORK / 'tests' / 'fuzz' / f'{each.target}_fuzz')} {relative(path)}")
    return 1 if failed else 0
