"""The sandbox's page about one link, with buttons that simulate the seller and banks.

`POST /square/links/{id}` with `action` = `delete`, `refund` (optionally with `amount_minor`), `dispute`,
`dispute_won`, `dispute_lost`, or `return_like_live` / `return_like_sandbox` for all links.
"""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.square.account import EVENT, LINK, ORDER, PAYMENT, Account, money, public
from lightning_cart_sandbox.square.disputes import close_dispute, find_dispute, open_dispute
from lightning_cart_sandbox.square.errors import SquareError
from lightning_cart_sandbox.square.links import delete_link
from lightning_cart_sandbox.square.panel import return_like_live, returns_like_live
from lightning_cart_sandbox.square.payments import refundable_minor
from lightning_cart_sandbox.square.refunds import create_refund
from lightning_cart_sandbox.types import Json

type Action = Callable[[Account, Json], object]
"""Takes the account and the objects that belong to the link, from `_related`."""


def _refund(account: Account, found: Json) -> None:
    payment, amount = found["payment"], found["amount"] or str(refundable_minor(found["payment"]))
    if not (amount.isascii() and amount.isdigit() and 0 < len(amount) < 16):
        raise SquareError("BAD_REQUEST", "The amount to refund is a whole number of minor units.")
    wanted = money(int(amount), payment["total_money"]["currency"])
    create_refund(account, {"payment_id": payment["id"], "amount_money": wanted, "reason": "Refunded in the sandbox"})


ACTIONS: dict[str, Action] = {
    "delete": lambda account, found: delete_link(account, found["link"]["id"]),
    "refund": _refund,
    "dispute": lambda account, found: open_dispute(account, found["payment"]),
    "dispute_won": lambda account, found: close_dispute(account, found["dispute"], won=True),
    "dispute_lost": lambda account, found: close_dispute(account, found["dispute"], won=False),
    "return_like_live": lambda account, _: return_like_live(account, wanted=True),
    "return_like_sandbox": lambda account, _: return_like_live(account, wanted=False),
}
_LABELS = {
    "delete": "Delete the link",
    "dispute": "The buyer's bank disputes it",
    "dispute_won": "Dispute closes: won",
    "dispute_lost": "Dispute closes: lost",
    "return_like_live": "Return like live: append orderId",
    "return_like_sandbox": "Return like Square's sandbox: append nothing",
}


def _related(account: Account, link: Json) -> Json:
    """Return the order, payment and dispute of a link, each `None` if it does not exist, and the number of declines."""
    order = account.get(ORDER, link["order_id"])
    attempts = account.store.find(PAYMENT, _link=link["id"])
    payment = next((one for one in attempts if one["status"] == "COMPLETED"), None)
    return {
        "link": link,
        "order": order,
        "payment": payment,
        "dispute": find_dispute(account, payment) if payment else None,
        "declined": sum(one["status"] == "FAILED" for one in attempts),
    }


def _available(account: Account, found: Json) -> list[str]:
    """Return the actions that are possible now."""
    payment, dispute = found["payment"], found["dispute"]
    left = payment and refundable_minor(payment) > 0
    conditions = {
        "delete": not found["link"]["_deleted"] and not payment,
        "refund": left and (not dispute or dispute["state"] == "WON"),
        "dispute": left and not dispute,
        "dispute_won": dispute and dispute["state"] == "EVIDENCE_REQUIRED",
        "dispute_lost": dispute and dispute["state"] == "EVIDENCE_REQUIRED",
        "return_like_live": not payment and not returns_like_live(account),
        "return_like_sandbox": not payment and returns_like_live(account),
    }
    return [name for name, holds in conditions.items() if holds]


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
            found = _related(self._account, self._account.get(LINK, request.path_params["link"]))
        except SquareError as error:
            return render("missing.html", status=404, message=error.detail)
        refusal = ""
        if request.method == "POST":
            try:
                self._act({**found, "amount": form.get("amount_minor", "").strip()}, form.get("action", ""))
            except SquareError as error:
                refusal = error.detail
            else:
                return RedirectResponse(request.url.path, 303)
        available = _available(self._account, found)
        return render(
            "square/link.html",
            status=400 if refusal else 200,
            **found,
            left=refundable_minor(found["payment"]) if found["payment"] else 0,
            refundable="refund" in available,
            actions=[(name, _LABELS[name]) for name in available if name in _LABELS],
            refusal=refusal,
            raw=_pretty({"payment_link": public(found["link"]), "order": public(found["order"])}),
        )

    async def event(self, request: Request) -> Response:
        """Show an event's JSON."""
        kept = self._account.store.get(EVENT, request.path_params["event"])
        if kept is None:
            return render("missing.html", status=404, message="There is no such event.")
        return render("square/event.html", event=kept["event"], raw=_pretty(kept["event"]))

    def _act(self, found: Json, action: str) -> None:
        if action not in _available(self._account, found):
            raise SquareError("BAD_REQUEST", "That cannot be done now: the link has changed, or the button is unknown.")
        with self._account.transaction():
            ACTIONS[action](self._account, found)


def _pretty(document: Json) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
