"""Pages that take payments (Stripe: Checkout Session, line item, payment link objects)."""

from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.types import Json

_CUSTOM_TEXT = nulls("after_submit shipping_address submit terms_of_service_acceptance")

_SESSION = nulls(
    "after_expiration allow_promotion_codes allowed_payment_method_types amount_subtotal amount_total "
    "billing_address_collection cancel_url client_reference_id client_secret collected_information consent consent_collection "
    "currency currency_conversion customer customer_account customer_creation customer_details customer_email "
    "integration_identifier invoice invoice_creation locale managed_payments origin_context payment_intent payment_link "
    "payment_method_configuration_details permissions recovered_from saved_payment_method_options setup_intent "
    "shipping_address_collection shipping_cost submit_type subscription success_url url wallet_options"
) | {
    "adaptive_pricing": {"enabled": False},
    "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
    "custom_fields": [],
    "custom_text": _CUSTOM_TEXT,
    "discounts": [],
    "livemode": False,
    "metadata": {},
    "payment_method_collection": "always",
    "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
    "payment_status": "unpaid",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "status": "open",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
    "ui_mode": "hosted_page",
}
_PAYMENT_LINK = nulls(
    "application application_fee_amount application_fee_percent consent_collection inactive_message invoice_creation "
    "managed_payments on_behalf_of optional_items payment_intent_data payment_method_options payment_method_types restrictions "
    "shipping_address_collection subscription_data transfer_data"
) | {
    "active": True,
    "allow_promotion_codes": False,
    "automatic_tax": {"enabled": False, "liability": None},
    "billing_address_collection": "auto",
    "custom_fields": [],
    "custom_text": _CUSTOM_TEXT,
    "customer_creation": "if_required",
    "livemode": False,
    "metadata": {},
    "payment_method_collection": "always",
    "phone_number_collection": {"enabled": False},
    "shipping_options": [],
    "submit_type": "auto",
    "tax_id_collection": {"enabled": False, "required": "never"},
}
_LINE_ITEM = nulls("adjustable_quantity description price quantity") | {
    "amount_discount": 0,
    "amount_tax": 0,
    "metadata": {},
}

CHECKOUT: dict[str, Json] = {
    "checkout.session": _SESSION,
    "item": _LINE_ITEM,
    "payment_link": _PAYMENT_LINK,
}

CHECKOUT_PARTS: dict[str, Json] = {
    "collected_information": nulls("business_name individual_name shipping_details"),
    "custom_text": _CUSTOM_TEXT,
    "customer_details": nulls("address business_name email individual_name name phone tax_ids") | {"tax_exempt": "none"},
    # What a payment link shows of its `payment_intent_data` and `subscription_data`.
    "link_payment_intent_data": nulls(
        "capture_method description setup_future_usage statement_descriptor statement_descriptor_suffix transfer_group"
    )
    | {"metadata": {}},
    "link_subscription_data": nulls("description trial_period_days trial_settings")
    | {
        "invoice_settings": nulls("account_tax_ids custom_fields description footer") | {"issuer": {"type": "self"}},
        "metadata": {},
    },
}
