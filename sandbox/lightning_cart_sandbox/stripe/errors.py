"""Stripe's error format, and the errors that more than one endpoint raises (Stripe: errors).

The type, the code, the parameter in brackets and the status are the same as the real API's.
"""

from lightning_cart_sandbox.types import Json, ProviderRefusal

_MAX_SHOWN = 200


class StripeError(ProviderRefusal):
    """An error response.

    Args:
        message: The message for the developer.
        status: The HTTP status.
        kind: Stripe's `error.type`.
        code: Stripe's `error.code`, if there is one.
        param: The wrong parameter with brackets, if there is one.
        details: Further fields of the error, such as `decline_code` and `payment_intent`.
        validation: Whether the request was refused before it ran. Such a response is not kept for its idempotency key, so a
            corrected request can use the key again (Stripe: idempotent requests).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        details: Json | None = None,
        validation: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.details = details or {}
        self.validation = validation

    def body(self, request_id: str) -> Json:
        """Return the JSON of the response, without fields that do not apply."""
        error: Json = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error |= self.details
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """Return the 400 for a wrong parameter."""
    return StripeError(message, code=code, param=param, validation=True)


def card_error(error: Json, **owner: Json) -> StripeError:
    """Return the 402 of a declined card.

    Args:
        error: The error, from `decline_error`.
        **owner: What the card was for: `payment_intent` or `setup_intent`.
    """
    shown = {name: error[name] for name in ("decline_code", "payment_method") if name in error}
    return StripeError(error["message"], status=402, kind=error["type"], code=error["code"], details=shown | owner)


def storage_failure() -> StripeError:
    """Return the 500 for a state that cannot be saved. The request had no effect."""
    message = "Sandbox: the state could not be saved. Free some space on the disk, then send the request again."
    return StripeError(message, status=500, kind="api_error")


def missing(kind: str, identifier: str, param: str, status: int = 404) -> StripeError:
    """Return the error for an object that does not exist: 404 for an id in the path, 400 for one in a parameter."""
    return StripeError(
        f"No such {kind}: '{identifier[:_MAX_SHOWN]}'",
        status=status,
        code="resource_missing",
        param=param,
        validation=True,
    )
