"""The package's own functions, unbundled, under Lambda's runtime client: nothing else is in the function's folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from harness import clients
from harness.sandbox import Sandbox
from harness.tools import ROOT, Tools

RUNTIME = "node24"
# `./dev study prepare` builds the client where it is not.
MARKS = () if "ric" in clients.available(RUNTIME) else (pytest.mark.prepared,)
POLICY = {
    "algorithms": ["HS256"],
    "issuer": None,
    "audience": None,
    "keys": [{"secret": "a secret of the tests that is no secret", "encoding": "utf8"}],
}


def _install(folder: Path) -> None:
    package = folder / "node_modules" / "portcullis"
    for part in ("bindings-node", "wasm"):
        (package / part).mkdir(parents=True)
        for file in (ROOT / part).iterdir():
            if file.suffix in (".js", ".wasm"):
                shutil.copyfile(file, package / part / file.name)
    shutil.copyfile(ROOT / "package.json", package / "package.json")
    (folder / "policy.json").write_text(json.dumps(POLICY), encoding="utf-8")


@pytest.mark.parametrize("entry", [pytest.param(name, marks=MARKS) for name in ("lambda_edge", "passthrough")])
def test_the_package_s_function_answers_as_it_is_installed(entry: str, tmp_path: Path) -> None:
    _install(tmp_path)
    handler = f"node_modules/portcullis/wasm/{entry}.handler"
    argv, environment = clients.command(RUNTIME, "ric", Tools(), tmp_path, handler)
    environment |= {"LAMBDA_TASK_ROOT": str(tmp_path), "_HANDLER": handler}
    headers = {"host": [{"key": "Host", "value": "d111111abcdef8.cloudfront.net"}]}
    request: dict[str, Any] = {"clientIp": "192.0.2.1", "headers": headers, "method": "GET", "querystring": "", "uri": "/"}
    event = {"Records": [{"cf": {"config": {"eventType": "viewer-request"}, "request": request}}]}
    with Sandbox(argv, environment, tmp_path) as sandbox:
        sandbox.api.next_ready(30)
        answer, _ = sandbox.api.invoke(event)
        printed = sandbox.printed()
    if entry == "passthrough":
        assert answer == request
        assert '"event":"start"' in printed and '"event":"call"' in printed
    else:
        assert answer["status"] == "401"
        assert answer["headers"]["www-authenticate"][0]["value"].startswith("Bearer")
