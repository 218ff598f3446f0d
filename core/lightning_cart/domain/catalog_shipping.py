"""Reads `config/shipping.toml`. The Worker does not import this module."""

from collections.abc import Callable, Collection, Mapping
from typing import cast

from lightning_cart.domain.catalog_amounts import read_amounts
from lightning_cart.domain.catalog_faults import number_fault, switch_fault
from lightning_cart.domain.catalog_places import postal_code_fault, region_fault, zone_countries_fault
from lightning_cart.domain.catalog_tables import Table, one_of
from lightning_cart.domain.catalog_variants import weight_fault
from lightning_cart.domain.countries import expand_groups
from lightning_cart.domain.money import Money
from lightning_cart.domain.shipping import EVERYWHERE, Method, Zone

SHIPPING = "shipping.toml"
MAX_POSTAL_CODES = 1000  # of one zone
MAX_METHOD_NAME = 60  # characters; a provider's line or rate has this name
MAX_DAYS = 365
_COUNTRIES = 'write the codes of its countries, such as countries = ["ES"]'
_DAYS = "must be the fewest and the most working days, such as days = [2, 4]"


def _read_postal_codes(table: Table, countries: Collection[str]) -> tuple[str, ...]:
    codes = table.read_strings("postal_codes", postal_code_fault)
    if codes and (len(countries) > 1 or EVERYWHERE in countries):
        reason = "mean something else in each country: write one zone for each country that has some"
        table.add_mistake("postal_codes", reason=reason)
    if len(codes) > MAX_POSTAL_CODES:
        reason = f"has {len(codes)} entries: at most {MAX_POSTAL_CODES} are possible; write the start of codes (35*) or a range"
        table.add_mistake("postal_codes", reason=reason)
    return codes


def read_zone(zone_id: str, table: Table) -> Zone:
    """Return a zone, its groups of countries as codes.

    Args:
        zone_id: Its id.
        table: Its table.
    """
    named = table.read_strings("countries", zone_countries_fault, required=_COUNTRIES)
    countries = expand_groups(named)
    if EVERYWHERE in countries and len(countries) > 1:
        table.add_mistake("countries", reason=f'has "{EVERYWHERE}", which is everywhere, and others: write only one of both')
    zone = Zone(
        id=zone_id,
        countries=countries,
        regions=table.read_strings("regions", lambda value: region_fault(value, countries)),
        postal_codes=_read_postal_codes(table, countries),
    )
    table.finish()
    return zone


def _days_fault(value: object) -> str:
    if not isinstance(value, list) or len(value) != 2:
        return f"must have two numbers: write days = [{value}, {value}]" if type(value) is int else _DAYS
    if any(number_fault(one, 0, MAX_DAYS) for one in value):
        return f"{_DAYS}, each a whole number from 0 to {MAX_DAYS}"
    first, last = value
    return "" if first <= last else f"are reversed: write days = [{last}, {first}]"


def _read_zones(table: Table, zones: Collection[str], *, pick_up: bool) -> tuple[str, ...]:
    is_given = table.peek("zones") is not None
    if pick_up and is_given:
        table.take("zones")
        table.add_mistake("zones", reason="have no meaning for a pick-up, which needs no address: remove them", at_key=True)
        return ()
    fault = one_of(zones, "must be the id of a zone in this file")
    needed = "" if pick_up else 'write where it is offered, such as zones = ["ID"], or pick_up = true'
    return table.read_strings("zones", fault, required=needed)


def _check_bounds(table: Table, method: Method) -> None:
    """Add a mistake for bounds between which there is nothing."""
    if method.min_weight is not None and method.max_weight is not None and method.min_weight > method.max_weight:
        table.add_mistake(
            "min_weight", reason=f"is more than max_weight, so that no parcel fits: write at most {method.max_weight}"
        )
    for currency, least in method.min_sum.items():
        most = method.max_sum.get(currency)
        if most is not None and most < least:
            table.add_mistake(
                "min_sum", currency, reason=f"is more than max_sum, so that no cart fits: write at most {most.decimal}"
            )


def _given_currencies(table: Table) -> Collection[str] | None:
    given = table.peek("prices")
    return list(cast("Mapping[str, object]", given)) if isinstance(given, dict) and given else None


def read_method(method_id: str, table: Table, zones: Collection[str], site: Callable[[object], str]) -> Method:
    """Return a method.

    Args:
        method_id: Its id.
        table: Its table.
        zones: The ids of all zones.
        site: Returns what is wrong with the id of a site, or "".
    """
    priced = _given_currencies(table)
    pick_up = table.read("pick_up", False, switch_fault)
    days: list[int] | None = table.read("days", None, _days_fault)

    def read_sums(key: str) -> Mapping[str, Money]:
        return read_amounts(table, key, priced=priced)

    method = Method(
        id=method_id,
        name=table.read_text("name", MAX_METHOD_NAME, required='write what the buyer reads, such as name = "Standard post"'),
        prices=read_amounts(table, "prices", needed=True, may_be_zero=True),
        zones=_read_zones(table, zones, pick_up=pick_up),
        free_from=read_sums("free_from"),
        min_weight=table.read("min_weight", None, weight_fault),
        max_weight=table.read("max_weight", None, weight_fault),
        min_sum=read_sums("min_sum"),
        max_sum=read_sums("max_sum"),
        days=(days[0], days[1]) if days is not None else None,
        pick_up=pick_up,
        sites=table.read_strings("sites", site),
    )
    _check_bounds(table, method)
    table.finish()
    return method
