"""The study's edge with a packed function behind it, as a process that can be killed and started again.

load_server.py RUNTIME CLIENT FOLDER ENTRY PORT. Prints a JSON line when it serves, and one whenever a
sandbox was started anew: the process ids of the sandboxes, and the port. Ends with its standard input.

A sandbox that ends is replaced, as Lambda replaces one; the request that was in it is a 502.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "study"))

from harness.clients import command  # noqa: E402
from harness.load.edge import Edge  # noqa: E402
from harness.runtime_api import InvocationError, RuntimeApiError  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402
from harness.tools import Tools  # noqa: E402

SANDBOXES = 3
_SECONDS = 60.0  # more than any wait on a busy machine


class Pool:
    def __init__(self, runtime: str, client: str, folder: Path, entry: str) -> None:
        self._argv, self._environment = command(runtime, client, Tools(), folder, entry)
        self._folder = folder
        self._running: list[Sandbox] = []
        self._free: queue.LifoQueue[Sandbox] = queue.LifoQueue()
        self._lock = threading.Lock()

    def start(self) -> None:
        sandbox = Sandbox(self._argv, self._environment, self._folder).__enter__()
        sandbox.api.next_ready(_SECONDS)
        with self._lock:
            self._running.append(sandbox)
        self._free.put(sandbox)

    def pids(self) -> list[int]:
        with self._lock:
            return [sandbox.pid for sandbox in self._running]

    def invoke(self, event: bytes) -> bytes:
        sandbox = self._free.get(timeout=_SECONDS)
        try:
            answer = sandbox.api.invoke_bytes(event, _SECONDS)[0]
        except InvocationError:
            self._free.put(sandbox)
            raise
        except RuntimeApiError:
            threading.Thread(target=self._replace, args=(sandbox,), daemon=True).start()
            raise
        self._free.put(sandbox)
        return answer

    def _replace(self, ended: Sandbox) -> None:
        with self._lock:
            self._running.remove(ended)
        ended.__exit__()
        self.start()
        self.tell()

    def tell(self, **more: int) -> None:
        print(json.dumps({"pids": self.pids(), **more}), flush=True)

    def stop(self) -> None:
        with self._lock:
            for sandbox in self._running:
                sandbox.__exit__()


def main(runtime: str, client: str, folder: str, entry: str, port: str) -> None:
    pool = Pool(runtime, client, Path(folder), entry)
    try:
        for _ in range(SANDBOXES):
            pool.start()
        with Edge(pool.invoke, port=int(port)) as edge:
            pool.tell(port=edge.port)
            sys.stdin.read()
    finally:
        pool.stop()


main(*sys.argv[1:])
