"""Everything that can go wrong, as a tree by whose fault it is.

    LightningCartError
    ├── RequestError                 the caller's fault: change the request
    │   ├── MalformedRequest         the body cannot be read at all
    │   ├── InvalidField             one field is at fault, and is named
    │   ├── BodyTooLarge
    │   ├── UnsupportedMediaType       a content type that the route does not read
    │   ├── NotFound
    │   ├── MethodNotAllowed
    │   ├── Unauthorized             no receipt, or not this order's
    │   ├── AdminTokenRequired                no operator's token
    │   ├── OrderStateConflict              the order does not allow it as it stands
    │   ├── TooManyRequests          from one place, in too short a time
    │   ├── IdempotencyConflict      the same key came with another body
    │   └── BadSignature             a webhook that the provider did not sign
    ├── ProviderError                the provider's fault: our request was right
    │   ├── ProviderUnavailable      no answer, or one that says "later"
    │   │   └── ProviderTimeout
    │   └── ProviderRefused          it answered no, and will again
    ├── ConfigurationError           our own fault: an operator has to act
    │   ├── InvalidSettings              secrets or settings that are absent or malformed
    │   └── CatalogError             mistakes in config/products.toml or sites.toml; see `domain/catalog_files.py`
    ├── TemporarilyUnavailable                    nobody's fault yet: the same request will do later
    │   ├── OrderNotFoundYet         a true event of an order that is not stored yet
    │   ├── VerificationUnavailable  the provider could not be asked whether a webhook is its own
    │   └── StorageUnavailable       the database did not answer
    └── MoneyError                   an amount that cannot be: a wrong text, or two currencies added

Evidence is in attributes. Which HTTP status a class becomes is decided in `problem.py` alone.
"""

from collections.abc import Sequence


class LightningCartError(Exception):
    """Root of the tree."""


class RequestError(LightningCartError):
    """The caller's fault."""


class MalformedRequest(RequestError):
    """The body cannot be read at all: not JSON, not UTF-8, not an object."""


class InvalidField(RequestError):
    """One field of the request cannot be accepted.

    Args:
        field: Its path in the request, such as `items[0].quantity`.
        reason: A sentence that says what would be accepted.
    """

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class BodyTooLarge(RequestError):
    """The body is longer than its route reads.

    Args:
        limit: What the route reads at most, in bytes.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


class UnsupportedMediaType(RequestError):
    """The route does not read this content type."""


class NotFound(RequestError):
    """Nothing stands at this address."""


class MethodNotAllowed(RequestError):
    """The address exists, the method does not.

    Args:
        allowed: The methods that do.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"use {' or '.join(allowed)}")
        self.allowed = tuple(allowed)


class ReceiptRequired(RequestError):
    """No receipt, an expired one, or one of another order."""


class AdminTokenRequired(RequestError):
    """No operator's token, or a wrong one."""


class OrderStateConflict(RequestError):
    """The order does not allow this as it stands now."""


class TooManyRequests(RequestError):
    """Too many checkouts from one place in too short a time.

    Args:
        wait: Seconds after which the next one is let in.
    """

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many checkouts came from where you are; send the same request again in {wait} seconds")
        self.retry_after = wait


class IdempotencyConflict(RequestError):
    """The idempotency key was used before, with another body."""


class BadSignature(RequestError):
    """The webhook is not signed by the provider, or is too old, or cannot be read."""


class ProviderError(LightningCartError):
    """The provider's fault.

    Args:
        provider: Its name, such as `stripe`.
        reason: What happened, in words without personal data or secrets.
        status: The HTTP status of the provider's response, or None if there was none.
        code: The provider's own error code, or "".
        reference: The provider's id of the request, which its support asks for, or "".
    """

    def __init__(self, provider: str, reason: str, *, status: int | None = None, code: str = "", reference: str = "") -> None:
        super().__init__(f"{provider}: {reason}")
        self.provider = provider
        self.reason = reason
        self.status = status
        self.code = code
        self.reference = reference


class ProviderUnavailable(ProviderError):
    """No answer, or one that asks to come again: the outcome is unknown and a retry with the same key is safe."""


class ProviderTimeout(ProviderUnavailable):
    """No answer in time."""


class ProviderRefused(ProviderError):
    """A definite no. Repeating the same request gives the same answer."""


class ConfigurationError(LightningCartError):
    """Our own fault: an operator has to act."""


class InvalidSettings(ConfigurationError):
    """Secrets or settings that are absent or malformed.

    Args:
        names: The settings at fault.
        reason: What is wrong with them, without their values.
    """

    def __init__(self, names: Sequence[str], reason: str = "") -> None:
        super().__init__(reason or f"not set: {', '.join(names)}")
        self.names = tuple(names)


class TemporarilyUnavailable(LightningCartError):
    """Nothing was acknowledged; the same request will do later."""


class OrderNotFoundYet(TemporarilyUnavailable):
    """The event names an order of ours that is not stored (yet).

    Args:
        order_id: The order that the event names.
    """

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} is not readable yet")
        self.order_id = order_id


class VerificationUnavailable(TemporarilyUnavailable):
    """The provider could not be asked whether a webhook is its own."""


class StorageUnavailable(TemporarilyUnavailable):
    """The database did not answer."""


class MoneyError(LightningCartError, ValueError):
    """An amount that cannot be: a wrong text, an unknown currency, two currencies added."""
