"""PayPal's error formats: name, issue, JSON pointer and status are the same as the real API's."""

from collections.abc import Sequence

from lightning_cart_sandbox.paypal.issues import ISSUES, NAMES
from lightning_cart_sandbox.types import Json, ProviderRefusal

_DOCUMENTATION = "https://developer.paypal.com/api/rest/reference/orders/v2/errors/"

_NAME_BY_STATUS = {
    400: "INVALID_REQUEST",
    403: "NOT_AUTHORIZED",
    404: "RESOURCE_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "UNPROCESSABLE_ENTITY",
}


class PayPalError(ProviderRefusal):
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
        place = {} if location == "header" else {"location": location}  # PayPal has no word for a header
        entry = {"field": field, **place, **entry}
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
