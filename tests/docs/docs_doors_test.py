"""The examples of docs/adapters.md and of the doors' own READMEs, run by what stands around them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Block, blocks_of, read
from docs_readme_test import ANSWERS, ASK_NODE, NODE_BIN, POLICY, ask, make_token, project, run

ADAPTERS = list(blocks_of(read(ROOT / "docs" / "adapters.md")))
DOORS = {name: list(blocks_of(read(ROOT / name / "README.md"))) for name in ("bindings-node", "wasm")}
GOOD, BAD = make_token(), make_token(exp=1)
__all__ = ["project"]


def block(heading: str, language: str) -> Block:
    (found,) = [b for b in ADAPTERS if (b.heading, b.language) == (heading, language)]
    return found


def build(text: str, **names: object) -> dict[str, Any]:
    members: dict[str, Any] = {"policy": POLICY, **names}
    exec(compile(text, "adapters.md", "exec"), members)
    return members


def test_wsgi() -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [environ["portcullis.claims"]["sub"].encode()]

    made = build(block("In front of an application", "python").text, application=application)["application"]
    for token, status, body in ((GOOD, "200 OK", b"reader"), (BAD, "401 Unauthorized", None)):
        said: list[str] = []
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": f"Bearer {token}"}
        answer = b"".join(made(environ, lambda line, headers: said.append(line)))
        assert said == [status] and (body is None or answer == body)


def test_asgi() -> None:
    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    text = block("In front of an application", "python").text
    assert "# or portcullis.asgi" in text
    made = build(text.replace("portcullis.wsgi", "portcullis.asgi"), application=application)["application"]
    for token, status in ((GOOD, 200), (BAD, 401)):
        sent: list[dict[str, Any]] = []

        async def send(message: dict[str, Any], sent: list[dict[str, Any]] = sent) -> None:
            sent.append(message)

        scope = {"type": "http", "path": "/", "headers": [(b"authorization", f"Bearer {token}".encode())]}
        asyncio.run(made(scope, None, send))
        assert sent[0]["status"] == status


ARN = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/data"
EVENTS = [{"type": "TOKEN", "authorizationToken": f"Bearer {token}", "methodArn": ARN} for token in (GOOD, BAD)]


def test_authorizer_in_python() -> None:
    handler = build(block("API Gateway", "python").text)["handler"]
    effects = [handler(event, None)["policyDocument"]["Statement"][0]["Effect"] for event in EVENTS]
    assert effects == ["Allow", "Deny"]


def node(folder: Path, name: str, text: str) -> Any:
    (folder / "node_modules" / "portcullis").symlink_to(ROOT)
    (folder / name).write_text(text)
    return json.loads(run([NODE_BIN / "node", name], folder))


def test_authorizer_in_javascript(project: Path) -> None:
    text = f"""
const {{ Verifier }} = require('portcullis');
const policy = require('./policy.json');
{block("API Gateway", "js").text}
Promise.all({json.dumps(EVENTS)}.map(exports.handler)).then((answers) => console.log(
  JSON.stringify(answers.map((each) => each.policyDocument.Statement[0].Effect))));
"""
    assert node(project, "authorizer.js", text) == ["Allow", "Deny"]


def test_express(project: Path) -> None:
    text = f"""
const policy = require('./policy.json');
const used = [];
const app = {{ use: (middleware) => used.push(middleware) }};
{block("In front of an application", "js").text}
const server = require('node:http').createServer((req, res) => {{
  used[0](req, res, () => res.end(req.portcullis.claims.sub));
}});
server.listen(0, '127.0.0.1', async () => {{
  const answers = [];
  for (const token of {json.dumps([GOOD, BAD])}) {{
    const url = `http://127.0.0.1:${{server.address().port}}/`;
    const response = await fetch(url, {{ headers: {{ authorization: `Bearer ${{token}}` }} }});
    answers.push(response.status === 200 ? await response.text() : response.status);
  }}
  console.log(JSON.stringify(answers));
  server.close();
}});
"""
    assert node(project, "express.js", text) == ["reader", 401]


def test_fetch(project: Path) -> None:
    worker = block("Request and Response", "js").text.replace("export default", "const worker =")
    text = f"""
import {{ readFileSync }} from 'node:fs';
import portcullis from 'portcullis';
const verifier = new portcullis.Verifier(readFileSync('policy.json'));
const answer = (request, claims) => new Response(claims.sub);
{worker}
const answers = [];
for (const token of {json.dumps([GOOD, BAD])}) {{
  const headers = {{ authorization: `Bearer ${{token}}` }};
  const response = await worker.fetch(new Request('https://a.example/', {{ headers }}));
  answers.push(response.status === 200 ? await response.text() : response.status);
}}
console.log(JSON.stringify(answers));
"""
    assert node(project, "worker.mjs", text) == ["reader", 401]


@pytest.mark.parametrize("door", DOORS)
def test_the_readme_of_a_door(door: str, project: Path) -> None:
    (project / "node_modules" / "portcullis").symlink_to(ROOT)
    (project / "index.js").write_text(DOORS[door][0].text)
    (project / "ask.js").write_text(ASK_NODE)
    assert ask([NODE_BIN / "node", "ask.js"], project) == ANSWERS


def test_the_loader(project: Path) -> None:
    """A Worker's import gives a compiled module; Node's does not, so that one line stands in for it."""
    (found,) = [b for b in DOORS["wasm"] if b.heading == "In a Worker"]
    imported = "import module from './portcullis.wasm';\n"
    assert imported in found.text
    compiled = f"""
import {{ readFileSync }} from 'node:fs';
const module = new WebAssembly.Module(readFileSync({json.dumps(str(ROOT / "wasm" / "portcullis.wasm"))}));
"""
    text = f"""
{found.text.replace(imported, compiled)}
const verifier = new Verifier(readFileSync('policy.json'));
console.log(JSON.stringify({json.dumps([GOOD, BAD])}.map((token) => verifier.verifyToken(token).reason)));
"""
    assert node(project, "loader.mjs", text) == ["ok", "expired"]
