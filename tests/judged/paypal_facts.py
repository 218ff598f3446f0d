"""Facts of PayPal's answers that its SDK does not have (PayPal: OpenAPI of Orders, Payments, Disputes and Webhooks).

The SDK's models name every member and its type, but say of few that they are always there, and nothing of their formats. It has
no models of errors, tokens, webhooks and disputes.
"""

import json
from pathlib import Path

OBJECTS: dict[str, str] = {
    "Token": "scope! access_token! token_type:Bearer! app_id! expires_in:int! nonce!",
    "OAuthError": "error! error_description!",
    "Error": "name! message! debug_id! details:List[ErrorDetails] links:List[LinkDescription]",
    "MinimalOrder": (
        "id! status:OrderStatus! payment_source:PaymentSourceResponse payer:Payer purchase_units:List[MinimalUnit] "
        "links:List[LinkDescription]!"
    ),
    "TrackedOrder": "id! status:OrderStatus! purchase_units:List[TrackedUnit]! links:List[LinkDescription]!",
    "TrackedUnit": "reference_id! items:List[Item] shipping:ShippingWithTrackingDetails!",
    "MinimalUnit": "reference_id! shipping:ShippingWithTrackingDetails payments:PaymentCollection!",
    "MinimalRefund": "id! status:RefundStatus! links:List[LinkDescription]!",
    "Webhook": "id! url! event_types:List[EventType]! links:List[LinkDescription]!",
    "Webhooks": "webhooks:List[Webhook]!",
    "EventType": "name! description status:ENABLED|DISABLED resource_versions:List[str]",
    "Event": (
        "id! event_version:1.0! create_time! resource_type! resource_version event_type! summary! resource:Resource! "
        "links:List[LinkDescription]!"
    ),
    "Events": "events:List[Event]! count:int! links:List[LinkDescription]!",
    "Verification": "verification_status:SUCCESS|FAILURE!",
    "ApprovalReversal": "order_id! purchase_units:List[PurchaseUnit]! payment_source:PaymentSourceResponse!",
    "Dispute": (
        "dispute_id! create_time! update_time! disputed_transactions:List[DisputedTransaction]! "
        "reason:MERCHANDISE_OR_SERVICE_NOT_RECEIVED|MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED|UNAUTHORISED|"
        "CREDIT_NOT_PROCESSED|DUPLICATE_TRANSACTION|INCORRECT_AMOUNT|PAYMENT_BY_OTHER_MEANS|CANCELED_RECURRING_BILLING|"
        "PROBLEM_WITH_REMITTANCE|OTHER! "
        "status:OPEN|WAITING_FOR_BUYER_RESPONSE|WAITING_FOR_SELLER_RESPONSE|UNDER_REVIEW|RESOLVED|OTHER! "
        "dispute_amount:Money! dispute_outcome:DisputeOutcome "
        "dispute_life_cycle_stage:INQUIRY|CHARGEBACK|PRE_ARBITRATION|ARBITRATION! dispute_channel:INTERNAL|EXTERNAL|ALERT! "
        "buyer_response_due_date seller_response_due_date links:List[LinkDescription]!"
    ),
    "DisputedTransaction": (
        "buyer_transaction_id seller_transaction_id! create_time! "
        "transaction_status:COMPLETED|UNCLAIMED|DENIED|FAILED|HELD|PENDING|PARTIALLY_REFUNDED|REFUNDED|REVERSED|CANCELLED "
        "gross_amount:Money! invoice_number custom buyer:DisputeBuyer seller:DisputeSeller!"
    ),
    "DisputeBuyer": "name",
    "DisputeSeller": "email merchant_id name",
    "DisputeOutcome": (
        "outcome_code:RESOLVED_BUYER_FAVOUR|RESOLVED_SELLER_FAVOUR|RESOLVED_WITH_PAYOUT|CANCELED_BY_BUYER|ACCEPTED|DENIED|NONE!"
        " amount_refunded:Money"
    ),
}
"""Objects that the SDK has no model of: each member as `name:type`, by default a string; `!` if it is always there."""

ALWAYS: dict[str, str] = {
    "Order": "id intent status purchase_units create_time links",
    "PurchaseUnit": "reference_id amount",
    "OrdersCapture": "id status amount final_capture seller_protection links create_time update_time",
    "CapturedPayment": "id status amount final_capture seller_protection payee links create_time update_time",
    "Refund": "id status amount seller_payable_breakdown links create_time update_time",
    "PayeeBase": "merchant_id",
    "CaptureStatusDetails": "reason",
    "ErrorDetails": "issue description",
    "OrderTrackerResponse": "id status links create_time update_time",
    "LinkDescription": "href rel method",
}
"""Members of the SDK's models that are always there in a whole answer."""

_TIME = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-]\d{2}:\d{2})"
_ACCOUNT, _ID, _DISPUTE_NAME = "[2-9A-HJ-NP-Z]{13}", "[A-Z0-9]{1,36}", r"[^~!@#$%^*()_{}:|\t\n/]{1,2000}"

FORMATS: dict[str, str] = {
    "create_time": _TIME,
    "update_time": _TIME,
    "buyer_response_due_date": _TIME,
    "seller_response_due_date": _TIME,
    "payer_id": _ACCOUNT,
    "account_id": _ACCOUNT,
    "merchant_id": _ACCOUNT,
    "email_address": ".{3,254}",
    "Address.country_code": "[A-Z]{2}|C2",
    "currency_code": "[A-Z]{3}",
    "given_name": ".{0,140}",
    "surname": ".{0,140}",
    "full_name": ".{0,300}",
    "href": "https?://.+",
    "Money.value": r"-?\d+|-?\d*\.\d+",
    "AmountWithBreakdown.value": r"-?\d+|-?\d*\.\d+",
    "Order.id": _ID,
    "MinimalOrder.id": _ID,
    "ApprovalReversal.order_id": _ID,
    "OrdersCapture.id": _ID,
    "CapturedPayment.id": _ID,
    "Refund.id": _ID,
    "MinimalRefund.id": _ID,
    "reference_id": ".{1,256}",
    "PurchaseUnit.description": ".{1,127}",
    "custom_id": ".{1,127}",
    "Refund.custom_id": r"[A-Za-z0-9_.,-]{1,127}",
    "invoice_id": ".{1,127}",
    "soft_descriptor": ".{1,22}",
    "Item.name": ".{1,127}",
    "Item.description": ".{0,127}",
    "sku": ".{0,127}",
    "quantity": "[1-9][0-9]{0,9}",
    "ShippingOption.id": ".{0,127}",
    "label": ".{0,127}",
    "location": "body|path|query",
    "dispute_id": "[A-Za-z0-9-]{1,255}",
    "seller_transaction_id": "[A-Za-z0-9-]{1,255}",
    "invoice_number": r"[A-Za-z0-9:\-|]{1,127}",
    "custom": ".{1,2000}",
    "DisputeBuyer.name": _DISPUTE_NAME,
    "DisputeSeller.name": _DISPUTE_NAME,
    "Event.id": "WH-[A-Z0-9-]{1,47}",
    "resource_version": r"\d+\.\d+",
}
"""The format of a member by its name, or by its object and its name, which counts more."""

EVENTS: dict[str, tuple[str, str, str, str]] = {
    "CHECKOUT.ORDER.APPROVED": ("checkout-order", "2.0", "Order", "APPROVED"),
    "CHECKOUT.ORDER.COMPLETED": ("checkout-order", "2.0", "Order", "COMPLETED"),
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": ("checkout-order", "2.0", "ApprovalReversal", ""),
    "PAYMENT.CAPTURE.COMPLETED": ("capture", "2.0", "CapturedPayment", "COMPLETED"),
    "PAYMENT.CAPTURE.PENDING": ("capture", "2.0", "CapturedPayment", "PENDING"),
    "PAYMENT.CAPTURE.DENIED": ("capture", "2.0", "CapturedPayment", "DECLINED"),
    "PAYMENT.CAPTURE.REFUNDED": ("refund", "2.0", "Refund", "COMPLETED"),
    "PAYMENT.CAPTURE.REVERSED": ("refund", "2.0", "Refund", "COMPLETED"),
    "CUSTOMER.DISPUTE.CREATED": ("dispute", "", "Dispute", "WAITING_FOR_SELLER_RESPONSE"),
    "CUSTOMER.DISPUTE.UPDATED": ("dispute", "", "Dispute", "UNDER_REVIEW"),
    "CUSTOMER.DISPUTE.RESOLVED": ("dispute", "", "Dispute", "RESOLVED"),
}
"""For each type of event: `resource_type`, `resource_version`, and what its resource is, with its status."""

NAMES: dict[int, dict[str, str]] = {
    400: {
        "INVALID_REQUEST": "Request is not well-formed, syntactically incorrect, or violates schema.",
        "DUPLICATE_REQUEST_ID": "The value of PayPal-Request-Id header has already been used",
        "VALIDATION_ERROR": "Invalid data provided.",
        "WEBHOOK_URL_ALREADY_EXISTS": "Webhook URL already exists.",
        "WEBHOOK_NUMBER_LIMIT_EXCEEDED": "Limit of number of webhooks for an app exceeded.",
    },
    401: {
        "AUTHENTICATION_FAILURE": (
            "Authentication failed due to missing authorization header, or invalid authentication credentials."
        ),
    },
    403: {"NOT_AUTHORIZED": "Authorization failed due to insufficient permissions."},
    404: {"RESOURCE_NOT_FOUND": "The specified resource does not exist."},
    409: {"RESOURCE_CONFLICT": "The server has detected a conflict while processing this request."},
    413: {"PAYLOAD_TOO_LARGE": "The request payload is too large."},
    415: {"UNSUPPORTED_MEDIA_TYPE": "The server does not support the request payload's media type."},
    422: {
        "UNPROCESSABLE_ENTITY": (
            "The requested action could not be performed, semantically incorrect, or failed business validation."
        ),
    },
    429: {"RATE_LIMIT_REACHED": "Too many requests. Blocked due to rate limiting."},
    500: {"INTERNAL_SERVER_ERROR": "An internal server error occurred."},
    503: {"SERVICE_UNAVAILABLE": "Service Unavailable."},
}
"""The message of each error by status and name."""

ISSUES: dict[str, dict[str, list[str]]] = json.loads(Path(__file__).with_name("paypal_issues.json").read_text())
"""For each issue: its sentences, each with the calls and statuses that have it. An empty sentence means any other."""

OBSERVED: dict[str, str] = {
    "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY": (
        "For the payment_source specified, the currency of the Order is restricted by the country in which the payee account is"
        " based. Please refer https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency"
        " codes."
    ),
    "DECIMALS_NOT_SUPPORTED": (
        "Currency does not support decimals. Please refer to https://developer.paypal.com/docs/api/reference/currency-codes/"
        " for more information."
    ),
    "MISSING_SHIPPING_ADDRESS": "The shipping address is required when `shipping_preference=SET_PROVIDED_ADDRESS`.",
}
"""Issues that PayPal answers, but that its specification does not have for any call here."""
