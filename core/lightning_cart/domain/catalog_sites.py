"""Reads `config/sites.toml`. The Worker does not import this module."""

import re
from collections.abc import Callable, Collection

from lightning_cart.domain.catalog import Site
from lightning_cart.domain.catalog_faults import (
    descriptor_fault,
    fulfilment_url_fault,
    origin_fault,
    page_fault,
    switch_fault,
)
from lightning_cart.domain.catalog_places import countries_fault, country_fault
from lightning_cart.domain.catalog_products import MAX_NAME
from lightning_cart.domain.catalog_tables import Table, one_of
from lightning_cart.domain.countries import expand_groups
from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.shipping import EVERYWHERE
from lightning_cart.domain.text import text_fault
from lightning_cart.spelling import closest

SITES = "sites.toml"
MAX_ADDRESS_LINES = 6
MAX_ADDRESS_LINE = 100  # characters
_VAT_ID = re.compile(r"[A-Z0-9]{4,20}", re.ASCII)
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(?:/[A-Za-z0-9_+-]+)*")
type Timezones = Callable[[], Collection[str]]


def _timezone_fault(value: object, timezones: Timezones) -> str:
    reason = "must be an IANA name such as Europe/Madrid"
    if not isinstance(value, str) or not _ZONE.fullmatch(value):
        return reason
    known = timezones()
    if not known or value in known:
        return ""
    cities = {name.rpartition("/")[2].casefold(): name for name in sorted(known)}
    near = cities.get(value.casefold().replace(" ", "_")) or closest(value, sorted(known))
    return f"{reason}: did you mean {near}?" if near else reason


def _countries_fault(value: object) -> str:
    return "means all countries, as does no countries: remove the line" if value == EVERYWHERE else countries_fault(value)


def _address_lines(value: object) -> list[object]:
    """Return the lines of an address, which is a list of them or one text with line breaks."""
    return list(value.strip().splitlines()) if isinstance(value, str) else value if isinstance(value, list) else []


def _address_fault(value: object) -> str:
    lines, example = _address_lines(value), 'such as ["Calle Mayor 1", "28013 Madrid", "Spain"]'
    if not lines:
        return f"must be the lines of a postal address, {example}"
    if len(lines) > MAX_ADDRESS_LINES:
        return f"has {len(lines)} lines: at most {MAX_ADDRESS_LINES} are possible"
    faults = ((number, text_fault(line, MAX_ADDRESS_LINE)) for number, line in enumerate(lines, 1))
    return next((f"its line {number} {reason}" for number, reason in faults if reason), "")


def _vat_id_fault(value: object) -> str:
    if isinstance(value, str) and _VAT_ID.fullmatch(value):
        return ""
    reason, meant = "must be 4 to 20 capitals and digits", re.sub(r"[\s./-]", "", str(value)).upper()
    return f"{reason}: write {meant}" if _VAT_ID.fullmatch(meant) else f"{reason}, such as ESB12345678"


def _email_fault(value: object) -> str:
    address = read_email(value)
    if address == value:
        return ""
    reason = "must be an e-mail address"
    return f"{reason}: write {address}" if address else f"{reason}, such as orders@shop.example"


def read_site(site_id: str, table: Table, strategies: Collection[str], timezones: Timezones) -> Site:
    """Return a site, its groups of countries as codes.

    Args:
        site_id: Its id.
        table: Its table.
        strategies: The names of the payment strategies that it may offer.
        timezones: Returns the names of all time zones, or nothing if they are not known here.
    """
    strategy = one_of(strategies, f"must be one of: {', '.join(strategies)}")
    page = 'write an https URL, or a path on the engine\'s own origin, such as "/success.html"'
    default = table.read("default_strategy", "", strategy, required=f"write one of: {', '.join(strategies)}")
    contact = {key: table.read(key, False, switch_fault) for key in ("contact", "fulfilment_email")}
    site = Site(
        id=site_id,
        name=table.read_text("name", MAX_NAME, required='write the shop\'s name, such as name = "Shop"'),
        success_page=table.read("success_page", "", page_fault, required=page),
        cancel_page=table.read("cancel_page", "", page_fault, required=page),
        strategies=tuple(dict.fromkeys((default, *table.read_strings("strategies", strategy)))),
        origins=table.read_strings("origins", origin_fault),
        statement_descriptor_suffix=table.read("statement_descriptor_suffix", "", descriptor_fault),
        fulfilment_url=table.read("fulfilment_url", "", fulfilment_url_fault),
        contact=any(contact.values()),
        countries=expand_groups(table.read_strings("countries", _countries_fault)),
        home_country=table.read("home_country", "", country_fault),
        timezone=table.read("timezone", "", lambda value: _timezone_fault(value, timezones)),
        terms_page=table.read("terms_page", "", page_fault),
        privacy_page=table.read("privacy_page", "", page_fault),
        address="\n".join(str(line).strip() for line in _address_lines(table.read("address", "", _address_fault))),
        vat_id=table.read("vat_id", "", _vat_id_fault),
        email=table.read("email", "", _email_fault),
        ask_vat_id=table.read("ask_vat_id", False, switch_fault),
    )
    if not site.fulfilment_url:
        for key in (key for key, is_on in contact.items() if is_on):
            table.add_mistake(key, reason="has no effect without a valid fulfilment_url: add one, or remove this")
    if site.home_country and not site.serves(site.home_country):
        reason = f'is not one of the countries that the site serves: add "{site.home_country}" to countries'
        table.add_mistake("home_country", reason=reason)
    table.finish()
    return site
