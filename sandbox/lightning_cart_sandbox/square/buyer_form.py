"""What a buyer enters on the payment page, and what is wrong with it.

Only fields that the page shows are read: no tip if the link does not ask for one, and no delivery address either.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from lightning_cart_sandbox.money import display, parse_decimal
from lightning_cart_sandbox.schema import is_email
from lightning_cart_sandbox.square.cards import GIFT_CARD, read_card
from lightning_cart_sandbox.square.countries import DELIVERABLE
from lightning_cart_sandbox.square.customers import split_name
from lightning_cart_sandbox.square.field_types import MAX_EMAIL, PHONE_FORMAT
from lightning_cart_sandbox.square.new_payment import Share
from lightning_cart_sandbox.square.orders import MAXIMUM
from lightning_cart_sandbox.types import Json

_MAX_TEXT = 255


class _AddressField(NamedTuple):
    """A field of the delivery address: its name on the page and at Square, and the message if it is empty."""

    name: str
    key: str
    missing: str = ""


_COUNTRY = _AddressField("ship_country", "country", "Choose a country from the list.")
_ADDRESS_FIELDS = (
    _COUNTRY,
    _AddressField("ship_line_1", "address_line_1", "Enter the street and its number."),
    _AddressField("ship_line_2", "address_line_2"),
    _AddressField("ship_city", "locality", "Enter the town or city."),
    _AddressField("ship_state", "administrative_district_level_1"),
    _AddressField("ship_postal_code", "postal_code", "Enter the postal code of the address."),
)
_WITH_STATE = frozenset(("AU", "CA", "US"))
_ADDRESS_NAMES = ("phone", "ship_name", *(one.name for one in _ADDRESS_FIELDS))
KEPT_FIELDS = ("email", "name", "postal_code", "tip", "gift_card", *_ADDRESS_NAMES, "custom_0", "custom_1")
"""Fields that are shown again after an error; never the card number or the security code."""


@dataclass
class BuyerForm:
    """The result of the check of a form.

    Attributes:
        shares: What each card pays; empty if there are errors.
        buyer: The buyer's `email`, `name`, `postal_code`, and, if asked for, `phone`, `recipient`, `address` and `answers`.
        errors: The message for the buyer, by field name.
    """

    shares: list[Share] = field(default_factory=list)
    buyer: Json = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


class PageOptions(NamedTuple):
    """What a link's page shows beside the card form.

    Attributes:
        tips: Whether the buyer can add a tip.
        address: Whether it asks for a delivery address.
        coupons: Whether it accepts coupons.
        custom_fields: The titles of the seller's own fields.
    """

    tips: bool
    address: bool
    coupons: bool
    custom_fields: list[str]


def page_options(link: Json, *, offers_tips: bool) -> PageOptions:
    """Return what a link's page shows.

    Args:
        link: The link.
        offers_tips: Whether the seller's account offers tips for a link that does not say so.
    """
    options = link["checkout_options"] or {}
    return PageOptions(
        tips=options.get("allow_tipping", offers_tips),
        address=options.get("ask_for_shipping_address", False),
        coupons=options.get("enable_coupon", False),
        custom_fields=[one["title"] for one in options.get("custom_fields", [])],
    )


def read_buyer_form(shown: PageOptions, order: Json, form: dict[str, str], now: int) -> BuyerForm:
    """Check the form of a payment page.

    Args:
        shown: What the page shows.
        order: The link's order.
        form: The fields.
        now: Unix seconds.
    """
    given = {name: form.get(name, "").strip() for name in KEPT_FIELDS}
    typed = read_card(form.get("card_number", ""), form.get("expiry", ""), form.get("cvc", ""), given["postal_code"], now)
    total, currency = order["total_money"]["amount"], order["total_money"]["currency"]
    tip = parse_decimal(given["tip"] or "0", currency) if shown.tips else 0
    gift = parse_decimal(given["gift_card"] or "0", currency)
    problems = {  # in the page's order
        "email": "" if is_email(given["email"], MAX_EMAIL) else "Enter your email address, such as ada@example.com.",
        **(_address_problems(given) if shown.address else {}),
        **{f"custom_{n}": _answer_problem(given[f"custom_{n}"]) for n in range(len(shown.custom_fields))},
        **typed.errors,
        "name": "" if given["name"] else "Enter your name.",
        "tip": "Enter the tip as an amount, such as 2.00." if tip is None or tip > MAXIMUM else "",
        "gift_card": "" if gift is not None and gift < total else _gift_problem(total, currency),
    }
    errors = {name: problem for name, problem in problems.items() if problem}
    if typed.card is None or tip is None or gift is None or errors:
        return BuyerForm(errors=errors)
    shares = [Share(typed.card, total - gift, tip)]
    if gift:
        shares.insert(0, Share(GIFT_CARD, gift))
    buyer: Json = {name: given[name] for name in ("email", "name", "postal_code")}
    if shown.address:
        buyer |= {"phone": _digits(given["phone"]), "recipient": given["ship_name"], "address": _address(given)}
    buyer["answers"] = {title: given[f"custom_{n}"] for n, title in enumerate(shown.custom_fields)}
    return BuyerForm(shares, buyer)


def _gift_problem(total: int, currency: str) -> str:
    return f"Enter a part of {display(total, currency)}. The card has to pay the rest."


def _answer_problem(text: str) -> str:
    return "Enter a shorter text." if len(text) > _MAX_TEXT else ""


def _address_problems(given: dict[str, str]) -> dict[str, str]:
    phone = PHONE_FORMAT.fullmatch(_digits(given["phone"]))
    country = given["ship_country"].upper()
    no_state = country in _WITH_STATE and not given["ship_state"]
    return {
        "ship_name": _answer_problem(given["ship_name"])
        if given["ship_name"]
        else "Enter the name of the person who receives it.",
        "phone": "" if phone else "Enter your phone number with its country code, such as +1 415 555 0123.",
        **{one.name: one.missing if not given[one.name] else _answer_problem(given[one.name]) for one in _ADDRESS_FIELDS},
        **({} if country in DELIVERABLE else {"ship_country": _COUNTRY.missing}),
        **({"ship_state": "Enter the state or province."} if no_state else {}),
        **({} if len(given["ship_postal_code"]) <= 12 else {"ship_postal_code": "The postal code is too long."}),
    }


def _address(given: dict[str, str]) -> Json:
    first_name, last_name = split_name(given["ship_name"])
    parts = {one.key: given[one.name] for one in _ADDRESS_FIELDS}
    parts |= {"country": parts["country"].upper(), "first_name": first_name, "last_name": last_name}
    return {key: text for key, text in parts.items() if text}


def _digits(phone: str) -> str:
    return re.sub(r"[ ()./-]", "", phone)


def prefilled(link: Json) -> dict[str, str]:
    """Return the values that the seller gave for the page's fields."""
    data = link["pre_populated_data"] or {}
    address = data.get("buyer_address", {})
    name = " ".join(filter(None, (address.get("first_name"), address.get("last_name"))))
    return {
        "email": data.get("buyer_email", ""),
        "phone": data.get("buyer_phone_number", ""),
        "postal_code": address.get("postal_code", ""),
        "name": name,
        "ship_name": name,
        **{one.name: address.get(one.key, "") for one in _ADDRESS_FIELDS},
    }
