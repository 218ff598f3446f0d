"""A proxy between the engine and PostgreSQL, which sees every message, holds responses back, and cuts connections."""

import contextlib
import itertools
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlencode, urlsplit, urlunsplit

import psycopg

# Messages after which a client waits for the server: Sync, Flush and a simple query.
_WAITING = {b"S", b"H", b"Q"}
_COMMITTED = b"COMMIT\0"
_CHUNK = 65536
_PATIENCE_SECONDS = 5  # for a client that waits without saying so: it would wait for ever


class _Messages:
    """Splits what a client sends into messages.

    Args:
        seen: Called with the type of each complete message.
    """

    def __init__(self, seen: Callable[[bytes], None]) -> None:
        self._seen = seen
        self._rest = b""
        self._is_started = False

    def feed(self, data: bytes) -> None:
        self._rest += data
        head = 5 if self._is_started else 4
        while len(self._rest) >= head:
            (length,) = struct.unpack("!I", self._rest[head - 4 : head])
            if len(self._rest) < length + head - 4:
                return
            self._seen(self._rest[:1] if self._is_started else b"startup")
            self._rest = self._rest[length + head - 4 :]
            self._is_started, head = True, 5


class ByteProxy:
    """Forwards connections to PostgreSQL. A response is held back until the client waits for it.

    Args:
        url: PostgreSQL's, without TLS.
    """

    def __init__(self, url: str) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()
        parts = urlsplit(url)
        user = f"{parts.username or ''}{f':{parts.password}' if parts.password else ''}@"
        self.url = urlunsplit(
            parts._replace(netloc=f"{user}{host}:{port}", query=urlencode({"sslmode": "disable", "gssencmode": "disable"}))
        )
        with psycopg.connect(url) as found:
            self._host, self._port = found.info.host, found.info.port
        self._threads = [threading.Thread(target=self._accept)]
        self._is_closed = False
        self.waits: list[bytes] = []
        self.cut = ""
        self._threads[0].start()

    def _accept(self) -> None:
        while not self._is_closed:
            if select.select([self._listener], [], [], 0.05)[0]:
                client, _ = self._listener.accept()
                thread = threading.Thread(target=self._forward, args=(client, self._connect()))
                self._threads.append(thread)
                thread.start()

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _forward(self, client: socket.socket, server: socket.socket) -> None:
        with client, server, contextlib.suppress(ConnectionError):
            held = b""
            asked, last = list[bytes](), list[bytes]()
            messages = _Messages(asked.append)
            is_waiting = True
            last_sent = time.monotonic()
            while not self._is_closed and (not held or time.monotonic() < last_sent + _PATIENCE_SECONDS):
                readable = select.select([client, server], [], [], 0.05)[0]
                if client in readable:
                    sent = client.recv(_CHUNK)
                    messages.feed(sent)
                    kinds = [*last, *asked]
                    is_waiting = _ends_waiting(asked)
                    if not sent or (is_waiting and self.cut == "before"):
                        return
                    if self.cut == "before":
                        continue
                    self.waits += _find_waits(kinds)
                    last = kinds[-1:]
                    asked.clear()
                    last_sent = time.monotonic()
                    server.sendall(sent)
                if server in readable:
                    received = server.recv(_CHUNK)
                    held += received
                    if not received or (self.cut == "after" and _COMMITTED in held):
                        return
                if is_waiting and held:
                    client.sendall(held)
                    held = b""

    def close(self) -> None:
        """Cut every connection and stop."""
        self._is_closed = True
        for thread in self._threads:
            thread.join()
        self._listener.close()


def _find_waits(kinds: list[bytes]) -> list[bytes]:
    """Return the messages after the first for whose responses the client waits: a Flush behind a Sync asks for nothing more."""
    pairs = itertools.pairwise(kinds)
    return [kind for before, kind in pairs if kind in _WAITING and (before, kind) != (b"S", b"H")]


def _ends_waiting(kinds: list[bytes]) -> bool:
    """Return whether the client now waits for the server."""
    return bool(kinds) and (kinds[-1] in _WAITING or kinds[-1] in {b"startup", b"p"})


@contextlib.contextmanager
def open_proxy(url: str) -> Iterator[ByteProxy]:
    """Open a proxy in front of PostgreSQL, and close it at the end."""
    proxy = ByteProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
