"""HTTP/1.1 over one socket, as much as the study's own loopback servers need: whole requests in, whole responses out.

The standard library's server parses headers as e-mail, a tenth of a millisecond that would lie inside what is timed.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

_MOST_HEAD = 64 * 1024


class Closed(Exception):
    """The other side hung up, or said something that is no HTTP/1.1 request."""


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes  # at most as long as was asked for
    length: int  # of the whole body


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"


class Connection:
    """One keep-alive connection. A body beyond `most_body` bytes is read and not kept."""

    def __init__(self, peer: socket.socket, most_body: int) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._peer, self._most_body = peer, most_body
        self._buffer = bytearray()

    def _more(self) -> None:
        data = self._peer.recv(262_144)
        if not data:
            raise Closed
        self._buffer += data

    def _take_until(self, mark: bytes) -> bytes:
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > _MOST_HEAD:
                raise Closed
            self._more()
        taken = bytes(self._buffer[:at])
        del self._buffer[: at + len(mark)]
        return taken

    def _take(self, length: int, keep: int) -> bytes:
        """`length` bytes, of which the first `keep` are returned."""
        kept = bytearray()
        while length > len(self._buffer):
            length -= len(self._buffer)
            kept += self._buffer[: max(0, keep - len(kept))]
            self._buffer.clear()
            self._more()
        kept += self._buffer[: min(length, max(0, keep - len(kept)))]
        del self._buffer[:length]
        return bytes(kept)

    def _chunks(self) -> tuple[bytes, int]:
        kept, total = b"", 0
        while size := int(self._take_until(b"\r\n").partition(b";")[0], 16):
            kept += self._take(size, self._most_body - len(kept))
            total += size
            self._take(2, 0)
        while self._take_until(b"\r\n"):  # trailers
            pass
        return kept, total

    def _body(self, headers: dict[str, str]) -> tuple[bytes, int]:
        if headers.get("expect", "").lower() == "100-continue":
            self._peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return self._chunks()
        length = int(headers.get("content-length", "0"))
        return self._take(length, self._most_body), length

    def read(self) -> Request:
        lines = self._take_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        try:
            method, target, _ = lines[0].split(" ", 2)
            headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines[1:])]
            body, length = self._body({name.lower(): value for name, value in headers})
        except ValueError:
            raise Closed from None
        return Request(method, target, headers, body, length)

    def write(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        lines = [f"HTTP/1.1 {status} {_reason(status)}", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""])
        self._peer.sendall(head.encode("latin-1", "replace") + body)
