"""The sandbox's page about one order, with buttons that simulate the merchant, banks and disputes.

`POST /paypal/orders/{order}` with `action` = `reverse_approval`, or one of these, which act on a capture: `settle` or `deny` (a
pending one), `refund` (optionally with `amount`, a decimal string such as `4.00`), `dispute` and `inquiry` (optionally with
`amount` and `reason`), `dispute_won`, `dispute_lost` and `dispute_cancelled` (by the buyer). An order of several purchase units
has several captures: `capture` is the id of one; by default it is the first. A capture can have several disputes: `dispute` is
the id of one; by default it is the open one. A lost dispute is won on appeal.
"""

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.addresses import address_lines
from lightning_cart_sandbox.paypal.delivery import can_change
from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.money import shown_total
from lightning_cart_sandbox.paypal.order_actions import act, capture_view, list_order_actions
from lightning_cart_sandbox.paypal.orders import has_lapsed, order_view, payer_link, waits_for_payer
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json


class OrderPage:
    """The pages `/paypal/orders/{order}` and `/paypal/events/{event}`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def order(self, request: Request) -> Response:
        """Show an order, or run one of its actions."""
        form = await read_form(request) if request.method == "POST" else {}
        order = self._account.store.get("paypal.order", request.path_params["order"])
        if order is None:
            return render("missing.html", status=404, message="There is no such order.")
        refusal = ""
        if request.method == "POST":
            try:
                act(self._account, order, form)
            except PayPalError as error:
                refusal = error.sentence
            except LookupError as error:
                refusal = str(error.args[0])
            else:
                return RedirectResponse(request.url.path, 303)
        return self._page(order, refusal)

    async def event(self, request: Request) -> Response:
        """Show an event's JSON."""
        event = self._account.store.get("paypal.event", request.path_params["event"])
        if event is None:
            return render("missing.html", status=404, message="There is no such event.")
        raw = json.dumps(public(event), indent=2, ensure_ascii=False)
        return render("paypal/event.html", event=event, raw=raw)

    def _page(self, order: Json, refusal: str) -> Response:
        captures = self._account.find("capture", _order=order["id"])[::-1]
        return render(
            "paypal/order.html",
            status=400 if refusal else 200,
            order=order,
            total=shown_total(order),
            lapsed=has_lapsed(self._account, order),
            pay_page=payer_link(self._account, order, "approve")["href"] if waits_for_payer(order) or can_change(order) else "",
            deliveries=[_delivery(unit["shipping"]) for unit in order["purchase_units"] if "shipping" in unit],
            trackers=self._account.find("tracker", _order=order["id"])[::-1],
            payments=[capture_view(self._account, capture) for capture in captures],
            actions=list_order_actions(self._account, order),
            refusal=refusal,
            raw=json.dumps(order_view(self._account, order, full=True), indent=2, ensure_ascii=False),
        )


def _delivery(shipping: Json) -> Json:
    """Return where and how a purchase unit is delivered, in lines for the page."""
    lines = [shipping["name"].get("full_name", "")] if "name" in shipping else []
    lines += address_lines(shipping["address"]) if "address" in shipping else []
    chosen = [option["label"] for option in shipping.get("options", []) if option["selected"]]
    return {"lines": [line for line in lines if line], "option": ", ".join(chosen)}
