"""The same as pack_load.js, for a Python function."""

import inspect
import json
import os
import re
import sys
from pathlib import Path

target, mode = sys.argv[1:]
read = set()


class Variables(dict):
    def __getitem__(self, name):
        read.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        read.add(name)
        return super().get(name, default)


sys.path.insert(0, os.getcwd())
os.environ = Variables(os.environ)

import lambda_function  # noqa: E402

name = next((n for n in ("lambda_handler", "handler") if hasattr(lambda_function, n)), None)
handler = getattr(lambda_function, name) if name else None
if not callable(handler):
    sys.exit("lambda_function.py has no function `lambda_handler` or `handler`")
response, passes = None, False
if mode == "call":
    request = dict(clientIp="192.0.2.1", headers={}, method="GET", querystring="", uri="/")
    cf = {"config": {"eventType": "viewer-request"}, "request": request}
    answer = handler({"Records": [{"cf": cf}]}, None)
    passes = answer is request
    response = None if passes else answer
# Not getrusage: its peak begins with that of the process which started this one.
memory = re.search(r"^VmRSS:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.M)
print()
json.dump(
    {
        "entry": f"lambda_function.{name}",
        "style": "async function" if inspect.iscoroutinefunction(handler) else "function",
        "parameters": 2,
        "variables": sorted(read),
        "memory": int(memory[1]) * 1024,
        "response": response,
        "passes": passes,
    },
    sys.stdout,
)
