"""Constant-rate load by h2load.

`-c 5 -t 5 -R 5 -L` is the article's: five connections on five threads, five requests a second in all. The log of h2load
does not name a request's connection, so each connection has a process of its own: five times `h2load -c 1 -t 1`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from ..held_signals import held_signals
from .figures import Sent

CONNECTIONS = 5
HOW_TO_GET = "h2load is not there: apt-get install nghttp2-client"
_GRACE_SECONDS = 60


class GeneratorError(RuntimeError):
    """h2load is not there, or did not do what it was asked."""


@dataclass(frozen=True)
class Load:
    """What came back on each connection, and how many requests were sent on it."""

    connections: list[list[Sent]]
    started: list[int]


def version() -> str:
    program = shutil.which("h2load")
    if program is None:
        raise GeneratorError(HOW_TO_GET)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=30)
    return done.stdout.strip() or "h2load"


def command(uris: Path, log: Path, rate: float, seconds: float, headers: list[tuple[str, str]]) -> list[str]:
    """Of one connection. `rate` is that of all connections together."""
    named = [word for name, value in headers for word in ("-H", f"{name}: {value}")]
    rates = ["-c", "1", "-t", "1", "--rps", f"{rate / CONNECTIONS:g}", "-D", f"{seconds:g}"]
    return ["h2load", "--h1", *rates, f"--log-file={log}", *named, "-i", str(uris)]


def run(port: int, paths: list[str], rate: float, seconds: float, headers: list[tuple[str, str]]) -> Load:
    """Ends its processes however it ends."""
    processes: list[subprocess.Popen[str]] = []
    with tempfile.TemporaryDirectory(prefix="portcullis-load-") as temporary:
        logs = [Path(temporary) / f"{connection}.tsv" for connection in range(CONNECTIONS)]
        try:
            for connection, log in enumerate(logs):
                # The same tokens in the same order, begun elsewhere: connections do not ask for one token at a time.
                begin = connection * len(paths) // CONNECTIONS
                uris = log.with_suffix(".uris")
                turned = paths[begin:] + paths[:begin]
                uris.write_text("".join(f"http://127.0.0.1:{port}{path}\n" for path in turned), encoding="ascii")
                argv = command(uris, log, rate, seconds, headers)
                with held_signals():
                    processes.append(
                        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                    )
            until = monotonic() + seconds + _GRACE_SECONDS
            printed = [process.communicate(timeout=max(1, until - monotonic()))[0] for process in processes]
        except subprocess.TimeoutExpired:
            raise GeneratorError(f"h2load did not end {_GRACE_SECONDS} s after its time") from None
        finally:
            for process in processes:
                process.kill()
                process.wait()
        for process, text, log in zip(processes, printed, logs, strict=True):
            if process.returncode != 0 or not log.exists():
                raise GeneratorError(f"h2load failed: {text.strip()[-300:]}")
        return Load([_sent(log.read_text(encoding="ascii")) for log in logs], [_started(text) for text in printed])


def _sent(log: str) -> list[Sent]:
    sent = [Sent(*(int(field) for field in line.split("\t")[:3])) for line in log.splitlines()]
    if not sent:
        raise GeneratorError("h2load recorded no request")
    return sent


def _started(printed: str) -> int:
    found = re.search(r"requests: \d+ total, (\d+) started", printed)
    if found is None:
        raise GeneratorError("h2load did not say how many requests it sent")
    return int(found[1])


def wrong(load: Load) -> str | None:
    """Why the load says nothing: an answer that is not 200, or requests that never came back."""
    statuses = [request.status for sent in load.connections for request in sent]
    others = sorted({status for status in statuses if status != 200})
    if others:
        count = sum(status != 200 for status in statuses)
        return f"{count} of {len(statuses)} valid requests were answered {', '.join(map(str, others))}"
    # When the time is up, each connection may have one request under way.
    lost = sum(max(0, started - len(sent) - 1) for sent, started in zip(load.connections, load.started, strict=True))
    return f"{lost} requests were never answered" if lost else None
