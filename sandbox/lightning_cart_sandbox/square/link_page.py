"""The sandbox's page about one link, with buttons that simulate the seller and banks.

`POST /square/links/{id}` with `action` = `delete`, or, for all links, `return_like_live` / `return_like_sandbox` and
`offer_tips` / `offer_no_tips`. `take_in_person` (optionally with `tip` and `gift_card`, decimals such as `2.00`) pays the order
at the seller's counter, where the buyer can add a tip that the link's page does not offer. These act on a payment: `refund`
(optionally with `amount_minor`), `dispute` (optionally with `amount_minor` and `reason`), `dispute_won` and `dispute_lost`. An
order can have several payments: `payment` is the id of one, by default of the first. A payment can have several disputes:
`dispute` is the id of one, by default of the open one. A lost dispute is won on appeal.
"""

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.square.account import EVENT, LINK, ORDER, PAYMENT, Account, public
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.link_actions import act, can_take_in_person, list_link_actions, payment_view
from lightning_cart_sandbox.square.payments import completed_payments
from lightning_cart_sandbox.types import Json


class LinkPage:
    """The pages `/square/links/{id}` and `/square/events/{event}`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def link(self, request: Request) -> Response:
        """Show a link, or run one of its actions."""
        form = await read_form(request) if request.method == "POST" else {}
        try:
            link = self._account.get(LINK, request.path_params["link"])
        except SquareError as error:
            return render("missing.html", status=404, message=error.detail)
        refusal = ""
        if request.method == "POST":
            try:
                act(self._account, link, form)
            except SquareError as error:
                refusal = error.detail
            else:
                return RedirectResponse(request.url.path, 303)
        return self._page(link, refusal)

    def _page(self, link: Json, refusal: str) -> Response:
        account = self._account
        order = account.get(ORDER, link["order_id"])
        return render(
            "square/link.html",
            status=400 if refusal else 200,
            link=link,
            order=order,
            payments=[payment_view(account, payment) for payment in completed_payments(account, link["order_id"])],
            declined=len(account.store.find(PAYMENT, _link=link["id"], status="FAILED")),
            actions=list_link_actions(account, link),
            can_take_in_person=can_take_in_person(account, link),
            refusal=refusal,
            raw=_pretty({"payment_link": public(link), "order": public(order)}),
        )

    async def event(self, request: Request) -> Response:
        """Show an event's JSON."""
        kept = self._account.store.get(EVENT, request.path_params["event"])
        if kept is None:
            return render("missing.html", status=404, message="There is no such event.")
        return render("square/event.html", event=kept["event"], raw=_pretty(kept["event"]))


def _pretty(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
