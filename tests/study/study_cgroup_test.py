"""The CPU quota, proved by CPU time that was counted; and that nothing but a real hierarchy passes for one."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import cgroup


def cpu_ns(pid: int) -> int:
    return time.clock_gettime_ns((~pid << 3) | 2)


@pytest.fixture
def busy() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield process.pid
    process.kill()
    process.wait()


def share(pid: int, seconds: float) -> float:
    """CPU time by the clock's time, and not the other way round: a busy machine can only make it smaller."""
    begin, before = time.monotonic_ns(), cpu_ns(pid)
    time.sleep(seconds)
    return (cpu_ns(pid) - before) / (time.monotonic_ns() - begin)


def found() -> cgroup.Cgroup:
    place = cgroup.find()
    if place is None:
        pytest.skip("no CPU quota can be set on this machine (no writable cgroup)")
    return place


def test_a_quota_holds_a_busy_process_to_its_share(busy: int, capsys: pytest.CaptureFixture[str]) -> None:
    if cgroup.find() is None:
        with capsys.disabled():
            print("\n[no CPU quota can be set on this machine: the throttle is not proved here]")
    group = found().group("test")
    try:
        group.add(busy)
        group.set_quota(cgroup.EDGE_VIEWER_US)
        share(busy, 0.2)  # what it had saved up is used
        throttled = share(busy, 1)
        periods, waited = group.throttled()
        group.lift_quota()
        free = share(busy, 1)
    finally:
        group.remove()
    assert 0.005 < throttled < 0.15, "128 MB are 7.2 % of a vCPU"
    assert periods > 0
    assert waited > 0
    assert free > 2 * throttled
    assert not group.path.exists()


def test_a_group_with_a_living_process_is_removed_and_the_process_lives(busy: int) -> None:
    group = found().group("test")
    group.add(busy)
    group.remove()
    assert not group.path.exists()
    assert Path(f"/proc/{busy}").exists()


def test_groups_of_a_killed_driver_are_cleared_away() -> None:
    place = found()
    left = place.parent / "portcullis-life-4194399-0"  # beyond the largest process id
    left.mkdir(exist_ok=True)
    assert cgroup.find() == place
    assert not left.exists()


def test_an_ordinary_folder_is_no_hierarchy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"cgroup2 {tmp_path} cgroup2 rw 0 0\ncgroup {tmp_path} cgroup rw,cpu,cpuacct 0 0\ntmpfs / tmpfs rw 0 0\n")
    monkeypatch.setattr(cgroup, "_MOUNTS", mounts)
    assert cgroup.find() is None
    assert list(tmp_path.iterdir()) == [mounts]


def test_version_2_comes_first(tmp_path: Path) -> None:
    mounts = "cgroup /v1 cgroup rw,cpu 0 0\ncgroup /memory cgroup rw,memory 0 0\ncgroup2 /v2 cgroup2 rw 0 0\nshort\n"
    candidates = cgroup._candidates(mounts)
    assert [candidate.kind for candidate in candidates] == sorted((candidate.kind for candidate in candidates), reverse=True)
    assert {str(candidate.parent)[:3] for candidate in candidates} == {"/v1", "/v2"}


def test_no_mounts_no_quota(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "_MOUNTS", tmp_path / "none")
    assert cgroup.find() is None
