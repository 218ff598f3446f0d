"""The sandbox's page about one session, with buttons that simulate the merchant, banks and the passing of time.

`POST /stripe/sessions/{cs}` with `action` = `expire`, `async_success`, `async_failure`, `refund` (optionally with
`amount_minor`), `renew`, `fail_renewal`, `cancel_subscription`, `dispute_won` or `dispute_lost`.
"""

import json
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.checkout import settle_bank_debit
from lightning_cart_sandbox.stripe.disputes import close_dispute
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.refunds import create_refund
from lightning_cart_sandbox.stripe.sessions import current_session, expire_session
from lightning_cart_sandbox.stripe.subscriptions import cancel_subscription, renew
from lightning_cart_sandbox.types import Json

type Action = Callable[[Account, Json, Json], object]
"""Takes the account, the session and the objects that belong to it, from `_related`."""


def _refund(account: Account, found: Json, amount: str) -> None:
    params: Json = {"charge": found["charge"]["id"], "reason": "requested_by_customer"}
    if amount:
        if not (amount.isascii() and amount.isdigit() and int(amount) > 0):
            raise StripeError("The amount to refund is a whole number of minor units.")
        params["amount"] = int(amount)
    create_refund(account, params)


ACTIONS: dict[str, Action] = {
    "expire": lambda account, session, _: expire_session(account, session["id"]),
    "async_success": lambda account, session, _: settle_bank_debit(account, session, succeeded=True),
    "async_failure": lambda account, session, _: settle_bank_debit(account, session, succeeded=False),
    "refund": lambda account, _, found: _refund(account, found, found["amount"]),
    "renew": lambda account, _, found: renew(account, found["subscription"], succeed=True),
    "fail_renewal": lambda account, _, found: renew(account, found["subscription"], succeed=False),
    "cancel_subscription": lambda account, _, found: cancel_subscription(account, found["subscription"]["id"]),
    "dispute_won": lambda account, _, found: close_dispute(account, found["dispute"], won=True),
    "dispute_lost": lambda account, _, found: close_dispute(account, found["dispute"], won=False),
}
_LABELS = {
    "expire": "Expire now",
    "async_success": "The bank debit succeeds",
    "async_failure": "The bank debit fails",
    "renew": "A period passes: renew",
    "fail_renewal": "A period passes: renewal fails",
    "cancel_subscription": "Cancel the subscription",
    "dispute_won": "Dispute closes: won",
    "dispute_lost": "Dispute closes: lost",
}


def _related(account: Account, session: Json) -> Json:
    """Return the intent, charge, dispute and subscription of a session, each `None` if it does not exist."""

    def get(kind: str, identifier: str | None) -> Json | None:
        return account.store.get(kind, identifier or "")

    intent = get("payment_intent", session["_payment_intent"])
    charge = get("charge", (intent or {}).get("latest_charge"))
    dispute = get("dispute", (charge or {}).get("dispute"))
    return {
        "payment_intent": intent,
        "charge": charge,
        "dispute": dispute,
        "subscription": get("subscription", session["subscription"]),
    }


def _available(session: Json, found: Json) -> list[str]:
    """Return the actions that are possible now."""
    intent, charge, dispute, subscription = (found[name] for name in ("payment_intent", "charge", "dispute", "subscription"))
    conditions = {
        "expire": session["status"] == "open",
        "async_success": session["status"] == "complete" and intent and intent["status"] == "processing",
        "async_failure": session["status"] == "complete" and intent and intent["status"] == "processing",
        "refund": charge and not charge["refunded"] and not charge["disputed"],
        "renew": subscription and subscription["status"] != "canceled",
        "fail_renewal": subscription and subscription["status"] != "canceled",
        "cancel_subscription": subscription and subscription["status"] != "canceled",
        "dispute_won": dispute and dispute["status"] == "needs_response",
        "dispute_lost": dispute and dispute["status"] == "needs_response",
    }
    return [name for name, holds in conditions.items() if holds]


class SessionPage:
    """The pages `/stripe/sessions/{cs}` and `/stripe/events/{evt}`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def session(self, request: Request) -> Response:
        """Show a session, or run one of its actions."""
        form = await read_form(request) if request.method == "POST" else {}
        try:
            session = current_session(self._account, request.path_params["session"])
        except StripeError as error:
            return render("missing.html", status=404, message=error.message)
        found = _related(self._account, session)
        refusal = ""
        if request.method == "POST":
            try:
                self._act(session, found, form)
            except StripeError as error:
                refusal = error.message
            else:
                return RedirectResponse(request.url.path, 303)
        actions = [(name, _LABELS[name]) for name in _available(session, found) if name in _LABELS]
        return render(
            "stripe/session.html",
            status=400 if refusal else 200,
            session=session,
            **found,
            refundable="refund" in _available(session, found),
            actions=actions,
            refusal=refusal,
            raw=json.dumps(public(session), indent=2, ensure_ascii=False),
        )

    async def event(self, request: Request) -> Response:
        """Show an event's JSON."""
        event = self._account.store.get("event", request.path_params["event"])
        if event is None:
            return render("missing.html", status=404, message="There is no such event.")
        raw = json.dumps(event, indent=2, ensure_ascii=False)
        return render("stripe/event.html", event=event, raw=raw)

    def _act(self, session: Json, found: Json, form: dict[str, str]) -> None:
        action = form.get("action", "")
        if action not in _available(session, found):
            raise StripeError("That cannot be done now: the session has changed, or the button is unknown.")
        with self._account.transaction():
            ACTIONS[action](self._account, session, {**found, "amount": form.get("amount_minor", "").strip()})
