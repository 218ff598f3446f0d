"""Reads what a provider sent: any field of it may be absent, or of another type than its documentation says.

What cannot be read is as if it were not there; nothing here raises.
"""

import json
import re

from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.domain.order import ORDER_ID
from lightning_cart.errors import MoneyError
from lightning_cart.http import Json

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z", re.ASCII)
_ID = re.compile(r"[!-~]{1,255}", re.ASCII)


def parse_object(body: bytes) -> Json:
    """The JSON object that a body holds, or an empty one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def get(value: object, *path: str | int) -> object:
    """What stands at a path of keys and indices, or `None`."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def get_list(value: object, *path: str | int) -> list[object]:
    """The list that stands at a path, or an empty one."""
    found = get(value, *path)
    return found if isinstance(found, list) else []


def get_text(value: object, *path: str | int) -> str:
    """The text that stands at a path, or an empty one."""
    found = get(value, *path)
    return found if isinstance(found, str) else ""


def as_id(text: object) -> str:
    """The text, if it can be a provider's id: visible ASCII; else empty."""
    return text if isinstance(text, str) and _ID.fullmatch(text) else ""


def get_id(value: object, *path: str | int) -> str:
    """An id at a path, whether the object stands there expanded or not; or empty."""
    found = get(value, *path)
    return as_id(found.get("id") if isinstance(found, dict) else found)


def get_integer(value: object, *path: str | int) -> int | None:
    """The whole number that stands at a path, if every database keeps it exactly, or `None`."""
    found = get(value, *path)
    return found if type(found) is int and abs(found) <= MAX_SAFE_INTEGER else None


def as_order_id(text: object) -> str:
    """The text, if it is an order id as we make them; else empty: the provider's account may have other users."""
    return text if isinstance(text, str) and ORDER_ID.fullmatch(text) else ""


def parse_timestamp(text: object) -> int | None:
    """The Unix seconds that a time in UTC means, as RFC 3339 writes it, or `None`: fractions of a second are left out."""
    match = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    # Days since 1970 in the proleptic Gregorian calendar, whose year here begins with March.
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    days = 365 * year + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 1 - 719_468
    return 86_400 * days + 3600 * hour + 60 * minute + second


def safe_code(value: object) -> str:
    """A code or field name out of an error answer, short enough for a log; the messages may hold personal data."""
    return value[:100] if isinstance(value, str) and value.isascii() and value.isprintable() else ""


def parse_money(amounts: AmountFormat, amount: object, currency: object) -> Money | None:
    """The money that an integer and a currency code mean, or `None` where they mean none exactly."""
    if type(amount) is not int or not 0 <= amount <= MAX_SAFE_INTEGER or not isinstance(currency, str):
        return None
    try:
        money = amounts.from_provider(amount, currency)
    except MoneyError:
        return None
    return money if money.minor <= MAX_SAFE_INTEGER else None
