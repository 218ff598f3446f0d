"""The countries that Stripe delivers to, with their names in English, and what an address needs there.

Some are missing: Stripe does not accept them for delivery (Stripe: create a Checkout Session, shipping_address_collection).
"""

import re

from lightning_cart_sandbox.country_names import COUNTRY_NAMES

_REFUSED = "AS CX CC CU HM IR KP MH FM NF MP PW SY UM VI"
COUNTRIES: dict[str, str] = {code: name for code, name in COUNTRY_NAMES.items() if code not in _REFUSED.split()}
"""Names by ISO code."""

_NO_POSTAL_CODE = (
    "AC AE AG AI AO AW BF BI BJ BO BS BW BZ CD CF CG CI CK CM CW DJ DM ER FJ GA GD GH GM GN GQ GY HK JM KI KM KN LC LY ML MO "
    "MR MS MW NR NU PA QA RW SB SC SL SR ST SX TD TG TK TL TO TT TV UG VU WS YE ZW ZZ"
)
_WITHOUT_POSTAL_CODE = frozenset(_NO_POSTAL_CODE.split())
_WITHOUT_CITY = frozenset(("GI", "MC", "SG", "VA"))
_WITH_STATE = frozenset(("AU", "BR", "CA", "IN", "JP", "MX", "US"))
_FORMATS = {
    **dict.fromkeys(("DE", "ES", "FI", "FR", "IT", "MC", "MX"), (r"[0-9]{5}", "10115")),
    **dict.fromkeys(("AT", "AU", "BE", "CH", "DK", "HU", "LI", "LU", "NO", "NZ", "SI"), (r"[0-9]{4}", "1010")),
    **dict.fromkeys(("CZ", "GR", "SE", "SK"), (r"[0-9]{3} ?[0-9]{2}", "110 00")),
    "BR": (r"[0-9]{5}-?[0-9]{3}", "01310-100"),
    "CA": (r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]", "K1A 0B1"),
    "GB": (r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", "SW1A 1AA"),
    "IN": (r"[0-9]{6}", "110001"),
    "JP": (r"[0-9]{3}-?[0-9]{4}", "100-0001"),
    "NL": (r"[0-9]{4} ?[A-Z]{2}", "1012 AB"),
    "PL": (r"[0-9]{2}-[0-9]{3}", "00-001"),
    "PT": (r"[0-9]{4}-[0-9]{3}", "1000-001"),
    "US": (r"[0-9]{5}(-[0-9]{4})?", "94103"),
}


def needs_city(country: str) -> bool:
    """Return whether an address in a country has a city."""
    return country not in _WITHOUT_CITY


def needs_state(country: str) -> bool:
    """Return whether an address in a country has a state or a province."""
    return country in _WITH_STATE


def postal_code_problem(text: str, country: str) -> str:
    """Return what is wrong with a postal code, or "". Only the formats of some countries are known."""
    pattern, example = _FORMATS.get(country, (r".{1,20}", ""))
    if not text:
        return "" if country in _WITHOUT_POSTAL_CODE else "Enter the postal code."
    if re.fullmatch(pattern, text.upper()):
        return ""
    return f"Enter a valid postal code{f', such as {example}' if example else ''}."
