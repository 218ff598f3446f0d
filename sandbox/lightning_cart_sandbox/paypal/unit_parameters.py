"""The parameters of a purchase unit: amount, items and delivery (PayPal: Orders v2, `purchase_unit_request`)."""

import re

from lightning_cart_sandbox.paypal.addresses import is_country
from lightning_cart_sandbox.paypal.schema import MONEY, Fields
from lightning_cart_sandbox.paypal.text import Text
from lightning_cart_sandbox.schema import Boolean, Email, FieldType, ListOf, OneOf, Url, is_web_url, unsupported

EMAIL = Email(254)
SHORT_URL = Url(2048)
_IMAGE = re.compile(r"https:[/|.\w\s-]*\.(?:jpg|gif|png|jpeg|JPG|GIF|PNG|JPEG)")


def _is_image(text: str) -> bool:
    return is_web_url(text) and _IMAGE.match(text) is not None


IMAGE_URL = Text(2048, accepts=_is_image)
QUANTITY = Text(10, accepts=re.compile("[1-9][0-9]{0,9}").fullmatch)
NAME, SKU = Text(127), Text(127)
UPC = Fields(
    {
        "type": OneOf(("UPC-A", "UPC-B", "UPC-C", "UPC-D", "UPC-E", "UPC-2", "UPC-5")),
        "code": Text(17, 6, re.compile("[0-9]{0,17}").fullmatch),
    },
    required=("type", "code"),
)
_ITEM = Fields(
    {
        "name": NAME,
        "quantity": QUANTITY,
        "unit_amount": MONEY,
        "tax": MONEY,
        "description": Text(127),
        "sku": SKU,
        "category": OneOf(("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION")),
        "url": SHORT_URL,
        "image_url": IMAGE_URL,
        "upc": UPC,
        **unsupported("billing_plan"),
    },
    required=("name", "quantity", "unit_amount"),
)
ADDRESS = Fields(
    {
        "address_line_1": Text(300),
        "address_line_2": Text(300),
        "admin_area_1": Text(300),
        "admin_area_2": Text(120),
        "postal_code": Text(60),
        "country_code": Text(2, 2, is_country, "INVALID_COUNTRY_CODE"),
    },
    required=("country_code",),
)
_OPTION = Fields(
    {
        "id": Text(127),
        "label": Text(127),
        "type": OneOf(("SHIPPING", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON"), ("PICKUP",)),
        "amount": MONEY,
        "selected": Boolean(),
    },
    required=("id", "label", "selected"),
)
_DIGITS = re.compile("[0-9]+").fullmatch
_PHONE = Fields(
    {"country_code": Text(3, 1, _DIGITS), "national_number": Text(14, 1, _DIGITS)},
    required=("country_code", "national_number"),
)
SHIPPING: dict[str, FieldType] = {
    "name": Fields({"full_name": Text(300)}),
    "email_address": EMAIL,
    "phone_number": _PHONE,
    "type": OneOf(("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON")),
    "options": ListOf(_OPTION, 10),
    "address": ADDRESS,
}
AMOUNT = Fields(
    {
        **MONEY.members,
        "breakdown": Fields(
            dict.fromkeys(
                ("item_total", "tax_total", "shipping", "handling", "insurance", "shipping_discount", "discount"), MONEY
            )
        ),
    },
    required=MONEY.required,
)
CUSTOM_ID, INVOICE_ID = Text(127), Text(127)
UNIT = Fields(
    {
        "reference_id": Text(256),
        "amount": AMOUNT,
        "description": Text(3000),  # PayPal shortens one of more than 127
        "custom_id": CUSTOM_ID,
        "invoice_id": INVOICE_ID,
        "soft_descriptor": Text(22),
        "items": ListOf(_ITEM, 1000, 1),
        "shipping": Fields(SHIPPING),
        **unsupported("payee payment_instruction supplementary_data"),
    },
    required=("amount",),
)
