"""portcullis.jwks over its own fetch, against a server of this machine that misbehaves."""

import contextlib
import datetime
import gzip
import ipaddress
import json
import socket
import ssl
import struct
import threading
import time

import portcullis.jwks
import pytest
import tokens
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwks_support import ISSUER, NOW, Key, Setting, event_of, jwk_changed, make_set, make_token
from portcullis.jwks import FetchError

KEY, NEXT = Key("ES256", "first"), Key("RS256", "next")
TOKEN = make_token(KEY)
SET = make_set(KEY)


class Server:
    """Answers each connection by `answer(connection)`, after it has read the request's head."""

    def __init__(self, answer, *, context=None, read=True):
        self.requests = []
        self._answer = answer
        self._context = context
        self._read = read
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/keys"
        self.stop = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError):
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            if self._read:
                head = b""
                while b"\r\n\r\n" not in head and (data := connection.recv(65536)):
                    head += data
                self.requests.append(head.decode())
            self._answer(connection)
        connection.close()


def ok(body, *headers, length=None, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {length or len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def sends(data):
    return lambda connection: connection.sendall(data)


def over(url, **options):
    """A verifier over the module's own fetch."""
    return Setting(
        **{
            "jwks": {ISSUER: url},
            "allow_http": True,
            "fetch": None,
            "timeout": 5,
            **options,
        }
    )


def refusal(url, **options):
    """What a misbehaving server leads to: baked keys go on serving."""
    setting = over(url, keys=[KEY.jwk], **options)
    start = time.monotonic()
    assert setting.verifier.refresh() is False
    took = time.monotonic() - start
    setting.settle()
    assert setting.reason(TOKEN) == "ok"
    assert setting.status["origin"] == "baked"
    code, message, _ = setting.error
    return code, message, took


def test_keys_are_loaded_and_changed_for_newer_ones():
    bodies = [SET, make_set(NEXT)]
    with Server(lambda connection: connection.sendall(ok(bodies.pop(0)))) as server:
        setting = over(f"{server.url}?a=b")
        assert setting.verifier.ready() is True
        event = event_of(TOKEN)
        assert setting.verifier.handler(event, None) is tokens.request_of(event)
        setting.now += 30
        newer = event_of(make_token(NEXT))
        assert setting.verifier.handler(newer, None) is tokens.request_of(newer)
        assert setting.verifier.handler(event, None)["status"] == "401"
    assert len(server.requests) == 2
    for request in server.requests:
        first, *headers = request.rstrip().split("\r\n")
        assert first == "GET /keys?a=b HTTP/1.1"
        assert sorted(headers) == [
            "Accept-Encoding: identity",
            "Accept: application/jwk-set+json, application/json",
            "Connection: close",
            f"Host: 127.0.0.1:{server.port}",
            "User-Agent: portcullis",
        ]


def test_max_age_is_read():
    with Server(sends(ok(SET, "Cache-Control: public, max-age=120"))) as server:
        setting = over(server.url)
        setting.verifier.ready()
        setting.now += 120
        setting.reason(TOKEN)
        setting.settle()
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + b"".join(b"1\r\n%c\r\n" % byte for byte in SET)
        + b"0\r\n\r\n",
        ok(SET, "Content-Type: text/plain"),
        ok(b"\n  " + SET + b"\n"),
        # It ends where the connection ends.
        b"HTTP/1.0 200 OK\r\n\r\n" + SET,
        b"HTTP/1.1 100 Continue\r\n\r\n" + ok(SET),
    ],
)
def test_any_form_of_http(answer):
    with Server(sends(answer)) as server:
        assert over(server.url).verifier.ready() is True


def drip(head):
    """Each byte comes soon enough; all of them do not."""

    def answer(connection):
        connection.sendall(head)
        while True:
            connection.sendall(b" ")
            time.sleep(0.01)

    return answer


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 ",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
    ],
)
def test_an_answer_that_comes_too_slowly(head):
    with Server(drip(head)) as server:
        start = time.monotonic()
        with pytest.raises(FetchError) as caught:
            portcullis.jwks.fetch(server.url, timeout=0.2, max_bytes=262_144)
        assert 0.15 < time.monotonic() - start < 2
        assert str(caught.value) == "timeout: no complete answer within 0.2 s"
        assert refusal(server.url, timeout=0.1)[0] == "timeout"


def test_no_answer_at_all():
    with Server(lambda connection: server.stop.wait(5)) as server:
        code, _, took = refusal(server.url, timeout=0.1)
    assert code == "timeout"
    assert took < 2


def test_no_handshake():
    with Server(lambda connection: server.stop.wait(5), read=False) as server:
        code, _, took = refusal(server.url.replace("http:", "https:"), timeout=0.1)
    assert code == "timeout"
    assert took < 2


HUGE = b'{"keys":[],"filling":"' + b"x" * 5_000_000 + b'"}'


def endless(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        connection.sendall(HUGE)


def endless_header(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: " + b"x" * 60_000 + b"\r\n")


def endless_interim(connection):
    while True:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [sends(ok(HUGE)), endless, endless_header, endless_interim, sends(ok(SET, length=9**9))],
)
def test_an_answer_that_is_too_large(answer):
    with Server(answer) as server:
        code, message, took = refusal(server.url)
    assert code == "too_large", message
    assert took < 4


def test_max_bytes_is_the_last_size_that_passes():
    with Server(sends(ok(SET.ljust(2000)))) as server:
        assert over(server.url, max_bytes=2000).verifier.ready() is True
        assert refusal(server.url, max_bytes=1999)[0] == "too_large"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status):
    with Server(sends(ok(SET))) as target:
        answer = ok(SET, f"Location: {target.url}", status=f"{status} Moved")
        with Server(sends(answer)) as server:
            assert refusal(server.url)[0] == "redirect"
    assert target.requests == []


def test_no_proxy_of_the_environment_is_used(monkeypatch):
    with Server(sends(ok(SET))) as proxy, Server(sends(ok(SET))) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert over(server.url).verifier.ready() is True
    assert proxy.requests == []


@pytest.mark.parametrize("status", [201, 206, 400, 401, 404, 429, 500, 503])
def test_a_status_other_than_200_even_with_keys(status):
    with Server(sends(ok(SET, status=f"{status} Whatever"))) as server:
        code, message, _ = refusal(server.url)
    assert (code, message) == ("status", f"status: expected 200, not {status}")


@pytest.mark.parametrize(
    ("code", "body"),
    [
        ("not_json", b""),
        ("not_json", b"<!doctype html><title>Sign in</title>"),
        ("not_json", SET[:-1]),
        ("not_json", b'"\xe9"'),
        ("not_json", gzip.compress(SET)),
        ("not_key_set", b"[]"),
        ("not_key_set", b'{"jwks_uri":"https://issuer.example/keys"}'),
        ("refused", b'{"keys":[]}'),
        ("refused", json.dumps({"keys": [jwk_changed(KEY, use="enc")]}).encode()),
    ],
)
def test_contents_that_are_no_jwk_set(code, body):
    with Server(sends(ok(body))) as server:
        assert refusal(server.url)[0] == code


def reset(data):
    def answer(connection):
        connection.sendall(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return answer


@pytest.mark.parametrize(
    "answer",
    [
        lambda connection: None,
        reset(b""),
        sends(b"HTTP/1.1 200 OK\r\nContent-"),
        sends(b"HTTP/1.1 200 OK"),
        sends(ok(SET, length=len(SET) + 1)),
        reset(ok(SET, length=len(SET) + 1)),
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + SET),
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + SET),
        sends(b"SSH-2.0-OpenSSH\r\n"),
        sends(b"\x00" * 100),
    ],
)
def test_connections_that_end_early_or_speak_no_http(answer):
    with Server(answer) as server:
        code, message, _ = refusal(server.url)
    # A header that was cut is a header without a body.
    assert code in ("network", "not_json"), message


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    code, message, _ = refusal(f"http://127.0.0.1:{port}/")
    assert (code, message) == ("network", "network: cannot fetch (ConnectionRefusedError)")


def test_a_name_that_does_not_exist(monkeypatch):
    def fail(*arguments, **options):
        raise socket.gaierror(-2, "c2VjcmV0")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    code, message, _ = refusal("https://issuer.example/keys")
    assert (code, message) == ("network", "network: cannot fetch (gaierror)")


def test_every_address_shares_one_timeout(monkeypatch):
    # Addresses that answer nothing: a listener whose queue is full would take a while to make.
    class Silent(socket.socket):
        def connect(self, address):
            time.sleep(self.gettimeout())
            raise TimeoutError

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))] * 20
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    monkeypatch.setattr(socket, "socket", Silent)
    start = time.monotonic()
    with pytest.raises(FetchError):
        portcullis.jwks.fetch("https://issuer.example/", timeout=0.1, max_bytes=1024)
    assert time.monotonic() - start < 1


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate of 127.0.0.1 that its own key has signed, as a file with that key."""
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "portcullis tests")])
    today = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(private, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


def tls_server(certificate, answer):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return Server(answer, context=context)


def test_certificates_are_verified(certificate, monkeypatch):
    with tls_server(certificate, sends(ok(SET))) as server:
        url = server.url.replace("http:", "https:")
        code, message, _ = refusal(url)
        assert (code, message) == ("network", "network: cannot fetch (CERTIFICATE_VERIFY_FAILED)")
        assert server.requests == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert over(url).verifier.ready() is True
        # Trusted, but of another name.
        assert refusal(url.replace("127.0.0.1", "localhost"))[0] == "network"
        assert len(server.requests) == 1


def test_a_slow_answer_over_tls(certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with tls_server(certificate, drip(b"HTTP/1.1 200 OK\r\n\r\n")) as server:
        code, _, took = refusal(server.url.replace("http:", "https:"), timeout=0.2)
    assert code == "timeout"
    assert took < 2


def test_a_server_that_speaks_no_tls():
    with Server(sends(ok(SET)), read=False) as server:
        assert refusal(server.url.replace("http:", "https:"))[0] == "network"


def test_a_token_names_no_url_that_is_asked():
    body = {**json.loads(SET), "jku": "http://127.0.0.1/", "next": "http://127.0.0.1/"}
    with Server(sends(ok(json.dumps(body).encode()))) as server:
        setting = over(server.url)
        setting.verifier.ready()
        setting.now += 30
        evil = f"{server.url}/evil"
        header = {"jku": evil, "x5u": evil, "jwk": NEXT.jwk}
        token = make_token(KEY, kid="x", header=header, iss=evil)
        assert setting.fresh_reason(token) == "key_not_found"
    assert [request.split(" ")[1] for request in server.requests] == ["/keys", "/keys"]


def test_many_requests_at_once_make_one_fetch():
    def answer(connection):
        time.sleep(0.1)
        connection.sendall(ok(SET))

    found = []
    with Server(answer) as server:
        verifier = over(server.url).verifier

        def judge():
            found.append(verifier.verify_fresh(event_of(TOKEN), NOW).reason)

        threads = [threading.Thread(target=judge) for _ in range(30)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(5)
    assert found == ["ok"] * 30
    assert len(server.requests) == 1
