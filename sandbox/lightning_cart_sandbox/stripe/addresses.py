"""The delivery and the billing address that a buyer types on the payment page."""

import re
from collections.abc import Mapping, Sequence

from lightning_cart_sandbox.stripe.countries import needs_city, needs_state, postal_code_problem
from lightning_cart_sandbox.types import Json

PARTS = ("line1", "line2", "city", "state", "postal_code", "country")
_MAX_LENGTH = 200
_MISSING = {
    "line1": "Enter the street and number.",
    "city": "Enter the city.",
    "state": "Enter the state or province.",
}


def read_address(form: Mapping[str, str], prefix: str, allowed: Sequence[str]) -> tuple[Json, dict[str, str]]:
    """Return an address, with `None` for parts that are empty, and what is wrong with each field.

    Args:
        form: The posted form.
        prefix: What the names of its fields begin with: `shipping` or `billing`.
        allowed: The codes of the countries that the buyer can choose.
    """
    typed = {part: form.get(f"{prefix}_{part}", "").strip() for part in PARTS}
    country = typed["country"]
    needed = {"line1": True, "city": needs_city(country), "state": needs_state(country)}
    errors = {part: _MISSING[part] for part, is_needed in needed.items() if is_needed and not typed[part]}
    errors |= {part: f"Use at most {_MAX_LENGTH} characters." for part in PARTS if len(typed[part]) > _MAX_LENGTH}
    if country not in allowed:
        errors["country"] = "Choose a country from the list."
    elif problem := postal_code_problem(typed["postal_code"], country):
        errors["postal_code"] = problem
    address = {part: typed[part] or None for part in sorted(PARTS)}
    return address, {f"{prefix}_{part}": _worded(errors[part], prefix) for part in PARTS if part in errors}


def _worded(problem: str, prefix: str) -> str:
    """Return a problem as the page says it: a page with two addresses must say which one it means."""
    return problem if prefix == "shipping" else f"Billing address: {problem[0].lower()}{problem[1:]}"


def read_phone(typed: str) -> str | None:
    """Return a phone number as Stripe stores it, such as `+4930123456`, or `None` if it is none."""
    number = re.sub(r"[\s()./\-]", "", typed)
    number = re.sub(r"^00", "+", number)
    return number if re.fullmatch(r"\+[1-9][0-9]{6,14}", number) else None


def has_states(codes: Sequence[str]) -> bool:
    """Return whether addresses in one of the countries have a state or a province."""
    return any(needs_state(code) for code in codes)
