"""A shop whose engine is a Worker: on workerd, started from the notebook, or at WORKER_URL."""

import asyncio
import atexit
import json
import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from lightning_cart.errors import ProviderError
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart_host.shop_client.form_filling import BUTTON_NAME, CARD
from lightning_cart_notebook.exchange import Exchange, ExchangeLog
from lightning_cart_notebook.hosted_page import HostedPage, form_request, open_hosted_page
from lightning_cart_notebook.ledger_chart import ledger_view
from lightning_cart_notebook.notebook_error import NotebookError, missing_package, one_sentence
from lightning_cart_notebook.view import Shown, View, facts, grid, note
from lightning_cart_notebook.watched_app import BUYER

ENGINE, PROVIDER = "the engine (on workerd)", "Stripe (sandbox, by HTTP)"
_WEBHOOK_TIMEOUT_SECONDS, _POLL_SECONDS = 20.0, 0.2


class WorkerShop(Shown):
    """An engine that is reached over HTTP, and its sandbox.

    Args:
        worker: The engine's base URL.
        sandbox: The sandbox's base URL, or empty if the Worker uses another provider.
        send: Sends a request.
        closing: Closes everything at the end.
    """

    def __init__(self, worker: str, sandbox: str, send: Any, closing: AsyncExitStack) -> None:  # noqa: ANN401 - a class of an optional extra
        self.worker = worker
        self.sandbox = sandbox
        self.exchange_log = ExchangeLog(time.time)
        self._send = send
        self._closing = closing

    @property
    def view(self) -> View:
        """The parts of the shop."""
        rows = [
            ("the engine", f"{self.worker}, a Worker on workerd"),
            ("the provider", self.sandbox),
            ("the clock", "this machine's"),
        ]
        return facts("A shop at the edge, ready", rows)

    async def _record(self, receiver: str, request: HttpRequest) -> Exchange:
        with one_sentence():
            return await self.exchange_log.record(BUYER, receiver, request, lambda: self._send(request))

    async def ask(self, method: str, path: str, body: object = None, *, receipt: str = "") -> Exchange:
        """Send the engine a request, as a buyer's page does."""
        headers = {"authorization": f"Bearer {receipt}"} if receipt else {}
        if body is not None:
            headers["content-type"] = "application/json"
        content = b"" if body is None else json_bytes(body)
        return await self._record(ENGINE, HttpRequest(method, f"{self.worker}{path}", headers, content))

    async def visit(self, url: str) -> HostedPage:
        """Open the hosted page."""
        return await open_hosted_page(url, lambda request: self._record(PROVIDER, request), self._send)

    async def pay(self, page: HostedPage) -> Exchange:
        """Pay on the hosted page with a test card."""
        return await self._record(PROVIDER, form_request(page, {**CARD, BUTTON_NAME: "pay"}))

    async def come_back(self, paid: Exchange) -> Exchange:
        """Send the buyer back from the provider, to the URL that the response to the payment names."""
        url = paid.response.header("location") if paid.response else ""
        if not url:
            raise NotebookError("The page does not send the buyer back: pay on it first.")
        return await self._record(ENGINE, HttpRequest("GET", url))

    async def _read(self, path: str) -> Mapping[str, Any]:
        if not self.sandbox:
            raise NotebookError("The Worker's sandbox is not known: set SANDBOX_URL, as `make edge` prints it.")
        response: HttpResponse = await self._send(HttpRequest("GET", f"{self.sandbox}{path}"))
        return dict(json.loads(response.body))

    async def deliver(self) -> View:
        """Wait until the sandbox has delivered its webhooks and list them."""
        deadline = time.monotonic() + _WEBHOOK_TIMEOUT_SECONDS
        while True:
            deliveries = (await self._read("/api/deliveries"))["deliveries"]
            if all(one["state"] != "pending" for one in deliveries) or time.monotonic() > deadline:
                break
            await asyncio.sleep(_POLL_SECONDS)
        rows = [(one["event_type"], str(one["attempts"][-1]["status"]), one["state"]) for one in reversed(deliveries)]
        return grid("Webhooks of the sandbox", ("event", "status", "state"), rows)

    async def ledger(self) -> View:
        """Return the balances of the sandbox's ledger."""
        return ledger_view(await self._read("/api/ledger"))

    async def close(self) -> View:
        """Stop the servers that were started."""
        await self._closing.aclose()
        return note("Stopped.")


async def _start(closing: AsyncExitStack) -> tuple[str, str]:
    from lightning_cart_host.edge.workerd import Workerd  # noqa: PLC0415 - needs an operating system
    from lightning_cart_host.resources import find_resource  # noqa: PLC0415 - needs an operating system
    from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port  # noqa: PLC0415 - needs an operating system
    from lightning_cart_host.server.sandbox_server import open_sandbox  # noqa: PLC0415 - needs an operating system
    from lightning_cart_host.server.uvicorn_server import bind, format_address, serve  # noqa: PLC0415 - needs an operating system

    folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-")))
    listener, port = closing.enter_context(bind(LOOPBACK_HOST, 0)), free_port()
    sandbox = format_address(listener, LOOPBACK_HOST)
    app, settings = open_sandbox(sandbox, ":memory:", f"http://{LOOPBACK_HOST}:{port}/webhook")
    await closing.enter_async_context(serve(app, listener, LOOPBACK_HOST))
    settings |= {"RECEIPT_SECRET": secrets.token_hex(32)}
    engine = Workerd(folder / "engine", settings, port=port, storefront=find_resource("templates/test-checkout"))
    closing.callback(engine.stop)
    atexit.register(engine.stop)  # in case the notebook never closes the shop
    await asyncio.to_thread(engine.start)
    return engine.address, sandbox


async def open_edge(environ: Mapping[str, str] | None = None) -> WorkerShop:
    """Open a shop whose engine is a Worker.

    Args:
        environ: The environment variables; those of this process by default. `WORKER_URL` and `SANDBOX_URL` name
            servers that run already. Without `WORKER_URL`, both are started.

    Raises:
        NotebookError: `WORKER_URL` does not respond, or the runtime is not installed.
    """
    environ = os.environ if environ is None else environ
    try:
        from lightning_cart_host.adapters.http_send import HttpSend  # noqa: PLC0415 - an optional extra
    except ModuleNotFoundError as error:
        raise missing_package("Talking to a Worker", error) from None
    send, closing = HttpSend(), AsyncExitStack()
    closing.push_async_callback(send.close)
    worker = environ.get("WORKER_URL", "").rstrip("/")
    try:
        if not worker:
            with one_sentence():
                return WorkerShop(*await _start(closing), send, closing)
        await send(HttpRequest("GET", f"{worker}/health"))
    except ProviderError:
        await closing.aclose()
        raise NotebookError("WORKER_URL does not respond: start a Worker with `make edge`, or leave WORKER_URL out.") from None
    except BaseException:
        await closing.aclose()
        raise
    return WorkerShop(worker, environ.get("SANDBOX_URL", "").rstrip("/"), send, closing)
