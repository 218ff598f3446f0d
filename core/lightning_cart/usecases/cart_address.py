"""Reads the delivery of a cart: the address as far as it is known, and the place that the price depends on."""

import re
from typing import NamedTuple

from lightning_cart.domain.buyer import Address, Destination
from lightning_cart.domain.catalog import Catalog, Site
from lightning_cart.domain.countries import COUNTRIES, REGIONS
from lightning_cart.domain.text import clean_note, text_fault
from lightning_cart.domain.typed import is_left_out, trim
from lightning_cart.errors import InvalidField
from lightning_cart.usecases.cart_keys import DELIVERY_KEYS, name_choices, refuse_unknown
from lightning_cart.usecases.cart_options import read_object

# The smaller of PayPal's and Square's limits in characters. Sources: PayPal, Orders v2, shipping: full_name 300, lines 300,
# admin_area_2 120, admin_area_1 300, postal_code 60; Square, shipment_details: recipient.display_name 255, phone_number 17.
_MAX_LENGTHS = {"name": 255, "line1": 300, "line2": 300, "city": 120, "region": 300, "postal_code": 60}
_LABELS = {"line1": "street", "line2": "second line", "postal_code": "postal code"}
_PHONE = r"\+?[0-9]{4,15}"  # E.164 has at most 15 digits
_OFTEN_MEANT = {"UK": "GB", "EL": "GR"}
_CODE = r"[A-Z0-9]{1,3}"  # ISO 3166-2, the part after the country


def _for_buyer(key: str, advice: str) -> str:
    return f"Delivery, {_LABELS.get(key, key)}: {advice}."


def _read_text(key: str, value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # a postal code from a script
    if is_left_out(value):
        return ""
    max_length = _MAX_LENGTHS[key]
    if not isinstance(value, str):
        raise InvalidField(f"delivery.{key}", f"must be a string of at most {max_length} characters")
    text = clean_note(value).strip()
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2  # as PayPal counts: an emoji is two
    if length > max_length:
        reason = f"must be a string of at most {max_length} characters, and has {length}"
        raise InvalidField(f"delivery.{key}", reason, _for_buyer(key, f"please shorten it to {max_length} characters"))
    if fault := text_fault(text, max_length):
        raise InvalidField(f"delivery.{key}", fault, _for_buyer(key, "please type it again without special characters"))
    return text


def _read_phone(value: object) -> str:
    """Return a phone number as digits, with a plus sign before those of another country."""
    if is_left_out(value):
        return ""
    number = re.sub(r"[\s()./-]", "", trim(clean_note(value))) if isinstance(value, str) else ""
    if not re.fullmatch(_PHONE, number):
        reason = "must be a string of 4 to 15 digits, such as +34600111222"
        raise InvalidField("delivery.phone", reason, _for_buyer("phone", "please check the number, such as +34 600 111 222"))
    return number


def _read_country(value: object, site: Site) -> str:
    if is_left_out(value):
        return ""
    code = trim(value).upper() if isinstance(value, str) else ""
    if code not in COUNTRIES:
        hint = f"did you mean {_OFTEN_MEANT[code]}?" if code in _OFTEN_MEANT else "it must be a code of ISO 3166-1, such as ES"
        reason = f"is not the code of a country: {hint}"
        raise InvalidField("delivery.country", reason, _for_buyer("country", "please choose it from the list"))
    if not site.serves(code):
        served = name_choices(site.countries, "")
        reason = f"is not served by this site: it must be one of: {served}"
        for_buyer = f"This shop does not sell to this country ({code}). It sells to: {served}."
        raise InvalidField("delivery.country", reason, for_buyer)
    return code


def read_delivery(value: object, site: Site) -> tuple[Address, object]:
    """Return the address of a cart, any part of which may be empty, and the method that it names, unchecked.

    Args:
        value: The cart's `delivery`, of any type; None and "" count as left out.
        site: The site that sells.

    Raises:
        InvalidField: A part is not valid, or the site does not serve the country.
    """
    if is_left_out(value):
        return Address(), None
    given = read_object(value, "delivery", '{"country": "ES", "method": "post"}')
    refuse_unknown([key for key in given if key not in DELIVERY_KEYS], DELIVERY_KEYS, "delivery")
    texts = {key: _read_text(key, given.get(key)) for key in _MAX_LENGTHS}
    country = _read_country(given.get("country"), site)
    return Address(country=country, phone=_read_phone(given.get("phone")), **texts), given.get("method")


class Place(NamedTuple):
    """Where the price of a cart is for.

    Args:
        destination: The place, as exact as prices depend on it; the shop's own country if the buyer's is not known.
        missing: What has to be known before the cart can be ordered.
    """

    destination: Destination
    missing: tuple[InvalidField, ...] = ()


def _missing(key: str, reason: str) -> InvalidField:
    for_buyer = "Please choose your country." if key == "country" else _for_buyer(key, "please fill it in")
    return InvalidField(f"delivery.{key}", f"is missing: {reason}", for_buyer)


def _region_code(region: str, country: str) -> str:
    """Return the part of an ISO 3166-2 code after the country, or "" if it is none: a made-up state would have no rate."""
    code = region.upper().removeprefix(f"{country}-")
    return code if re.fullmatch(_CODE, code) and code in REGIONS.get(country, (code,)) else ""


def find_place(address: Address, site: Site, catalog: Catalog, *, delivers: bool, is_taxed: bool) -> Place:
    """Return the place that the price of a cart depends on.

    Args:
        address: The address, as far as the cart has it.
        site: The site that sells. If it serves one country, that is the buyer's.
        catalog: The zones and the tax rates.
        delivers: Whether goods go to an address.
        is_taxed: Whether any part of the cart is of a class that some place taxes.

    Raises:
        InvalidField: A region is needed, and is no code.
    """
    zones, taxes = catalog.shipping if delivers else None, catalog.taxes if is_taxed else None
    is_only = len(site.countries) == 1
    country = address.country or (site.countries[0] if is_only else "")
    if not country:
        home = Destination(site.home_country)
        if delivers:
            return Place(home, (_missing("country", "the delivery depends on it"),))
        is_needed = taxes is not None and taxes.depend_on_place
        return Place(home, (_missing("country", "the tax depends on it"),) if is_needed else ())
    missing, region, postal_code = [], "", ""
    if (zones is not None and zones.uses_regions(country)) or (taxes is not None and taxes.uses_regions(country)):
        region = _region_code(address.region, country)
        if not address.region:
            missing.append(_missing("region", f"prices in {country} depend on it"))
        elif not region:
            reason = f"must be the code of ISO 3166-2 after {country}-, of 1 to 3 letters or digits"
            raise InvalidField("delivery.region", reason, _for_buyer("region", "please write its code of 1 to 3 characters"))
    if zones is not None and zones.uses_postal_codes(country):
        postal_code = Destination(country, "", trim(address.postal_code)).comparable.postal_code
        if not postal_code:
            missing.append(_missing("postal_code", f"the delivery in {country} depends on it"))
    return Place(Destination(country, region, postal_code), tuple(missing))
