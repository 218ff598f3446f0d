"""Reads who bought from a Checkout Session. Source: Stripe API reference, Checkout Sessions.

`customer_details` has what the buyer typed, with the billing address. `collected_information` has where the goods go.
"""

from collections.abc import Iterator

from lightning_cart.domain.buyer import Address, Contact, Destination
from lightning_cart.providers.buyer_texts import (
    billing_of,
    delivery_of,
    get_clean,
    get_email,
    get_phone,
    get_vat_id,
    make_address,
    place_of,
)
from lightning_cart.providers.untrusted_json import get, get_list

# Since 2025-03-31 the first, since 2022-08-01 the second, and the third before; webhooks have the endpoint's version.
_SHIPPING = (("collected_information", "shipping_details"), ("shipping_details",), ("shipping",))


def _address(address: object, name: str, phone: str = "") -> Address | None:
    return make_address(
        get(address, "country"),
        name=name,
        line1=get_clean(address, "line1"),
        line2=get_clean(address, "line2"),
        city=get_clean(address, "city"),
        region=get_clean(address, "state"),
        postal_code=get_clean(address, "postal_code"),
        phone=phone,
    )


def _shipping(session: object) -> Iterator[Address]:
    """Yield where the goods go, as each version of the API says it."""
    for path in _SHIPPING:
        if owner := get(session, *path):
            address = _address(get(owner, "address"), get_clean(owner, "name"), get_phone(owner, "phone"))
            if address is not None:
                yield address


def read_session_place(session: object) -> Destination | None:
    """Return where a session's goods go, or None if it does not say."""
    return next((place for address in _shipping(session) if (place := place_of(address))), None)


def read_session_contact(session: object) -> Contact:
    """Return who paid a session. A business is billed by its name."""
    details, collected = get(session, "customer_details"), get(session, "collected_information")
    name = get_clean(details, "name") or get_clean(details, "individual_name")
    business = get_clean(details, "business_name") or get_clean(collected, "business_name")
    delivery = next((address for address in _shipping(session) if delivery_of(address)), None)
    return Contact(
        email=get_email(details, "email") or get_email(session, "customer_email"),
        name=name,
        phone=get_phone(details, "phone") or (delivery.phone if delivery else ""),
        vat_id=next(filter(None, (get_vat_id(one, "value") for one in get_list(details, "tax_ids"))), ""),
        delivery=delivery,
        billing=billing_of(_address(get(details, "address"), business), name),
    )
