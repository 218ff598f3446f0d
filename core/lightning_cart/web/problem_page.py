"""The page that a browser gets for a problem: a buyer's sentences, the way back to the shop, and a note for its developer."""

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.http import HttpRequest
from lightning_cart.web.buyer_words import Words, is_after_paying
from lightning_cart.web.page_frame import BASE_STYLE, escape, page, page_headers

_STYLE = BASE_STYLE + (
    "main{max-width:34rem;margin:0 auto;padding:clamp(2rem,12vh,8rem) 1.5rem 2rem}"
    "a{display:inline-block;margin:.75rem 0;padding:.6rem 1.25rem;border-radius:.5rem;font-weight:600;text-decoration:none;"
    "color:#fff;background:#1f2a5c}aside{margin-top:2.5rem;padding-top:.5rem;border-top:1px solid #8886;font-size:.85rem;"
    "color:#4c5266}h2{font-size:inherit;margin:.5rem 0}"
    "@media screen and (prefers-color-scheme:dark){a{color:#1a1e2b;background:#ffc53d}aside{color:#b9bfd2}}"
)
PROBLEM_HEADERS = page_headers(_STYLE)
_UNCHANGED = "Nothing was charged. Your browser's back button leads back to what you have chosen."
_CONTENT = """{shop}<h1>{headline}</h1>{rest}{back}
<aside><h2>For the shop's developer</h2><p>{note}</p></aside>"""


def _origin(url: str) -> str:
    return "/".join(url.split("/")[:3])


def find_site(catalog: Catalog, request: HttpRequest, site_id: str) -> Site | None:
    """Return the site to which a buyer belongs: the given one, that of the page that sent the request, or the only one.

    Args:
        catalog: The sites.
        request: Its `Origin` or `Referer` may name one of the catalogue's origins.
        site_id: The id of the site if it is known, else "".
    """
    if site_id in catalog.sites:
        return catalog.sites[site_id]
    origin = _origin(request.header("origin") or request.header("referer"))
    sites = [site for site in catalog.sites.values() if origin in site.origins] or list(catalog.sites.values())
    return sites[0] if len(sites) == 1 else None


def _way_back(site: Site, request: HttpRequest) -> str:
    """Return the URL of the cancel page, which leads back to the cart. After paying it is the home page of its origin.

    A cancel page says that nothing was paid. If its URL is a path, the home page is at the site's first origin, or at the
    engine's own, as this page is.
    """
    if not is_after_paying(request):
        return site.cancel_page
    home = next(iter(site.origins), "") if site.cancel_page.startswith("/") else _origin(site.cancel_page)
    return f"{home}/"


def problem_page(words: Words, note: str, request: HttpRequest, site: Site | None) -> bytes:
    """Return the page as HTML. All that comes from the request is escaped, and links lead to the catalogue's pages alone.

    Args:
        words: What the reader is told.
        note: What the developer is told.
        request: The request with the problem.
        site: The shop to which the page links, or None if it is not known.
    """
    title, shop = escape(words.headline), ""
    back = "<p>Your browser's back button leads back to the shop.</p>"
    if site is not None:
        name, url = escape(site.name), escape(_way_back(site, request))
        title, shop = f"{title} &ndash; {name}", f'<p class="shop">{name}</p>'
        back = f'<p><a href="{url}">Back to {name}</a></p>'
    rest = words.rest or (_UNCHANGED if request.path in ("/checkout", "/quote") else "")
    content = _CONTENT.format(
        shop=shop,
        headline=escape(words.headline),
        rest=f"<p>{escape(rest)}</p>" if rest else "",
        back=back,
        note=escape(note),
    )
    return page(title, _STYLE, content)
