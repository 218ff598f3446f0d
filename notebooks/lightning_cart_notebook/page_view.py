"""Shows a hosted page in a frame without scripts and forms, with its stylesheet inlined."""

import re
from html import escape, unescape

from lightning_cart_notebook.masking import safe_text
from lightning_cart_notebook.view import View, headline

_LINK = re.compile(r'<link rel="stylesheet"[^>]*>')
_SHORT_PAGE = 1500  # characters; a shorter page has one line and one button


def page_view(url: str, page: str, stylesheet: str) -> View:
    """Return the view of a fetched page.

    Args:
        url: The page's URL.
        page: The page's HTML.
        stylesheet: The content of the stylesheet that the page links to.
    """
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    title = unescape(found[1].strip()) if found else url
    document = _LINK.sub(lambda _: f"<style>{stylesheet}</style>", safe_text(page))
    height = 140 if len(page) < _SHORT_PAGE else 520  # pixels
    frame = (
        f'<iframe sandbox="" title="{escape(title)}" srcdoc="{escape(document)}" width="100%" height="{height}" '
        'style="border:1px solid rgba(128,128,128,.4);border-radius:4px;background:#fff"></iframe>'
    )
    return View(f"{headline(title, url)}{frame}", f"{title}\n{url}\n")


def link_view(url: str, hint: str) -> View:
    """Return the view of a URL for a person to open."""
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(url)}</a>'
    return View(f"{headline('Now you pay', hint)}{link}", f"Now you pay. {hint}\n{url}")
