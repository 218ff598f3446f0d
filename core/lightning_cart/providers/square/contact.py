"""Reads who bought from Square's payments and orders. Source: Square API reference, Payment, Order and Fulfillment.

A payment has what the buyer typed to pay, and the order's fulfilment has who gets the goods.
"""

from lightning_cart.domain.buyer import Address, Contact, Destination
from lightning_cart.providers.buyer_texts import (
    billing_of,
    delivery_of,
    full_name,
    get_clean,
    get_email,
    get_phone,
    make_address,
    place_of,
)
from lightning_cart.providers.untrusted_json import get, get_list

# An order that is picked up has a recipient as well, whose address is not where the goods go.
_TO_ADDRESS = ("shipment_details", "delivery_details")
_DETAILS = (*_TO_ADDRESS, "pickup_details")


def _address(address: object, name: str = "", phone: str = "") -> Address | None:
    further = ("address_line_2", "address_line_3", "sublocality")
    return make_address(
        get(address, "country"),
        name=name or full_name(get_clean(address, "first_name"), get_clean(address, "last_name")),
        line1=get_clean(address, "address_line_1"),
        line2=", ".join(filter(None, (get_clean(address, part) for part in further))),
        city=get_clean(address, "locality"),
        region=get_clean(address, "administrative_district_level_1"),
        postal_code=get_clean(address, "postal_code"),
        phone=phone,
    )


def _recipients(square_order: object, kinds: tuple[str, ...]) -> list[object]:
    """Return who gets the goods of Square's order, as far as its fulfilments say it."""
    found = [get(one, kind, "recipient") for one in get_list(square_order, "fulfillments") for kind in kinds]
    return [recipient for recipient in found if recipient is not None]


def read_payment_place(payment: object) -> Destination | None:
    """Return where the goods of a payment go, or None if it does not say."""
    return place_of(_address(get(payment, "shipping_address")))


def read_order_place(square_order: object) -> Destination | None:
    """Return where the goods of Square's order go: its fulfilment says it once the buyer has paid."""
    recipients = _recipients(square_order, _TO_ADDRESS)
    return next((place for one in recipients if (place := place_of(_address(get(one, "address"))))), None)


def read_payment_contact(payment: object) -> Contact:
    """Return who paid."""
    billing, delivery = _address(get(payment, "billing_address")), _address(get(payment, "shipping_address"))
    name = (billing.name if billing else "") or get_clean(payment, "card_details", "card", "cardholder_name")
    return Contact(
        email=get_email(payment, "buyer_email_address"),
        name=name or (delivery.name if delivery else ""),
        delivery=delivery_of(delivery),
        billing=billing_of(billing, name),
    )


def read_order_contact(square_order: object) -> Contact:
    """Return who gets the goods of Square's order."""
    contact = Contact()
    for recipient in _recipients(square_order, _DETAILS):
        contact = contact.completed_by(
            Contact(
                email=get_email(recipient, "email_address"),
                name=get_clean(recipient, "display_name"),
                phone=get_phone(recipient, "phone_number"),
            )
        )
    for recipient in _recipients(square_order, _TO_ADDRESS):
        name, phone = get_clean(recipient, "display_name"), get_phone(recipient, "phone_number")
        contact = contact.completed_by(Contact(delivery=delivery_of(_address(get(recipient, "address"), name, phone))))
    return contact
