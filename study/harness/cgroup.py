"""A CPU quota for one process, as a small Lambda has: cgroup v2 (`cpu.max`) or v1 (`cpu.cfs_quota_us`).

Modelled: the share of a vCPU that goes with the memory (Lambda gives one vCPU at 1769 MB, so 128 MB gets 7.2 %), in
periods of 20 ms, which is inferred from the steps in published logs. Not modelled: the memory limit itself (peak
memory is reported against it instead), Lambda's own scheduler, and which of two hyper-threads a sandbox gets.

What a machine offers is found by really making a group and setting a quota: a mounted controller proves nothing.
"""

from __future__ import annotations

import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path

PERIOD_US = 20_000
# 128 MB of the 1769 MB that go with one vCPU: 7.23 % of a period.
EDGE_VIEWER_US = 1_446
_MOUNTS = Path("/proc/self/mounts")
_numbers = itertools.count()


def _write(file: Path, text: str) -> None:
    """Into a file of the kernel's; never makes one, so that an ordinary folder cannot pass for a hierarchy."""
    descriptor = os.open(file, os.O_WRONLY)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Group:
    """One group in the hierarchy. `remove` puts whoever is left back into the parent first."""

    kind: str
    path: Path

    def add(self, pid: int) -> None:
        _write(self.path / "cgroup.procs", str(pid))

    def set_quota(self, us: int, period: int = PERIOD_US) -> None:
        if self.kind == "v2":
            _write(self.path / "cpu.max", f"{us} {period}")
            return
        # v1 refuses a quota that is more than the parent's share for an instant; the period goes first.
        _write(self.path / "cpu.cfs_period_us", str(period))
        _write(self.path / "cpu.cfs_quota_us", str(us))

    def lift_quota(self) -> None:
        if self.kind == "v2":
            _write(self.path / "cpu.max", "max")
        else:
            _write(self.path / "cpu.cfs_quota_us", "-1")

    def throttled(self) -> tuple[int, int]:
        """How many periods had to wait, and for how many ns in all."""
        stat = dict(row.split() for row in (self.path / "cpu.stat").read_text().splitlines())
        waited = int(stat["throttled_usec"]) * 1000 if "throttled_usec" in stat else int(stat.get("throttled_time", 0))
        return int(stat.get("nr_throttled", 0)), waited

    def _send_home(self) -> None:
        try:
            pids = (self.path / "cgroup.procs").read_text().split()
        except FileNotFoundError:  # an ordinary folder
            return
        for pid in pids:
            try:
                _write(self.path.parent / "cgroup.procs", pid)
            except OSError:
                pass  # it has just ended, or the parent takes no processes: then it must end first

    def remove(self) -> None:
        for _ in range(50):
            try:
                self._send_home()
                self.path.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError:
                time.sleep(0.02)  # the kernel may still hold a process that was just reaped


@dataclass(frozen=True)
class Cgroup:
    kind: str  # v1 | v2
    parent: Path

    def group(self, name: str) -> Group:
        path = self.parent / f"portcullis-{name}-{os.getpid()}-{next(_numbers)}"
        path.mkdir()
        return Group(self.kind, path)


def _own(controller: str) -> str:
    """This process's place in a hierarchy: `` for v2, `cpu` for v1."""
    for row in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, place = row.split(":", 2)
        if controller in controllers.split(",") if controller else controllers == "":
            return place
    return "/"


def _candidates(mounts: str) -> list[Cgroup]:
    """Places where a group could be made, v2 first; beside this process, and at the root of the mount."""
    found: dict[str, list[Path]] = {"v2": [], "v1": []}
    for row in mounts.splitlines():
        fields = row.split()
        if len(fields) < 4:
            continue
        _, place, kind, options = fields[:4]
        if kind == "cgroup2":
            own = Path(place + _own(""))
            # v2 allows no processes in a group that hands controllers down: the parent is the place then.
            found["v2"] += [own, *([own.parent] if own != Path(place) else []), Path(place)]
        elif kind == "cgroup" and "cpu" in options.split(","):
            found["v1"] += [Path(place + _own("cpu")), Path(place)]
    return [Cgroup(kind, path) for kind in ("v2", "v1") for path in dict.fromkeys(found[kind])]


def _works(candidate: Cgroup) -> bool:
    try:
        group = candidate.group("probe")
    except OSError:
        return False
    try:
        group.set_quota(EDGE_VIEWER_US)
        # Whoever can set a quota may still not be allowed to move a process.
        return _takes_a_process(group)
    except OSError:
        return False
    finally:
        group.remove()


def _takes_a_process(group: Group) -> bool:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    os.close(reader)
    try:
        group.add(child)
        return str(child) in (group.path / "cgroup.procs").read_text().split()
    except OSError:
        return False
    finally:
        os.close(writer)
        os.waitpid(child, 0)


def _remove_left_over(candidate: Cgroup) -> None:
    """Groups of a driver that was killed: their names hold its process id."""
    for path in candidate.parent.glob("portcullis-*-*-*"):
        owner = path.name.split("-")[-2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            Group(candidate.kind, path).remove()


def find() -> Cgroup | None:
    """The first place where a quota can really be set and a process put under it."""
    try:
        mounts = _MOUNTS.read_text()
        found = next((candidate for candidate in _candidates(mounts) if _works(candidate)), None)
    except OSError:
        return None
    if found:
        _remove_left_over(found)
    return found
