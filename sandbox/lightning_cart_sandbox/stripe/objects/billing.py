"""Customers and what they pay again and again (Stripe: customer, subscription, invoice objects)."""

from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.types import Json

_ISSUER = {"type": "self"}

_CUSTOMER = nulls(
    "address currency customer_account default_source description discount email invoice_prefix name phone shipping test_clock"
) | {
    "balance": 0,
    "delinquent": False,
    "invoice_settings": nulls("custom_fields default_payment_method footer rendering_options"),
    "livemode": False,
    "metadata": {},
    "next_invoice_sequence": 1,
    "preferred_locales": [],
    "tax_exempt": "none",
}
_SUBSCRIPTION = nulls(
    "application application_fee_percent billing_cycle_anchor_config billing_thresholds cancel_at canceled_at customer_account "
    "days_until_due default_payment_method default_source description ended_at latest_invoice managed_payments "
    "next_pending_invoice_item_invoice on_behalf_of pause_collection pending_invoice_item_interval pending_setup_intent "
    "pending_update schedule test_clock transfer_data trial_end trial_settings trial_start"
) | {
    "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
    "billing_mode": {"flexible": None, "type": "classic"},
    "billing_schedules": [],
    "cancel_at_period_end": False,
    "cancellation_details": nulls("comment feedback feedback_option reason"),
    "collection_method": "charge_automatically",
    "default_tax_rates": [],
    "discounts": [],
    "invoice_settings": nulls("account_tax_ids custom_fields description footer") | {"issuer": _ISSUER},
    "livemode": False,
    "metadata": {},
    "payment_settings": nulls("payment_method_options payment_method_types") | {"save_default_payment_method": "off"},
    "status": "active",
}
_SUBSCRIPTION_ITEM = nulls("billing_thresholds current_trial") | {
    "discounts": [],
    "metadata": {},
    "quantity": 1,
    "tax_rates": [],
}
_INVOICE = nulls(
    "account_tax_ids application automatically_finalizes_at billing_reason custom_fields customer customer_account "
    "customer_address customer_email customer_name customer_phone customer_shipping default_payment_method default_source "
    "description due_date effective_at ending_balance footer from_invoice hosted_invoice_url invoice_pdf "
    "last_finalization_error latest_revision next_payment_attempt number on_behalf_of parent receipt_number rendering "
    "shipping_cost shipping_details statement_descriptor test_clock webhooks_delivered_at"
) | {
    "account_country": "ES",
    "account_name": "Sandbox",
    "amount_overpaid": 0,
    "amount_paid": 0,
    "amount_shipping": 0,
    "attempt_count": 0,
    "attempted": False,
    "auto_advance": False,
    "automatic_tax": nulls("disabled_reason liability provider status") | {"enabled": False},
    "collection_method": "charge_automatically",
    "customer_tax_exempt": "none",
    "customer_tax_ids": [],
    "default_tax_rates": [],
    "discounts": [],
    "issuer": _ISSUER,
    "livemode": False,
    "metadata": {},
    "payment_settings": nulls("default_mandate payment_method_options payment_method_types"),
    "post_payment_credit_notes_amount": 0,
    "pre_payment_credit_notes_amount": 0,
    "starting_balance": 0,
    "status": "open",
    "status_transitions": nulls("finalized_at marked_uncollectible_at paid_at voided_at"),
    "total_discount_amounts": [],
    "total_pretax_credit_amounts": [],
    "total_taxes": [],
}
_INVOICE_LINE = nulls("description invoice parent pricing quantity quantity_decimal subscription") | {
    "discount_amounts": [],
    "discountable": True,
    "discounts": [],
    "livemode": False,
    "metadata": {},
    "pretax_credit_amounts": [],
    "taxes": [],
}
_INVOICE_PAYMENT = nulls("amount_paid") | {"is_default": True, "livemode": False}

BILLING: dict[str, Json] = {
    "customer": _CUSTOMER,
    "invoice": _INVOICE,
    "invoice_payment": _INVOICE_PAYMENT,
    "line_item": _INVOICE_LINE,
    "subscription": _SUBSCRIPTION,
    "subscription_item": _SUBSCRIPTION_ITEM,
}

BILLING_PARTS: dict[str, Json] = {
    "subscription_item_details": nulls("invoice_item subscription")
    | {"proration": False, "proration_details": {"credited_items": None}},
}
