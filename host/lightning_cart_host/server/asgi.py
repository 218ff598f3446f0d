"""Runs the engine in any ASGI server, alone or mounted in Starlette, FastAPI or another framework.

It translates ASGI's events into an `HttpRequest` and the response back, and writes one log line per request. Deliveries run
after the response.
"""

import contextlib
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import partial
from typing import Any
from urllib.parse import quote

from lightning_cart.http import HttpRequest
from lightning_cart.security.redaction import error_location, safe_request_id
from lightning_cart.web.app import WEBHOOK_LIMIT, App
from lightning_cart.web.responses import BODILESS_STATUSES, Answer
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.server.fulfilment_loop import BackgroundDeliveries
from lightning_cart_host.server.log import JsonLog, Log
from lightning_cart_host.server.loops import are_running, run_loops
from lightning_cart_host.server.metrics_page import PATH, MetricsPage

_NO_LOOPS = "this process repeats no fulfilment webhooks, and asks no provider about orders whose webhooks were lost"
_LOOPS_ADVICE = (
    "keep `async with run_loops(app.engine)` of lightning_cart_host.server.loops open as long as the application runs, "
    "or pass loops=False to AsgiApp if another process with this database does"
)
_ABSOLUTE = re.compile(r"https?://[^/]*", re.IGNORECASE)

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
type RawHeaders = Iterable[tuple[bytes, bytes]]


def _without_authority(path: str, root: str) -> str:
    below = path.removeprefix(root)
    absolute = _ABSOLUTE.match(below)
    return f"{path.removesuffix(below)}{below[absolute.end() :] or '/'}" if absolute else path


def to_origin_form(scope: Scope) -> Scope:
    """Return a scope whose path has no scheme and host, as a request line in absolute form gives it to some servers.

    Every server has to accept that form (RFC 9112, 3.2.2). The host in it is ignored: the engine's own is `PUBLIC_URL`.
    """
    root = scope.get("root_path", "").rstrip("/")
    path = _without_authority(scope["path"], root)
    if path == scope["path"]:
        return scope
    raw = scope.get("raw_path")
    raw_path = None if raw is None else _without_authority(raw.decode("latin-1"), quote(root)).encode("latin-1")
    return {**scope, "path": path, "raw_path": raw_path}


def decode_path(scope: Scope) -> str:
    """Return the path below the engine's mount point, still percent-encoded.

    Some servers keep `root_path` at the start of the path, as Starlette's `Mount` does, and others remove it.
    """
    raw: bytes | None = scope.get("raw_path")
    path = quote(scope["path"]) if raw is None else raw.decode("latin-1").partition("?")[0]
    root = quote(scope.get("root_path", "").rstrip("/"))
    if path.startswith(f"{root}/"):
        path = path.removeprefix(root)
    return f"/{path.lstrip('/')}"  # two leading slashes would be parsed as a host


def _decode_headers(raw: RawHeaders) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name != "content-type":  # not a list header: the first one counts
            headers[name] += f", {value}"
    return headers


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body, truncated to what routes may read, or None if the client disconnected."""
    body = bytearray()
    more = True
    while more and len(body) <= WEBHOOK_LIMIT:
        event = await receive()
        if event["type"] == "http.disconnect":
            return None
        body += event.get("body", b"")
        more = event.get("more_body", False)
    return bytes(body[: WEBHOOK_LIMIT + 1])


async def _write(response: Answer, method: str, request_id: str, send: Send) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    headers.append((b"x-request-id", request_id.encode()))
    if method != "HEAD" and response.status not in BODILESS_STATUSES:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


class AsgiApp:
    """The engine as an ASGI application.

    Args:
        app: The engine.
        log: Writes one line per request, and unexpected errors. Default: JSON on standard error.
        on_shutdown: Awaited when the server stops. Frameworks do not notify a mounted application, so they have to call it.
        metrics: Counts the requests, and answers `/metrics`. Default: nothing is counted, and there is no such page.
        loops: True runs the engine's loops from the start of the server to its end; it needs a server that follows ASGI's
            lifespan. False says that another process runs them. Default: `run_loops` does, or a warning says that nothing does.
    """

    def __init__(
        self,
        app: App,
        log: Log | None = None,
        on_shutdown: Callable[[], Awaitable[None]] | None = None,
        metrics: MetricsPage | None = None,
        *,
        loops: bool | None = None,
    ) -> None:
        self.app = app
        self._runs_loops, self._may_lack_loops = loops is True, loops is not False
        self._metrics = metrics
        self._log = log or JsonLog()
        self._on_shutdown = on_shutdown
        self.deliveries = BackgroundDeliveries(self._log)

    def has_route(self, path: str) -> bool:
        """Return whether the engine answers this path, whatever the method."""
        return self.app.has_route(path) or (self._metrics is not None and path == PATH)

    async def _answer(self, request: HttpRequest, request_id: str) -> Answer:
        try:
            if self._metrics and request.path == PATH:
                return await self._metrics.answer(request)
            return await self.app.handle(request)
        except Exception as error:  # noqa: BLE001 - it is logged, and the caller gets a 500
            # Without the error's message, which may contain the buyer's input.
            self._log("failure", level="error", request_id=request_id, error=type(error).__name__, where=error_location(error))
            return self.app.internal_error(request)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        if self._may_lack_loops:  # a framework does not tell a mounted application of its lifespan
            self._warn_of_loops()
        scope = to_origin_form(scope)
        headers = _decode_headers(scope["headers"])
        request_id = safe_request_id(headers.get("x-request-id", "")) or new_id()
        method, path = scope["method"], decode_path(scope)
        body = await _read_body(receive)
        if body is None:
            self._log("disconnected", request_id=request_id, method=method, path=path)
            return
        query = scope.get("query_string", b"").decode("latin-1")
        client = scope.get("client") or ("",)  # absent over a Unix socket
        request = HttpRequest(method, f"{path}?{query}" if query else path, headers, body, client=client[0])
        response = await self._answer(request, request_id)
        await _write(response, method, request_id, send)
        seconds = time.perf_counter() - started
        if self._metrics:
            self._metrics.count(request, response.status, seconds)
        self._log(
            "request",
            level="warning" if response.status >= 500 else "info",
            request_id=request_id,
            method=method,
            path=path,
            status=response.status,
            ms=round(seconds * 1000, 1),
            **response.log_fields,
        )
        if response.has_deliveries:
            self.deliveries.start(partial(self.app.deliver_after, response), request_id)

    def _warn_of_loops(self) -> None:
        """Log once if this process does not run the engine's loops."""
        if self._may_lack_loops and not are_running(self.app.engine):
            self._log("loops", level="warning", missing=_NO_LOOPS, advice=_LOOPS_ADVICE)
        self._may_lack_loops = False

    async def _run_lifespan(self, receive: Receive, send: Send) -> None:
        async with contextlib.AsyncExitStack() as running:
            while (await receive())["type"] != "lifespan.shutdown":
                if self._runs_loops:
                    await running.enter_async_context(run_loops(self.app.engine, self._log))
                self._warn_of_loops()
                await send({"type": "lifespan.startup.complete"})
            await self.deliveries.close()
        if self._on_shutdown:
            await self._on_shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or follow one lifespan. WebSocket connections are closed."""
        match scope["type"]:
            case "http":
                await self._handle(scope, receive, send)
            case "lifespan":
                await self._run_lifespan(receive, send)
            case _:
                await send({"type": "websocket.close", "code": 1000})
