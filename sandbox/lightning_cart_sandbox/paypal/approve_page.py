"""The page where the payer approves, an ordinary HTML form that posts to its own address and needs no script.

`GET /paypal/checkoutnow?token={order id}` shows the form. `POST` to the same address, with an `action`:

- `approve`: pay with the wallet's card, a Banco Sabadell one. Answers 303 to the shop's `return_url` with `token` and
  `PayerID` added; the shop must capture then.
- `approve_and_close`: the same, but the payer never comes back: 200 with a page that says so. Only the webhook
  `CHECKOUT.ORDER.APPROVED` tells the shop.
- `approve_declined`: approves like `approve`, but the shop's capture is refused with `INSTRUMENT_DECLINED`, and the order
  is back here until the payer chooses again.
- `approve_pending`: approves like `approve`; the capture is `PENDING` until the sandbox's order page decides it. By
  eCheck, or, when the shop wants `IMMEDIATE_PAYMENT_REQUIRED`, because PayPal reviews the payment.
- `cancel`: answers 303 to `cancel_url` with `token` added; the order stays as it is.

Without addresses of the shop's, a page says what happened (200). An order that was approved already leads to the shop again,
without a second event; one that lapsed says so (410), and one that never was, too (404).
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.approval import approve, back
from lightning_cart_sandbox.paypal.money import minor, money, shown, shown_total
from lightning_cart_sandbox.paypal.orders import by_echeck, has_lapsed, waits_for_payer
from lightning_cart_sandbox.types import Json

_CHOICES = {
    "approve": "completed",
    "approve_and_close": "completed",
    "approve_declined": "declined",
    "approve_pending": "pending",
}


class ApprovePage:
    """The page `/paypal/checkoutnow`.

    Args:
        account: Whose orders.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, request: Request) -> Response:
        """Show the page, or do what the payer chose."""
        action = (await read_form(request)).get("action", "") if request.method == "POST" else ""
        order = self._account.store.get("paypal.order", request.query_params.get("token", ""))
        if order is None:
            return _closed("There is no such checkout", status=404)
        if has_lapsed(self._account, order):
            return _closed("This checkout has expired", order, status=410, link=back(order, approved=False))
        if not waits_for_payer(order):
            return _already(order, action)
        if request.method != "POST":
            return _page(order)
        return self._act(order, action)

    def _act(self, order: Json, action: str) -> Response:
        if action == "cancel":
            return _leave(order, approved=False)
        if action not in _CHOICES:
            return _page(order, "This page does not know that button.", 400)
        approve(self._account, order, _CHOICES[action])
        if action == "approve_and_close":
            return _closed("Approved, and the tab is closed", order, closed_tab=True)
        return _leave(order, approved=True)


def _already(order: Json, action: str) -> Response:
    """Answer a second click, or a second look, at an order that was approved."""
    if action in _CHOICES and action != "approve_and_close":
        return _leave(order, approved=True)
    title = "This order is complete" if order["status"] == "COMPLETED" else "This order is approved"
    return _closed(title, order, link=back(order, approved=True))


def _leave(order: Json, *, approved: bool) -> Response:
    address = back(order, approved=approved)
    if address:
        return RedirectResponse(address, 303)
    return _closed("Approved" if approved else "Cancelled", order)


def _page(order: Json, refusal: str = "", status: int = 200) -> Response:
    refusal = refusal or ("Your card was declined. Please choose another way to pay." if order["_declined"] else "")
    return render(
        "paypal/approve.html",
        status=status,
        form_targets=tuple(filter(None, (order["_context"].get("return_url"), order["_context"].get("cancel_url")))),
        order=order,
        units=[_unit(unit) for unit in order["purchase_units"]],
        total=shown_total(order),
        echeck=by_echeck(order),
        refusal=refusal,
    )


def _unit(unit: Json) -> Json:
    """Return a purchase unit with its amounts as the page shows them."""
    items = [
        {
            **item,
            "each": shown(item["unit_amount"]),
            "all": shown(money(minor(item["unit_amount"]) * int(item["quantity"]), item["unit_amount"]["currency_code"])),
        }
        for item in unit.get("items", [])
    ]
    breakdown = unit["amount"].get("breakdown", {})
    sums = [(name.replace("_", " ").capitalize(), shown(part), "discount" in name) for name, part in breakdown.items()]
    return {"description": unit.get("description", ""), "lines": items, "sums": sums, "total": shown(unit["amount"])}


def _closed(title: str, order: Json | None = None, *, status: int = 200, link: str = "", closed_tab: bool = False) -> Response:
    return render("paypal/closed.html", status=status, title=title, order=order, link=link, closed_tab=closed_tab)
