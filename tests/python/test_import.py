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


EDGE_POLICY = tokens.policy(routes=[{"path": "/**"}])


def test_the_edge_layer_is_loaded_for_a_policy_that_has_one():
    plain = f"""
import portcullis
portcullis.Verifier({tokens.POLICY!r}).verify({{}})
try:
    portcullis.Verifier({tokens.policy(realm="")!r})
except portcullis.PolicyError:
    pass
"""
    assert modules_of(plain) - modules_of("pass") == PORTCULLIS
    edge = f"import json, portcullis; portcullis.Verifier({EDGE_POLICY!r}).verify({{}})"
    assert modules_of(edge) - modules_of("import json") == PORTCULLIS | {"portcullis._core_edge"}
    check = "import json, portcullis; portcullis.check_response({}, 'viewer-request')"
    assert modules_of(check) - modules_of("import json") == PORTCULLIS | {"portcullis._core_edge"}


def test_a_bundle_without_the_edge_layer():
    code = f"""
import sys
sys.modules["portcullis._core_edge"] = None  # as if the file were not there
import portcullis
assert portcullis.create_handler({tokens.POLICY!r})({{}})["status"] == "500"
for ask in (portcullis.Verifier, portcullis.create_handler):
    try:
        ask({EDGE_POLICY!r})
    except portcullis.PolicyError as error:
        assert (error.path, error.expected) == ("$.routes", "expected no such member"), error
        assert isinstance(error.__cause__, ImportError), error.__cause__
try:
    portcullis.check_response({{}}, "viewer-request")
except ImportError:
    print("end")
"""
    result = run(code)
    assert (result.returncode, result.stdout) == (0, "end\n"), result.stderr


def test_a_capsule_that_is_none_of_ours():
    code = f"""
import sys, types, portcullis
import datetime
for door in (7, None, datetime.datetime_CAPI):
    sys.modules["portcullis._core_edge"] = types.SimpleNamespace(door=door)
    try:
        portcullis.Verifier({EDGE_POLICY!r})
    except ValueError as error:
        assert "PyCapsule" in str(error), error
        print("refused")
"""
    result = run(code)
    assert (result.returncode, result.stdout) == (0, "refused\n" * 3), result.stderr


@pytest.mark.parametrize("name", ["Decision", "Verifier"])
def test_types_that_were_exchanged(name):
    code = f"""
import portcullis
from portcullis import _core
for other in (int, 7, type("{name}", (), {{}})):
    _core.{name} = other
    try:
        portcullis.create_handler({tokens.POLICY!r})
    except TypeError as error:
        assert "exchanged" in str(error), error
        print("refused")
"""
    result = run(code)
    assert (result.returncode, result.stdout) == (0, "refused\n" * 3), result.stderr


EMPTY_MODULE = PACKAGE_PARENT.parent / "bindings-python" / "bench"


@pytest.mark.parametrize("first", ["portcullis", "portcullis_empty"])
def test_another_pybind11_module_beside(first):
    """It has the system's libstdc++, these have their own: what either throws stays inside."""
    code = f"""
import sys
sys.path.append({str(EMPTY_MODULE)!r})
import {first}, portcullis, portcullis_empty
for _ in range(100):
    assert portcullis_empty.answer() is True
    assert portcullis.Verifier({tokens.POLICY!r}).verify({{}}).reason == "request_malformed"
    assert portcullis.Verifier({EDGE_POLICY!r}).verify({{}}).reason == "request_malformed"
    for wrong in (lambda: portcullis_empty.answer(1), lambda: portcullis.Verifier(1)):
        try:
            wrong()
        except TypeError:
            continue
        raise AssertionError
print("end")
"""
    result = run(code, "-X", "dev")
    assert (result.returncode, result.stdout, result.stderr) == (0, "end\n", "")


def test_memory_that_runs_out_is_an_error():
    """The one C++ exception there is: thrown by one library's code, caught by another's."""
    code = f"""
import resource, portcullis
policy = "x" * (200 << 20)
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + (64 << 20),) * 2)
for ask in (portcullis.Verifier, portcullis.create_handler):
    try:
        ask(policy)
    except MemoryError:
        print("refused")
print(portcullis.Verifier({tokens.POLICY!r}).verify({{}}).reason)
"""
    result = run(code)
    assert (result.returncode, result.stdout) == (0, "refused\nrefused\nrequest_malformed\n"), (
        result.stderr
    )


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
