"""What a buyer types on the payment page, checked field by field.

The form's fields are `email` and `name` and, if the session asks for them: `phone`; `shipping_name`, `shipping_line1`,
`shipping_line2`, `shipping_city`, `shipping_state`, `shipping_postal_code` and `shipping_country`; the same with `billing_`
instead of `shipping_`, or `billing_same` to bill to the delivery address; `custom_` and a custom field's key;
`individual_name`, `business_name` and `tax_id`; and `terms`.
"""

from lightning_cart_sandbox.schema import is_email
from lightning_cart_sandbox.stripe.addresses import read_address, read_phone
from lightning_cart_sandbox.stripe.countries import COUNTRIES
from lightning_cart_sandbox.stripe.custom_fields import value_problem
from lightning_cart_sandbox.stripe.field_types import MAX_EMAIL
from lightning_cart_sandbox.stripe.tax_ids import read_tax_id
from lightning_cart_sandbox.types import Json

type Form = dict[str, str]
type Errors = dict[str, str]

_MAX_NAME = 150


def read_buyer(session: Json, form: Form) -> tuple[Errors, Json]:
    """Return what is wrong, by field, and the buyer, who is complete only if nothing is wrong."""
    errors, buyer = _read_contact(session, form)
    for read in (_read_addresses, _read_custom_fields, _read_business, _read_consent):
        wrong, found = read(session, form)
        errors |= wrong
        buyer |= found
    return errors, buyer


def known_email(session: Json) -> str:
    """Return the email address that the shop gave, or ""."""
    return session["customer_email"] or (session["customer_details"] or {}).get("email") or ""


def asks_tax_id(session: Json) -> bool:
    """Return whether the page collects a tax id."""
    return bool((session.get("tax_id_collection") or {}).get("enabled"))


def asked_names(session: Json) -> Json:
    """Return the names that the page collects, each with whether it is optional: `individual` and `business`."""
    collection = session.get("name_collection") or {}
    names = {kind: setting["optional"] for kind, setting in collection.items() if setting["enabled"]}
    return {"business": True, **names} if asks_tax_id(session) else names


def _read_contact(session: Json, form: Form) -> tuple[Errors, Json]:
    errors, buyer = {}, {"email": known_email(session) or form.get("email", "").strip(), "name": form.get("name", "").strip()}
    if not is_email(buyer["email"], MAX_EMAIL):
        errors["email"] = "Enter your email address, such as ada@example.com."
    if problem := _name_problem(buyer["name"], "your name"):
        errors["name"] = problem
    if session["phone_number_collection"]["enabled"]:
        phone = read_phone(form.get("phone", ""))
        if phone is None:
            errors["phone"] = "Enter your phone number with its country code, such as +49 30 123456."
        else:
            buyer["phone"] = phone
    return errors, buyer


def _read_addresses(session: Json, form: Form) -> tuple[Errors, Json]:
    errors: Errors = {}
    buyer: Json = {}
    collection = session["shipping_address_collection"]
    if collection:
        name = form.get("shipping_name", "").strip()
        if problem := _name_problem(name, "the recipient's name"):
            errors["shipping_name"] = problem
        address, wrong = read_address(form, "shipping", collection["allowed_countries"])
        errors |= wrong
        buyer |= {"address": address, "shipping": {"address": address, "name": name}}
    if session["billing_address_collection"] == "required" and not (collection and form.get("billing_same")):
        address, wrong = read_address(form, "billing", tuple(COUNTRIES))
        errors |= wrong
        buyer["address"] = address
    return errors, buyer


def _read_custom_fields(session: Json, form: Form) -> tuple[Errors, Json]:
    values = {field["key"]: form.get(f"custom_{field['key']}", "").strip() for field in session["custom_fields"]}
    problems = {f"custom_{field['key']}": value_problem(field, values[field["key"]]) for field in session["custom_fields"]}
    return {name: text for name, text in problems.items() if text}, {"custom_fields": values}


def _read_business(session: Json, form: Form) -> tuple[Errors, Json]:
    errors: Errors = {}
    buyer: Json = {}
    for kind, optional in asked_names(session).items():
        name = form.get(f"{kind}_name", "").strip()
        problem = _name_problem(name, "the name of your business" if kind == "business" else "your full name")
        if problem and (name or not optional):
            errors[f"{kind}_name"] = problem
        buyer[f"{kind}_name"] = name or None
    typed = form.get("tax_id", "").strip()
    if not asks_tax_id(session) or not (typed or session["tax_id_collection"]["required"] == "if_supported"):
        return errors, buyer
    tax_id = read_tax_id(typed)
    if tax_id is None:
        errors["tax_id"] = "Enter a valid tax ID, such as DE123456789 (VAT) or 12-3456789 (US EIN)."
    elif not buyer["business_name"]:
        errors.setdefault("business_name", "Enter the name of your business.")
    return errors, buyer | {"tax_ids": [tax_id]}


def _read_consent(session: Json, form: Form) -> tuple[Errors, Json]:
    if (session["consent_collection"] or {}).get("terms_of_service") != "required":
        return {}, {}
    if not form.get("terms"):
        return {"terms": "Accept the terms of service to go on."}, {}
    return {}, {"accepted": True}


def _name_problem(name: str, what: str) -> str:
    if not name:
        return f"Enter {what}."
    return f"Use at most {_MAX_NAME} characters." if len(name) > _MAX_NAME else ""
