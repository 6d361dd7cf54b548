"""The installed package in bundles by esbuild, rollup and webpack, which are then run without it: in Node, in
workerd and in a browser."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import npm_support as support
import pytest
from npm_support import ANSWERS, CASES, NODE, NODE_MODULES, PLATFORM, SCRIPTS, ask, run

BUNDLERS = ("esbuild", "rollup", "webpack")
WORKERD = NODE_MODULES / "@cloudflare" / "workerd-linux-64" / "bin" / "workerd"
CHROMIUM = shutil.which("chromium")

# What a person writes: for Node a handler's door, for the others a module that answers a request.
NODE_SOURCE = """
import { createHandler, implementation } from 'ENTRY';
export { createHandler, implementation };
"""
FETCH_SOURCE = """
import { Verifier, implementation } from 'ENTRY';

const decide = ({ policy, event }) => {
  try {
    const decision = new Verifier(policy).verify(event);
    return decision.allowed ? 'same' : decision.response.status;
  } catch (error) {
    return `${error.name} ${error.path ?? error.message}`;
  }
};

export default {
  async fetch(request) {
    const answers = Object.entries(await request.json()).map(([name, asked]) => [name, decide(asked)]);
    return Response.json({ implementation, answers: Object.fromEntries(answers) });
  },
};
"""


@dataclass(frozen=True)
class Bundle:
    target: str
    entry: str
    files: tuple[str, ...]  # of the package, which the bundle wants beside itself and the bundler does not see
    arrives: tuple[str, ...] = ()  # files that it puts there
    rollup: tuple[str, ...] = ()  # what rollup does not see

    @property
    def name(self) -> str:
        return f"{self.target}-{self.entry.replace('/', '-')}"


WASM = "portcullis/wasm/portcullis"
ADDONS = ("portcullis-edge.node", "portcullis.node")
FOR_NODE = (
    Bundle("node", "portcullis", (), ADDONS, tuple(f"{PLATFORM}/{name}" for name in ADDONS)),
    Bundle("node", "portcullis/wasm", (f"{WASM}.wasm", f"{WASM}-edge.wasm")),
    Bundle("node", "portcullis/wasm-inline", ()),
    Bundle("node-module", "portcullis/wasm-inline", ()),
)
FOR_WORKERS = (
    Bundle("workerd", "portcullis", (), ("portcullis-edge.wasm",)),
    Bundle("workerd", "portcullis/wasm-self-contained", (), ("portcullis-self-contained-edge.wasm",)),
    # Other hosts import a module by `?module`; esbuild leaves that as it is.
    Bundle("edge-light", "portcullis", (), ("portcullis-self-contained-edge.wasm",)),
)
FOR_BROWSERS = (
    Bundle("browser", "portcullis", ()),
    Bundle("browser", "portcullis/wasm", (f"{WASM}-self-contained-edge.wasm",)),
)


@cache
def make(bundler: str, bundle: Bundle) -> Path:
    """The bundle in a folder of its own, which nothing leads from to the package."""
    folder = support.workplace() / "bundles" / f"{bundler}-{bundle.name}"
    out = folder / ("index.mjs" if bundle.target == "node-module" else "index.js")
    folder.mkdir(parents=True)
    source = NODE_SOURCE if bundle.target.startswith("node") else FETCH_SOURCE
    entry = support.installed() / f"{bundler}-{bundle.name}.mjs"
    entry.write_text(source.replace("ENTRY", bundle.entry))
    task = {"bundler": bundler, "target": bundle.target, "entry": str(entry), "out": str(out)}
    run([NODE, SCRIPTS / "bundle.js"], support.installed(), json.dumps(task))
    arrived = sorted(path.name for path in folder.iterdir() if path != out)
    if bundler == "webpack" and bundle.target == "browser" and bundle.files:
        assert [Path(name).suffix for name in arrived] == [".wasm"]  # by its hash
        return out
    assert arrived == sorted(() if bundler == "rollup" and bundle.rollup else bundle.arrives)
    for file in (*bundle.files, *(bundle.rollup if bundler == "rollup" else ())):
        shutil.copyfile(support.installed() / "node_modules" / file, folder / Path(file).name)
    return out


@pytest.mark.parametrize("bundle", FOR_NODE, ids=lambda bundle: bundle.name)
@pytest.mark.parametrize("bundler", BUNDLERS)
def test_in_node(bundler: str, bundle: Bundle) -> None:
    out = make(bundler, bundle)
    name = f"./{out.name}"
    ((_, told),) = ask(out.parent, name)[name].items()
    assert told["implementation"] == ("native" if bundle.entry == "portcullis" else "wasm")
    assert told["answers"] == ANSWERS


# --- Workers ---

_SERVICE = """
const NAME :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "FOLDER/index.js"),
    (name = "MODULE", wasm = embed "FOLDER/MODULE"),
    (name = "MODULE?module", wasm = embed "FOLDER/MODULE"),
  ],
  compatibilityDate = "2025-09-01",
  compatibilityFlags = [FLAGS],
);
"""


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[tuple[str, str], int]]:
    """Every worker in one workerd, each at its port. That of the host's cryptography needs a flag."""
    workers = {(bundler, bundle.name): make(bundler, bundle) for bundler in BUNDLERS for bundle in FOR_WORKERS}
    folder = support.workplace() / "bundles"
    services, sockets, texts = [], [], []
    for at, ((_, name), out) in enumerate(workers.items()):
        (module,) = (path.name for path in out.parent.glob("*.wasm"))
        services.append(f'(name = "worker{at}", worker = .worker{at})')
        sockets.append(f'(name = "worker{at}", address = "127.0.0.1:0", http = (), service = "worker{at}")')
        flags = '"nodejs_compat"' if name == "workerd-portcullis" else ""
        text = _SERVICE.replace("NAME", f"worker{at}").replace("FOLDER", out.parent.name)
        texts.append(text.replace("MODULE", module).replace("FLAGS", flags))
    (folder / "config.capnp").write_text(
        'using Workerd = import "/workerd/workerd.capnp";\n'
        f"const config :Workerd.Config = (services = [{', '.join(services)}], sockets = [{', '.join(sockets)}]);\n"
        + "".join(texts)
    )
    with subprocess.Popen(
        [WORKERD, "serve", "--control-fd=1", "config.capnp"], cwd=folder, env={}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        listening = [json.loads(process.stdout.readline() or "{}") for _ in workers]
        by_name = {told.get("socket"): told.get("port") for told in listening}
        yield {worker: by_name[f"worker{at}"] for at, worker in enumerate(workers)}
        process.kill()


@pytest.mark.parametrize("bundle", FOR_WORKERS, ids=lambda bundle: bundle.name)
@pytest.mark.parametrize("bundler", BUNDLERS)
def test_in_workerd(bundler: str, bundle: Bundle, ports: dict[tuple[str, str], int]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", ports[bundler, bundle.name], timeout=60)
    connection.request("POST", "/", json.dumps(CASES))
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    assert answer.status == 200, body
    assert json.loads(body) == {"implementation": "wasm", "answers": ANSWERS}


# --- A browser ---


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str], Any]:
    assert CHROMIUM, "chromium is missing; ./dev setup installs it"
    folder = support.workplace() / "bundles"
    paths = {
        (bundler, bundle.entry): make(bundler, bundle).relative_to(folder).as_posix()
        for bundler in BUNDLERS
        for bundle in FOR_BROWSERS
    }
    environment = {**os.environ, "CHROMIUM": CHROMIUM}
    words: list[str | Path] = [NODE, SCRIPTS / "browse.js", folder, *paths.values()]
    told = json.loads(run(words, folder, json.dumps(CASES), environment))
    return {key: told[path] for key, path in paths.items()}


@pytest.mark.parametrize("bundle", FOR_BROWSERS, ids=lambda bundle: bundle.name)
@pytest.mark.parametrize("bundler", BUNDLERS)
def test_in_a_browser(bundler: str, bundle: Bundle, answers: dict[tuple[str, str], Any]) -> None:
    assert answers[bundler, bundle.entry] == {"implementation": "wasm", "answers": ANSWERS}
