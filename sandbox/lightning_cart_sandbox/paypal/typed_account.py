"""Another PayPal account that the payer signs in with on the approval page, instead of the sandbox's own buyer.

The form's fields are `payer_email`, `payer_given_name`, `payer_surname` and `payer_phone`, the national number. Without an
email address the account stays. PayPal's own page asks for a password here.
"""

import re
from collections.abc import Mapping

from lightning_cart_sandbox.paypal.typed_address import TypedFieldsError
from lightning_cart_sandbox.schema import is_email
from lightning_cart_sandbox.types import Json

MAX_EMAIL, MAX_NAME = 254, 140
_PHONE = re.compile(r"[0-9]{1,14}")


def with_typed_account(order: Json, form: Mapping[str, str]) -> Json:
    """Return an order with the account that the payer has signed in with, as `wallet.account` reads it.

    Raises:
        TypedFieldsError: A field is missing or wrong.
    """
    names = ("payer_email", "payer_given_name", "payer_surname", "payer_phone")
    typed = {name: form.get(name, "").strip() for name in names}
    if not typed["payer_email"]:
        return order
    phone = re.sub(r"[ ()./-]", "", typed["payer_phone"])
    parts = {"given_name": typed["payer_given_name"], "surname": typed["payer_surname"]}
    problems = {
        "payer_email": "" if is_email(typed["payer_email"], MAX_EMAIL) else "Enter an email address, such as ada@example.com.",
        "payer_given_name": "" if any(parts.values()) else "Enter your name.",
        "payer_phone": "" if not phone or _PHONE.fullmatch(phone) else "Enter the national number, such as 931234567.",
    }
    problems |= {f"payer_{part}": f"Use at most {MAX_NAME} characters." for part, text in parts.items() if len(text) > MAX_NAME}
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise TypedFieldsError(errors)
    account = {
        "email_address": typed["payer_email"],
        "name": {part: text for part, text in parts.items() if text},
        "phone": phone,
    }
    return {**order, "_account": account}
