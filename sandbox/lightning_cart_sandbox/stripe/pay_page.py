"""The hosted payment page, an HTML form that posts to its own URL and needs no script.

`GET /stripe/c/pay/{cs}` shows the form. `POST` to the same URL, with an `action`:

- `pay`: fields `card_number`, `expiry` (MM/YY), `cvc`, `name` and `email` (ignored if the shop gave one), and those that the
  session asks for (`buyer_form`, `pay_choices`). Returns 303 to the shop's `success_url`, or to `…/authenticate` if the bank
  asks for a confirmation. Returns 402 with the reason if the card is declined, 422 if a field is wrong, and 409 if the field
  `total` is not the total that would be charged.
- `delayed`: the same without the card; pays by a bank debit that succeeds or fails later, on the sandbox's session page.
- `update`: applies the shipping option and the promotion code, and shows the new total.
- `cancel`: returns 303 to `cancel_url`; the session stays open.

`GET /stripe/c/pay/{cs}/authenticate` shows the bank's confirmation (3-D Secure). `POST` to it with `action` = `authenticate` or
`fail_authentication` responds as the payment form does.

The page of a complete session says so (200); posting again redirects to the shop and never pays twice. The page of an expired
session says so, too (410), and that of a session whose Payment Link was used up in the meantime (410). After the payment of a
link without a redirect, the buyer returns to this page, which confirms the payment.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.money import display
from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.buyer_form import Errors, Form, read_buyer
from lightning_cart_sandbox.stripe.cards import read_card
from lightning_cart_sandbox.stripe.checkout import NextStep, answer_challenge, pay_by_bank_debit, pay_by_card, take_nothing
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.link_limits import find_link, used_up
from lightning_cart_sandbox.stripe.link_page import inactive
from lightning_cart_sandbox.stripe.pay_choices import apply_choices
from lightning_cart_sandbox.stripe.pay_view import closed_page, first_values, is_free, kept_values, pay_page
from lightning_cart_sandbox.stripe.sessions import current_session
from lightning_cart_sandbox.types import Json


class PayPage:
    """The pages below `/c/pay`.

    Args:
        account: The account.
        wait_seconds: The maximum time in seconds to wait for the shop's response to `checkout.session.completed` before the
            redirect. The real page waits up to 10 seconds (Stripe: fulfil orders).
    """

    def __init__(self, account: Account, wait_seconds: float) -> None:
        self._account = account
        self._wait_seconds = wait_seconds

    async def pay(self, request: Request) -> Response:
        """Handle `/c/pay/{cs}`."""
        session, form = await self._read(request)
        if session is None or not self._payable(session):
            return self._closed(session, form)
        if not form:
            return pay_page(self._account, session, first_values(session), {})
        action = form.get("action", "pay")
        if action == "cancel" and session["cancel_url"]:
            return RedirectResponse(session["cancel_url"], 303)
        if action in {"authenticate", "fail_authentication"}:
            return await self._authenticate(session, action)
        return await self._submit(session, form, action)

    async def authenticate(self, request: Request) -> Response:
        """Handle `/c/pay/{cs}/authenticate`."""
        session, form = await self._read(request)
        if session is None or not self._payable(session):
            return self._closed(session, form)
        if session["_challenge"] is None:
            return RedirectResponse(f"/stripe/c/pay/{session['id']}", 303)
        if not form:
            targets = tuple(filter(None, (session["success_url"],)))
            return render(
                "stripe/authenticate.html",
                amount=session["amount_total"],
                currency=session["currency"],
                card=session["_challenge"]["card"],
                form_targets=targets,
            )
        return await self._authenticate(session, form.get("action", ""))

    async def _read(self, request: Request) -> tuple[Json | None, Form]:
        # The form is read first, because there must be no `await` between reading the session and deciding.
        form = await read_form(request) if request.method == "POST" else {}
        try:
            return current_session(self._account, request.path_params["session"]), form
        except StripeError:
            return None, form

    async def _submit(self, session: Json, form: Form, action: str) -> Response:
        if action not in {"pay", "delayed", "update"}:
            return pay_page(self._account, session, form, {"": "This page does not know that button."}, status=400)
        errors = apply_choices(self._account, session, form)
        if action != "update":
            return await self._pay(session, form, action, errors)
        notice = "" if errors else f"The total is {_total(session)}."
        return pay_page(self._account, session, form, errors, status=422 if errors else 200, notice=notice)

    async def _pay(self, session: Json, form: Form, action: str, errors: Errors) -> Response:
        wrong, buyer = read_buyer(session, form)
        errors |= wrong
        free, card = is_free(session), None
        if action == "delayed" and (free or "sepa_debit" not in session["payment_method_types"]):
            errors[""] = "This payment cannot be made by bank debit."
        if action == "pay" and not free:
            typed = read_card(form.get("card_number", ""), form.get("expiry", ""), form.get("cvc", ""), self._account.now())
            card, errors = typed.card, {**typed.errors, **errors}
            if "card" not in session["payment_method_types"]:
                errors[""] = "This payment cannot be made by card."
        if errors:
            return pay_page(self._account, session, form, errors, status=422)
        if form.get("total", str(session["amount_total"])) != str(session["amount_total"]):
            changed = {"": f"The total has changed to {_total(session)}. Check it, then pay."}
            return pay_page(self._account, session, form, changed, status=409)
        session["_typed"] = kept_values(form)
        if card:
            step = pay_by_card(self._account, session, card, buyer)
        else:
            step = (take_nothing if free else pay_by_bank_debit)(self._account, session, buyer)
        return await self._follow(session, form, step)

    async def _authenticate(self, session: Json, action: str) -> Response:
        try:
            step = answer_challenge(self._account, session, passed=action == "authenticate")
        except StripeError as error:
            return pay_page(self._account, session, first_values(session), {"": error.message}, status=400)
        return await self._follow(session, session.get("_typed", {}), step)

    async def _follow(self, session: Json, form: Form, step: NextStep) -> Response:
        if step.refusal:
            return pay_page(self._account, session, form, {"": step.refusal}, status=402)
        if step.challenge:
            return RedirectResponse(f"/stripe/c/pay/{session['id']}/authenticate", 303)
        await self._account.deliveries.wait_for_first_attempts(step.event_id, self._wait_seconds)
        return RedirectResponse(_success_url(session) or f"/stripe/c/pay/{session['id']}", 303)

    def _payable(self, session: Json) -> bool:
        link = find_link(self._account, session)
        return session["status"] == "open" and not (link and used_up(link))

    def _closed(self, session: Json | None, form: Form) -> Response:
        if session is None:
            return closed_page("There is no such checkout", None, status=404)
        link = find_link(self._account, session) or {}
        if session["status"] == "open":
            return inactive(link)
        if session["status"] == "expired":
            return closed_page("This checkout has expired", session, session["cancel_url"] or "", status=410)
        shop = _success_url(session)
        if form:  # a second click on "Pay" redirects as the first one did
            return RedirectResponse(shop or f"/stripe/c/pay/{session['id']}", 303)
        confirmation = link.get("after_completion", {}).get("hosted_confirmation") or {}
        return closed_page(confirmation.get("custom_message") or "This checkout is complete", session, shop)


def _success_url(session: Json) -> str:
    return str(session["success_url"] or "").replace("{CHECKOUT_SESSION_ID}", session["id"])


def _total(session: Json) -> str:
    return display(session["amount_total"], session["currency"])
