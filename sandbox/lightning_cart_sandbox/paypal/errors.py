"""PayPal's error formats, and every error of this sandbox by its issue (PayPal: Orders v2 and Payments v2 errors).

Name, issue, JSON pointer and status are the same as the real API's. Two issues are the sandbox's own and begin with `SANDBOX_`.
PayPal ignores unknown fields, but here a misspelt field must be noticed. A field that this sandbox does not act on is refused
rather than ignored.
"""

from collections.abc import Sequence

from lightning_cart_sandbox.types import Json

_DOCUMENTATION = "https://developer.paypal.com/api/rest/reference/orders/v2/errors/"

NAMES: dict[str, tuple[int, str]] = {
    "INVALID_REQUEST": (400, "Request is not well-formed, syntactically incorrect, or violates schema."),
    "VALIDATION_ERROR": (400, "Invalid data provided."),
    "WEBHOOK_NUMBER_LIMIT_EXCEEDED": (400, "Limit of number of webhooks for an app exceeded."),
    "WEBHOOK_URL_ALREADY_EXISTS": (400, "Webhook URL already exists."),
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

_NEW_ORDER = "The payer cannot pay for this transaction with this account."
_PATCHED = "The value of this field cannot be changed by a patch."

ISSUES: dict[str, tuple[int, str]] = {
    "INVALID_ARRAY_MAX_ITEMS": (400, "The number of items in an array parameter is too large."),
    "INVALID_ARRAY_MIN_ITEMS": (400, "The number of items in an array parameter is too small."),
    "INVALID_PARAMETER_SYNTAX": (400, "The value of a field does not conform to the expected format."),
    "INVALID_PARAMETER_VALUE": (400, "The value of a field is invalid."),
    "INVALID_STRING_LENGTH": (400, "The value of a field is either too short or too long."),
    "MALFORMED_REQUEST_JSON": (400, "The request JSON is not well formed."),
    "MISSING_REQUIRED_PARAMETER": (400, "A required field / parameter is missing."),
    "SANDBOX_NOT_IMITATED": (400, "Sandbox: PayPal has this field, but this sandbox does not imitate what it does."),
    "SANDBOX_UNKNOWN_FIELD": (400, "Sandbox: PayPal has no such field. It would ignore it; here it is refused."),
    "PERMISSION_DENIED": (403, "You do not have permission to access or perform operations on this resource."),
    "INVALID_RESOURCE_ID": (404, "Specified resource ID does not exist. Please check the resource ID and try again."),
    "PREVIOUS_REQUEST_IN_PROGRESS": (409, "A previous request on this resource is currently in progress. Try again later."),
    "ACTION_DOES_NOT_MATCH_INTENT": (422, "Order was created with another intent than this action completes."),
    "AMOUNT_MISMATCH": (
        422,
        "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount - discount.",
    ),
    "CANNOT_BE_NEGATIVE": (422, "Must be greater than or equal to zero."),
    "CANNOT_BE_ZERO_OR_NEGATIVE": (422, "Must be greater than zero."),
    "CAPTURE_FULLY_REFUNDED": (422, "The capture has already been fully refunded."),
    "COMPLIANCE_VIOLATION": (422, "Transaction cannot be processed due to a possible compliance violation."),
    "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY": (422, "Currency code not supported for this account's country."),
    "DECIMALS_NOT_SUPPORTED": (422, "Currency does not support decimals."),
    "DECIMAL_PRECISION": (422, "If the currency supports decimals, only two decimal place precision is supported."),
    "DUPLICATE_INVOICE_ID": (
        422,
        (
            "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account setting requires that "
            "Invoice Id be unique for each transaction."
        ),
    ),
    "DUPLICATE_REFERENCE_ID": (422, "`reference_id` must be unique if multiple `purchase_unit` are provided."),
    "DUPLICATE_REQUEST_ID": (422, "The value of PayPal-Request-Id header has already been used with other parameters."),
    "INSTRUMENT_DECLINED": (
        422,
        "The instrument presented was either declined by the processor or bank, or it can't be used for this payment.",
    ),
    "INVALID_CURRENCY_CODE": (422, "Currency code is invalid or is not currently supported."),
    "INVALID_JSON_POINTER_FORMAT": (422, "Path should be a valid JSON Pointer that references a location within the request."),
    "INVALID_PATCH_OPERATION": (422, "The operation cannot be honored: what it removes or replaces is not there."),
    "ITEM_TOTAL_MISMATCH": (422, "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit."),
    "ITEM_TOTAL_REQUIRED": (
        422,
        (
            "If item details are specified (items.unit_amount and items.quantity) corresponding amount.breakdown.item_total is "
            "required."
        ),
    ),
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED": (422, "You have exceeded the maximum number of payment attempts."),
    "MAX_VALUE_EXCEEDED": (422, "Should be less than or equal to 999999999999999.99."),
    "MISSING_SHIPPING_ADDRESS": (422, "The shipping address is required when `shipping_preference=SET_PROVIDED_ADDRESS`."),
    "MULTI_CURRENCY_ORDER": (
        422,
        "Multiple differing values of currency_code are not supported. Entire Order request must have the same currency_code.",
    ),
    "NOT_PATCHABLE": (422, _PATCHED),
    "ORDER_ALREADY_CAPTURED": (422, "Order already captured. If `intent=CAPTURE` only one capture per order is allowed."),
    "ORDER_ALREADY_COMPLETED": (422, "The order cannot be patched after it is completed."),
    "ORDER_COMPLETION_IN_PROGRESS": (422, "Order is currently being captured. Try again later."),
    "ORDER_NOT_APPROVED": (
        422,
        (
            "Payer has not yet approved the Order for payment. Please redirect the payer to the 'rel':'approve' url returned "
            "as part of the HATEOAS links within the Create Order call or provide a valid payment_source in the request."
        ),
    ),
    "PARTIAL_REFUND_NOT_ALLOWED": (422, "You cannot do a refund for an amount less than the original capture amount."),
    "PATCH_VALUE_REQUIRED": (422, "Please specify a value for the field that is being patched."),
    "PAYEE_BLOCKED_TRANSACTION": (422, "The fraud filters of the payee have blocked the transaction."),
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED": (422, "The payer account cannot be used for this transaction."),
    "PAYER_ACCOUNT_RESTRICTED": (422, "The payer account is restricted."),
    "PAYER_ACTION_REQUIRED": (422, "Payer needs to perform an action before the order can proceed."),
    "PAYER_CANNOT_PAY": (422, _NEW_ORDER),
    "PAYPAL_REQUEST_ID_PREVIOUSLY_USED": (422, "The value of PayPal-Request-Id header has already been used."),
    "PENDING_CAPTURE": (422, "Cannot initiate a refund as the capture is pending."),
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": (422, "Transaction failed. Redirect the payer to select another funding source."),
    "REFERENCE_ID_NOT_FOUND": (422, "Filter expression value is incorrect. Check the reference_id and try the request again."),
    "REFERENCE_ID_REQUIRED": (422, "`reference_id` is required for each `purchase_unit` if multiple are provided."),
    "REFUND_AMOUNT_EXCEEDED": (
        422,
        "The refund amount must be less than or equal to the capture amount that has not yet been refunded.",
    ),
    "REFUND_CAPTURE_CURRENCY_MISMATCH": (422, "Refund must be in the same currency as the capture."),
    "REFUND_FAILED_INSUFFICIENT_FUNDS": (422, "Capture could not be refunded due to insufficient funds."),
    "REFUND_NOT_ALLOWED": (422, "Full refund refused: the capture did not bring any money."),
    "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK": (422, "Refunds not allowed on this capture due to a chargeback."),
    "REFUND_TIME_LIMIT_EXCEEDED": (422, "You are over the time limit to perform a refund on this capture."),
    "TAX_TOTAL_MISMATCH": (422, "Should equal sum of (tax * quantity) across all items for a given purchase_unit."),
    "TAX_TOTAL_REQUIRED": (
        422,
        "If item details are specified (items.tax) corresponding amount.breakdown.tax_total is required.",
    ),
    "TRANSACTION_DISPUTED": (422, "The transaction is disputed, so it cannot be refunded here."),
    "TRANSACTION_REFUSED": (422, "The request was refused."),
}
"""The HTTP status and the description of each issue."""

_NAME_BY_STATUS = {
    400: "INVALID_REQUEST",
    403: "NOT_AUTHORIZED",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
}


class PayPalError(Exception):
    """An error response.

    Args:
        name: The error's name, a key of `NAMES`.
        details: One entry for each issue, from `problem`.
        links: Further links, such as the page where the payer chooses another instrument.
    """

    def __init__(self, name: str, details: Sequence[Json] = (), links: Sequence[Json] = ()) -> None:
        self.name = name
        self.status, self.message = NAMES[name]
        self.details = list(details)
        self.links = list(links)
        super().__init__(self.sentence)

    @property
    def issue(self) -> str:
        """The first issue, or the name if there is none."""
        return str(self.details[0]["issue"]) if self.details else self.name

    @property
    def sentence(self) -> str:
        """The message for people."""
        return str(self.details[0]["description"]) if self.details else self.message

    def body(self, debug_id: str) -> Json:
        """Return the JSON of the response."""
        information = {"href": f"{_DOCUMENTATION}#{self.issue}", "rel": "information_link", "method": "GET"}
        return {
            "name": self.name,
            "message": self.message,
            "debug_id": debug_id,
            "details": self.details,
            "links": [*self.links, information],
        }


class OAuthError(PayPalError):
    """An error in OAuth's format: from the token endpoint, or about an invalid token.

    Args:
        error: OAuth's error code.
        description: The message.
        status: The HTTP status.
    """

    def __init__(self, error: str, description: str, status: int = 401) -> None:
        super().__init__("AUTHENTICATION_FAILURE")
        self.status, self.error, self.message = status, error, description

    def body(self, debug_id: str) -> Json:
        """Return the JSON of the response; the debug id is only in the header."""
        del debug_id
        return {"error": self.error, "error_description": self.message}


def problem(issue: str, field: str = "", value: object = None, location: str = "body") -> Json:
    """Return one entry of `details`.

    Args:
        issue: A key of `ISSUES`.
        field: The JSON pointer of the wrong field, or a header's name.
        value: The wrong value; shown if it is a string.
        location: `body`, `path`, `query` or `header`.
    """
    entry: Json = {"issue": issue, "description": ISSUES[issue][1]}
    if field:
        entry = {"field": field, "location": location, **entry}
        if isinstance(value, str):
            entry["value"] = value[:100]
    return entry


def refusal(
    issue: str, field: str = "", value: object = None, *, location: str = "body", links: Sequence[Json] = ()
) -> PayPalError:
    """Return the error for one issue, with the name of its status."""
    return PayPalError(_NAME_BY_STATUS[ISSUES[issue][0]], [problem(issue, field, value, location)], links)


def refused(problems: Sequence[Json]) -> PayPalError:
    """Return the error for several issues of one status."""
    return PayPalError(_NAME_BY_STATUS[ISSUES[problems[0]["issue"]][0]], problems)


def not_found(field: str, identifier: str) -> PayPalError:
    """Return the 404 for an object that does not exist, or no longer exists."""
    return refusal("INVALID_RESOURCE_ID", field, identifier, location="path")
