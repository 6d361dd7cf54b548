"""A runtime client in a few lines: see thin.cjs. A bare socket, because http.client would import ssl."""

import json
import os
import socket
import sys

_BASE = "/2018-06-01/runtime"
_host, _port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
_peer = socket.create_connection((_host, int(_port)))
_peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
_answers = _peer.makefile("rb")


def call(method, path, body=b""):
    """The response's headers, names in lower case, and its body."""
    head = f"{method} {_BASE}{path} HTTP/1.1\r\nHost: {_host}:{_port}\r\nContent-Length: {len(body)}\r\n\r\n"
    _peer.sendall(head.encode() + body)
    if not _answers.readline():
        sys.exit(1)
    headers = {}
    while line := _answers.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return headers, _answers.read(int(headers["content-length"]))


def error_of(error):
    return json.dumps({"errorType": type(error).__name__, "errorMessage": str(error)}).encode()


def main():
    try:
        from shim import handler
    except Exception as error:
        call("POST", "/init/error", error_of(error))
        sys.exit(1)
    while True:
        headers, body = call("GET", "/invocation/next")
        id_ = headers["lambda-runtime-aws-request-id"]
        try:
            answer = "response", json.dumps(handler(json.loads(body), None), separators=(",", ":")).encode()
        except Exception as error:
            answer = "error", error_of(error)
        call("POST", f"/invocation/{id_}/{answer[0]}", answer[1])


main()
