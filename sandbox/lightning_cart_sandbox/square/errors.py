"""Square's error format, and the errors that more than one endpoint raises (Square: handling errors).

Category, code, field and status are the same as the real API's.
"""

from lightning_cart_sandbox.types import Json, ProviderRefusal

NOT_IMITATED = "{what} is not imitated by this sandbox. Square has it: test it against Square's own sandbox."
"""The message for what Square has and this sandbox has not."""


class SquareError(ProviderRefusal):
    """An error response.

    Args:
        code: Square's `code`.
        detail: The message for the developer.
        field: The path of the wrong field, such as `order.line_items[0].quantity`, if there is one.
        status: The HTTP status.
        category: Square's `category`.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        field: str | None = None,
        *,
        status: int = 400,
        category: str = "INVALID_REQUEST_ERROR",
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.status = status
        self.category = category

    def body(self) -> Json:
        """Return the JSON of the response."""
        error = {"category": self.category, "code": self.code, "detail": self.detail}
        return {"errors": [{**error, "field": self.field} if self.field else error]}


def storage_failure() -> SquareError:
    """Return the 503 for a state that cannot be saved. The request had no effect."""
    detail = "Sandbox: the state could not be saved. Free some space on the disk, then send the request again."
    return SquareError("SERVICE_UNAVAILABLE", detail, status=503, category="API_ERROR")


def missing(field: str) -> SquareError:
    """Return the error for a missing field."""
    return SquareError("MISSING_REQUIRED_PARAMETER", "Field must be set", field)


def not_found(resource: str, identifier: str, field: str | None = None) -> SquareError:
    """Return the 404 for an object that does not exist."""
    return SquareError("NOT_FOUND", f"{resource} with id '{identifier[:80]}' was not found.", field, status=404)


def version_conflict(current: int, wanted: int, field: str) -> SquareError:
    """Return the 409 for a change of an object that has another version by now."""
    return SquareError("CONFLICT", f"The version is {current}, not {wanted}.", field, status=409)


def not_supported(field: str) -> SquareError:
    """Return the error for a feature that the real API has and this sandbox does not."""
    return SquareError(
        "SANDBOX_NOT_SUPPORTED",
        NOT_IMITATED.format(what=f"The field '{field}'"),
        field,
    )
