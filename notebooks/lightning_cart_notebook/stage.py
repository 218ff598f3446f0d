"""Where a purchase takes place: all of it in this process, or on sockets of this machine where a person can click."""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lightning_cart.errors import ConfigurationError
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Clock, NewId, Send, Sleep
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_notebook.simulated import LATENCY_SECONDS, DeterministicIds, SimulatedClock
from lightning_cart_notebook.trouble import NotebookError, missing_package

SHOP, SANDBOX = "http://localhost:8000", "http://localhost:8001"  # names alone: in this process nobody listens there
_HOST = "127.0.0.1"
# A key and its certificates that protect nothing, so that PayPal's signatures are the same on every run.
PAYPAL_AUTHORITY = Path(__file__).with_name("paypal_authority.json")

type Receive = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(slots=True)
class Environment:
    """Who takes part beside the engine, and how they are reached.

    Args:
        public_url: The engine's address.
        clock: Unix seconds.
        new_id: Makes the engine's ids.
        sleep: Waits.
        send: The way to the provider, for the engine and the buyer alike.
        sandbox: The local provider, or `None` where it is the real one.
        simulated: The clock once more, where it is made up.
        closing: What is closed at the end.
        listener: The socket on which the engine is to be served, or `None`.
    """

    public_url: str
    clock: Clock
    new_id: NewId
    sleep: Sleep
    send: Send
    sandbox: Any
    simulated: SimulatedClock | None = None
    closing: AsyncExitStack = field(default_factory=AsyncExitStack)
    listener: Any = None


def _load() -> tuple[Any, Any]:
    try:
        import httpx  # noqa: PLC0415 - an extra

        from lightning_cart_sandbox import create_sandbox  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise missing_package("The local sandbox", error) from None
    return httpx, create_sandbox


def in_process(receive: Receive, extra: Sequence[Any] = ()) -> Environment:
    """A stage without sockets, threads and real time: it works in a browser, and is the same on every run.

    Args:
        receive: Takes the provider's webhooks.
        extra: Other ends of further providers.

    Raises:
        Trouble: A package is missing.
    """
    httpx, create_sandbox = _load()
    clock = SimulatedClock()
    ids = DeterministicIds(clock)

    async def deliver(request: Any) -> Any:  # noqa: ANN401 - httpx is an extra
        answer = await receive(HttpRequest(request.method, str(request.url), dict(request.headers), await request.aread()))
        return httpx.Response(answer.status, content=answer.body)

    postman = httpx.AsyncClient(transport=httpx.MockTransport(deliver))
    app = create_sandbox(SANDBOX, clock=clock, new_id=ids.prefixed, client=postman, wait_seconds=0, extra=extra)
    app.state.sandbox.store.put("paypal.authority", json.loads(PAYPAL_AUTHORITY.read_text(encoding="utf-8")))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), timeout=30)

    async def send(request: HttpRequest) -> HttpResponse:
        clock.wait(LATENCY_SECONDS)
        return await _sent(client, request)

    return Environment(SHOP, clock, ids.order_id, clock.sleep, send, app.state.sandbox, clock)


async def _sent(client: Any, request: HttpRequest) -> HttpResponse:  # noqa: ANN401 - httpx is an extra
    answer = await client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    return HttpResponse(answer.status_code, dict(answer.headers), answer.content)


async def on_loopback(port: int, extra: Sequence[Any] = (), *, with_sandbox: bool = True) -> Environment:
    """A stage on this machine's sockets, in real time.

    Args:
        port: The shop's, 0 for any that is free.
        extra: Other ends of further providers.
        with_sandbox: Start the local sandbox; else the provider is the real one.

    Raises:
        Trouble: The port is taken, a package is missing, or there are no sockets here.
    """
    if sys.platform == "emscripten":
        raise NotebookError("Inside a browser no server can be started: set BUYER = 'script'.")
    _, create_sandbox = _load()
    try:
        from lightning_cart_host.adapters.http_send import HttpxSend  # noqa: PLC0415 - an extra
        from lightning_cart_host.server.uvicorn_server import format_address, listen, serve  # noqa: PLC0415 - the same
    except ModuleNotFoundError as error:
        raise missing_package("Serving the shop for a click", error) from None
    closing = AsyncExitStack()
    try:
        listener, sandbox = closing.enter_context(listen(_HOST, port, "open_shop(port=…)")), None
        if with_sandbox:
            door = closing.enter_context(listen(_HOST, 0))
            app = create_sandbox(format_address(door, _HOST), extra=extra)
            sandbox = app.state.sandbox
            await closing.enter_async_context(serve(app, door, _HOST))
    except (ConfigurationError, OSError) as error:
        await closing.aclose()
        raise NotebookError(f"The shop did not start: {error}.") from None
    send = HttpxSend()
    closing.push_async_callback(send.close)
    return Environment(
        format_address(listener, _HOST), time.time, new_id, asyncio.sleep, send, sandbox, None, closing, listener
    )
