"""Says what is wrong with countries, regions and postal codes of the catalogue files. The Worker does not import this module.

Each function returns the end of a sentence whose subject is the key, or "".
"""

import re
from collections.abc import Collection

from lightning_cart.domain.countries import COUNTRIES, GROUPS, REGIONS
from lightning_cart.domain.country_names import CODE_OF
from lightning_cart.domain.shipping import EVERYWHERE
from lightning_cart.spelling import closest

_REGION = re.compile(r"([A-Z]{2})-([A-Z0-9]{1,3})")
_POSTAL_CODE = re.compile(r"[A-Z0-9]{1,12}\*?")
_RANGE = re.compile(r"([A-Z0-9]{2,12})-([A-Z0-9]{2,12})")
_CODE = "must be an ISO 3166-1 code of two capitals, such as ES"


def _meant(value: object, known: Collection[str]) -> str:
    """Return the code that was probably meant by a name, by lower case or by a slip; or ""."""
    if not isinstance(value, str):
        return ""
    text = value.strip()
    names = {name for name, code in CODE_OF.items() if code in known}
    code = text.upper() if text.upper() in known else CODE_OF.get(text.casefold(), "")
    return code or CODE_OF.get(closest(text.casefold(), sorted(names)) if len(text) > len("ISO") else "", "")


def country_fault(value: object) -> str:
    """Return what is wrong with the code of one country."""
    if isinstance(value, str) and value in COUNTRIES:
        return ""
    if value in GROUPS:
        return f"{_CODE}: {value} is a group, so write each of its countries: {', '.join(GROUPS[str(value)])}"
    meant = _meant(value, COUNTRIES)
    return f'{_CODE}: write "{meant}"' if meant else _CODE


def countries_fault(value: object) -> str:
    """Return what is wrong with a part of a list of countries: a code, or the name of a group."""
    if isinstance(value, str) and (value in COUNTRIES or value in GROUPS):
        return ""
    reason = f"{_CODE}, or the group {' or '.join(GROUPS)}"
    meant = _meant(value, {*GROUPS, *COUNTRIES})
    return f'{reason}: write "{meant}"' if meant else reason


def zone_countries_fault(value: object) -> str:
    """Return what is wrong with a part of a zone's list of countries, which can also be `*`."""
    return "" if value == EVERYWHERE else countries_fault(value)


def region_fault(value: object, countries: Collection[str]) -> str:
    """Return what is wrong with the code of a region.

    Args:
        value: Any value.
        countries: The countries of which it has to be a part: codes or `*`; empty for any.
    """
    found = _REGION.fullmatch(value.strip().upper()) if isinstance(value, str) else None
    reason = "must be an ISO 3166-2 code, which begins with its country, such as US-NY"
    if found is None:
        codes = [country for country in countries if country in COUNTRIES]
        whole = f"{codes[0]}-{value.strip().upper()}" if len(codes) == 1 and isinstance(value, str) else ""
        return f'{reason}: write "{whole}"' if _REGION.fullmatch(whole) else reason
    country, region = found.groups()
    if reason := country_fault(country):
        return f"begins with {country}, which {reason}"
    if found[0] != value:
        return f'is written in capitals and without blanks: write "{found[0]}"'
    if countries and country not in countries and EVERYWHERE not in countries:
        return f'is in {country}, which is not one of the countries here: add "{country}" to them, or remove this'
    known = REGIONS.get(country)
    if known is None or region in known:
        return ""
    near = closest(region, known) if country != "ES" else ""  # there it is no slip, but the code of a community
    return f"is no region of {country}" + (
        f": did you mean {country}-{near}?" if near else f": its regions are {', '.join(known)}"
    )


def postal_code_fault(value: object) -> str:
    """Return what is wrong with a postal code, the start of one, or a range."""
    reason = "must be a postal code (35001), the start of some (35*) or a range (35000-35999)"
    if not isinstance(value, str):
        return f'{reason}: write "{value}"' if type(value) is int else reason
    if _POSTAL_CODE.fullmatch(value):
        return ""
    meant = re.sub(r"\s", "", value).upper()
    if found := _RANGE.fullmatch(meant):
        first, last = found.groups()
        if len(first) != len(last):
            return f"{reason}: both ends of a range have as many characters, and a single code is written without its hyphen"
        if last < first:
            return f'is a range whose ends are reversed: write "{last}-{first}"'
    if meant == value and found:
        return ""
    return f'{reason}: write "{meant}"' if found or _POSTAL_CODE.fullmatch(meant) else reason
