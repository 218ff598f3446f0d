"""The environment of a notebook's shop: in this process, or on local sockets so that a person can click."""

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
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_notebook.notebook_error import NotebookError, missing_package
from lightning_cart_notebook.simulated import LATENCY_SECONDS, DeterministicIds, SimulatedClock

SHOP, SANDBOX = "http://localhost:8000", "http://localhost:8001"  # names only: nothing listens there
# A published test key with its certificates, so that PayPal's signatures are the same on every run.
PAYPAL_AUTHORITY = Path(__file__).with_name("paypal_authority.json")

type Receive = Callable[[HttpRequest], Awaitable[HttpResponse]]


@dataclass(slots=True)
class Environment:
    """The parts around the engine.

    Args:
        public_url: The engine's base URL.
        clock: Returns Unix seconds.
        new_id: Creates the engine's ids.
        sleep: Waits for a number of seconds.
        send: Sends requests to the provider, for the engine and for the buyer.
        sandbox: The local sandbox, or `None` with the real provider.
        simulated: The simulated clock, or `None` with real time.
        closing: Closes everything at the end.
        listener: The socket to serve the engine on, or `None`.
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
        import httpx  # noqa: PLC0415 - an optional extra

        from lightning_cart_sandbox import create_sandbox  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise missing_package("The local sandbox", error) from None
    return httpx, create_sandbox


def in_process(receive: Receive, extra: Sequence[Any] = ()) -> Environment:
    """Create an environment without sockets, threads and real time. It works in a browser and is reproducible.

    Args:
        receive: Handles the provider's webhooks.
        extra: Further sandbox providers.

    Raises:
        NotebookError: A package is missing.
    """
    httpx, create_sandbox = _load()
    clock = SimulatedClock()
    ids = DeterministicIds(clock)

    async def deliver(request: Any) -> Any:  # noqa: ANN401 - httpx is an extra
        content = await request.aread()
        response = await receive(HttpRequest(request.method, str(request.url), dict(request.headers), content))
        return httpx.Response(response.status, content=response.body)

    webhook_client = httpx.AsyncClient(transport=httpx.MockTransport(deliver))
    app = create_sandbox(SANDBOX, clock=clock, new_id=ids.prefixed, client=webhook_client, wait_seconds=0, extra=extra)
    app.state.sandbox.store.put("paypal.authority", json.loads(PAYPAL_AUTHORITY.read_text(encoding="utf-8")))
    client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), timeout=30)

    async def send(request: HttpRequest) -> HttpResponse:
        clock.wait(LATENCY_SECONDS)
        return await _send(client, request)

    return Environment(SHOP, clock, ids.order_id, clock.sleep, send, app.state.sandbox, clock)


async def _send(client: Any, request: HttpRequest) -> HttpResponse:  # noqa: ANN401 - httpx is an extra
    response = await client.request(request.method, request.url, headers=dict(request.headers), content=request.body)
    return HttpResponse(response.status_code, dict(response.headers), response.content)


async def on_loopback(port: int, extra: Sequence[Any] = (), *, with_sandbox: bool = True) -> Environment:
    """Create an environment on local sockets, in real time.

    Args:
        port: The shop's port; 0 chooses a free one.
        extra: Further sandbox providers.
        with_sandbox: Start the local sandbox. Otherwise the shop uses the real provider.

    Raises:
        NotebookError: The port is taken, a package is missing, or this Python has no sockets.
    """
    if sys.platform == "emscripten":
        raise NotebookError("Inside a browser no server can be started: set BUYER = 'script'.")
    _, create_sandbox = _load()
    try:
        from lightning_cart_host.adapters.http_send import HttpSend  # noqa: PLC0415 - an optional extra
        from lightning_cart_host.server.uvicorn_server import bind, format_address, serve  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise missing_package("Serving the shop for a click", error) from None
    closing = AsyncExitStack()
    try:
        listener, sandbox = closing.enter_context(bind(LOOPBACK_HOST, port, "open_shop(port=…)")), None
        if with_sandbox:
            sandbox_listener = closing.enter_context(bind(LOOPBACK_HOST, 0))
            app = create_sandbox(format_address(sandbox_listener, LOOPBACK_HOST), extra=extra)
            sandbox = app.state.sandbox
            await closing.enter_async_context(serve(app, sandbox_listener, LOOPBACK_HOST))
    except (ConfigurationError, OSError) as error:
        await closing.aclose()
        raise NotebookError(f"The shop did not start: {error}.") from None
    send = HttpSend()
    closing.push_async_callback(send.close)
    return Environment(
        format_address(listener, LOOPBACK_HOST), time.time, new_id, asyncio.sleep, send, sandbox, None, closing, listener
    )
