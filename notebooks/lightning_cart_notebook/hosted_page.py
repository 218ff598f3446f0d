"""Opens a hosted page for a script, one redirect at a time, and submits its form."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from lightning_cart.http import HttpRequest
from lightning_cart.ports import Send
from lightning_cart_notebook.exchange import Exchange
from lightning_cart_notebook.notebook_error import NotebookError
from lightning_cart_notebook.page_view import page_view
from lightning_cart_notebook.view import Shown, View

_MAX_REDIRECTS = 5
_NAME = re.compile(r"""<(?:button|input|select|textarea)\b[^>]*\bname=["']?([^"'\s>]+)""")


@dataclass(frozen=True, slots=True, repr=False)
class HostedPage(Shown):
    """A page on which a buyer pays.

    Args:
        url: The page's URL.
        picture: The page as a buyer sees it.
        names: The names of its fields and buttons.
    """

    url: str
    picture: View
    names: frozenset[str]

    @property
    def view(self) -> View:
        """The page as a buyer sees it."""
        return self.picture


def form_request(page: HostedPage, form: Mapping[str, str]) -> HttpRequest:
    """Return the request that a browser sends when it submits a form: what the page does not ask for is left out."""
    asked = {name: value for name, value in form.items() if name in page.names}
    return HttpRequest("POST", page.url, {"content-type": "application/x-www-form-urlencoded"}, urlencode(asked).encode())


async def open_hosted_page(url: str, browse: Callable[[HttpRequest], Awaitable[Exchange]], fetch: Send) -> HostedPage:
    """Open a hosted page as a browser does.

    Args:
        url: The checkout's URL.
        browse: Sends a request of the buyer and records it.
        fetch: Sends a request without recording it, for the page's stylesheet.

    Raises:
        NotebookError: The provider shows no page.
    """
    for _ in range(_MAX_REDIRECTS):
        response = (await browse(HttpRequest("GET", url))).response
        if response is None or not response.header("location"):
            break
        url = urljoin(url, response.header("location"))
    if response is None or response.status != 200:
        raise NotebookError(f"The provider shows no page at {url}: open a new checkout and use its URL.")
    stylesheet = await fetch(HttpRequest("GET", urljoin(url, "/static/sandbox.css")))
    page = response.body.decode("utf-8", "replace")
    return HostedPage(url, page_view(url, page, stylesheet.body.decode()), frozenset(_NAME.findall(page)))
