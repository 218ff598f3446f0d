"""A whole shop on one address: the engine's routes, and below them the storefront's static files."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.server.asgi import AsgiApp, Receive, Scope, Send, decode_path

_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": "frame-ancestors 'none'",  # the pages carry the rest of theirs themselves
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # a receipt may stand in the address
        "cache-control": "no-cache",
    }
)


def check_storefront(storefront: Path, database: str | Path) -> Path:
    """Check that a folder can be shown to the world.

    Raises:
        ConfigurationError: It is not there, or the orders lie in it.
    """
    if not storefront.is_dir():
        raise ConfigurationError(f"there is no folder {storefront}: name the storefront's with --storefront, or none")
    if Path(database).resolve().is_relative_to(storefront.resolve()):
        raise ConfigurationError(f"the database {database} lies in the storefront {storefront}, where anyone could read it")
    return storefront


class EngineWithStorefront:
    """The engine and a storefront as one ASGI application.

    Args:
        engine: Answers its own routes, and whatever the storefront does not have.
        storefront: A folder of static files; names that begin with a dot or an underscore are not shown.
    """

    def __init__(self, engine: AsgiApp, storefront: Path) -> None:
        self._engine = engine
        self._files = StaticFiles(directory=storefront, html=True)

    async def _show_file(self, scope: Scope, receive: Receive, send: Send) -> bool:
        path = self._files.get_path(scope)
        if scope["method"] not in {"GET", "HEAD"} or any(part[:1] in {".", "_"} for part in Path(path).parts):
            return False
        try:
            response = await self._files.get_response(path, scope)
        except HTTPException:
            return False
        response.headers.update(_HEADERS)
        await response(scope, receive, send)
        return True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one lifespan."""
        is_page = scope["type"] == "http" and not self._engine.app.has_route(decode_path(scope))
        if not (is_page and await self._show_file(scope, receive, send)):
            await self._engine(scope, receive, send)
