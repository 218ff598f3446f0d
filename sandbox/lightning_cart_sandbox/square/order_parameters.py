"""The parameters of an order (Square: Orders API)."""

import re

from lightning_cart_sandbox.schema import Boolean, Fields, FieldType, Integer, ListOf, OneOf, ReadOnly, Text
from lightning_cart_sandbox.square.field_types import (
    ADDRESS,
    EMAIL,
    ID,
    INSTANT,
    METADATA,
    MONEY,
    PERCENTAGE,
    PHONE,
    left_out,
    optional,
)

_MAX_ENTRIES = 500
_UID = Text(60)
_SCOPE = OneOf(("ORDER", "LINE_ITEM"))
_DURATION = Text(
    20,
    accepts=re.compile(r"P(?=.)(\d{1,4}W)?(\d{1,4}D)?(T(?=.)(\d{1,4}H)?(\d{1,4}M)?(\d{1,5}S)?)?").fullmatch,
    message=("INVALID_VALUE", "Must be an RFC 3339 duration."),
)


def _whole_number(smallest: str) -> Text:
    return Text(
        12,
        accepts=re.compile(r"[0-9]{1,7}").fullmatch,
        message=("INVALID_VALUE", f"Sandbox: a quantity is a whole number from {smallest}, as a string."),
    )


def _computed(names: str) -> dict[str, FieldType]:
    return dict.fromkeys(names.split(), ReadOnly())


def _applied(name: str) -> ListOf:
    fields = {"uid": optional(60), name: _UID, **_computed("applied_money")}
    return ListOf(Fields(fields, required=(name,)), _MAX_ENTRIES)


_APPLIED_TAXES = _applied("tax_uid")
_MODIFIER = Fields(
    {
        "uid": _UID,
        "name": optional(255),
        "quantity": _whole_number("0"),
        "base_price_money": MONEY,
        "metadata": METADATA,
        **_computed("total_price_money"),
        **left_out("catalog_object_id catalog_version"),
    },
    required=("name", "base_price_money"),
)
_LINE_ITEM = Fields(
    {
        "uid": optional(60),
        "name": optional(512),
        "quantity": _whole_number("1"),
        "base_price_money": MONEY,
        "note": optional(2000),
        "variation_name": optional(400),
        "item_type": OneOf(("ITEM", "CUSTOM_AMOUNT"), ("GIFT_CARD",)),
        "metadata": METADATA,
        "modifiers": ListOf(_MODIFIER, _MAX_ENTRIES),
        "applied_discounts": _applied("discount_uid"),
        "applied_taxes": _APPLIED_TAXES,
        **left_out("applied_service_charges catalog_object_id catalog_version pricing_blocklists quantity_unit"),
    },
    required=("quantity",),
)
_DISCOUNT = Fields(
    {
        "uid": _UID,
        "name": optional(255),
        "type": OneOf(("FIXED_PERCENTAGE", "FIXED_AMOUNT"), ("VARIABLE_PERCENTAGE", "VARIABLE_AMOUNT")),
        "percentage": PERCENTAGE,
        "amount_money": MONEY,
        "scope": _SCOPE,
        "metadata": METADATA,
        **_computed("applied_money reward_ids pricing_rule_id"),
        **left_out("catalog_object_id catalog_version"),
    },
    required=("type", "scope"),
)
_TAX = Fields(
    {
        "uid": _UID,
        "name": optional(255),
        "type": OneOf(("ADDITIVE", "INCLUSIVE")),
        "percentage": PERCENTAGE,
        "scope": _SCOPE,
        "metadata": METADATA,
        **_computed("applied_money auto_applied"),
        **left_out("catalog_object_id catalog_version"),
    },
    required=("percentage", "scope"),
)
_SERVICE_CHARGE = Fields(
    {
        "uid": _UID,
        "name": optional(512),
        "percentage": PERCENTAGE,
        "amount_money": MONEY,
        "calculation_phase": OneOf(
            ("SUBTOTAL_PHASE", "TOTAL_PHASE"), ("APPORTIONED_PERCENTAGE_PHASE", "APPORTIONED_AMOUNT_PHASE")
        ),
        "taxable": Boolean(),
        "applied_taxes": _APPLIED_TAXES,
        "metadata": METADATA,
        **_computed("applied_money total_money total_tax_money type"),
        **left_out("catalog_object_id catalog_version scope treatment_type"),
    },
    required=("name",),
)
_RECIPIENT = Fields(
    {
        "customer_id": optional(191),
        "display_name": optional(255),
        "email_address": EMAIL,
        "phone_number": PHONE,
        "address": ADDRESS,
    }
)
_SHIPMENT: dict[str, FieldType] = {
    "recipient": _RECIPIENT,
    "carrier": optional(50),
    "shipping_note": optional(500),
    "shipping_type": optional(50),
    "tracking_number": optional(100),
    "tracking_url": optional(2000),
    "expected_shipped_at": INSTANT,
    **_computed("placed_at in_progress_at packaged_at shipped_at canceled_at cancel_reason failed_at failure_reason"),
}
_PICKUP: dict[str, FieldType] = {
    "recipient": _RECIPIENT,
    "schedule_type": OneOf(("SCHEDULED", "ASAP")),
    "pickup_at": INSTANT,
    "pickup_window_duration": _DURATION,
    "prep_time_duration": _DURATION,
    "expires_at": INSTANT,
    "auto_complete_duration": _DURATION,
    "note": optional(500),
    **_computed("placed_at accepted_at rejected_at ready_at expired_at picked_up_at canceled_at cancel_reason"),
    **left_out("is_curbside_pickup curbside_pickup_details"),
}
_FULFILLMENT = Fields(
    {
        "uid": _UID,
        "type": OneOf(("SHIPMENT", "PICKUP"), ("DELIVERY", "IN_STORE")),
        "state": OneOf(("PROPOSED", "RESERVED", "PREPARED")),
        "metadata": METADATA,
        "shipment_details": Fields(_SHIPMENT),
        "pickup_details": Fields(_PICKUP),
        **_computed("line_item_application entries"),
        **left_out("delivery_details in_store_details"),
    },
    required=("type",),
)
ORDER = Fields(
    {
        "location_id": ID,
        "reference_id": optional(40),
        "customer_id": optional(191),
        "source": Fields({"name": optional(255)}),
        "ticket_name": optional(30),
        "metadata": METADATA,
        "line_items": ListOf(_LINE_ITEM, _MAX_ENTRIES, 1),
        "discounts": ListOf(_DISCOUNT, _MAX_ENTRIES),
        "taxes": ListOf(_TAX, _MAX_ENTRIES),
        "service_charges": ListOf(_SERVICE_CHARGE, _MAX_ENTRIES),
        "fulfillments": ListOf(_FULFILLMENT, 1),
        "pricing_options": Fields(left_out("auto_apply_discounts auto_apply_taxes")),
        **left_out("rewards"),
    },
    required=("location_id", "line_items"),
)
_REASONS: dict[str, FieldType] = {"cancel_reason": optional(100)}
_FULFILLMENT_UPDATE = Fields(
    {
        "uid": _UID,
        "state": OneOf(("PROPOSED", "RESERVED", "PREPARED", "COMPLETED", "CANCELED", "FAILED")),
        "shipment_details": Fields({**_SHIPMENT, **_REASONS, "failure_reason": optional(100)}),
        "pickup_details": Fields({**_PICKUP, **_REASONS}),
        "type": ReadOnly(),
        **left_out("metadata delivery_details in_store_details"),
    },
    required=("uid",),
)
ORDER_UPDATE = Fields(
    {
        "idempotency_key": optional(192),
        "order": Fields(
            {
                "location_id": ID,
                "version": Integer(1),
                "fulfillments": ListOf(_FULFILLMENT_UPDATE, 10, 1),
                **left_out(
                    "reference_id customer_id source ticket_name metadata line_items discounts taxes "
                    "service_charges pricing_options rewards state"
                ),
            },
            required=("version", "fulfillments"),
        ),
        **left_out("fields_to_clear"),
    },
    required=("order",),
)
