"""A signal while a process is started leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import sandbox
from harness.held_signals import held_signals
from harness.load import edge, generator
from harness.sandbox import Sandbox


class Ended(BaseException):
    pass


@pytest.fixture(params=[signal.SIGTERM, signal.SIGINT])
def ending(request: pytest.FixtureRequest) -> Iterator[signal.Signals]:
    """A signal that raises, as both do while the harness runs."""

    def end(*_: object) -> None:
        raise Ended

    before = signal.signal(request.param, end)
    yield request.param
    signal.signal(request.param, before)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, ending: signal.Signals) -> list[int]:
    """The processes that were started; the second one while the signal came."""
    pids: list[int] = []

    class Interrupted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, argv: list[str], **options: Any) -> None:
            super().__init__(["sleep", "600"], **options)
            pids.append(self.pid)
            if len(pids) == 2:
                signal.raise_signal(ending)

    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    return pids


def nobody_is_left(pids: list[int]) -> bool:
    return len(pids) == 2 and not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_it_comes_when_the_block_has_ended(ending: signal.Signals) -> None:
    steps = []
    with pytest.raises(Ended):
        with held_signals():
            with held_signals():
                os.kill(os.getpid(), ending)
                steps.append("inner")
            steps.append("outer")
        steps.append("behind")
    assert steps == ["inner", "outer"]
    with pytest.raises(Ended):  # and at once again from then on
        signal.raise_signal(ending)


def test_what_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with held_signals():
            assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_another_thread_has_nothing_to_hold() -> None:
    found: list[object] = []

    def work() -> None:
        with held_signals():
            found.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.getsignal(signal.SIGTERM)]


def test_no_generator_is_left(started: list[int]) -> None:
    with pytest.raises(Ended):
        generator.run(1, ["/"], 5, 60, [])
    assert nobody_is_left(started)


def test_no_sandbox_is_left(started: list[int], tmp_path: Path) -> None:
    with pytest.raises(Ended):
        for _ in range(2):
            with Sandbox(["sleep"], {}, tmp_path) as running:
                assert running.pid == started[-1]
    assert nobody_is_left(started)


def test_no_sandbox_of_a_pool_is_left(started: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge, "command", lambda *_: (["sleep"], {}))
    with pytest.raises(Ended):
        with edge.Sandboxes(None, "node", "", tmp_path, ""):  # type: ignore[arg-type]
            pass
    assert nobody_is_left(started)


def test_without_it_one_would_be_left(started: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That the tests above would see one."""
    monkeypatch.setattr(sandbox, "held_signals", threading.Lock)  # a block that holds nothing
    with pytest.raises(Ended):
        for _ in range(2):
            with Sandbox(["sleep"], {}, tmp_path):
                pass
    assert not nobody_is_left(started)
    for pid in started[1:]:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
