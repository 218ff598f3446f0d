"""Checks that the pages, origins and webhooks of a site fit the engine's settings. The Worker does not import this module."""

import re
from collections.abc import Iterator

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.catalog_faults import is_private, origin_of
from lightning_cart.domain.catalog_files import CatalogFiles
from lightning_cart.domain.catalog_mistakes import CatalogMistake, Level

# The engine's own routes, at which there is no page.
_ROUTE = re.compile(
    r"/(?:checkout|quote|products|strategies|health|webhook(?:/[^/]+)?|orders/[^/]+(?:/(?:page|receipt)/[^/]+)?"
    r"|return(?:/[^/]+){1,2}|admin/orders/[^/]+(?:/[a-z]+)?|admin/codes(?:/[^/]+/end)?)"
)

_READ_ONLY = ("terms_page", "privacy_page")  # they do not call the engine, so that they can be anywhere


def _without_www(origin: str) -> str:
    """Return an origin in a form that `www` and the apex, and both names of this machine, share."""
    return origin.replace("://www.", "://").replace("://127.0.0.1", "://localhost")


def _line(site: Site, origin: str) -> str:
    """Return the line of the file that adds an origin to a site."""
    quoted = ", ".join(f'"{one}"' for one in (*site.origins, origin))
    return f"origins = [{quoted}]"


def _route_fault(key: str, page: str) -> str:
    """Return what is wrong with a path at which the engine answers, or ""."""
    if _ROUTE.fullmatch(page.partition("?")[0]):
        return f"is a route of the engine, not a page: choose another path, such as /{key.partition('_')[0]}.html"
    return ""


def _reach_fault(page: str, public_url: str) -> str:
    """Return what is wrong with a page that has an origin of a public shop, or ""."""
    if public_url and is_private(page) and not is_private(public_url):
        return f"is on {origin_of(page)}, which buyers cannot reach: write the page's public URL"
    return ""


def _origin_fault(catalog: Catalog, site: Site, page: str, public_url: str) -> tuple[str, bool]:
    """Return what is wrong with a page that has an origin, or "", and whether its scripts can never call the engine."""
    origin = origin_of(page)
    allowed = catalog.origins | ({origin_of(public_url)} if public_url else set())
    if origin in allowed:
        return _reach_fault(page, public_url), False
    # The catalogue of a public shop can be tried on this machine, where PUBLIC_URL is not the shop's.
    is_known = bool(public_url) and (is_private(page) or not is_private(public_url))
    line = _line(site, origin)
    for one in sorted(allowed):
        if _without_www(one) == _without_www(origin):
            return f"is on {origin}, whose pages may not call the engine ({one} is another origin): write {line}", is_known
    if is_known:
        return f"is on {origin}, whose pages may not call the engine: write {line}", True
    return f"is on {origin}: unless the shop's PUBLIC_URL is there, write {line}", False


def _page_faults(catalog: Catalog, site: Site, public_url: str) -> Iterator[tuple[str, str, Level]]:
    """Yield the key of each page that is wrong, the reason, and how bad it is."""
    for key, page in site.pages.items():
        if page.startswith("/"):
            reason, never = _route_fault(key, page), True
        elif key in _READ_ONLY:
            reason, never = _reach_fault(page, public_url), False
        else:
            reason, never = _origin_fault(catalog, site, page, public_url)
            never = never and key == "success_page"  # a page for those who turned back need not call the engine
        if reason:
            yield key, reason, "mistake" if never else "warning"


def check_pages(catalog: Catalog, files: CatalogFiles, public_url: str, *, allow_private: bool) -> Iterator[CatalogMistake]:
    """Yield what cannot work of each site's pages, origins and webhooks.

    Args:
        catalog: The catalogue.
        files: Its files.
        public_url: The setting `PUBLIC_URL`, or empty if it is not known.
        allow_private: Whether fulfilment webhooks may go to private addresses.
    """
    for site in catalog.sites.values():
        for key, reason, level in _page_faults(catalog, site, public_url):
            yield files.sites.mistake(("sites", site.id, key), reason, level=level)
        if site.fulfilment_url and is_private(site.fulfilment_url) and not allow_private:
            reason = (
                "is on a private network, where the engine sends nothing: set FULFILMENT_ALLOW_PRIVATE=1, in development only"
            )
            yield files.sites.mistake(("sites", site.id, "fulfilment_url"), reason, level="warning")
