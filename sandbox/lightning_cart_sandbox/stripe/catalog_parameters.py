"""The parameters of customers, products, prices, coupons and promotion codes (Stripe: API reference)."""

import re

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, Integer, ListOf, OneOf, Text, unsupported
from lightning_cart_sandbox.stripe.field_types import (
    CURRENCY,
    DESCRIPTOR,
    EMAIL,
    EXPAND,
    ID,
    INTERVAL,
    METADATA,
    TAX_BEHAVIOR,
    URL,
)
from lightning_cart_sandbox.stripe.money import MAXIMUM
from lightning_cart_sandbox.stripe.parameters import listing
from lightning_cart_sandbox.stripe.unsettable import Unsettable

_TEXT = Unsettable(Text(5000))
_OWN_ID = Text(200, accepts=re.compile(r"[A-Za-z0-9_-]+").fullmatch, message="Invalid id: use letters, digits, `_` and `-`.")

ADDRESS = Fields(dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"), _TEXT))
_SHIPPING = Fields({"address": ADDRESS, "name": Text(5000), "phone": _TEXT}, required=("address", "name"))
_CUSTOMER: dict[str, FieldType] = {
    "address": Unsettable(ADDRESS),
    "business_name": Unsettable(Text(150)),
    "description": _TEXT,
    "email": Unsettable(EMAIL),
    "expand": EXPAND,
    "individual_name": Unsettable(Text(150)),
    "invoice_prefix": Text(12, 3),
    "invoice_settings": Fields(
        {"default_payment_method": Unsettable(ID), **unsupported("custom_fields footer rendering_options")}
    ),
    "metadata": METADATA,
    "name": Unsettable(Text(256)),
    "phone": Unsettable(Text(20)),
    "preferred_locales": ListOf(Text(10), 20),
    "shipping": Unsettable(_SHIPPING),
    "tax_exempt": Unsettable(OneOf(("none", "exempt", "reverse"))),
    **unsupported("balance cash_balance next_invoice_sequence source tax validate"),
}
CUSTOMER_CREATE = Fields(_CUSTOMER | {"payment_method": ID, **unsupported("tax_id_data test_clock")})
CUSTOMER_UPDATE = Fields(_CUSTOMER | unsupported("default_source"))
CUSTOMER_LIST = listing(email=Text(512), **unsupported("test_clock"))
SOURCE_LIST = listing(object=Text(30))

_RECURRING = Fields(
    {
        "interval": INTERVAL,
        "interval_count": Integer(1),
        "usage_type": OneOf(("licensed",), unsupported=("metered",)),
        **unsupported("meter trial_period_days"),
    },
    required=("interval",),
)
_AMOUNT: dict[str, FieldType] = {
    "currency": CURRENCY,
    "metadata": METADATA,
    "recurring": _RECURRING,
    "tax_behavior": TAX_BEHAVIOR,
    "unit_amount": Integer(0, MAXIMUM),
    **unsupported("currency_options custom_unit_amount unit_amount_decimal"),
}
_PRODUCT: dict[str, FieldType] = {
    "active": Boolean(),
    "description": Unsettable(Text(40000)),
    "expand": EXPAND,
    "images": Unsettable(ListOf(URL, 8)),
    "marketing_features": Unsettable(ListOf(Fields({"name": Text(5000)}, required=("name",)), 15)),
    "metadata": METADATA,
    "name": Text(5000),
    "shippable": Boolean(),
    "statement_descriptor": DESCRIPTOR,
    "tax_code": Unsettable(ID),
    "unit_label": Unsettable(Text(12)),
    "url": Unsettable(URL),
    **unsupported("package_dimensions tax_details"),
}
PRODUCT_CREATE = Fields(
    _PRODUCT
    | {
        "default_price_data": Fields(_AMOUNT, required=("currency",)),
        "id": _OWN_ID,
        "type": OneOf(("service", "good")),
    },
    required=("name",),
)
PRODUCT_UPDATE = Fields(_PRODUCT | {"default_price": Unsettable(ID)})
PRODUCT_LIST = listing(active=Boolean(), ids=ListOf(ID, 100), shippable=Boolean(), type=OneOf(("service", "good")), url=URL)

_PRICE: dict[str, FieldType] = {
    "active": Boolean(),
    "expand": EXPAND,
    "lookup_key": Unsettable(Text(200)),
    "metadata": METADATA,
    "nickname": Unsettable(Text(5000)),
    "tax_behavior": TAX_BEHAVIOR,
    "transfer_lookup_key": Boolean(),
    **unsupported("currency_options"),
}
_PRICE_PRODUCT = Fields(
    {
        "active": Boolean(),
        "id": _OWN_ID,
        "metadata": METADATA,
        "name": Text(5000),
        "statement_descriptor": DESCRIPTOR,
        "tax_code": ID,
        "unit_label": Text(12),
        **unsupported("tax_details"),
    },
    required=("name",),
)
PRICE_CREATE = Fields(
    _AMOUNT
    | _PRICE
    | {
        "billing_scheme": OneOf(("per_unit",), unsupported=("tiered",)),
        "product": ID,
        "product_data": _PRICE_PRODUCT,
        **unsupported("tiers tiers_mode transform_quantity"),
    },
    required=("currency",),
)
PRICE_UPDATE = Fields(_PRICE)
PRICE_LIST = listing(
    active=Boolean(),
    currency=CURRENCY,
    lookup_keys=ListOf(Text(200), 10),
    product=ID,
    recurring=Fields(
        {
            "interval": INTERVAL,
            "usage_type": OneOf(("licensed", "metered")),
            **unsupported("meter"),
        }
    ),
    type=OneOf(("one_time", "recurring")),
)


def _is_percentage(text: str) -> bool:
    return bool(re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text, re.ASCII)) and 0 < float(text) <= 100


COUPON_CREATE = Fields(
    {
        "amount_off": Integer(1),
        "applies_to": Fields({"products": ListOf(ID, 100)}),
        "currency": CURRENCY,
        "duration": OneOf(("once", "forever", "repeating")),
        "duration_in_months": Integer(1),
        "expand": EXPAND,
        "id": _OWN_ID,
        "max_redemptions": Integer(1),
        "metadata": METADATA,
        "name": Text(40),
        "percent_off": Text(8, accepts=_is_percentage, message="Invalid percent_off: must be greater than 0 and at most 100."),
        "redeem_by": Integer(1),
        **unsupported("currency_options"),
    }
)
COUPON_UPDATE = Fields(
    {"expand": EXPAND, "metadata": METADATA, "name": Unsettable(Text(40)), **unsupported("currency_options")}
)
COUPON_LIST = listing()

_RESTRICTIONS: dict[str, FieldType] = {
    "first_time_transaction": Boolean(),
    "minimum_amount": Integer(1),
    "minimum_amount_currency": CURRENCY,
    **unsupported("currency_options"),
}
PROMOTION_CODE_CREATE = Fields(
    {
        "active": Boolean(),
        "code": Text(500, accepts=re.compile(r"[A-Za-z0-9-]+").fullmatch, message="Invalid code: use letters, digits and `-`."),
        "customer": ID,
        "expand": EXPAND,
        "expires_at": Integer(1),
        "max_redemptions": Integer(1),
        "metadata": METADATA,
        "promotion": Fields({"coupon": ID, "type": OneOf(("coupon",))}, required=("type",)),
        "restrictions": Fields(_RESTRICTIONS),
        **unsupported("customer_account"),
    },
    required=("promotion",),
)
PROMOTION_CODE_UPDATE = Fields({"active": Boolean(), "expand": EXPAND, "metadata": METADATA, **unsupported("restrictions")})
PROMOTION_CODE_LIST = listing(active=Boolean(), code=Text(500), coupon=ID, customer=ID, **unsupported("customer_account"))
