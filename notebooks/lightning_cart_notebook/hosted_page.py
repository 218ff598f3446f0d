"""The hosted page for a script: opened one redirect at a time, looked at, and sent back filled in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin

from lightning_cart.http import HttpRequest
from lightning_cart.ports import Send
from lightning_cart_notebook.exchange import Exchange
from lightning_cart_notebook.page_view import page_view
from lightning_cart_notebook.trouble import NotebookError
from lightning_cart_notebook.view import Shown, View

_MOST_HOPS = 5  # redirects on the way to a page


@dataclass(frozen=True, slots=True, repr=False)
class HostedPage(Shown):
    """A page on which a buyer pays.

    Args:
        url: Where it is.
        looks: How it looks.
    """

    url: str
    looks: View

    @property
    def view(self) -> View:
        """How it looks."""
        return self.looks


def form_request(url: str, form: Mapping[str, str]) -> HttpRequest:
    """What a browser sends when a form's button is pressed."""
    return HttpRequest("POST", url, {"content-type": "application/x-www-form-urlencoded"}, urlencode(form).encode())


async def open_hosted_page(url: str, browse: Callable[[HttpRequest], Awaitable[Exchange]], fetch: Send) -> HostedPage:
    """Open a hosted page as a browser does.

    Args:
        url: As the engine answered it.
        browse: Makes an exchange of the buyer's.
        fetch: Gets what belongs to the page, unseen.

    Raises:
        Trouble: There is no page.
    """
    for _ in range(_MOST_HOPS):
        response = (await browse(HttpRequest("GET", url))).response
        if response is None or not response.header("location"):
            break
        url = urljoin(url, response.header("location"))
    if response is None or response.status != 200:
        raise NotebookError(f"The provider shows no page at {url}: open a new checkout and take its address.")
    stylesheet = await fetch(HttpRequest("GET", urljoin(url, "/static/sandbox.css")))
    return HostedPage(url, page_view(url, response.body.decode("utf-8", "replace"), stylesheet.body.decode()))
