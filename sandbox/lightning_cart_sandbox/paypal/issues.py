"""The names and issues of PayPal's errors, with its own sentences (PayPal: Orders v2 and Payments v2 errors).

A few sentences lack a full stop or a space, as they do at PayPal. `MISSING_SHIPPING_ADDRESS` and `DUPLICATE_REQUEST_ID` are
not in PayPal's specification, but its API answers them. Two issues are the sandbox's own and begin with `SANDBOX_`. PayPal
ignores unknown fields, but here a misspelt field must be noticed. A field that this sandbox does not act on is refused rather
than ignored.
"""

from lightning_cart_sandbox.paypal.delivery_issues import DELIVERY_ISSUES

NAMES: dict[str, tuple[int, str]] = {
    "INVALID_REQUEST": (400, "Request is not well-formed, syntactically incorrect, or violates schema."),
    "VALIDATION_ERROR": (400, "Invalid data provided."),
    "WEBHOOK_NUMBER_LIMIT_EXCEEDED": (400, "Limit of number of webhooks for an app exceeded."),
    "WEBHOOK_URL_ALREADY_EXISTS": (400, "Webhook URL already exists."),
    "DUPLICATE_REQUEST_ID": (400, "The value of PayPal-Request-Id header has already been used"),
    "AUTHENTICATION_FAILURE": (
        401,
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    "NOT_AUTHORIZED": (403, "Authorization failed due to insufficient permissions."),
    "RESOURCE_NOT_FOUND": (404, "The specified resource does not exist."),
    "RESOURCE_CONFLICT": (409, "The server has detected a conflict while processing this request."),
    "PAYLOAD_TOO_LARGE": (413, "The request payload is too large."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "The server does not support the request payload's media type."),
    "UNPROCESSABLE_ENTITY": (
        422,
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
    "RATE_LIMIT_REACHED": (429, "Too many requests. Blocked due to rate limiting."),
    "INTERNAL_SERVER_ERROR": (500, "An internal server error occurred."),
    "SERVICE_UNAVAILABLE": (503, "Service Unavailable."),
}
"""The HTTP status and the message of each error name."""

ISSUES: dict[str, tuple[int, str]] = {
    "INVALID_ARRAY_MAX_ITEMS": (400, "The number of items in an array parameter is too large."),
    "INVALID_ARRAY_MIN_ITEMS": (400, "The number of items in an array parameter is too small."),
    "INVALID_PARAMETER_SYNTAX": (400, "The value of a field does not conform to the expected format."),
    "INVALID_PARAMETER_VALUE": (400, "A parameter value is not valid."),
    "INVALID_PATCH_OPERATION": (
        400,
        (
            "The operation cannot be honored. Cannot add a property that's already present, use replace. Cannot remove a "
            "property thats not present, use add. Cannot replace a property thats not present, use add."
        ),
    ),
    "INVALID_STRING_LENGTH": (400, "The value of a field is either too short or too long"),
    "MALFORMED_REQUEST_JSON": (400, "The request JSON is not well formed."),
    "MISSING_REQUIRED_PARAMETER": (400, "A required field / parameter is missing"),
    "PAYPAL_REQUEST_ID_REQUIRED": (
        400,
        (
            "A PayPal-Request-Id is required if you are trying to process payment for an Order. Please specify a "
            "PayPal-Request-Id or Create the Order without a 'payment_source' specified."
        ),
    ),
    "SANDBOX_NOT_IMITATED": (400, "Sandbox: PayPal has this field, and it is not imitated by this sandbox."),
    "SANDBOX_UNKNOWN_FIELD": (400, "Sandbox: PayPal has no such field. It would ignore it; here it is refused."),
    "PERMISSION_DENIED": (403, "You do not have permission to access or perform operations on this resource."),
    "INVALID_RESOURCE_ID": (404, "Specified resource ID does not exist. Please check the resource ID and try again."),
    "PREVIOUS_REQUEST_IN_PROGRESS": (
        409,
        (
            "A previous request on this resource is currently in progress. Please wait for sometime and try again. It is "
            "best to space out the initial and the subsequent request(s) to avoid receiving this error."
        ),
    ),
    "AMOUNT_MISMATCH": (
        422,
        "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
    ),
    "CANNOT_BE_NEGATIVE": (
        422,
        (
            "Must be greater than or equal to 0. If the currency supports decimals, only two decimal place precision is "
            "supported."
        ),
    ),
    "CANNOT_BE_ZERO_OR_NEGATIVE": (
        422,
        "Must be greater than zero. If the currency supports decimals, only two decimal place precision is supported.",
    ),
    "CAPTURE_FULLY_REFUNDED": (422, "The capture has already been fully refunded"),
    "COMPLIANCE_VIOLATION": (422, "Transaction is declined due to compliance violation."),
    "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY": (
        422,
        (
            "For the payment_source specified, the currency of the Order is restricted by the country in which the payee "
            "account is based. Please refer https://developer.paypal.com/api/rest/reference/currency-codes/ for list of "
            "supported currency codes."
        ),
    ),
    "DECIMALS_NOT_SUPPORTED": (
        422,
        (
            "Currency does not support decimals. Please refer to "
            "https://developer.paypal.com/docs/api/reference/currency-codes/ for more information."
        ),
    ),
    "DECIMAL_PRECISION": (422, "If the currency supports decimals, only two decimal place precision is supported."),
    "DUPLICATE_INVOICE_ID": (
        422,
        (
            "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires that"
            " Invoice Id be unique for each transaction."
        ),
    ),
    "DUPLICATE_REFERENCE_ID": (422, "`reference_id` must be unique if multiple `purchase_unit` are provided."),
    "INSTRUMENT_DECLINED": (
        422,
        ("The instrument presented  was either declined by the processor or bank, or it can't be used for this payment."),
    ),
    "INVALID_CURRENCY_CODE": (
        422,
        (
            "Currency code is invalid or is not currently supported. Please refer "
            "https://developer.paypal.com/api/rest/reference/currency-codes/ for list of supported currency codes."
        ),
    ),
    "INVALID_JSON_POINTER_FORMAT": (
        422,
        (
            "Path should be a valid JSON Pointer https://tools.ietf.org/html/rfc6901 that references a location within "
            "the request where the operation is performed."
        ),
    ),
    "ITEM_TOTAL_MISMATCH": (422, "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit."),
    "ITEM_TOTAL_REQUIRED": (
        422,
        (
            "If item details are specified (items.unit_amount and items.quantity) corresponding "
            "amount.breakdown.item_total is required."
        ),
    ),
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": (422, "You have exceeded the maximum number of payment attempts."),
    "MAX_VALUE_EXCEEDED": (422, "Should be less than or equal to 999999999999999.99."),
    "MISSING_SHIPPING_ADDRESS": (422, "The shipping address is required when `shipping_preference=SET_PROVIDED_ADDRESS`."),
    "MULTI_CURRENCY_ORDER": (
        422,
        (
            "Multiple differing values of currency_code are not supported. Entire Order request must have the same "
            "currency_code."
        ),
    ),
    "NOT_PATCHABLE": (422, "Cannot be patched."),
    "ORDER_ALREADY_CAPTURED": (422, "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed."),
    "ORDER_ALREADY_COMPLETED": (422, "The order cannot be patched after it is completed."),
    "ORDER_COMPLETION_IN_PROGRESS": (
        422,
        (
            "The order was created with processing_instruction of ORDER_COMPLETE_ON_PAYMENT_APPROVAL. The customer has "
            "approved the payment and PayPal is still in the process of capturing the order on your behalf as instructed."
            " Please try your request again."
        ),
    ),
    "ORDER_NOT_APPROVED": (
        422,
        (
            "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url "
            "returned as part of the HATEOAS links within the Create Order call or provide a valid `payment_source` in "
            "the request."
        ),
    ),
    "PARTIAL_REFUND_NOT_ALLOWED": (422, "You cannot do a refund less than the original capture amount."),
    "PATCH_VALUE_REQUIRED": (422, "Please specify a 'value' to for the field that is being patched."),
    "PAYEE_BLOCKED_TRANSACTION": (422, "The Fraud settings for this seller are such that this payment cannot be executed."),
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": (422, "The payer account cannot be used for this transaction."),
    "PAYER_ACCOUNT_RESTRICTED": (422, "PAYER_ACCOUNT_RESTRICTED"),
    "PAYER_ACTION_REQUIRED": (422, "Transaction cannot complete successfully, instruct the buyer to return to PayPal."),
    "PAYER_CANNOT_PAY": (
        422,
        ("Payer cannot pay for this transaction. Please contact the payer to find other ways to pay for this transaction."),
    ),
    "PENDING_CAPTURE": (
        422,
        (
            "Cannot initiate a refund as the capture is pending. Capture is typically pending when the payer has funded "
            "the transaction using e-check/bank funded."
        ),
    ),
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": (422, "Transaction failed. Redirect the payer to select another funding source."),
    "REFERENCE_ID_NOT_FOUND": (
        422,
        "Filter expression value is incorrect. Please check the value of the reference_id and try again.",
    ),
    "REFERENCE_ID_REQUIRED": (
        422,
        "'reference_id' is required for each 'purchase_unit' if multiple 'purchase_unit' are provided.",
    ),
    "REFUND_AMOUNT_EXCEEDED": (
        422,
        "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
    ),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": (422, "Refund must be in the same currency as the capture"),
    "REFUND_FAILED_INSUFFICIENT_FUNDS": (
        422,
        (
            "Capture could not be refunded due to insufficient funds. Please check to see if you have sufficient funds in"
            " your PayPal account or if the bank account linked to your PayPal account is verified and has sufficient "
            "funds."
        ),
    ),
    "REFUND_NOT_ALLOWED": (422, "Capture cannot be refunded."),
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": (
        422,
        (
            "Refunds are not allowed on this capture due to a chargeback on the card or bank. Please contact the payee to"
            " resolve the chargeback."
        ),
    ),
    "REFUND_TIME_LIMIT_EXCEEDED": (422, "You are over the time limit to perform a refund on this capture"),
    "TAX_TOTAL_MISMATCH": (422, "Should equal sum of (tax * quantity) across all items for a given purchase_unit."),
    "TAX_TOTAL_REQUIRED": (
        422,
        (
            "If item details are specified (items.tax_total and items.quantity) corresponding amount.breakdown.tax_total "
            "is required."
        ),
    ),
    "TRANSACTION_DISPUTED": (
        422,
        (
            "Partial refunds cannot be offered at this time because there is an open case on this transaction. Visit the "
            "PayPal Resolution Center to review this case."
        ),
    ),
    "TRANSACTION_REFUSED": (422, "The request was refused."),
    **DELIVERY_ISSUES,
}
"""The HTTP status and the description of each issue."""
