"""What each endpoint accepts, as data (Square: Checkout API, Orders API, Refunds API, version 2026-09-16)."""

import re

from lightning_cart_sandbox.square.schema import (
    Boolean,
    Fields,
    FieldType,
    Integer,
    ListOf,
    Metadata,
    OneOf,
    ReadOnly,
    Text,
    Unsupported,
    is_email,
    is_web_url,
)

_NOT: FieldType = Unsupported()
_ID = Text(192, 1)
_MOST_LINES = 500

_URL = Text(2048, 1, (is_web_url, "INVALID_VALUE", "Must be an absolute http or https URL."))
_EMAIL = Text(256, 1, (is_email, "INVALID_EMAIL_ADDRESS", "Invalid email address."))
_PHONE = Text(17, 1, (re.compile(r"\+[1-9][0-9]{6,14}").fullmatch, "INVALID_PHONE_NUMBER", "Must be in E.164 form."))
_CURRENCY = Text(3, 3, (re.compile("[A-Z]{3}").fullmatch, "INVALID_VALUE", "Must be a currency's three capital letters."))
_QUANTITY = Text(
    12,
    1,
    (re.compile(r"[0-9]{1,7}").fullmatch, "INVALID_VALUE", "Sandbox: a quantity is a whole number, as a string."),
)
_MONEY = Fields({"amount": Integer(), "currency": _CURRENCY}, required=("amount", "currency"))

_LINE_ITEM = Fields(
    {
        "uid": Text(60),
        "name": Text(512),
        "quantity": _QUANTITY,
        "base_price_money": _MONEY,
        "note": Text(2000),
        "variation_name": Text(400),
        "item_type": OneOf(("ITEM", "CUSTOM_AMOUNT")),
        "metadata": Metadata(),
        **dict.fromkeys(
            (
                "applied_discounts",
                "applied_service_charges",
                "applied_taxes",
                "catalog_object_id",
                "catalog_version",
                "modifiers",
                "pricing_blocklists",
                "quantity_unit",
            ),
            _NOT,
        ),
    },
    required=("quantity",),
)
_ORDER = Fields(
    {
        "location_id": _ID,
        "reference_id": Text(40),
        "customer_id": Text(191),
        "source": Fields({"name": Text(255)}),
        "ticket_name": Text(30),
        "metadata": Metadata(),
        "line_items": ListOf(_LINE_ITEM, _MOST_LINES, 1),
        "pricing_options": Fields({"auto_apply_discounts": _NOT, "auto_apply_taxes": _NOT}),
        **dict.fromkeys(("discounts", "fulfillments", "rewards", "service_charges", "taxes"), _NOT),
    },
    required=("location_id", "line_items"),
)
_CHECKOUT_OPTIONS = Fields(
    {
        "redirect_url": _URL,
        "merchant_support_email": _EMAIL,
        # The panel takes cards only, as Square's own sandbox does: which wallets are wanted makes no difference.
        "accepted_payment_methods": Fields(
            dict.fromkeys(("afterpay_clearpay", "apple_pay", "cash_app_pay", "google_pay"), Boolean())
        ),
        "shipping_fee": Fields({"name": Text(255, 1), "charge": _MONEY}, required=("name", "charge")),
        **dict.fromkeys(
            (
                "allow_tipping",
                "app_fee_money",
                "ask_for_shipping_address",
                "custom_fields",
                "enable_coupon",
                "enable_loyalty",
                "subscription_plan_id",
            ),
            _NOT,
        ),
    }
)
_ADDRESS = Fields(
    {
        "address_line_1": Text(500),
        "address_line_2": Text(500),
        "address_line_3": Text(500),
        "locality": Text(300),
        "sublocality": Text(300),
        "administrative_district_level_1": Text(200),
        "administrative_district_level_2": Text(200),
        "postal_code": Text(12),
        "country": Text(2, 2),
        "first_name": Text(300),
        "last_name": Text(300),
    }
)
_PRE_POPULATED_DATA = Fields({"buyer_email": _EMAIL, "buyer_phone_number": _PHONE, "buyer_address": _ADDRESS})

LINK_CREATE = Fields(
    {
        "idempotency_key": Text(192),
        "description": Text(4096),
        "quick_pay": Fields(
            {"name": Text(255, 1), "price_money": _MONEY, "location_id": _ID}, required=("name", "price_money", "location_id")
        ),
        "order": _ORDER,
        "checkout_options": _CHECKOUT_OPTIONS,
        "pre_populated_data": _PRE_POPULATED_DATA,
        "payment_note": Text(500),
    }
)
LINK_UPDATE = Fields(
    {
        "payment_link": Fields(
            {
                "version": Integer(1, 65535),
                "description": Text(4096),
                "checkout_options": _CHECKOUT_OPTIONS,
                "pre_populated_data": _PRE_POPULATED_DATA,
                **dict.fromkeys(("id", "order_id", "url", "long_url", "created_at", "updated_at", "payment_note"), ReadOnly()),
            },
            required=("version",),
        )
    },
    required=("payment_link",),
)

_CURSOR = Text(500)
_INSTANT = Text(
    40,
    1,
    (
        re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)").fullmatch,
        "INVALID_TIME",
        "Must be an RFC 3339 timestamp.",
    ),
)
_TIME_RANGE = Fields({"start_at": _INSTANT, "end_at": _INSTANT})
_TIMES = ("created_at", "updated_at", "closed_at")
ORDER_SEARCH = Fields(
    {
        "location_ids": ListOf(_ID, 10, 1),
        "cursor": _CURSOR,
        "limit": Integer(1, 1000),
        "return_entries": Boolean(),
        "query": Fields(
            {
                "filter": Fields(
                    {
                        "state_filter": Fields(
                            {"states": ListOf(OneOf(("OPEN", "COMPLETED", "CANCELED", "DRAFT")), 4, 1)}, required=("states",)
                        ),
                        "date_time_filter": Fields(dict.fromkeys(_TIMES, _TIME_RANGE)),
                        **dict.fromkeys(("customer_filter", "fulfillment_filter", "source_filter"), _NOT),
                    }
                ),
                "sort": Fields(
                    {
                        "sort_field": OneOf(("CREATED_AT", "UPDATED_AT", "CLOSED_AT")),
                        "sort_order": OneOf(("ASC", "DESC")),
                    },
                    required=("sort_field",),
                ),
            }
        ),
    },
    required=("location_ids",),
)
ORDER_BATCH = Fields({"location_id": _ID, "order_ids": ListOf(_ID, 100, 1)}, required=("order_ids",))

REFUND_CREATE = Fields(
    {
        "idempotency_key": Text(45, 1),
        "amount_money": _MONEY,
        "payment_id": _ID,
        "payment_version_token": Text(192),
        "reason": Text(192),
        **dict.fromkeys(
            (
                "app_fee_allocations",
                "app_fee_money",
                "cash_details",
                "customer_id",
                "destination_id",
                "external_details",
                "location_id",
                "team_member_id",
                "unlinked",
            ),
            _NOT,
        ),
    },
    required=("idempotency_key", "amount_money", "payment_id"),
)

_EVENT_TYPE = Text(
    100, 1, (re.compile(r"[a-z_]+(\.[a-z_]+)+").fullmatch, "INVALID_VALUE", "Must be the name of an event type.")
)
_VERSION = Text(10, 10, (re.compile(r"\d{4}-\d\d-\d\d").fullmatch, "INVALID_VALUE", "Must be a Square API version."))
_SUBSCRIPTION: dict[str, FieldType] = {
    "name": Text(64, 1),
    "enabled": Boolean(),
    "event_types": ListOf(_EVENT_TYPE, 500, 1),
    "notification_url": _URL,
    "api_version": _VERSION,
    **dict.fromkeys(("id", "signature_key", "created_at", "updated_at"), ReadOnly()),
}
SUBSCRIPTION_CREATE = Fields(
    {
        "idempotency_key": Text(45),
        "subscription": Fields(_SUBSCRIPTION, required=("name", "event_types", "notification_url")),
    },
    required=("subscription",),
)
SUBSCRIPTION_UPDATE = Fields({"subscription": Fields(_SUBSCRIPTION)}, required=("subscription",))
SUBSCRIPTION_ROTATE = Fields({"idempotency_key": Text(45)})
SUBSCRIPTION_TEST = Fields({"event_type": _EVENT_TYPE})

NOTHING = Fields({})
LINK_LIST = Fields({"cursor": _CURSOR, "limit": Integer(1, 1000)})
SUBSCRIPTION_LIST = Fields(
    {"cursor": _CURSOR, "include_disabled": Boolean(), "sort_order": OneOf(("ASC", "DESC")), "limit": Integer(1, 100)}
)
DISPUTE_LIST = Fields({"cursor": _CURSOR, "location_id": _ID, "states": Text(40)})
