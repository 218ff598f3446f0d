"""The bank's page for a payment intent that the shop confirmed itself (Stripe: 3-D Secure).

`GET /stripe/payment_intents/{pi}` asks the buyer. `POST` to it with `action` = `authenticate` or `fail_authentication` returns
303 to the shop's `return_url`, with `payment_intent`, `payment_intent_client_secret` and `redirect_status` in its query.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lightning_cart_sandbox.pages import read_form, render
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.confirmation import pay, refuse
from lightning_cart_sandbox.stripe.errors import StripeError
from lightning_cart_sandbox.stripe.intent_states import CHECKOUT
from lightning_cart_sandbox.stripe.saved_methods import card_of
from lightning_cart_sandbox.types import Json


class IntentPage:
    """The page `/stripe/payment_intents/{pi}`.

    Args:
        account: The account.
    """

    def __init__(self, account: Account) -> None:
        self._account = account

    async def authenticate(self, request: Request) -> Response:
        """Ask the buyer, or continue with the answer."""
        form = await read_form(request) if request.method == "POST" else {}
        intent = self._account.store.get("payment_intent", request.path_params["intent"])
        if intent is None:
            return render("missing.html", status=404, message="There is no such payment.")
        if intent["status"] != "requires_action" or intent.get("_created_by", CHECKOUT):
            return render("stripe/authenticated.html", status=410, title="This payment needs no confirmation")
        if form.get("action") not in {"authenticate", "fail_authentication"}:
            return self._ask(intent, 400 if form else 200)
        target = intent["next_action"]["redirect_to_url"]["return_url"]
        outcome = self._decide(intent, passed=form["action"] == "authenticate")
        failed = isinstance(outcome, StripeError)
        if target is None:
            title = "The payment was refused" if failed else "The payment is confirmed"
            return render("stripe/authenticated.html", status=402 if failed else 200, title=title)
        query = {
            "payment_intent": intent["id"],
            "payment_intent_client_secret": intent["client_secret"],
            "redirect_status": "failed" if failed else "succeeded",
        }
        return RedirectResponse(f"{target}{'&' if '?' in target else '?'}{urlencode(query)}", 303)

    def _ask(self, intent: Json, status: int) -> Response:
        card = card_of(self._account.get("payment_method", intent["payment_method"]))
        target = intent["next_action"]["redirect_to_url"]["return_url"]
        return render(
            "stripe/authenticate.html",
            status=status,
            amount=intent["amount"],
            currency=intent["currency"],
            card=card,
            form_targets=(target,) if target else (),
        )

    def _decide(self, intent: Json, *, passed: bool) -> Json | StripeError:
        with self._account.transaction():
            method = self._account.get("payment_method", intent["payment_method"])
            return pay(self._account, intent, method) if passed else refuse(self._account, intent, method)
