"""Reads JSON from a provider, where any field may be absent or of another type than documented.

Nothing here raises. What cannot be read counts as absent.
"""

import json
import re
from datetime import datetime

from lightning_cart.domain.buyer import Destination
from lightning_cart.domain.countries import REGIONS
from lightning_cart.domain.money import MAX_SAFE_INTEGER, AmountFormat, Money
from lightning_cart.domain.order import ORDER_ID
from lightning_cart.errors import MoneyError
from lightning_cart.http import Json

_TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?Z", re.ASCII)
_ID = re.compile(r"[!-~]{1,255}", re.ASCII)
_MAX_PART = 300  # characters of a part of an address, the most that any provider takes
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def parse_object(body: bytes) -> Json:
    """Return the JSON object of a body, or an empty one."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return document if isinstance(document, dict) else {}


def get(value: object, *path: str | int) -> object:
    """Return the value at a path of keys and indices, or None."""
    for step in path:
        if isinstance(step, str):
            value = value.get(step) if isinstance(value, dict) else None
        else:
            value = value[step] if isinstance(value, list) and len(value) > step else None
    return value


def get_list(value: object, *path: str | int) -> list[object]:
    """Return the list at a path, or an empty one."""
    found = get(value, *path)
    return found if isinstance(found, list) else []


def get_text(value: object, *path: str | int) -> str:
    """Return the string at a path, or an empty one; also of a string with U+0000, which PostgreSQL cannot store."""
    found = get(value, *path)
    return found if isinstance(found, str) and "\0" not in found else ""


def as_id(text: object) -> str:
    """Return the value if it can be a provider's id, which is visible ASCII, or an empty string."""
    return text if isinstance(text, str) and _ID.fullmatch(text) else ""


def get_id(value: object, *path: str | int) -> str:
    """Return the id at a path, where the object may be expanded, or an empty string."""
    found = get(value, *path)
    return as_id(found.get("id") if isinstance(found, dict) else found)


def get_integer(value: object, *path: str | int) -> int | None:
    """Return the integer at a path, or None if it is absent or too large for a database to hold exactly."""
    found = get(value, *path)
    return found if type(found) is int and abs(found) <= MAX_SAFE_INTEGER else None


def as_order_id(text: object) -> str:
    """Return the value if it has the form of our order ids, or an empty string: other applications may use the account."""
    return text if isinstance(text, str) and ORDER_ID.fullmatch(text) else ""


def parse_timestamp(text: object) -> int | None:
    """Return the Unix seconds of an RFC 3339 time in UTC without its fraction, or None."""
    match = _TIMESTAMP.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        return int(datetime.fromisoformat(f"{match[1]}Z").timestamp())
    except ValueError:
        return None


def safe_code(value: object) -> str:
    """Return a code or field name of an error response, at most 100 characters for the log, or an empty string."""
    return value[:100] if isinstance(value, str) and value.isascii() and value.isprintable() else ""


def read_place(country: object, region: object, postal_code: object) -> Destination | None:
    """Return the place of an address as it is compared, or None if the address has no country.

    A region that its country does not have is a name, or the code of another division: Madrid is the province M and in MD.
    """
    texts = (part if isinstance(part, str) and len(part) <= _MAX_PART else "" for part in (country, region, postal_code))
    place = Destination(*texts).comparable
    if place.region not in REGIONS.get(place.country, (place.region,)):
        place = place._replace(region="")
    return place if _COUNTRY.fullmatch(place.country) else None


def parse_money(amounts: AmountFormat, amount: object, currency: object) -> Money | None:
    """Return the money of an integer and a currency code, or None if they are no exact amount."""
    if type(amount) is not int or not 0 <= amount <= MAX_SAFE_INTEGER or not isinstance(currency, str):
        return None
    try:
        money = amounts.from_provider(amount, currency)
    except MoneyError:
        return None
    return money if money.minor <= MAX_SAFE_INTEGER else None
