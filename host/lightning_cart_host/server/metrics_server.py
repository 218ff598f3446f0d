"""Serves the metrics on a port of their own, where they need no token."""

import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from typing import NamedTuple

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart_host.server.log import Log
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_page import PATH, MetricsPage
from lightning_cart_host.server.metrics_text import CONTENT_TYPE
from lightning_cart_host.server.uvicorn_server import bind, format_address, serve

_OPTION = "--metrics-port"


class Counting(NamedTuple):
    """What a process counts, and where it shows that.

    Args:
        metrics: Its numbers.
        listener: The listening socket for Prometheus, or None if there is none.
        host: The address that this socket was opened with.
    """

    metrics: Metrics
    listener: socket.socket | None = None
    host: str = ""


@contextlib.contextmanager
def listen_for_metrics(host: str, port: int | None, log: Log) -> Iterator[socket.socket | None]:
    """Open the socket for Prometheus during the block, unless the port is None.

    Args:
        host: An address or a name.
        port: The port; 0 for any that is free.
        log: Gets a line with the URL.

    Raises:
        ConfigurationError: The port is taken, or the address does not belong to this machine.
    """
    if port is None:
        yield None
        return
    with bind(host, port, _OPTION) as listener:
        log("metrics", address=f"{format_address(listener, host)}{PATH}")
        yield listener


def metrics_app(page: MetricsPage) -> Starlette:
    """Return an ASGI application that shows the page to anybody who reaches it."""

    async def show(_: Request) -> Response:
        return Response(await page.text(), headers={"content-type": CONTENT_TYPE})

    return Starlette(routes=[Route(PATH, show)])


@contextlib.asynccontextmanager
async def serve_metrics(page: MetricsPage | None, counting: Counting) -> AsyncIterator[None]:
    """Serve the page during the block, if there is one and a socket for it."""
    if page is None or counting.listener is None:
        yield
        return
    async with serve(metrics_app(page), counting.listener, counting.host, option=_OPTION):
        yield
