"""The sandbox's page about one session, with buttons that simulate the merchant, banks and the passing of time.

`POST /stripe/sessions/{cs}` with `action` = `expire`, `async_success`, `async_failure`, `refund` (optionally with
`amount_minor`), `renew`, `fail_renewal`, `cancel_subscription`, `dispute` (optionally with `amount_minor` and `reason`),
`dispute_won` or `dispute_lost`. A charge can have several disputes: `dispute` is the id of one, by default of the open one. A
lost dispute is won on appeal.
"""

import json

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.session_actions import act, find_related, view_actions
from lightning_cart_sandbox.stripe.sessions import current_session


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
        found = find_related(self._account, session)
        refusal = ""
        if request.method == "POST":
            try:
                act(self._account, session, found, form)
            except StripeError as error:
                refusal = error.message
            else:
                return RedirectResponse(request.url.path, 303)
        values = found | view_actions(self._account, session, found)
        return render(
            "stripe/session.html",
            status=400 if refusal else 200,
            session=session,
            **values,
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
