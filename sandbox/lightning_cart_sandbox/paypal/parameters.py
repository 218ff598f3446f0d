"""The parameters of each call (PayPal: Orders v2, Payments v2, Webhooks v1)."""

import re

from lightning_cart_sandbox.paypal.schema import MONEY, Fields
from lightning_cart_sandbox.paypal.text import Text
from lightning_cart_sandbox.paypal.unit_parameters import ADDRESS, CUSTOM_ID, EMAIL, INVOICE_ID, SHORT_URL, UNIT
from lightning_cart_sandbox.schema import Anything, FieldType, ListOf, OneOf, Url, unsupported

_LOCALE = Text(10, 2, re.compile("[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?").fullmatch)
_URL = Url(4000)
_PAYMENT_PREFERENCE = OneOf(("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED"))
_CONTEXT: dict[str, FieldType] = {
    "brand_name": Text(127),
    "locale": _LOCALE,
    "shipping_preference": OneOf(("GET_FROM_FILE", "NO_SHIPPING", "SET_PROVIDED_ADDRESS")),
    "user_action": OneOf(("CONTINUE", "PAY_NOW")),
    "return_url": _URL,
    "cancel_url": _URL,
}
_EXPERIENCE_CONTEXT = Fields(
    _CONTEXT
    | {
        "landing_page": OneOf(("LOGIN", "GUEST_CHECKOUT", "NO_PREFERENCE")),
        "payment_method_preference": _PAYMENT_PREFERENCE,
        "contact_preference": OneOf(("NO_CONTACT_INFO",), ("UPDATE_CONTACT_INFO", "RETAIN_CONTACT_INFO")),
        **unsupported("order_update_callback_config app_switch_context"),
    }
)
_APPLICATION_CONTEXT = Fields(
    _CONTEXT
    | {
        "landing_page": OneOf(("LOGIN", "BILLING", "NO_PREFERENCE")),
        "payment_method": Fields({"payee_preferred": _PAYMENT_PREFERENCE, **unsupported("standard_entry_class_code")}),
        **unsupported("stored_payment_source"),
    }
)
_NAME = Fields({"given_name": Text(140), "surname": Text(140)})
_WALLET = Fields(
    {
        "email_address": EMAIL,
        "name": _NAME,
        "experience_context": _EXPERIENCE_CONTEXT,
        **unsupported("phone birth_date tax_info address attributes vault_id billing_agreement_id stored_credential"),
    }
)
_PAYER = Fields(
    {"email_address": EMAIL, "name": _NAME, "address": ADDRESS, **unsupported("payer_id phone birth_date tax_info")}
)
_OTHER_SOURCES = "apple_pay bancontact blik card eps giropay google_pay ideal mybank p24 sofort token trustly venmo"

INTENT = OneOf(("CAPTURE",), ("AUTHORIZE",))
ORDER_CREATE = Fields(
    {
        "intent": INTENT,
        "purchase_units": ListOf(UNIT, 10, 1),
        "payment_source": Fields({"paypal": _WALLET, **unsupported(_OTHER_SOURCES)}, required=("paypal",)),
        "application_context": _APPLICATION_CONTEXT,
        "payer": _PAYER,
        **unsupported("processing_instruction"),
    },
    required=("intent", "purchase_units"),
)
ORDER_CAPTURE = Fields(unsupported("payment_source"))
_PATCH = Fields(
    {"op": OneOf(("add", "replace", "remove")), "path": Text(3000), "value": Anything(), **unsupported("from")},
    required=("op",),
)
PATCHES = ListOf(_PATCH, 100, 1)
REFUND_CREATE = Fields(
    {
        "amount": MONEY,
        "invoice_id": INVOICE_ID,
        "custom_id": CUSTOM_ID,
        "note_to_payer": Text(255),
        **unsupported("payment_instruction"),
    }
)
NOTHING = Fields({})
RESEND = Fields({"webhook_ids": ListOf(Text(50), 10, 1)})

_EVENT_TYPES = """
BILLING.PLAN.ACTIVATED BILLING.PLAN.CREATED BILLING.PLAN.DEACTIVATED BILLING.PLAN.PRICING-CHANGE.ACTIVATED
BILLING.PLAN.UPDATED BILLING.SUBSCRIPTION.ACTIVATED BILLING.SUBSCRIPTION.CANCELLED BILLING.SUBSCRIPTION.CREATED
BILLING.SUBSCRIPTION.EXPIRED BILLING.SUBSCRIPTION.PAYMENT.FAILED BILLING.SUBSCRIPTION.RE-ACTIVATED
BILLING.SUBSCRIPTION.SUSPENDED BILLING.SUBSCRIPTION.UPDATED CATALOG.PRODUCT.CREATED CATALOG.PRODUCT.UPDATED
CHECKOUT.ORDER.APPROVED CHECKOUT.ORDER.COMPLETED CHECKOUT.ORDER.DECLINED CHECKOUT.ORDER.PROCESSED CHECKOUT.ORDER.SAVED
CHECKOUT.ORDER.VOIDED CHECKOUT.PAYMENT-APPROVAL.REVERSED CUSTOMER.DISPUTE.CREATED CUSTOMER.DISPUTE.RESOLVED
CUSTOMER.DISPUTE.UPDATED PAYMENT.AUTHORIZATION.CREATED PAYMENT.AUTHORIZATION.VOIDED PAYMENT.CAPTURE.COMPLETED
PAYMENT.CAPTURE.DECLINED PAYMENT.CAPTURE.DENIED PAYMENT.CAPTURE.PENDING PAYMENT.CAPTURE.REFUNDED PAYMENT.CAPTURE.REVERSED
PAYMENT.REFUND.FAILED PAYMENT.REFUND.PENDING PAYMENT.SALE.COMPLETED PAYMENT.SALE.DENIED PAYMENT.SALE.PENDING
PAYMENT.SALE.REFUNDED PAYMENT.SALE.REVERSED RISK.DISPUTE.CREATED
"""
WEBHOOK_CREATE = Fields(
    {
        "url": SHORT_URL,
        "event_types": ListOf(Fields({"name": OneOf(("*", *_EVENT_TYPES.split()))}, required=("name",)), 500, 1),
    },
    required=("url", "event_types"),
)
VERIFY = Fields(
    {
        "auth_algo": Text(100),
        "cert_url": Text(500),
        "transmission_id": Text(50),
        "transmission_sig": Text(500),
        "transmission_time": Text(100),
        "webhook_id": Text(50),
        "webhook_event": Anything(),
    },
    required=(
        "auth_algo",
        "cert_url",
        "transmission_id",
        "transmission_sig",
        "transmission_time",
        "webhook_id",
        "webhook_event",
    ),
)
