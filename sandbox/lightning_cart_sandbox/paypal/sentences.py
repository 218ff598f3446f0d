"""What single calls say about an issue if it is not what most calls say (PayPal: Orders v2 and Payments v2 errors)."""

from collections.abc import Iterator
from contextlib import contextmanager

from lightning_cart_sandbox.paypal.errors import PayPalError

_ORDERS = "/v2/checkout/orders"
_GENERAL = {
    "INVALID_PARAMETER_VALUE": "The value of a field is invalid.",
    "INVALID_STRING_LENGTH": "The value of a field is either too short or too long.",
    "MISSING_REQUIRED_PARAMETER": "A required field / parameter is missing.",
}
SENTENCES: dict[str, dict[str, str]] = {
    f"POST {_ORDERS}": {"MISSING_REQUIRED_PARAMETER": "A required parameter is missing."},
    f"PATCH {_ORDERS}/*": {name: _GENERAL[name] for name in ("INVALID_PARAMETER_VALUE", "MISSING_REQUIRED_PARAMETER")},
    f"POST {_ORDERS}/*/track": {name: _GENERAL[name] for name in ("INVALID_STRING_LENGTH", "MISSING_REQUIRED_PARAMETER")},
    f"PATCH {_ORDERS}/*/trackers/*": _GENERAL
    | {
        "INVALID_JSON_POINTER_FORMAT": (
            "Path should be a valid [JSON Pointer](https://tools.ietf.org/html/rfc6901) that references a location within the "
            "request where the operation is performed."
        ),
        "MISSING_REQUIRED_PARAMETER": "A required field or parameter is missing.",
        "PATCH_PATH_REQUIRED": "Specify a `value` for the field in which the operation needs to be performed.",
        "PATCH_VALUE_REQUIRED": "Specify a `value` for the field being patched.",
    },
    "POST /v2/payments/captures/*/refund": _GENERAL
    | {"DUPLICATE_INVOICE_ID": "Invoice ID was previously used to refund a capture."},
}
"""The sentences of each call by method and path."""


@contextmanager
def worded_by(call: str) -> Iterator[None]:
    """Give the errors of a block the sentences of a call, which is named as in `SENTENCES`."""
    sentences = SENTENCES.get(call, {})
    try:
        yield
    except PayPalError as error:
        for detail in error.details:
            detail["description"] = sentences.get(detail["issue"], detail["description"])
        raise
