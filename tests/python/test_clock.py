"""A token ends with the second that it names, not a tick of the kernel's later (RFC 7519 section
4.1.4); and where no clock answers, nothing is allowed."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import portcullis
import pytest
import tokens


def test_a_token_ends_with_the_second_that_it_names():
    handler = portcullis.create_handler(tokens.POLICY)
    for _ in range(2):
        last = int(time.time()) + 1
        event = tokens.bearer_event(exp=last)
        assert handler(event, None) is tokens.request_of(event)
        while time.time() < last:
            pass
        assert handler(event, None)["status"] == "401"


# Asks with each of the clocks broken that the arguments name.
ASK = """
import ctypes, json, sys
import portcullis
import tokens

preloaded = ctypes.CDLL(None)
broken = sys.argv[1].encode()
answers = []
for edge in ({}, {"routes": [{"path": "/**", "access": "token"}]}):
    policy = json.dumps({**tokens.POLICY, **edge})
    handler, verifier = portcullis.create_handler(policy), portcullis.Verifier(policy)
    # Where a failure is overlooked now is 0, and both tokens pass.
    for exp in (1_000_000_000, 32_503_680_000):
        event = tokens.bearer_event(exp=exp, iat=None)
        preloaded.break_clocks(broken)
        answered, reason = handler(event, None), verifier.verify(event).reason
        preloaded.break_clocks(b"")
        answers.append([answered.get("status", "allow"), reason])
print(json.dumps(answers))
"""
EXPIRED, ALLOWED, FAILED = ["401", "expired"], ["allow", "ok"], ["500", "internal_error"]


@pytest.fixture(scope="module")
def broken_clock(tmp_path_factory):
    library = tmp_path_factory.mktemp("clock") / "broken_clock.so"
    source = Path(__file__).with_name("broken_clock.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True)
    return library


@pytest.mark.parametrize(
    ("broken", "answers"),
    [
        ("", [EXPIRED, ALLOWED]),
        (f"{time.CLOCK_REALTIME}", None),
        ("5", [EXPIRED, ALLOWED]),  # CLOCK_REALTIME_COARSE, which Python has no name for
        (f"5{time.CLOCK_REALTIME}", [FAILED, FAILED]),
    ],
)
def test_a_clock_that_fails_lets_no_old_token_pass(broken_clock, broken, answers):
    environment = {**os.environ, "LD_PRELOAD": str(broken_clock)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(Path(__file__).parent), *sys.path]))
    done = subprocess.run(
        [sys.executable, "-c", ASK, broken], env=environment, capture_output=True, text=True, check=True
    )
    told = json.loads(done.stdout)
    assert len(told) == 4
    if answers is None:  # the coarse one does, except for the last tenth of a second
        assert all(row in (EXPIRED, FAILED) for row in told[::2])
        assert all(row in (ALLOWED, FAILED) for row in told[1::2])
    else:
        assert told == answers * 2
