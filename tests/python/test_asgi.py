"""The ASGI adapter behind a small server on asyncio's sockets."""

import asyncio
import http.client
import json
from urllib.parse import unquote

import portcullis
import pytest
import tokens
from portcullis.asgi import Middleware

POLICY = tokens.policy(
    sources=[
        {"header": "authorization", "strip": True},
        {"cookie": "session", "strip": True},
        {"query": "token", "strip": True},
    ],
    claim_headers={"x-user": "sub"},
    routes=[
        {"path": "/public/**", "access": "public"},
        {"path": "/account", "challenge": "login"},
        {"path": "/orders/**"},
    ],
    challenge={"login": {"url": "/login", "return_parameter": "to"}},
    cors={"origins": ["https://app.example"]},
)
TOKEN = tokens.sign(exp=tokens.FAR_FUTURE)
BEARER = [("Authorization", f"Bearer {TOKEN}")]


async def echo(scope, receive, send):
    if scope["type"] == "lifespan":
        await send({"type": "lifespan.seen"})
        return
    told = {
        "headers": [[text.decode("latin-1") for text in pair] for pair in scope["headers"]],
        "path": scope["path"],
        "query": scope["query_string"].decode("latin-1"),
        "claims": scope["portcullis.claims"],
        "body": (await receive()).get("body", b"").decode(),
    }
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(told).encode()})


async def serve_one(application, reader, writer, extensions):
    """HTTP/1.1, one request a connection; of WebSockets the handshake alone."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ")
    path, _, query = target.partition("?")
    headers = [
        (name.strip().lower().encode("latin-1"), value.strip().encode("latin-1"))
        for name, _, value in (line.partition(":") for line in head[1:] if line)
    ]
    upgrade = (b"upgrade", b"websocket") in headers
    body = await reader.readexactly(int(dict(headers).get(b"content-length", 0)))
    scope = {
        "type": "websocket" if upgrade else "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "headers": headers,
        "client": writer.get_extra_info("peername")[:2],
        "extensions": extensions,
    }
    if not upgrade:
        scope["method"] = method
    asked = []

    async def receive():
        asked.append(True)
        return {"type": "websocket.connect"} if upgrade else {"type": "http.request", "body": body}

    def start(status, pairs):
        lines = [b"HTTP/1.1 %d X" % status, *(b"%s: %s" % pair for pair in pairs)]
        writer.write(b"\r\n".join([*lines, b"connection: close", b"", b""]))

    async def send(message):
        kind = message["type"]
        if kind in ("http.response.start", "websocket.http.response.start"):
            assert all(name == name.lower() for name, _ in message["headers"])
            start(message["status"], message["headers"])
        elif kind in ("http.response.body", "websocket.http.response.body"):
            writer.write(message.get("body", b""))
        elif kind == "websocket.accept":
            start(101, [(b"upgrade", b"websocket")])
        else:
            assert kind == "websocket.close"
            assert asked, "an application takes websocket.connect first"
            start(403, [])

    before = dict(scope)
    await application(scope, receive, send)
    assert scope == before, "a scope belongs to whoever made it"
    await writer.drain()
    writer.close()


def ask(path, headers=(), method="GET", *, body=None, policy=POLICY, extensions=None, **options):
    """One request through a server of its own: (response, bytes)."""
    application = Middleware(echo, portcullis.Verifier(policy), **options)

    def request(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.putrequest(method, path)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    async def both():
        failures = []

        async def connected(reader, writer):
            try:
                await serve_one(application, reader, writer, extensions or {})
            except Exception as error:
                failures.append(error)
                writer.close()

        server = await asyncio.start_server(connected, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            try:
                answered = await asyncio.to_thread(request, port)
            except (http.client.HTTPException, OSError):
                answered = None
        if failures:
            raise failures[0]
        return answered

    return asyncio.run(both())


def test_allowed_with_claims():
    response, body = ask("/orders/7?a=1", BEARER, "POST", body=b"hello")
    told = json.loads(body)
    assert (response.status, told["path"], told["query"]) == (200, "/orders/7", "a=1")
    assert told["claims"]["sub"] == "user|1"
    assert told["body"] == "hello"
    assert ["x-user", "user|1"] in told["headers"]
    assert "authorization" not in dict(told["headers"])


def test_public_path_without_claims_and_without_spoofed_ones():
    spoofed = [("X-User", "root"), ("X_User", "root"), ("x-user", "root"), ("X-Other", "1")]
    response, body = ask("/public/a", spoofed)
    told = json.loads(body)
    assert (response.status, told["claims"]) == (200, None)
    names = [name for name, _ in told["headers"]]
    assert "x-other" in names
    assert not {"x-user", "x_user"} & set(names)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/7", 401),
        ("/nowhere", 403),
        ("//orders/7", 400),
        ("/public/../orders/7", 400),
        ("/public/%2e%2e/orders/7", 400),
        ("/public%2F..%2Forders/7", 400),
        ("/public/%2561", 400),
        ("/%6frders/7", 401),
        ("/public/%ED%A0%80", 200),  # decoded to U+FFFD here, which is what the application sees
    ],
)
def test_by_path(path, status):
    response, body = ask(path)
    assert response.status == status
    if status != 200:
        assert response.getheader("cache-control") == "no-store"
        assert int(response.getheader("content-length")) == len(body)


def test_several_authorization_headers_are_refused():
    assert ask("/orders/7", BEARER * 2)[0].status == 401


def test_several_cookie_headers_are_one():
    response, body = ask("/orders/7", [("Cookie", "a=1"), ("Cookie", f"session={TOKEN}")])
    told = json.loads(body)
    assert response.status == 200
    assert [value for name, value in told["headers"] if name == "cookie"] == ["a=1"]
    told = json.loads(ask("/orders/7", [("Cookie", f"session={TOKEN}")])[1])
    assert "cookie" not in dict(told["headers"])


def test_token_in_the_query_is_taken_out():
    told = json.loads(ask(f"/orders/7?a=1&token={TOKEN}")[1])
    assert told["query"] == "a=1"


def test_head_login_and_preflight():
    response, body = ask("/orders/7", method="HEAD")
    assert (response.status, body) == (401, b"")
    response, body = ask("/account?a=1")
    assert (response.status, body) == (302, b"")
    assert response.getheader("location") == "/login?to=%2Faccount%3Fa%3D1"
    asked = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "GET")]
    response, body = ask("/orders/7", asked, "OPTIONS")
    assert (response.status, body) == (204, b"")
    assert response.getheader("content-length") is None


UPGRADE = [("Upgrade", "websocket")]


def test_websocket_handshakes_are_judged():
    assert ask("/public/a", UPGRADE)[0].status == 101
    assert ask(f"/orders/7?token={TOKEN}", UPGRADE)[0].status == 101
    assert ask("/orders/7", UPGRADE)[0].status == 403
    response, body = ask("/orders/7", UPGRADE, extensions={"websocket.http.response": {}})
    assert (response.status, json.loads(body)["error"]) == (401, "unauthorized")


def test_other_scopes():
    sent = []

    async def send(message):
        sent.append(message)

    application = Middleware(echo, portcullis.Verifier(POLICY))
    asyncio.run(application({"type": "lifespan"}, None, send))
    assert sent == [{"type": "lifespan.seen"}]
    with pytest.raises(ValueError, match="'telnet'"):
        asyncio.run(application({"type": "telnet"}, None, send))


def test_shadow_mode_logs_and_lets_through():
    lines, decisions = [], []
    response, body = ask(
        "/orders/7",
        [("X-User", "root")],
        policy={**POLICY, "mode": "shadow"},
        log=lines.append,
        on_decision=decisions.append,
    )
    told = json.loads(body)
    assert (response.status, told["claims"]) == (200, None)
    assert "x-user" not in dict(told["headers"])
    assert json.loads(lines[0])["mode"] == "shadow"
    assert [decision.reason for decision in decisions] == ["credential_missing"]


def test_client_address():
    policy = {**POLICY, "rate_limit": {"address": {"requests": 1, "seconds": 86400}}}
    verifier = portcullis.Verifier(policy)
    statuses = []

    async def receive():
        return {"type": "http.request"}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    def scope(client):
        headers = [(b"authorization", f"Bearer {TOKEN}".encode())]
        return {"type": "http", "method": "GET", "path": "/orders/7", "query_string": b"",
                "headers": headers, "client": client}  # fmt: skip

    async def judge_all():
        application = Middleware(echo, verifier)
        for client in (("192.0.2.1", 1), ("192.0.2.2", 2), ("192.0.2.1", 3), None):
            await application(scope(client), receive, send)
        fixed = Middleware(echo, verifier, client_ip=lambda scope: "192.0.2.2")
        await fixed(scope(None), receive, send)

    asyncio.run(judge_all())
    assert statuses == [200, 200, 429, 200, 429]


def test_a_policy_without_an_edge_layer_works_as_well():
    assert ask("/any", BEARER, policy=tokens.POLICY)[0].status == 200
    response, body = ask("/", policy=tokens.POLICY)
    assert (response.status, body) == (401, b'{"error":"unauthorized"}')
