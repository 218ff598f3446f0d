"""Reads who bought from a provider's JSON: texts, names and addresses, as the strategies share it.

Nothing here raises. What cannot be read counts as absent, and a text that is longer than storage keeps is cut.
"""

import re

from lightning_cart.characters import BIDI, CONTROL, has_visible
from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.email_address import MAX_EMAIL, read_email
from lightning_cart.domain.typed import trim
from lightning_cart.providers.untrusted_json import get, read_place

_MAX_TEXT = 300  # characters of a name or a part of an address, the most that any provider takes
_MAX_PHONE = 40
_MAX_VAT_ID = 40
# Each part of an address at most as long as a cart may have it.
_MAX_LENGTHS = {"name": 255, "city": 120, "phone": _MAX_PHONE}
_MAX_POSTAL_CODE = 60
# Names in these scripts are written with the family name first: kana, Han and hangul.
_FAMILY_FIRST = r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"
_HIDDEN = rf"[{CONTROL}{BIDI}]"
_COUNTRY = r"[A-Z]{2}"


def get_clean(value: object, *path: str | int, max_length: int = _MAX_TEXT) -> str:
    """Return the text at a path on one line, cut to a length, or "" if there is none.

    Line breaks become blanks. Control characters, what reorders text, and blanks at the ends are left out.

    Args:
        value: Any JSON value.
        path: Keys and indices.
        max_length: In characters.
    """
    found = get(value, *path)
    if not isinstance(found, str) or not found:
        return ""
    text = found[: 4 * max_length]
    if not text.isprintable():
        text = re.sub(_HIDDEN, " ", text)
    text = " ".join(text.split())[:max_length].rstrip()
    return text if has_visible(text) else ""


def get_email(value: object, *path: str | int) -> str:
    """Return the e-mail address at a path in the form in which carts have it, or as it is if it has no such form.

    One that is too long is left out: a part of it would be somebody else's.
    """
    found = get(value, *path)
    known = read_email(found)
    if known is not None:
        return known
    text = get_clean(found, max_length=MAX_EMAIL + 1)
    return text if "@" in text and " " not in text and len(text) <= MAX_EMAIL else ""


def get_phone(value: object, *path: str | int) -> str:
    """Return the phone number at a path as the provider writes it, or ""."""
    return get_clean(value, *path, max_length=_MAX_PHONE)


def get_vat_id(value: object, *path: str | int) -> str:
    """Return the tax id at a path as the provider writes it, or ""."""
    return get_clean(value, *path, max_length=_MAX_VAT_ID)


def full_name(given: str, family: str) -> str:
    """Return a name in the order in which its script writes it."""
    parts = (family, given) if re.search(_FAMILY_FIRST, f"{given}{family}") else (given, family)
    return " ".join(filter(None, parts))


def make_address(country: object, **parts: str) -> Address | None:
    """Return an address, or None if all of it is empty.

    Args:
        country: The code of the country in any case. What is no code of two letters counts as absent.
        parts: The other parts of `Address`, as `get_clean` returns them.
    """
    code = trim(country).upper() if isinstance(country, str) else ""
    kept = {name: text[: _MAX_LENGTHS.get(name, _MAX_TEXT)].rstrip() for name, text in parts.items()}
    if len(kept.get("postal_code", "")) > _MAX_POSTAL_CODE:  # a part of it would be the code of another place
        kept["postal_code"] = ""
    address = Address(country=code if re.fullmatch(_COUNTRY, code, re.ASCII) else "", **kept)
    return address if any(address) else None


def delivery_of(address: Address | None) -> Address | None:
    """Return an address if it says where in a country goods go, else None: it must not replace the one of the cart."""
    return address if address and (address.line1 or address.line2 or address.city or address.postal_code) else None


def billing_of(address: Address | None, name: str) -> Address | None:
    """Return a billing address with the name of who is billed, or None if it is empty."""
    return address._replace(name=address.name or name) if address else None


def place_of(address: Address | None) -> Destination | None:
    """Return the place of an address as it is compared, or None if it has no country."""
    return read_place(address.country, address.region, address.postal_code) if address else None
