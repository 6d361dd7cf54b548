"""The Python door under callgrind; the arguments are those of count.js, without the door."""

import ctypes
import gc
import json
import sys
import time
from itertools import repeat
from pathlib import Path

file, mode, *rest = sys.argv[1:]
inputs = json.loads(Path(file).read_text(encoding="utf-8"))
here = Path(__file__).resolve().parent
# As in a function: the package is in the program's own folder.
sys.path.insert(0, str(here))


def event_of(operation):
    headers = {
        "host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}],
        "authorization": [{"key": "Authorization", "value": operation["authorization"]}],
    }
    request = dict(clientIp="203.0.113.178", headers=headers, method="GET", querystring="", uri="/records/2026.json")
    return {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}


def passes(handler, event):
    return handler(event, None) is event["Records"][0]["cf"]["request"]


def decide():
    import portcullis

    told = {}
    for operation in inputs["operations"]:
        event = event_of(operation)
        told[operation["name"]] = {
            "reason": portcullis.Verifier(operation["policy"]).verify(event, inputs["now"]).reason,
            "passes": passes(portcullis.create_handler(operation["policy"]), event),
        }
    print(json.dumps(told))


def count(name, n=0, warm_up=0):
    operation = next(each for each in inputs["operations"] if each["name"] == name)
    mark = ctypes.CDLL(str(here / "mark.so")).mark
    policy = json.dumps(operation["policy"])
    event = event_of(operation)

    def check(passed):
        if passed != (operation["reason"] == "ok"):
            sys.exit(f"{name}: wrong decision")

    def run(times):
        for _ in repeat(None, times):
            handler(event, None)

    gc.disable()  # its rounds come by chance into the one count and not into the other
    mark(b"start")
    import portcullis

    handler = portcullis.create_handler(policy)
    answer = handler(event, None)
    mark(b"load")
    check(answer is event["Records"][0]["cf"]["request"])
    if mode == "load":
        return
    run(int(warm_up))
    check(passes(handler, event))
    # In the last tenth of a second the module asks two clocks: what is counted begins with a second.
    time.sleep(1 - time.time() % 1)
    mark(b"warm-up")
    run(int(n))
    mark(b"n")
    run(2 * int(n))
    mark(b"2n")


decide() if mode == "decide" else count(*rest)
