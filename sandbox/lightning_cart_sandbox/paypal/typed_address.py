"""An address that the payer types on the approval page, instead of choosing one that the account has already.

The form's fields are `ship_name`, `ship_country`, `ship_line_1`, `ship_line_2`, `ship_city`, `ship_state` and
`ship_postal_code`.
"""

from collections.abc import Mapping

from lightning_cart_sandbox.paypal.addresses import COUNTRIES, needs_city, needs_postal_code, needs_state
from lightning_cart_sandbox.types import Json

FIELDS = {
    "ship_country": "country_code",
    "ship_line_1": "address_line_1",
    "ship_line_2": "address_line_2",
    "ship_city": "admin_area_2",
    "ship_postal_code": "postal_code",
    "ship_state": "admin_area_1",
}
"""PayPal's names of the fields, by those of the form, in the page's order."""
_MAX_LENGTHS = {"ship_name": 300, "ship_city": 120, "ship_postal_code": 60}
_MAX_LINE = 300


class TypedFieldsError(LookupError):
    """The payer typed an address or an account that is none; `errors` has a sentence for each field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("Check what you typed.")
        self.errors = errors


def read_typed_address(form: Mapping[str, str]) -> Json:
    """Return the typed delivery, with `name` and `address` as an order's `shipping` has them.

    Raises:
        TypedFieldsError: A field is missing or wrong.
    """
    typed = {name: form.get(name, "").strip() for name in ("ship_name", *FIELDS)}
    country = typed["ship_country"]
    needed = {"ship_city": needs_city, "ship_postal_code": needs_postal_code, "ship_state": needs_state}
    missing = {name for name, is_needed in needed.items() if is_needed(country) and not typed[name]}
    problems = {
        "ship_name": "" if typed["ship_name"] else "Enter the name of the person who receives it.",
        "ship_country": "" if country in COUNTRIES else "Choose a country from the list.",
        "ship_line_1": "" if typed["ship_line_1"] else "Enter the street and its number.",
        "ship_city": "Enter the town or city." if "ship_city" in missing else "",
        "ship_postal_code": "Enter the postal code." if "ship_postal_code" in missing else "",
        "ship_state": "Enter the state or province." if "ship_state" in missing else "",
    }
    problems |= {name: "Enter a shorter text." for name, text in typed.items() if len(text) > _MAX_LENGTHS.get(name, _MAX_LINE)}
    errors = {name: problem for name, problem in problems.items() if problem}
    if errors:
        raise TypedFieldsError(errors)
    address = {FIELDS[name]: text for name, text in typed.items() if text and name in FIELDS}
    return {"name": {"full_name": typed["ship_name"]}, "address": address}
