"""Shows a hosted page as a buyer sees it: in a frame without scripts and forms, with its stylesheet inside."""

import re
from html import escape

from lightning_cart_notebook.masking import safe_text
from lightning_cart_notebook.view import View, headline

_LINK = re.compile(r'<link rel="stylesheet"[^>]*>')
_LITTLE = 1500  # bytes; a page of so few has no more than a line and a button


def page_view(url: str, page: str, stylesheet: str) -> View:
    """A page that was fetched.

    Args:
        url: Where it is.
        page: Its HTML.
        stylesheet: What its own link to one leads to.
    """
    found = re.search(r"<title>(.*?)</title>", page, re.DOTALL)
    title = found[1].strip() if found else url
    whole = _LINK.sub(lambda _: f"<style>{stylesheet}</style>", safe_text(page))
    height = 140 if len(page) < _LITTLE else 520  # pixels
    frame = (
        f'<iframe sandbox="" title="{escape(title)}" srcdoc="{escape(whole)}" width="100%" height="{height}" '
        'style="border:1px solid rgba(128,128,128,.4);border-radius:4px;background:#fff"></iframe>'
    )
    return View(f"{headline(title, url)}{frame}", f"{title}\n{url}\n")


def link_view(url: str, hint: str) -> View:
    """An address for a person to open."""
    link = f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{escape(url)}</a>'
    return View(f"{headline('Now you pay', hint)}{link}", f"Now you pay. {hint}\n{url}")
