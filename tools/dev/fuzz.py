"""./dev fuzz: the fuzz targets of tests/fuzz, built by clang and run by libFuzzer; what they find goes
through every door and backend as well."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from . import command
from .build import build
from .console import Failure, Step, heading, say, table
from .environment import run_environment
from .instrumented import SANITIZE, sanitized
from .paths import BUILD, ROOT, VENV_PYTHON, relative

_FUZZ = ROOT / "tests" / "fuzz"
_WORK = BUILD / "fuzz"
_SEEDS = _WORK / "seeds"
TARGETS = tuple(sorted(path.name.removesuffix("_fuzz.cpp") for path in _FUZZ.glob("*_fuzz.cpp")))

# Seconds for one input, and MiB: far above what any takes.
_LIMITS = ("-timeout=25", "-report_slow_units=25", "-rss_limit_mb=2048", "-max_len=4096")
# So many at a time for each processor: a target waits for nobody, but its last second is not the others'.
_EACH_PROCESSOR = 2
_TELL_EVERY = 30.0  # seconds
# Inputs of each target that are asked of every door after a run; the newest.
_REPLAYED = 300
# Of what --keep writes for each target.
_KEPT_BYTES = 24_000


@dataclass(frozen=True)
class Ran:
    target: str
    code: int
    runs: int
    seconds: float
    coverage: int
    corpus: int
    found: tuple[Path, ...]

    @property
    def held(self) -> bool:
        return self.code == 0 and self.runs > 0 and not self.found


def fuzz(targets: Sequence[str], minutes: float, keep: bool = False) -> int:
    chosen = tuple(dict.fromkeys(targets)) or TARGETS
    unknown = [name for name in chosen if name not in TARGETS]
    if unknown:
        raise Failure(f"no fuzz target {unknown[0]}: there are {', '.join(TARGETS)}", code=2)
    if minutes <= 0:
        raise Failure("--minutes: more than 0", code=2)
    build()
    heading("fuzz")
    with Step("targets, with AddressSanitizer and UndefinedBehaviorSanitizer"):
        sanitized(*map(program_name, chosen))
    make_seeds()
    told = f"{len(chosen)} targets, {minutes:g} min each"
    with Step(told) as step:
        ran = search(chosen, minutes * 60)
        step.outcome("done" if all(each.held for each in ran) else "FAILED")
    if keep:
        with Step("what is new into tests/fuzz/corpus"):
            for name in chosen:
                _keep(name)
    with Step("what was found through every door and backend") as step:
        agreed, answers = replay()
        step.outcome(f"{answers:,} answers" if agreed else "FAILED")
    say()
    say(render(ran))
    for each in ran:
        if not each.held:
            say(f"\n{each.target}: {relative(command.log_of(f'fuzz {each.target}'))}")
            for path in each.found:
                say(f"  again: {relative(program(each.target))} {relative(path)}")
    if not agreed:
        command.show_log("fuzz replay")
    return 0 if agreed and all(each.held for each in ran) else 1


def program_name(target: str) -> str:
    return f"{target}_fuzz"


def program(target: str) -> Path:
    return SANITIZE / "tests" / "fuzz" / program_name(target)


def make_seeds() -> None:
    shutil.rmtree(_SEEDS, ignore_errors=True)
    with Step("seeds from the vectors"):
        command.run("fuzz seeds", [VENV_PYTHON, _FUZZ / "make_seeds.py", _SEEDS])


def search(targets: Sequence[str], seconds: float) -> list[Ran]:
    """Runs targets, each for so long, several at a time; tells now and then where they are."""
    begun = time.monotonic()
    at_once = _EACH_PROCESSOR * len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(at_once) as pool:
        futures: dict[Future[Ran], str] = {pool.submit(run, name, seconds): name for name in targets}
        pending = set(futures)
        while pending:
            done, pending = wait(pending, timeout=_TELL_EVERY)
            for each in sorted(done, key=lambda future: futures[future]):
                ended = each.result()
                outcome = f"{ended.runs:,} inputs" if ended.held else "FAILED"
                say(f"      {ended.target}: {outcome} ({ended.seconds:.0f} s)")
            if not done:
                running = ", ".join(_pulse(futures[each]) for each in pending if each.running())
                say(f"      {time.monotonic() - begun:.0f} s: {running}")
        return [future.result() for future in futures]


def run(target: str, seconds: float) -> Ran:
    corpus = _WORK / "corpus" / target
    crashes = _WORK / "crashes" / target
    corpus.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(crashes, ignore_errors=True)
    crashes.mkdir(parents=True)
    words = _SEEDS / "dictionaries" / f"{target}.dict"
    begun = time.monotonic()
    code = command.logged(
        f"fuzz {target}",
        [
            # It lasts as long as it is told to; what runs beside it wants to end.
            *("nice", "-n", "10"),
            program(target),
            *_LIMITS,
            *((f"-dict={words}",) if words.is_file() else ()),
            f"-max_total_time={max(1, round(seconds))}",
            "-print_final_stats=1",
            f"-artifact_prefix={crashes}/",
            corpus,  # new inputs go to the first
            *_seeds_of(target),
        ],
        env=fuzz_environment(),
    )
    text = _text_of(target)
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"\bcov: (\d+)", text)
    return Ran(
        target,
        code,
        int(runs[1]) if runs else 0,
        time.monotonic() - begun,
        int(coverage[-1]) if coverage else 0,
        len(list(corpus.iterdir())),
        tuple(sorted(crashes.iterdir())),
    )


def render(ran: Sequence[Ran]) -> str:
    rows = [("target", "inputs", "per second", "places reached", "corpus", "found", "")]
    for each in ran:
        rows.append(
            (
                each.target,
                f"{each.runs:,}",
                f"{each.runs / max(each.seconds, 1):,.0f}",
                f"{each.coverage:,}",
                f"{each.corpus:,}",
                f"{len(each.found)}",
                "ok" if each.held else "FAILED",
            )
        )
    return table(rows, numbers=(1, 2, 3, 4, 5))


def replay() -> tuple[bool, int]:
    """The newest of each target's corpus, and what the repository keeps, to every door: whether all
    agreed, and how many answers there were."""
    with tempfile.TemporaryDirectory() as scratch:
        for target in TARGETS:
            folder = Path(scratch) / target
            folder.mkdir()
            files = sorted((_WORK / "corpus" / target).glob("*"), key=lambda path: path.stat().st_mtime)
            for path in files[-_REPLAYED:]:
                shutil.copy(path, folder)
        code = command.logged(
            "fuzz replay",
            [VENV_PYTHON, _FUZZ / "replay.py", _SEEDS / "kept", scratch],
            env=run_environment(),
        )
    text = _text_of("replay")
    answers = re.search(r"^replayed: (\d+) answers", text, re.M)
    count = int(answers[1]) if answers else 0
    return code == 0 and count > 0, count


def fuzz_environment() -> dict[str, str]:
    return {**run_environment(), "UBSAN_OPTIONS": "print_stacktrace=1"}


def _seeds_of(target: str) -> Iterator[Path]:
    for kind in ("kept", "vectors"):
        if (_SEEDS / kind / target).is_dir():
            yield _SEEDS / kind / target


def _text_of(target: str) -> str:
    return command.log_of(f"fuzz {target}").read_text(encoding="utf-8", errors="replace")


def _pulse(target: str) -> str:
    """Where a target that runs is: "token 12,345"."""
    log = command.log_of(f"fuzz {target}")
    runs = re.findall(r"^#(\d+)\s", _text_of(target), re.M) if log.is_file() else []
    return f"{target} {int(runs[-1]):,}" if runs else target


def _keep(target: str) -> None:
    """Of all that was found, what reaches a place that the vectors do not; the smallest first."""
    with tempfile.TemporaryDirectory() as scratch:
        merged = Path(scratch) / "merged"
        shutil.copytree(_SEEDS / "vectors" / target, merged)
        known = set(os.listdir(merged))
        found = [folder for folder in (_WORK / "corpus" / target, _SEEDS / "kept" / target) if folder.is_dir()]
        command.run(
            f"fuzz keep {target}",
            [program(target), *_LIMITS, "-merge=1", merged, *found],
            env=fuzz_environment(),
        )
        new = sorted((path for path in merged.iterdir() if path.name not in known), key=lambda p: p.stat().st_size)
        chosen = Path(scratch) / "chosen"
        chosen.mkdir()
        room = _KEPT_BYTES
        for path in new:
            room -= len(json.dumps(path.read_bytes().decode("latin-1"))) + 1
            if room < 0:
                break
            shutil.copy(path, chosen)
        command.run(
            f"fuzz keep {target}", [VENV_PYTHON, _FUZZ / "make_seeds.py", "--keep", target, chosen]
        )
