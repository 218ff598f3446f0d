"""The page of a Payment Link: `GET /stripe/b/{slug}` opens a session and redirects the buyer to its payment page.

The query may have `client_reference_id`, `prefilled_email` and `locked_prefilled_email`. A link that is inactive or used up
shows its `inactive_message` (410). So does the payment page of an earlier session, once the link is used up. A session from
before its link became inactive can still be paid. Stripe does not document this case, and this behaviour is the harder one for
a shop.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import render
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.link_limits import KIND, used_up
from lightning_cart_sandbox.stripe.pay_view import closed_page
from lightning_cart_sandbox.stripe.payment_links import visit_link
from lightning_cart_sandbox.types import Json


class LinkPage:
    """The pages below `/b`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def visit(self, request: Request) -> Response:
        """Handle `/b/{slug}`."""
        found = self._account.store.find(KIND, _slug=request.path_params["slug"])
        if not found:
            return closed_page("There is no such checkout", None, status=404)
        link = found[0]
        if not link["active"] or used_up(link):
            return inactive(link)
        session = visit_link(self._account, link, request.query_params)
        return RedirectResponse(session["url"], 303)


def inactive(link: Json) -> Response:
    """Return the page of a link that can no longer be paid."""
    return render("stripe/inactive.html", status=410, message=link["inactive_message"] or "This link is no longer active.")
