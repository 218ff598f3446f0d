"""The page that a browser gets for a problem: a buyer's sentences, the way back to the shop, and a note for its developer."""

import hashlib
from binascii import b2a_base64

from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.http import HttpRequest
from lightning_cart.web.buyer_words import Words, is_after_paying

# Not `html.escape`: its module loads a table of 2,000 names, which takes 10 % of the Worker's start.
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})
_STYLE = (
    "body{margin:0;font:1.1rem/1.6 system-ui,sans-serif;color:#1a1d2e;background:#f6f5f1;overflow-wrap:anywhere}"
    "main{max-width:34rem;margin:0 auto;padding:clamp(2rem,12vh,8rem) 1.5rem 2rem}p{margin:.75rem 0}"
    ".shop{font-weight:600}h1{font-size:clamp(1.4rem,1.1rem + 1.6vw,1.9rem);line-height:1.25;margin:0 0 1rem}"
    "a{display:inline-block;margin:.75rem 0;padding:.6rem 1.25rem;border-radius:.5rem;font-weight:600;text-decoration:none;"
    "color:#fff;background:#1f2a5c}a:focus-visible{outline:3px solid;outline-offset:3px}"
    "aside{margin-top:2.5rem;padding-top:.5rem;border-top:1px solid #8886;font-size:.85rem;color:#4c5266}"
    "h2{font-size:inherit;margin:.5rem 0}"
    "@media(prefers-color-scheme:dark){body{color:#eceaf4;background:#14151f}a{color:#1a1e2b;background:#ffc53d}aside{color:#b9bfd2}}"
)
_STYLE_HASH = b2a_base64(hashlib.sha256(_STYLE.encode()).digest(), newline=False).decode()
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_UNCHANGED = "Nothing was charged. Your browser's back button leads back to what you have chosen."
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">
<title>{title}</title><style>{style}</style></head>
<body><main>{shop}<h1>{headline}</h1>{rest}{back}
<aside><h2>For the shop's developer</h2><p>{note}</p></aside></main></body></html>
"""


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
    title, shop = words.headline.translate(_ESCAPED), ""
    back = "<p>Your browser's back button leads back to the shop.</p>"
    if site is not None:
        name, url = site.name.translate(_ESCAPED), _way_back(site, request).translate(_ESCAPED)
        title, shop = f"{title} &ndash; {name}", f'<p class="shop">{name}</p>'
        back = f'<p><a href="{url}">Back to {name}</a></p>'
    rest = words.rest or (_UNCHANGED if request.path in ("/checkout", "/quote") else "")
    return _PAGE.format(
        title=title,
        style=_STYLE,
        shop=shop,
        headline=words.headline.translate(_ESCAPED),
        rest=f"<p>{rest.translate(_ESCAPED)}</p>" if rest else "",
        back=back,
        note=note.translate(_ESCAPED),
    ).encode()
