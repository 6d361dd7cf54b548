"""The WSGI adapter behind the standard library's server."""

import http.client
import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import portcullis
import pytest
import tokens
from portcullis.wsgi import Middleware

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
        {"path": "/admin/**", "require": {"permissions": {"all_of": ["admin"]}}},
    ],
    challenge={"login": {"url": "/login", "return_parameter": "to"}},
    cors={"origins": ["https://app.example"]},
)
TOKEN = tokens.sign(exp=tokens.FAR_FUTURE)
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def echo(environ, start_response):
    told = {
        name: environ[name]
        for name in environ
        if name.startswith("HTTP_") or name in ("PATH_INFO", "QUERY_STRING", "REQUEST_URI")
    }
    told["claims"] = environ["portcullis.claims"]
    body = json.dumps(told).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [body]


class SilentHandler(WSGIRequestHandler):
    def log_message(self, *arguments):
        pass


class Server:
    def __init__(self, policy=POLICY, **options):
        self.application = Middleware(validator(echo), portcullis.Verifier(policy), **options)

        def with_uri(environ, start_response):
            environ["REQUEST_URI"] = environ["PATH_INFO"] + "?" + environ["QUERY_STRING"]
            return self.application(environ, start_response)

        self.server = make_server("127.0.0.1", 0, with_uri, handler_class=SilentHandler)

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        return self

    def __exit__(self, *exception):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def ask(self, path, headers=(), method="GET"):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=10)
        try:
            connection.putrequest(method, path)
            for name, value in dict(headers).items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def server():
    with Server() as made:
        yield made


def test_allowed_with_claims(server):
    response, body = server.ask("/orders/7?a=1", BEARER)
    told = json.loads(body)
    assert response.status == 200
    assert told["claims"]["sub"] == "user|1"
    assert told["HTTP_X_USER"] == "user|1"
    assert "HTTP_AUTHORIZATION" not in told
    assert told["QUERY_STRING"] == "a=1"


def test_public_path_without_claims_and_without_spoofed_ones(server):
    response, body = server.ask("/public/a", {"X-User": "root", "X_User": "root", "X-Other": "1"})
    told = json.loads(body)
    assert (response.status, told["claims"]) == (200, None)
    assert "HTTP_X_USER" not in told
    assert told["HTTP_X_OTHER"] == "1"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/orders/7", 401),
        ("/nowhere", 403),
        ("/orders//7", 400),
        ("/public/../orders/7", 400),
        ("/public/%2e%2e/orders/7", 400),
        ("/public%2F..%2Forders/7", 400),
        ("/public/%2561", 400),
        ("/%6frders/7", 401),
    ],
)
def test_refused(server, path, status):
    response, body = server.ask(path)
    assert response.status == status
    assert response.getheader("Cache-Control") == "no-store"
    assert int(response.getheader("Content-Length")) == len(body)
    assert "error" in json.loads(body)


def test_routes_with_rights(server):
    assert server.ask("/admin/x", BEARER)[0].status == 403
    admin = tokens.sign(exp=tokens.FAR_FUTURE, permissions=["admin", "read:orders"])
    assert server.ask("/admin/x", {"Authorization": f"Bearer {admin}"})[0].status == 200


def test_head_has_headers_alone(server):
    response, body = server.ask("/orders/7", method="HEAD")
    assert (response.status, body) == (401, b"")
    assert response.getheader("WWW-Authenticate") == 'Bearer realm="portcullis"'


def test_login_and_preflight(server):
    response, body = server.ask("/account?a=1")
    assert (response.status, body) == (302, b"")
    assert response.getheader("Location") == "/login?to=%2Faccount%3Fa%3D1"
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "GET"}
    response, body = server.ask("/orders/7", asked, method="OPTIONS")
    assert (response.status, body) == (204, b"")
    assert response.getheader("Access-Control-Allow-Origin") == "https://app.example"


def test_token_in_cookie_or_query_is_taken_out(server):
    _, body = server.ask("/orders/7", {"Cookie": f"a=1; session={TOKEN}"})
    assert json.loads(body)["HTTP_COOKIE"] == "a=1"
    _, body = server.ask("/orders/7", {"Cookie": f"session={TOKEN}"})
    assert "HTTP_COOKIE" not in json.loads(body)
    _, body = server.ask(f"/orders/7?a=1&token={TOKEN}")
    told = json.loads(body)
    assert (told["QUERY_STRING"], told["REQUEST_URI"]) == ("a=1", "/orders/7?a=1")
    assert TOKEN not in body.decode()


def test_paths_beyond_ascii_are_judged_as_the_application_sees_them(server):
    response, body = server.ask("/public/caf%C3%A9", {})
    assert response.status == 200
    assert json.loads(body)["PATH_INFO"].encode("latin-1").decode() == "/public/café"
    assert server.ask("/public/caf%E9")[0].status == 400


def test_shadow_mode_logs_and_lets_through():
    lines, decisions = [], []
    options = {"log": lines.append, "on_decision": decisions.append}
    with Server({**POLICY, "mode": "shadow"}, **options) as server:
        response, body = server.ask("/orders/7", {"X-User": "root"})
    assert (response.status, json.loads(body)["claims"]) == (200, None)
    assert "HTTP_X_USER" not in json.loads(body)
    assert json.loads(lines[0])["reason"] == "credential_missing"
    assert [decision.reason for decision in decisions] == ["credential_missing"]


def test_client_address():
    policy = {**POLICY, "rate_limit": {"address": {"requests": 1, "seconds": 86400}}}

    def forwarded(environ):
        return environ.get("HTTP_X_FORWARDED_FOR")

    with Server(policy, client_ip=forwarded) as server:
        statuses = [
            server.ask("/orders/7", {**BEARER, "X-Forwarded-For": address})[0].status
            for address in ("192.0.2.1", "192.0.2.2", "192.0.2.1")
        ]
    assert statuses == [200, 200, 429]


def test_a_policy_without_an_edge_layer_works_as_well():
    with Server(tokens.POLICY) as server:
        assert server.ask("/any//path", BEARER)[0].status == 200
        response, body = server.ask("/")
    assert (response.status, body) == (401, b'{"error":"unauthorized"}')


def test_mounted_applications_are_judged_by_the_whole_path():
    seen = []

    def start(status, headers, info=None):
        seen.append(status)

    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/public", "PATH_INFO": "/a"}
    application = Middleware(lambda environ, start: [b"in"], portcullis.Verifier(POLICY))
    assert list(application(environ, start)) == [b"in"]
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "/orders", "PATH_INFO": "/a"}
    application(environ, start)
    assert seen == ["401 Unauthorized"]
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": ""}
    application(environ, start)
    assert seen[1] == "403 Forbidden"


def test_listeners_that_fail_change_nothing():
    def fail(_):
        raise RuntimeError

    policy = {**POLICY, "log": {"decisions": "all"}}
    with Server(policy, log=fail, on_decision=fail) as server:
        assert server.ask("/orders/7", BEARER)[0].status == 200
        assert server.ask("/orders/7")[0].status == 401
