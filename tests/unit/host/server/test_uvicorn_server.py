"""The server: its sockets send at once, its requests have bounded heads, and its end waits for no idle connection."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.http_protocol import MAX_HEAD_BYTES
from lightning_cart_host.server.shutdown import new_event_loop
from lightning_cart_host.server.uvicorn_server import bind, serve
from lightning_cart_host.server.worker_process import SharedListener

LOOPS = pytest.mark.parametrize("loop_factory", [asyncio.new_event_loop, new_event_loop], ids=["asyncio", "the fastest one"])
LISTENERS = pytest.mark.parametrize("shared", [False, True], ids=["the socket of one process", "a socket that processes share"])


@LOOPS
@LISTENERS
def test_an_accepted_connection_does_not_wait_for_acknowledgements(
    loop_factory: Callable[[], asyncio.AbstractEventLoop], shared: bool
) -> None:
    async def accept() -> int:
        accepted = asyncio.get_running_loop().create_future()

        class Protocol(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                accepted.set_result(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
                transport.close()

        with bind("127.0.0.1", 0) as opened:
            listener = SharedListener(fileno=os.dup(opened.fileno())) if shared else opened
            async with await asyncio.get_running_loop().create_server(Protocol, sock=listener):
                _, writer = await asyncio.open_connection(*opened.getsockname())
                no_delay = int(await accepted)
                writer.close()
                return no_delay

    with asyncio.Runner(loop_factory=loop_factory) as runner:
        assert runner.run(accept()) == 1


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the number of the request's headers."""
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})
        return
    await receive()
    await answer_headers(scope, send)


async def answer_headers(scope: Any, send: Any) -> None:
    """Answer with the number of the request's headers."""
    body = str(len(scope["headers"])).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


async def read_all(scope: Any, receive: Any, send: Any) -> None:
    """Read the whole request, and answer as `echo` does."""
    if scope["type"] == "lifespan":
        await echo(scope, receive, send)
        return
    while (event := await receive())["type"] == "http.request" and event.get("more_body"):
        pass
    if event["type"] == "http.request":
        await answer_headers(scope, send)


async def send_endlessly(beginning: bytes, piece: bytes) -> tuple[bytes, bool]:
    """Return the first bytes of the answer to a request without an end, and whether the connection was ended."""
    listener = bind("127.0.0.1", 0)
    async with serve(read_all, listener, "127.0.0.1"):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        answer, sent = asyncio.create_task(reader.read(12)), 0
        writer.write(beginning)
        with contextlib.suppress(ConnectionError):
            while not answer.done() and sent < 100 * MAX_HEAD_BYTES:
                writer.write(piece)
                sent += len(piece)
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await answer
        return b"" if answer.exception() else answer.result(), sent < 100 * MAX_HEAD_BYTES


MANY = pytest.mark.parametrize("piece", [b"x-one: 1\r\n" * 400, b"x" * 4000], ids=["many headers", "one endless header"])


@MANY
def test_a_head_without_an_end_is_cut_off(piece: bytes) -> None:
    beginning = b"GET / HTTP/1.1\r\nhost: x\r\n"
    assert asyncio.run(send_endlessly(beginning, piece)) == (b"HTTP/1.1 400", True)


@MANY
def test_trailers_without_an_end_end_the_connection(piece: bytes) -> None:
    beginning = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    assert asyncio.run(send_endlessly(beginning, piece)) == (b"", True)


def test_trailers_are_no_headers() -> None:
    async def ask() -> bytes:
        listener = bind("127.0.0.1", 0)
        async with serve(read_all, listener, "127.0.0.1"):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            head = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            writer.write(head)
            await writer.drain()
            writer.write(b"1\r\na\r\n0\r\nauthorization: Bearer forged\r\n\r\n")
            answer = await reader.read()
            writer.close()
            return answer

    assert asyncio.run(ask()).endswith(b"\r\n\r\n3")


def test_a_head_of_usual_size_after_a_long_body_is_read() -> None:
    async def ask_twice() -> bytes:
        listener = bind("127.0.0.1", 0)
        async with serve(echo, listener, "127.0.0.1"):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            body = 3 * MAX_HEAD_BYTES
            writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % body + b"a" * body)
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nx-cut: a")
            first = await reader.readuntil(b"\r\n\r\n2")
            writer.write(b"b\r\nconnection: close\r\n\r\n")
            answer = first + await reader.read()
            writer.close()
            return answer

    assert asyncio.run(ask_twice()).count(b"HTTP/1.1 200 OK") == 2


def test_a_connection_that_is_unknown_when_the_server_stops_is_closed_a_moment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    servers: list[uvicorn.Server] = []

    class Late:
        """A connection that does not hear the first request to close."""

        asked = 0

        def shutdown(self) -> None:
            self.asked += 1
            if self.asked == 2:
                servers[0].server_state.connections.discard(self)

    late, startup = Late(), uvicorn.Server.startup

    async def start(server: uvicorn.Server, sockets: Any = None) -> None:
        await startup(server, sockets)
        servers.append(server)
        server.server_state.connections.add(late)  # type: ignore[arg-type]

    monkeypatch.setattr(uvicorn.Server, "startup", start)

    async def stop() -> None:
        async with asyncio.timeout(4):  # less than a server waits for open requests
            async with serve(echo, bind("127.0.0.1", 0), "127.0.0.1"):
                pass

    asyncio.run(stop())
    assert late.asked == 2


def test_a_socket_refuses_connections_until_something_serves_on_it() -> None:
    async def ask() -> None:
        listener = bind("127.0.0.1", 0)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*listener.getsockname())
        async with serve(echo, listener, "127.0.0.1"):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()

    asyncio.run(ask())


def test_a_port_that_another_process_serves_meanwhile_is_refused_and_the_application_is_ended() -> None:
    events: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "lifespan"
        for _ in range(2):
            name = (await receive())["type"]
            events.append(name)
            await send({"type": f"{name}.complete"})

    async def start() -> None:
        listener = bind("127.0.0.1", 0)
        port = listener.getsockname()[1]
        with bind("127.0.0.1", port) as other:  # as `bind` allows while nobody listens
            other.listen()
            with pytest.raises(ConfigurationError, match=rf"cannot listen on 127\.0\.0\.1 port {port}: .*--metrics-port"):
                await asyncio.wait_for(_serve_once(app, listener), 5)
        listener.close()

    asyncio.run(start())
    assert events == ["lifespan.startup", "lifespan.shutdown"]


async def _serve_once(app: Any, listener: socket.socket) -> None:
    async with serve(app, listener, "127.0.0.1", option="--metrics-port"):
        pass
