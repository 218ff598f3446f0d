"""Stripe's error shape, and the errors that more than one endpoint raises (Stripe: errors).

A client must be able to learn the real thing here: the type, the code, the parameter in brackets and the status are the ones
the real API gives.
"""

from lightning_cart_sandbox.types import Json


class StripeError(Exception):
    """An answer that is a refusal.

    Args:
        message: The sentence for the developer.
        status: The HTTP status.
        kind: Stripe's `error.type`.
        code: Stripe's `error.code`, if this refusal has one.
        param: The parameter at fault, with brackets, if one is.
        validation: Whether the request was refused before it started to run. Such an answer is not kept for its idempotency
            key, so that a corrected request may use the key again (Stripe: idempotent requests).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        validation: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.validation = validation

    def body(self, request_id: str) -> Json:
        """Return the JSON of the answer; fields that do not apply are left out, as Stripe does."""
        error: Json = {"message": self.message, "type": self.kind}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> StripeError:
    """Return the 400 for parameters that are wrong in themselves."""
    return StripeError(message, code=code, param=param, validation=True)


def missing(kind: str, identifier: str, param: str, status: int = 404) -> StripeError:
    """Return the answer for an object that does not exist: 404 in the path, 400 when a parameter names it."""
    return StripeError(
        f"No such {kind}: '{identifier}'",
        status=status,
        code="resource_missing",
        param=param,
        validation=True,
    )
