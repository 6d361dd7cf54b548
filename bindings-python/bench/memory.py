"""The same as bindings-node/bench/memory.js, for the Python module: memory.py <folder of the package> <scenario>."""

import re
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
scenario = Path(sys.argv[2])
policy = (scenario / "policy.json").read_text()
token = (scenario / "tokens.txt").read_text().partition("\n")[0]


def resident():
    with open("/proc/self/smaps_rollup") as file:
        return 1024 * int(re.search(r"^Rss:\s+(\d+) kB$", file.read(), re.M)[1])


for _ in range(20):
    resident()
before = resident()
import portcullis  # noqa: E402

decision = portcullis.Verifier(policy).verify_token(token)
after = resident()
if not decision.allowed:
    sys.exit(f"portcullis: {decision.reason}")
print(after - before)
