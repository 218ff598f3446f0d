"""Field types that several endpoints share (Square: common data types)."""

import re
from datetime import datetime

from lightning_cart_sandbox.schema import Fields, FieldType, Integer, Metadata, Text, is_email, is_web_url, unsupported
from lightning_cart_sandbox.square.countries import COUNTRIES

MAX_EMAIL = 256
PHONE_FORMAT = re.compile(r"\+[1-9][0-9]{6,14}")
_MAX_AMOUNT = 2**53 - 1
_NO_EFFECT: tuple[object, ...] = (False, "", [], {})
_DECIMAL = re.compile(r"[0-9]{1,3}(\.[0-9]{1,8})?")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return _INSTANT.fullmatch(text) is not None


METADATA = Metadata(max_entries=10, max_key=60, max_value=255, key_format="[A-Za-z0-9_-]+")
ID = Text(192)
URL = Text(2048, accepts=is_web_url, message=("INVALID_VALUE", "Must be an absolute http or https URL."))
EMAIL = Text(
    MAX_EMAIL,
    accepts=lambda text: is_email(text, MAX_EMAIL),
    message=("INVALID_EMAIL_ADDRESS", "Invalid email address."),
)
PHONE = Text(17, accepts=PHONE_FORMAT.fullmatch, message=("INVALID_PHONE_NUMBER", "Must be in E.164 form."))
_CURRENCY = Text(3, 3, re.compile("[A-Z]{3}").fullmatch, ("INVALID_VALUE", "Must be a currency's three capital letters."))
_COUNTRY = Text(2, 2, COUNTRIES.__contains__, ("INVALID_ENUM_VALUE", "Must be a country's two capital letters."))
MONEY = Fields({"amount": Integer(0, _MAX_AMOUNT), "currency": _CURRENCY}, required=("amount", "currency"))
INSTANT = Text(40, accepts=_is_instant, message=("INVALID_TIME", "Must be an RFC 3339 timestamp."))
PERCENTAGE = Text(
    10,
    accepts=lambda text: _DECIMAL.fullmatch(text) and float(text) <= 100,
    message=("INVALID_VALUE", "Must be a decimal number from 0 to 100, as a string."),
)


def optional(max_length: int) -> Text:
    """Return the type of a string that may be empty."""
    return Text(max_length, min_length=0)


def left_out(names: str) -> dict[str, FieldType]:
    """Return members that this sandbox does not imitate; values that make no difference are accepted."""
    return unsupported(names, _NO_EFFECT)


ADDRESS = Fields(
    {
        "address_line_1": optional(500),
        "address_line_2": optional(500),
        "address_line_3": optional(500),
        "locality": optional(300),
        "sublocality": optional(300),
        "administrative_district_level_1": optional(200),
        "administrative_district_level_2": optional(200),
        "postal_code": optional(12),
        "country": _COUNTRY,
        "first_name": optional(300),
        "last_name": optional(300),
    }
)
