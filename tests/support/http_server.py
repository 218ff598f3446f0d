"""An application or a folder on a real loopback port, in a thread of its own, for clients that insist on HTTP."""

import asyncio
import functools
import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from lightning_cart_host.server.uvicorn_server import bind, serve


@contextmanager
def serving(make: Callable[[str], Any]) -> Iterator[Any]:
    """Serve the application that `make` creates, and stop it at the end.

    Args:
        make: Takes the origin; returns an object with an ASGI application as its `app`.
    """
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        made = make(f"http://127.0.0.1:{listening.getsockname()[1]}")
        server = uvicorn.Server(uvicorn.Config(made.app, log_level="warning", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
        thread.start()
        while not server.started:
            thread.join(0.01)
        try:
            yield made
        finally:
            server.should_exit = True
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving_files(folder: Path) -> Iterator[str]:
    """Serve a folder as any static host does, and stop at the end; gives its origin."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def exchange(app: Any, raw: bytes) -> bytes:
    """Send bytes to the application on a real socket, and return all that it answers."""
    listener = bind("127.0.0.1", 0)
    async with serve(app, listener, "127.0.0.1"):
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(raw)
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await writer.wait_closed()
        return answer
