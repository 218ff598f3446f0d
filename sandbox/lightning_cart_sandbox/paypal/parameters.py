"""The parameters of each call (PayPal: Orders v2, Payments v2, Webhooks v1)."""

import re

from lightning_cart_sandbox.paypal.schema import MONEY, Fields
from lightning_cart_sandbox.schema import Anything, Email, FieldType, ListOf, OneOf, Text, Url, unsupported

_COUNTRY = Text(2, 2, re.compile("[A-Z]{2}").fullmatch)
_LOCALE = Text(10, 2, re.compile("[a-z]{2}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|[0-9]{3}))?").fullmatch)
_EMAIL = Email(254)
_URL, _SHORT_URL = Url(4000), Url(2048)
_BREAKDOWN = Fields(
    dict.fromkeys(("item_total", "tax_total", "shipping", "handling", "insurance", "shipping_discount", "discount"), MONEY)
)
AMOUNT = Fields({**MONEY.members, "breakdown": _BREAKDOWN}, required=MONEY.required)
_ITEM = Fields(
    {
        "name": Text(127),
        "quantity": Text(10, accepts=re.compile("[1-9][0-9]{0,9}").fullmatch),
        "unit_amount": MONEY,
        "tax": MONEY,
        "description": Text(127),
        "sku": Text(127),
        "category": OneOf(("DIGITAL_GOODS", "PHYSICAL_GOODS", "DONATION")),
        "url": _SHORT_URL,
        "image_url": _SHORT_URL,
        **unsupported("upc billing_plan"),
    },
    required=("name", "quantity", "unit_amount"),
)
_ADDRESS = Fields(
    {
        "address_line_1": Text(300),
        "address_line_2": Text(300),
        "admin_area_1": Text(300),
        "admin_area_2": Text(120),
        "postal_code": Text(60),
        "country_code": _COUNTRY,
    },
    required=("country_code",),
)
_SHIPPING = Fields(
    {
        "name": Fields({"full_name": Text(300)}),
        "email_address": _EMAIL,
        "type": OneOf(("SHIPPING", "PICKUP_IN_PERSON", "PICKUP_IN_STORE", "PICKUP_FROM_PERSON")),
        "address": _ADDRESS,
        **unsupported("options phone_number"),
    }
)
# PayPal accepts a longer description and shortens it (PayPal: Orders v2, `purchase_unit_request`).
DESCRIPTION, CUSTOM_ID, INVOICE_ID, SOFT_DESCRIPTOR = Text(3000), Text(127), Text(127), Text(22)
_UNIT = Fields(
    {
        "reference_id": Text(256),
        "amount": AMOUNT,
        "description": DESCRIPTION,
        "custom_id": CUSTOM_ID,
        "invoice_id": INVOICE_ID,
        "soft_descriptor": SOFT_DESCRIPTOR,
        "items": ListOf(_ITEM, 1000, 1),
        "shipping": _SHIPPING,
        **unsupported("payee payment_instruction supplementary_data"),
    },
    required=("amount",),
)
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
        "payment_method_preference": OneOf(("UNRESTRICTED", "IMMEDIATE_PAYMENT_REQUIRED")),
        "contact_preference": OneOf(("NO_CONTACT_INFO",), ("UPDATE_CONTACT_INFO", "RETAIN_CONTACT_INFO")),
        **unsupported("order_update_callback_config app_switch_context"),
    }
)
_APPLICATION_CONTEXT = Fields(
    _CONTEXT
    | {
        "landing_page": OneOf(("LOGIN", "BILLING", "NO_PREFERENCE")),
        **unsupported("payment_method stored_payment_source"),
    }
)
_WALLET = Fields(
    {
        "email_address": _EMAIL,
        "name": Fields({"given_name": Text(140), "surname": Text(140)}),
        "experience_context": _EXPERIENCE_CONTEXT,
        **unsupported("phone birth_date tax_info address attributes vault_id billing_agreement_id stored_credential"),
    }
)
_OTHER_SOURCES = "apple_pay bancontact blik card eps giropay google_pay ideal mybank p24 sofort token trustly venmo"

ORDER_CREATE = Fields(
    {
        "intent": OneOf(("CAPTURE", "AUTHORIZE")),
        "purchase_units": ListOf(_UNIT, 10, 1),
        "payment_source": Fields({"paypal": _WALLET, **unsupported(_OTHER_SOURCES)}, required=("paypal",)),
        "application_context": _APPLICATION_CONTEXT,
        **unsupported("payer processing_instruction"),
    },
    required=("intent", "purchase_units"),
)
ORDER_CAPTURE = Fields(unsupported("payment_source"))
PATCH = Fields({"op": OneOf(("add", "replace", "remove")), "path": Text(3000), "value": Anything()}, required=("op", "path"))
PATCHES = ListOf(PATCH, 100, 1)
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
        "url": _SHORT_URL,
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
