"""The address that a Payment Link has: `GET /stripe/b/{slug}` opens a session and sends the buyer to its pay page.

The query may have `client_reference_id`, `prefilled_email` and `locked_prefilled_email`. A link that is switched off or
used up shows its `inactive_message` instead (410), and so does the pay page of a session that it opened before it was used
up. A session opened before its link was switched off can still be paid: what the real page does then is not documented, and
this is the harder case for a shop.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import render
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.link_limits import KIND, used_up
from lightning_cart_sandbox.stripe.payment_links import visit_link
from lightning_cart_sandbox.types import Json


class LinkPage:
    """The pages below `/b`.

    Args:
        account: Whose links.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def visit(self, request: Request) -> Response:
        """Answer `/b/{slug}`."""
        found = self._account.store.find(KIND, _slug=request.path_params["slug"])
        if not found:
            return render("stripe/closed.html", status=404, title="There is no such checkout", session=None, link="")
        link = found[0]
        if not link["active"] or used_up(link):
            return inactive(link)
        session = visit_link(self._account, link, request.query_params)
        return RedirectResponse(session["url"], 303)


def inactive(link: Json) -> Response:
    """Return the page of a link that takes no more money."""
    return render("stripe/inactive.html", status=410, message=link["inactive_message"] or "This link is no longer active.")
