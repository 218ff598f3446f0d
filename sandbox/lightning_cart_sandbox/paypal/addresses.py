"""Postal addresses: the countries that PayPal knows, and what an address in some of them needs (PayPal: country codes)."""

from lightning_cart_sandbox.country_names import COUNTRY_NAMES
from lightning_cart_sandbox.paypal.errors import problem
from lightning_cart_sandbox.types import Json

_COUNTRIES = """
AD AE AG AI AL AM AO AR AT AU AW AZ BA BB BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ C2 CA CD CG CH CI CK CL CM CN CO CR CV CY
CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GI GL GM GN GP GR GT GW GY HK HN HR HU ID IE IL IN IS IT
JM JO JP KE KG KH KI KM KN KR KW KY KZ LA LC LI LK LS LT LU LV MA MC MD ME MG MH MK ML MN MQ MR MS MT MU MV MW MX MY MZ NA NC NE
NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PL PM PN PT PW PY QA RE RO RS RU RW SA SB SC SE SG SH SI SJ SK SL SM SN SO SR ST SV
SZ TC TD TG TH TJ TM TN TO TT TV TW TZ UA UG US UY VA VC VE VG VN VU WF WS YE YT ZA ZM ZW
"""
COUNTRIES = frozenset(_COUNTRIES.split())
_WITHOUT_CITY = frozenset(("HK", "JP", "SG"))
_CODE = """
AR AT AU BR BT C2 CA CH CN DE DK EH ES FK FO FR GB GL GM IT JP KG KI KM MR MX NE NF NL NO NR NU PL PM PN SE SG SH SJ SM SR TH TK
TV US VA WF YT
"""
_NEED_CODE = frozenset(_CODE.split())
_NEED_STATE = frozenset(("AR", "BR", "C2", "CA", "CN", "IN", "IT", "JP", "MX", "TH", "US"))


def is_country(code: str) -> bool:
    """Return whether PayPal knows a country."""
    return code in COUNTRIES


def needs_city(country: str) -> bool:
    """Return whether an address in a country needs a city (PayPal: Orders v2, country and region address requirements)."""
    return country not in _WITHOUT_CITY


def needs_postal_code(country: str) -> bool:
    """Return whether an address in a country needs a postal code (PayPal: see `needs_city`)."""
    return country in _NEED_CODE


def needs_state(country: str) -> bool:
    """Return whether a delivery to a country needs a state or a province (PayPal: REST, `state` of postal addresses)."""
    return country in _NEED_STATE


def address_problems(address: Json, pointer: str, *, complete: bool = False) -> list[Json]:
    """Return what a delivery address lacks.

    Args:
        address: The address after its schema check.
        pointer: The JSON pointer of the address.
        complete: Whether it needs a street and a state, too, since the buyer cannot change it.
    """
    found, country = [], address["country_code"]
    if needs_city(country) and "admin_area_2" not in address:
        found.append(problem("CITY_REQUIRED", f"{pointer}/admin_area_2"))
    if needs_postal_code(country) and "postal_code" not in address:
        found.append(problem("POSTAL_CODE_REQUIRED", f"{pointer}/postal_code"))
    no_state = needs_state(country) and "admin_area_1" not in address
    if complete and ("address_line_1" not in address or no_state):
        found.append(problem("SHIPPING_ADDRESS_INVALID", pointer))
    return found


def address_lines(address: Json) -> list[str]:
    """Return the lines of an address for a page."""
    city = " ".join(filter(None, (address.get("postal_code"), address.get("admin_area_2"))))
    country = COUNTRY_NAMES.get(address["country_code"], address["country_code"])
    region = ", ".join(filter(None, (city, address.get("admin_area_1"), country)))
    return [line for line in (address.get("address_line_1"), address.get("address_line_2"), region) if line]
