"""Reads who bought from PayPal's order. Source: PayPal REST API reference, Orders v2, `payer`, `payment_source`, `shipping`.

The `tax_info` of a payer is the personal number of Brazil's tax office, which nobody asks for, so it is not read.
"""

from lightning_cart.domain.buyer import Address, Contact
from lightning_cart.providers.buyer_texts import (
    billing_of,
    delivery_of,
    full_name,
    get_clean,
    get_email,
    get_phone,
    make_address,
)
from lightning_cart.providers.untrusted_json import get

_CHINA = "C2"  # PayPal's code of China for what is sent there from abroad


def _phone(value: object) -> str:
    """Return the number of a `phone`, as its country writes it if the country code is missing."""
    code, number = get_phone(value, "country_code"), get_phone(value, "national_number")
    return f"+{code}{number}" if code.isdecimal() and number else number


def _name(value: object) -> str:
    return get_clean(value, "full_name") or full_name(get_clean(value, "given_name"), get_clean(value, "surname"))


def _address(address: object, name: str = "", phone: str = "") -> Address | None:
    country, further = get(address, "country_code"), ("address_line_2", "address_line_3", "admin_area_4", "admin_area_3")
    return make_address(
        "CN" if country == _CHINA else country,
        name=name,
        line1=get_clean(address, "address_line_1"),
        line2=", ".join(filter(None, (get_clean(address, part) for part in further))),
        city=get_clean(address, "admin_area_2"),
        region=get_clean(address, "admin_area_1"),
        postal_code=get_clean(address, "postal_code"),
        phone=phone,
    )


def read_order_address(document: object) -> Address | None:
    """Return the address to which the goods of PayPal's order go, or None if all of it is empty."""
    shipping = get(document, "purchase_units", 0, "shipping")
    return _address(get(shipping, "address"), _name(get(shipping, "name")), _phone(get(shipping, "phone_number")))


def read_order_contact(document: object) -> Contact:
    """Return who has approved PayPal's order, and who gets its goods."""
    payer, wallet = get(document, "payer"), get(document, "payment_source", "paypal")
    delivery = read_order_address(document)
    name = _name(get(payer, "name")) or _name(get(wallet, "name"))
    phones = (_phone(get(payer, "phone", "phone_number")), _phone(get(wallet, "phone_number")))
    emails = (
        get_email(payer, "email_address"),
        get_email(wallet, "email_address"),
        get_email(document, "purchase_units", 0, "shipping", "email_address"),
    )
    return Contact(
        email=next(filter(None, emails), ""),
        name=name or (delivery.name if delivery else ""),
        phone=next(filter(None, phones), delivery.phone if delivery else ""),
        delivery=delivery_of(delivery),
        billing=billing_of(_address(get(payer, "address")) or _address(get(wallet, "address")), name),
    )
