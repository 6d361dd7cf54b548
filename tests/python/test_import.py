"""Import is part of every cold start: it loads nothing else, and the process ends cleanly."""

import os
import re
import subprocess
import sys
from pathlib import Path

import portcullis
import pytest
import tokens

PACKAGE_PARENT = Path(portcullis.__file__).resolve().parents[1]


def run(code, *options):
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(PACKAGE_PARENT), str(Path(__file__).parent)]),
    }
    return subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


def modules_of(code):
    result = run(code, "-X", "importtime")
    assert result.returncode == 0, result.stderr
    return set(re.findall(r"^import time:\s+\d+ \|\s+\d+ \|\s+(\S+)$", result.stderr, re.MULTILINE))


PORTCULLIS = {"portcullis", "portcullis._core"}


def test_import_loads_the_extension_alone():
    assert modules_of("import portcullis") - modules_of("pass") == PORTCULLIS
    assert modules_of("import portcullis.lambda_edge") - modules_of("pass") == PORTCULLIS | {
        "portcullis.lambda_edge"
    }


def test_a_handler_loads_nothing_more():
    code = f"""
import portcullis
handler = portcullis.create_handler({tokens.POLICY!r})
event = {tokens.bearer_event(exp=tokens.FAR_FUTURE)!r}
assert handler(event, None) is event["Records"][0]["cf"]["request"]
assert handler({{}}, None)["status"] == "500"
"""
    loaded = modules_of(code) - modules_of("pass")
    assert loaded == PORTCULLIS
    assert "json" in modules_of("import json")  # the reading of the list works


@pytest.mark.parametrize(
    "keep",
    [
        "",
        "import builtins; builtins.kept = (verifier, decision, handler, error)",
        "import sys; sys.modules['kept'] = (verifier, decision, handler, error)",
        "import atexit; atexit.register(lambda: print(handler({}), verifier.verify({}).response))",
        "import gc; gc.disable(); cycle = [verifier, decision, handler, error]; cycle += [cycle]",
        "import threading; threading.Thread(target=call_for_ever, daemon=True).start()",
        "import sys; del sys.modules['portcullis'], sys.modules['portcullis._core'], portcullis",
    ],
)
def test_process_ends_cleanly(keep):
    code = f"""
import faulthandler; faulthandler.enable()
import portcullis, tokens
verifier = portcullis.Verifier(tokens.POLICY)
handler = portcullis.create_handler(tokens.POLICY)
decision = verifier.verify_token(tokens.sign(), tokens.NOW)
try:
    portcullis.Verifier("")
except portcullis.PolicyError as raised:
    error = raised
def call_for_ever():
    while True:
        handler({{}})
{keep}
print("end", decision.allowed)
"""
    result = run(code, "-X", "dev")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.startswith("end True\n")
