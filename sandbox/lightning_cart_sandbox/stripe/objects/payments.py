"""Money from buyers and back to them (Stripe: payment intent, charge, payment method, refund, dispute, balance transaction)."""

from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.types import Json

_PAYMENT_INTENT = nulls(
    "allowed_payment_method_types application application_fee_amount automatic_payment_methods canceled_at cancellation_reason "
    "client_secret customer customer_account description excluded_payment_method_types last_payment_error latest_charge "
    "managed_payments next_action on_behalf_of payment_method payment_method_configuration_details payment_record processing "
    "receipt_email review setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_data "
    "transfer_group"
) | {
    "amount_capturable": 0,
    "amount_details": {"tip": {}},
    "amount_received": 0,
    "capture_method": "automatic_async",
    "confirmation_method": "automatic",
    "livemode": False,
    "metadata": {},
    "payment_method_options": {
        "card": {"installments": None, "mandate_options": None, "network": None, "request_three_d_secure": "automatic"}
    },
    "payment_method_types": ["card"],
    "status": "requires_payment_method",
}
_CHARGE = nulls(
    "application application_fee application_fee_amount balance_transaction customer description failure_balance_transaction "
    "failure_code failure_message on_behalf_of outcome payment_intent payment_method payment_method_details receipt_email "
    "receipt_number receipt_url review shipping source source_transfer statement_descriptor statement_descriptor_suffix "
    "transfer_data transfer_group"
) | {
    "amount_captured": 0,
    "amount_refunded": 0,
    "calculated_statement_descriptor": "SANDBOX",
    "captured": False,
    "disputed": False,
    "fraud_details": {},
    "livemode": False,
    "metadata": {},
    "paid": True,
    "radar_options": {},
    "refunded": False,
    "status": "succeeded",
}
_PAYMENT_METHOD = nulls("customer customer_account") | {
    "allow_redisplay": "unspecified",
    "livemode": False,
    "metadata": {},
}
_SETUP_INTENT = nulls(
    "allowed_payment_method_types application automatic_payment_methods cancellation_reason client_secret customer "
    "customer_account description excluded_payment_method_types flow_directions last_setup_error latest_attempt "
    "managed_payments mandate next_action on_behalf_of payment_method payment_method_configuration_details single_use_mandate"
) | {
    "livemode": False,
    "metadata": {},
    "payment_method_options": {"card": {"mandate_options": None, "network": None, "request_three_d_secure": "automatic"}},
    "payment_method_types": ["card"],
    "status": "requires_payment_method",
    "usage": "off_session",
}
_REFUND = nulls(
    "balance_transaction charge customer customer_account payment_intent payment_method reason receipt_number "
    "source_transfer_reversal transfer_reversal"
) | {"metadata": {}, "status": "succeeded"}
_DISPUTE = nulls("intended_submission_method payment_intent") | {
    "balance_transactions": [],
    "enhanced_eligibility_types": [],
    "is_charge_refundable": False,
    "livemode": False,
    "metadata": {},
    "status": "needs_response",
}
_BALANCE_TRANSACTION = nulls("description exchange_rate source") | {
    "balance_type": "payments",
    "fee": 0,
    "fee_details": [],
    "status": "available",
}

PAYMENTS: dict[str, Json] = {
    "balance_transaction": _BALANCE_TRANSACTION,
    "charge": _CHARGE,
    "dispute": _DISPUTE,
    "payment_intent": _PAYMENT_INTENT,
    "payment_method": _PAYMENT_METHOD,
    "refund": _REFUND,
    "setup_intent": _SETUP_INTENT,
}

_CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}
_CARD = {
    "country": "ES",
    "exp_month": 12,
    "exp_year": 2034,
    "funding": "credit",
    "regulated_status": "unregulated",
    "wallet": None,
}

PAYMENT_PARTS: dict[str, Json] = {
    "address": nulls("city country line1 line2 postal_code state"),
    "billing_details": nulls("address email name phone tax_id"),
    # The card of a charge's `payment_method_details`, and the one of a payment method.
    "charge_card": nulls(
        "amount_authorized authorization_code electronic_commerce_indicator installments mandate network_transaction_id "
        "three_d_secure transaction_link_id"
    )
    | _CARD
    | {"checks": _CHECKS},
    "payment_method_card": nulls("generated_from") | _CARD | {"checks": _CHECKS, "three_d_secure_usage": {"supported": True}},
    "charge_sepa_debit": nulls("bank_code branch_code country fingerprint last4 mandate"),
    "payment_method_sepa_debit": nulls("bank_code branch_code country fingerprint generated_from last4"),
    "dispute_evidence": nulls(
        "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
        "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
        "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
        "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation shipping_address "
        "shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file uncategorized_text"
    )
    | {"enhanced_evidence": {}},
    "dispute_evidence_details": {
        "due_by": None,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    },
    "outcome": nulls("advice_code network_advice_code network_decline_code reason")
    | {
        "network_status": "approved_by_network",
        "risk_level": "normal",
        "seller_message": "Payment complete.",
        "type": "authorized",
    },
    "shipping": nulls("address carrier name phone tracking_number"),
}
