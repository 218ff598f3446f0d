"""Serves each provider also at the root of a port of its own.

Most SDKs take a host and a port, but no path. stripe-node, for example, cannot call a Stripe that is mounted at `/stripe`.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

_HOST = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")

_root_url: ContextVar[str | None] = ContextVar("_root_url", default=None)


def current_root_url() -> str | None:
    """Return the URL at which the client of the running request reaches the provider, or `None` if that is not known."""
    return _root_url.get()


@contextmanager
def reached_at(url: str | None) -> Iterator[None]:
    """Let the URLs in the answers of a block begin with a URL; with `None`, they begin with the sandbox's base URL."""
    token = _root_url.set(url)
    try:
        yield
    finally:
        _root_url.reset(token)


class ProviderPorts:
    """ASGI middleware that adds the provider's name to the paths of requests to its own port.

    The sandbox's own pages have the same paths at each port.

    Args:
        app: The sandbox.
        ports: The provider's name by port.
        own_paths: First segments of paths that are not below a provider.
        follow: Whether URLs in answers at a provider's own port begin with the host that the client used, instead of the
            sandbox's base URL.
        mounted: The names of the providers below which URLs in answers begin with that host, too.
    """

    def __init__(
        self,
        app: ASGIApp,
        ports: Mapping[int, str],
        own_paths: Collection[str],
        *,
        follow: bool,
        mounted: Collection[str] = (),
    ) -> None:
        self._app = app
        self._ports = ports
        self._own_paths = own_paths
        self._follow = follow
        self._mounted = mounted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request to the sandbox."""
        if "\n" in scope.get("path", ""):  # no route would match it, and the provider could not refuse it in its own shape
            scope = {**scope, "path": scope["path"].replace("\n", "%0A")}
        first = scope.get("path", "")[1:].partition("/")[0]  # "" for `OPTIONS *`
        name = _provider(scope, self._ports)
        if name is None:
            with reached_at(f"{_used_url(scope)}/{first}" if first in self._mounted else None):
                await self._app(scope, receive, send)
            return
        if first not in self._own_paths:
            scope = {**scope, "path": f"/{name}{scope['path']}"}
            if scope.get("raw_path"):
                scope["raw_path"] = f"/{name}".encode() + scope["raw_path"]
        with reached_at(_used_url(scope) if self._follow else None):
            await self._app(scope, receive, send)


def _provider(scope: Scope, ports: Mapping[int, str]) -> str | None:
    server = scope.get("server")
    return ports.get(server[1]) if scope["type"] == "http" and server else None


def _used_url(scope: Scope) -> str:
    """Return the origin that a client used. A `Host` header that is none counts as missing."""
    host = Headers(scope=scope).get("host", "")
    if not _HOST.fullmatch(host):
        address, port = scope["server"]
        host = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    return f"{scope['scheme']}://{host}"
