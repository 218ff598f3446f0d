"""The parameters of each endpoint (Square: API reference, version 2026-09-16)."""

import re

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, Integer, ListOf, OneOf, ReadOnly, Text
from lightning_cart_sandbox.square.field_types import (
    ADDRESS,
    EMAIL,
    ID,
    INSTANT,
    MONEY,
    PHONE,
    URL,
    left_out,
    optional,
)
from lightning_cart_sandbox.square.order_parameters import ORDER

_CHECKOUT_OPTIONS = Fields(
    {
        "redirect_url": URL,
        "merchant_support_email": EMAIL,
        "allow_tipping": Boolean(),
        "ask_for_shipping_address": Boolean(),
        "custom_fields": ListOf(Fields({"title": Text(50)}, required=("title",)), 2),
        "enable_coupon": Boolean(),
        # The sandbox's seller has no loyalty program, so the payment page has no section for it.
        "enable_loyalty": Boolean(),
        # The payment page accepts only cards, as in Square's sandbox, so these have no effect.
        "accepted_payment_methods": Fields(
            dict.fromkeys(("afterpay_clearpay", "apple_pay", "cash_app_pay", "google_pay"), Boolean())
        ),
        "shipping_fee": Fields({"name": Text(255), "charge": MONEY}, required=("name", "charge")),
        **left_out("app_fee_money subscription_plan_id"),
    }
)
_PRE_POPULATED_DATA = Fields({"buyer_email": EMAIL, "buyer_phone_number": PHONE, "buyer_address": ADDRESS})

LINK_CREATE = Fields(
    {
        "idempotency_key": optional(192),
        "description": optional(4096),
        "quick_pay": Fields(
            {"name": Text(255), "price_money": MONEY, "location_id": ID}, required=("name", "price_money", "location_id")
        ),
        "order": ORDER,
        "checkout_options": _CHECKOUT_OPTIONS,
        "pre_populated_data": _PRE_POPULATED_DATA,
        "payment_note": optional(500),
    }
)
LINK_UPDATE = Fields(
    {
        "payment_link": Fields(
            {
                "version": Integer(1, 65535),
                "description": optional(4096),
                "checkout_options": _CHECKOUT_OPTIONS,
                "pre_populated_data": _PRE_POPULATED_DATA,
                **dict.fromkeys(("id", "order_id", "url", "long_url", "created_at", "updated_at", "payment_note"), ReadOnly()),
            },
            required=("version",),
        )
    },
    required=("payment_link",),
)

_CURSOR = optional(500)
_TIME_RANGE = Fields({"start_at": INSTANT, "end_at": INSTANT})
_TIMES = ("created_at", "updated_at", "closed_at")
ORDER_SEARCH = Fields(
    {
        "location_ids": ListOf(ID, 10, 1),
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
                        **left_out("customer_filter fulfillment_filter source_filter"),
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
ORDER_CALCULATE = Fields({"order": ORDER, **left_out("proposed_rewards")}, required=("order",))
ORDER_BATCH = Fields({"location_id": ID, "order_ids": ListOf(ID, 100, 1)}, required=("order_ids",))

REFUND_CREATE = Fields(
    {
        "idempotency_key": Text(45),
        "amount_money": MONEY,
        "payment_id": ID,
        "payment_version_token": optional(192),
        "reason": optional(192),
        **left_out(
            "app_fee_allocations app_fee_money cash_details customer_id destination_id "
            "external_details location_id team_member_id unlinked"
        ),
    },
    required=("idempotency_key", "amount_money", "payment_id"),
)

_EVENT_TYPE = Text(
    100,
    accepts=re.compile(r"[a-z_]+(\.[a-z_]+)+").fullmatch,
    message=("INVALID_VALUE", "Must be the name of an event type."),
)
_VERSION = Text(10, 10, re.compile(r"\d{4}-\d\d-\d\d").fullmatch, ("INVALID_VALUE", "Must be a Square API version."))
_SUBSCRIPTION: dict[str, FieldType] = {
    "name": Text(64),
    "enabled": Boolean(),
    "event_types": ListOf(_EVENT_TYPE, 500, 1),
    "notification_url": URL,
    "api_version": _VERSION,
    **dict.fromkeys(("id", "signature_key", "created_at", "updated_at"), ReadOnly()),
}
SUBSCRIPTION_CREATE = Fields(
    {
        "idempotency_key": optional(45),
        "subscription": Fields(_SUBSCRIPTION, required=("name", "event_types", "notification_url")),
    },
    required=("subscription",),
)
SUBSCRIPTION_UPDATE = Fields({"subscription": Fields(_SUBSCRIPTION)}, required=("subscription",))
SUBSCRIPTION_ROTATE = Fields({"idempotency_key": optional(45)})
SUBSCRIPTION_TEST = Fields({"event_type": _EVENT_TYPE})

NOTHING = Fields({})
LINK_LIST = Fields({"cursor": _CURSOR, "limit": Integer(1, 1000)})
SUBSCRIPTION_LIST = Fields(
    {"cursor": _CURSOR, "include_disabled": Boolean(), "sort_order": OneOf(("ASC", "DESC")), "limit": Integer(1, 100)}
)
DISPUTE_LIST = Fields({"cursor": _CURSOR, "location_id": ID, "states": optional(40)})

_TEXT_FILTER = Fields({"exact": optional(255), "fuzzy": optional(255)})
CUSTOMER_LIST = Fields(
    {
        "cursor": _CURSOR,
        "limit": Integer(1, 100),
        "sort_field": OneOf(("DEFAULT", "CREATED_AT")),
        "sort_order": OneOf(("ASC", "DESC")),
        "count": Boolean(),
    }
)
CUSTOMER_SEARCH = Fields(
    {
        "cursor": _CURSOR,
        "limit": Integer(1, 100),
        "count": Boolean(),
        "query": Fields(
            {
                "filter": Fields(
                    {
                        **dict.fromkeys(("email_address", "phone_number", "reference_id"), _TEXT_FILTER),
                        **dict.fromkeys(("created_at", "updated_at"), _TIME_RANGE),
                        **left_out("creation_source custom_attribute group_ids segment_ids"),
                    }
                ),
                "sort": Fields({"field": OneOf(("DEFAULT", "CREATED_AT")), "order": OneOf(("ASC", "DESC"))}),
            }
        ),
    }
)
