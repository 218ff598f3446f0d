"""The sandbox's page about one order, with buttons that simulate the merchant, banks and disputes.

`POST /paypal/orders/{order}` with `action` = `settle` or `deny` (a pending capture), `refund` (optionally with
`amount`, a decimal string such as `4.00`), `dispute`, `dispute_won`, `dispute_lost` or `reverse_approval`. An order of
several purchase units has several captures: `capture` is the id of one; by default it is the first.
"""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.approval import reverse_approval
from lightning_cart_sandbox.paypal.captures import complete_pending
from lightning_cart_sandbox.paypal.disputes import open_dispute, resolve_dispute
from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.money import minor, money, shown, shown_total
from lightning_cart_sandbox.paypal.orders import has_lapsed, order_view, payer_link, waits_for_payer
from lightning_cart_sandbox.paypal.parameters import REFUND_CREATE
from lightning_cart_sandbox.paypal.refunds import refund_capture, refunded_minor
from lightning_cart_sandbox.paypal.schema import read
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.types import Json

type Action = Callable[[Account, Json, Json], object]
"""Takes the account, the order and the objects that belong to it, from `_related`."""


def _refund(account: Account, found: Json) -> None:
    amount = {"currency_code": found["capture"]["amount"]["currency_code"], "value": found["amount"]}
    params = read(REFUND_CREATE, {"amount": amount} if found["amount"] else {})
    refund_capture(account, found["capture"]["id"], params)


ACTIONS: dict[str, tuple[str, Action]] = {
    "reverse_approval": ("The approval is reversed", lambda account, order, _: reverse_approval(account, order)),
    "settle": (
        "The pending payment arrives",
        lambda account, _, found: complete_pending(account, found["capture"], paid=True),
    ),
    "deny": (
        "The pending payment is denied",
        lambda account, _, found: complete_pending(account, found["capture"], paid=False),
    ),
    "refund": ("Refund", lambda account, _, found: _refund(account, found)),
    "dispute": ("The buyer disputes", lambda account, order, found: open_dispute(account, order, found["capture"])),
    "dispute_won": (
        "Dispute closes: won",
        lambda account, _, found: resolve_dispute(account, found["capture"], found["dispute"], for_seller=True),
    ),
    "dispute_lost": (
        "Dispute closes: lost",
        lambda account, _, found: resolve_dispute(account, found["capture"], found["dispute"], for_seller=False),
    ),
}


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
                self._act(order, form)
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
        payments = []
        for found in (self._related(order, capture["id"]) for capture in captures):
            names = _available(self._account, order, found)
            capture = found["capture"]
            left = minor(capture["amount"]) - refunded_minor(self._account, capture)
            payments.append(
                {
                    **found,
                    "shown": shown(capture["amount"]),
                    "left": money(max(0, left), capture["amount"]["currency_code"])["value"],
                    "refundable": "refund" in names,
                    "actions": [(name, ACTIONS[name][0]) for name in names if name != "refund"],
                }
            )
        own = [] if captures else _available(self._account, order, {"capture": None, "dispute": None})
        return render(
            "paypal/order.html",
            status=400 if refusal else 200,
            order=order,
            total=shown_total(order),
            lapsed=has_lapsed(self._account, order),
            pay_page=payer_link(self._account, order, "approve")["href"] if waits_for_payer(order) else "",
            payments=payments,
            actions=[(name, ACTIONS[name][0]) for name in own],
            refusal=refusal,
            raw=json.dumps(order_view(self._account, order, full=True), indent=2, ensure_ascii=False),
        )

    def _related(self, order: Json, capture_id: str) -> Json:
        """Return a capture of an order, by default the first, and its latest dispute; each `None` if it does not exist."""
        captures = self._account.find("capture", _order=order["id"])[::-1]
        capture = next((one for one in captures if capture_id in {"", one["id"]}), None)
        disputes = self._account.find("dispute", limit=1, _capture=capture["id"]) if capture else []
        return {"capture": capture, "dispute": disputes[0] if disputes else None}

    def _act(self, order: Json, form: dict[str, str]) -> None:
        found = self._related(order, form.get("capture", ""))
        action = form.get("action", "")
        if action not in _available(self._account, order, found):
            raise LookupError("That cannot be done now: the order has changed, or the button is unknown.")
        with self._account.transaction():
            ACTIONS[action][1](self._account, order, {**found, "amount": form.get("amount", "").strip()})


def _available(account: Account, order: Json, found: Json) -> list[str]:
    """Return the actions that are possible now."""
    capture = found["capture"]
    if capture is None:
        return ["reverse_approval"] if order["status"] == "APPROVED" and not has_lapsed(account, order) else []
    if capture["_dispute"]:
        return ["dispute_won", "dispute_lost"]
    if capture["status"] == "PENDING":
        return ["settle", "deny"]
    return ["refund", "dispute"] if capture["status"] in {"COMPLETED", "PARTIALLY_REFUNDED"} else []
