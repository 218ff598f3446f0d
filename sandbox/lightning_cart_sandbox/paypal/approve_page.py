"""The page where the payer approves an order, an HTML form that posts to its own URL and needs no script.

`GET /paypal/checkoutnow?token={order id}` shows the form. `POST` to the same URL, with an `action`:

- `approve`: pay with the wallet's card. Returns 303 to the shop's `return_url` with `token` and `PayerID` added; then the shop
  must capture.
- `approve_and_close`: the same, but the payer does not return: 200 with a page that says so. Only the webhook
  `CHECKOUT.ORDER.APPROVED` tells the shop.
- `approve_declined`: the same as `approve`, but the shop's capture is refused with `INSTRUMENT_DECLINED`, and the payer has to
  choose again on this page.
- `approve_pending`: the same as `approve`, but the capture is `PENDING` until the sandbox's order page completes or denies it.
  The reason is an eCheck, or PayPal's review if the shop wants `IMMEDIATE_PAYMENT_REQUIRED`.
- `cancel`: returns 303 to `cancel_url` with `token` added; the order does not change.
- `update`: shows the page again with the delivery that the form chooses and the total that it leads to.

The form has the payer's choices about the delivery, too (see `delivery`), and the account that the payer signs in with (see
`typed_account`). Without them, what is preselected is taken. A field of a typed address or account that is wrong is named
(422).

If the shop gave no URLs, a page says what happened (200). Until the shop captures an approved order, its payer can come back to
the page and change the delivery; what else was chosen stays. Approving again without a change redirects to the shop without a
second event. The page of an expired order says so (410), and that of an unknown one, too (404).
"""

from collections import defaultdict
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.country_names import country_choices
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.addresses import COUNTRIES
from lightning_cart_sandbox.paypal.approval import approve, return_url
from lightning_cart_sandbox.paypal.delivery import can_change, choose_delivery, choose_options, delivery_view
from lightning_cart_sandbox.paypal.money import minor, money, shown, shown_total
from lightning_cart_sandbox.paypal.orders import by_echeck, has_lapsed, waits_for_payer
from lightning_cart_sandbox.paypal.typed_account import MAX_EMAIL, MAX_NAME, with_typed_account
from lightning_cart_sandbox.paypal.typed_address import TypedFieldsError
from lightning_cart_sandbox.paypal.wallet import account
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
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def __call__(self, request: Request) -> Response:
        """Show the page, or run the payer's action."""
        form = await read_form(request) if request.method == "POST" else {}
        order = self._account.store.get("paypal.order", request.query_params.get("token", ""))
        if order is None:
            return _closed("There is no such checkout", status=404)
        if has_lapsed(self._account, order):
            return _closed("This checkout has expired", order, status=410, link=return_url(order, approved=False))
        if not waits_for_payer(order) and not can_change(order):
            return _already(order, form.get("action", ""))
        if request.method != "POST":
            return _page(order)
        return self._act(order, form)

    def _act(self, order: Json, form: dict[str, str]) -> Response:
        action = form.get("action", "")
        if action == "cancel":
            return _leave(order, approved=False) if waits_for_payer(order) else _page(order)
        if action not in {*_CHOICES, "update"}:
            return _page(order, "This page does not know that button.", 400)
        try:
            if action == "update":
                return _page(order, form=form)
            approve(self._account, order, _CHOICES[action], form)
        except TypedFieldsError as error:
            return _page(order, status=422, form=form, errors=error.errors)
        except LookupError as error:
            return _page(order, str(error.args[0]), 400)
        return _left(order, action)


def _left(order: Json, action: str) -> Response:
    """Return the response to an approval."""
    if action == "approve_and_close":
        return _closed("Approved, and the tab is closed", order, closed_tab=True)
    return _leave(order, approved=True)


def _already(order: Json, action: str) -> Response:
    """Return the response for an order that is approved already."""
    if action in _CHOICES and action != "approve_and_close":
        return _leave(order, approved=True)
    title = "This order is complete" if order["status"] == "COMPLETED" else "This order is approved"
    return _closed(title, order, link=return_url(order, approved=True))


def _leave(order: Json, *, approved: bool) -> Response:
    url = return_url(order, approved=approved)
    if url:
        return RedirectResponse(url, 303)
    return _closed("Approved" if approved else "Cancelled", order)


def _page(
    order: Json,
    refusal: str = "",
    status: int = 200,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    """Return the page.

    Args:
        order: The order as it is stored.
        refusal: Why the last attempt was refused, if it was.
        status: The HTTP status.
        form: Choices about the delivery that are shown and not yet made.
        errors: What is wrong with each field that the payer typed.

    Raises:
        LookupError: The form chooses what is not offered.
    """
    refusal = refusal or ("Your card was declined. Please choose another way to pay." if order["_declined"] else "")
    if form and not errors:
        order = with_typed_account(order, form)
    chosen = choose_options(order, form or {}) if errors else choose_delivery(order, form) if form else order
    approved = not waits_for_payer(order)
    return render(
        "paypal/approve.html",
        status=status,
        form_targets=tuple(filter(None, (order["_context"].get("return_url"), order["_context"].get("cancel_url")))),
        order=order,
        payer=account(order),
        units=[_unit(unit) for unit in chosen["purchase_units"]],
        delivery=delivery_view(order, chosen, form or {}),
        total=shown_total(chosen),
        echeck=by_echeck(order),
        approved=approved,
        shop_link=return_url(order, approved=True) if approved else "",
        countries=country_choices(COUNTRIES),
        values=defaultdict(str, form or {}),
        max_email=MAX_EMAIL,
        max_name=MAX_NAME,
        field_errors=errors or {},
        refusal=refusal,
    )


def _unit(unit: Json) -> Json:
    """Return a purchase unit for the page, with formatted amounts."""
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
