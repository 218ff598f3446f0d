"""The payment page of an open session: its form, with what the session asks for, and the pages of sessions that are closed."""

from collections import defaultdict

from starlette.responses import Response

from lightning_cart_sandbox.country_names import country_choices
from lightning_cart_sandbox.pages import render
from lightning_cart_sandbox.stripe.account import Account
from lightning_cart_sandbox.stripe.addresses import has_states
from lightning_cart_sandbox.stripe.buyer_form import Errors, Form, asked_names, asks_tax_id, known_email
from lightning_cart_sandbox.stripe.countries import COUNTRIES
from lightning_cart_sandbox.stripe.merchant import SHOP_NAME
from lightning_cart_sandbox.stripe.pay_choices import applied_code
from lightning_cart_sandbox.stripe.shipping_rates import estimate_text
from lightning_cart_sandbox.types import Json

_NEVER_KEPT = {"card_number", "expiry", "cvc", "action", "total"}
_PLACES = (
    "email phone shipping_name shipping_country shipping_line1 shipping_line2 shipping_postal_code shipping_city "
    "shipping_state shipping_option promotion_code card_number expiry cvc name billing_country billing_line1 billing_line2 "
    "billing_postal_code billing_city billing_state individual_name business_name tax_id terms"
)
_ORDER = _PLACES.split()
_SUBMIT = {"book": "Book", "donate": "Donate", "subscribe": "Subscribe"}


def pay_page(account: Account, session: Json, form: Form, errors: Errors, *, status: int = 200, notice: str = "") -> Response:
    """Return the page of an open session.

    Args:
        account: The account.
        session: The session.
        form: The fields to show again, or the first values.
        errors: What is wrong with each field; "" has the reason for a refusal.
        status: The HTTP status.
        notice: What has changed, if nothing is wrong.
    """
    countries = (session["shipping_address_collection"] or {}).get("allowed_countries", [])
    field_errors = {name: errors[name] for name in sorted(filter(None, errors), key=_place)}
    return render(
        "stripe/pay.html",
        status=status,
        form_targets=tuple(filter(None, (session["success_url"], session["cancel_url"]))),
        session=session,
        shop=SHOP_NAME,
        known_email=known_email(session),
        free=is_free(session),
        values=defaultdict(str, kept_values(form)),
        field_errors=field_errors,
        refusal=errors.get("", ""),
        notice=notice,
        options=_options(account, session),
        code=applied_code(account, session),
        countries=country_choices(countries),
        has_states=has_states(countries),
        all_countries=country_choices(tuple(COUNTRIES)),
        asked_names=asked_names(session),
        asks_tax_id=asks_tax_id(session),
        submit=_SUBMIT.get(session["submit_type"] or "", "Subscribe" if session["mode"] == "subscription" else "Pay"),
    )


def closed_page(title: str, session: Json | None, link: str = "", status: int = 200) -> Response:
    """Return the page of a session that cannot be paid any more, or that does not exist."""
    return render("stripe/closed.html", status=status, title=title, session=session, link=link)


def first_values(session: Json) -> Form:
    """Return the values that the form begins with."""
    countries = (session["shipping_address_collection"] or {}).get("allowed_countries", [])
    fields = {f"custom_{one['key']}": one[one["type"]]["default_value"] for one in session["custom_fields"]}
    values = {name: text for name, text in fields.items() if text}
    return values | {
        "billing_same": "on",
        "email": session.get("_prefilled_email", ""),
        "shipping_country": countries[0] if len(countries) == 1 else "",
    }


def kept_values(form: Form) -> Form:
    """Return the fields of a form that may be shown again: never a card's number or security code."""
    return {name: text for name, text in form.items() if name not in _NEVER_KEPT}


def is_free(session: Json) -> bool:
    """Return whether a session can be completed without a payment."""
    return (session["mode"], session["amount_total"]) == ("payment", 0)


def _options(account: Account, session: Json) -> list[Json]:
    chosen = (session["shipping_cost"] or {}).get("shipping_rate")
    rates = [account.get("shipping_rate", option["shipping_rate"]) for option in session["shipping_options"]]
    return [
        {
            "amount": rate["fixed_amount"]["amount"],
            "chosen": rate["id"] == chosen,
            "estimate": estimate_text(rate),
            "id": rate["id"],
            "name": rate["display_name"],
        }
        for rate in rates
    ]


def _place(name: str) -> int:
    """Return the place of a field on the page; custom fields come before the card."""
    return _ORDER.index(name) if name in _ORDER else _ORDER.index("promotion_code")
