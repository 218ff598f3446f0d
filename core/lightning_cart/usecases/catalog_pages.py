"""Checks that the pages, origins and webhooks of a site fit the engine's settings. The Worker does not import this module."""

import re
from collections.abc import Iterator

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.catalog_faults import is_private, origin_of
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake

# The engine's own routes, at which there is no page.
_ROUTE = re.compile(
    r"/(?:checkout|products|strategies|health|webhook(?:/[^/]+)?|orders/[^/]+|return(?:/[^/]+){1,2}|admin/orders/[^/]+(?:/[a-z]+)?)"
)


def _without_www(origin: str) -> str:
    """Return an origin in a form that `www` and the apex, and both names of this machine, share."""
    return origin.replace("://www.", "://").replace("://127.0.0.1", "://localhost")


def _line(site: Site, origin: str) -> str:
    """Return the line of the file that adds an origin to a site."""
    quoted = ", ".join(f'"{one}"' for one in (*site.origins, origin))
    return f"origins = [{quoted}]"


def _page_mistakes(catalog: Catalog, site: Site, public_url: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the key, the reason, and whether it is a mistake and not a warning."""
    own = {origin_of(public_url)} if public_url else set()
    allowed = catalog.origins | own
    for key, page in (("success_page", site.success_page), ("cancel_page", site.cancel_page)):
        if page.startswith("/"):
            if _ROUTE.fullmatch(page.partition("?")[0]):
                yield (
                    key,
                    f"is a route of the engine, not a page: choose another path, such as /{key.partition('_')[0]}.html",
                    True,
                )
            continue
        origin = origin_of(page)
        if origin in allowed:
            if is_private(page) and public_url and not is_private(public_url):
                yield key, f"is on {origin}, which buyers cannot reach: write the page's public URL", False
            continue
        reason = f"is on {origin}, whose pages may not call the engine: write {_line(site, origin)}"
        for one in sorted(allowed):
            if _without_www(one) == _without_www(origin):
                reason = (
                    f"is on {origin}, and only {one} may call the engine, which is another origin: write {_line(site, origin)}"
                )
        if not public_url and not catalog.origins:
            yield key, f"is on {origin}: unless PUBLIC_URL is there, write {_line(site, origin)}", False
        else:
            yield key, reason, True


def check_pages(catalog: Catalog, files: CatalogFiles, public_url: str, *, allow_private: bool) -> Iterator[CatalogMistake]:
    """Yield what cannot work of each site's pages, origins and webhooks.

    Args:
        catalog: The catalogue.
        files: Its files.
        public_url: The setting `PUBLIC_URL`, or empty if it is not known.
        allow_private: Whether fulfilment webhooks may go to private addresses.
    """
    for site in catalog.sites.values():
        for key, reason, is_mistake in _page_mistakes(catalog, site, public_url):
            yield files.sites.mistake(("sites", site.id, key), reason, level="mistake" if is_mistake else "warning")
        if site.fulfilment_url and is_private(site.fulfilment_url) and not allow_private:
            reason = (
                "is on a private network, where the engine sends nothing: set FULFILMENT_ALLOW_PRIVATE=1, in development only"
            )
            yield files.sites.mistake(("sites", site.id, "fulfilment_url"), reason, level="warning")
