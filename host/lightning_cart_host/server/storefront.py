"""Serves a whole shop at one URL: the engine's routes, and the storefront's static files for every other path."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from urllib.parse import unquote

from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import ConfigurationError
from lightning_cart_host.adapters.database import is_postgres
from lightning_cart_host.server.asgi import AsgiApp, Receive, Scope, Send, decode_path, to_origin_form
from lightning_cart_host.server.env_file import ENV_FILE

_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": "frame-ancestors 'none'",  # the pages themselves contain the rest of their policy
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",  # a URL may contain a receipt
        "cache-control": "no-cache",
    }
)


def check_storefront(storefront: Path, database: str | Path) -> Path:
    """Return the storefront's folder, if it can be published.

    Raises:
        ConfigurationError: It does not exist, or it contains the database or a file of settings.
    """
    if not storefront.is_dir():
        raise ConfigurationError(f"there is no folder {storefront}: name the storefront's with --storefront, or none")
    if not is_postgres(str(database)) and Path(database).resolve().is_relative_to(storefront.resolve()):
        raise ConfigurationError(
            f"the database {database} is in the storefront {storefront}, where anyone could read it: move one of them"
        )
    if (storefront / ENV_FILE).exists():
        raise ConfigurationError(
            f"the storefront {storefront} contains {ENV_FILE}, and whatever serves that folder publishes its secrets: "
            f"move {ENV_FILE} to the folder in which you start lightning-cart"
        )
    return storefront


def _images(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Yield what has an image, and the image."""
    for product in catalog.products.values():
        if product.active:
            yield product.id, product.image
            yield from ((f"{product.id}, {variant.id}", variant.image) for variant in product.variants if variant.active)


def missing_files(catalog: Catalog, storefront: Path, *, adds_html: bool = False) -> list[str]:
    """Return what the catalogue names by a path and the storefront does not have, as sentences.

    Args:
        catalog: The products and sites.
        storefront: The folder of static files.
        adds_html: Whether the server answers `/page` with `page.html`.
    """
    named = [
        *((f"{name} of {site.id}", page) for site in catalog.sites.values() for name, page in site.pages.items()),
        *((f"image of {what}", image) for what, image in _images(catalog)),
    ]
    missing = []
    for what, page in named:
        file = storefront / unquote(page.partition("?")[0]).lstrip("/")
        answers = (file, file / "index.html", Path(f"{file}.html") if adds_html else file)
        if page.startswith("/") and not any(answer.is_file() for answer in answers):
            missing.append(f"{what}: there is no {page} in {storefront}")
    return missing


class EngineWithStorefront:
    """The engine and a storefront as one ASGI application.

    Args:
        engine: Answers its own routes, and every path that the storefront does not have.
        storefront: A folder of static files; names that begin with a dot or an underscore are not served.
    """

    def __init__(self, engine: AsgiApp, storefront: Path) -> None:
        self._engine = engine
        self._files = StaticFiles(directory=storefront, html=True)

    async def _serve_file(self, scope: Scope, receive: Receive, send: Send) -> bool:
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
        """Answer one request, or follow one lifespan."""
        scope = to_origin_form(scope) if scope["type"] == "http" else scope
        is_page = scope["type"] == "http" and not self._engine.has_route(decode_path(scope))
        if not (is_page and await self._serve_file(scope, receive, send)):
            await self._engine(scope, receive, send)
