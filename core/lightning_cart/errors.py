"""Exceptions, grouped by who has to act: caller, provider or operator.

    LightningCartError
    ├── RequestError                    the caller has to change the request
    │   ├── MalformedRequest, InvalidField, BodyTooLarge, UnsupportedMediaType
    │   ├── NotFound, MethodNotAllowed, ReceiptRequired, AdminTokenRequired
    │   ├── OrderStateConflict, CheckoutEnded, IdempotencyConflict
    │   ├── TooManyRequests             with TooManyWrongCodes, TooManyFreeOrders
    │   └── BadSignature                the provider did not sign the webhook
    ├── ProviderError                   the provider failed or refused
    │   ├── ProviderUnavailable         no response, or a status that asks for a retry; with ProviderTimeout
    │   └── ProviderRefused             a definite refusal
    ├── ConfigurationError              the operator has to act
    │   ├── InvalidSettings, UnknownStrategy
    │   └── CatalogError                the catalogue files have mistakes; see `domain/catalog_mistakes.py`
    ├── TemporarilyUnavailable          the same request will succeed later
    │   └── OrderNotFoundYet, OrderBusy, VerificationUnavailable, StorageUnavailable
    └── MoneyError                      an amount is impossible

Details are in attributes. `web/problem.py` alone decides which HTTP status a class becomes.
"""

from collections.abc import Sequence

from lightning_cart.setting_values import NOT_SET, SettingProblem


class LightningCartError(Exception):
    """Base class of all exceptions of this package.

    `site_id` is the site whose buyer meets the exception, as far as it is known: the page for the buyer links to that shop.
    """

    site_id = ""


class RequestError(LightningCartError):
    """The caller has to change the request."""


class MalformedRequest(RequestError):
    """The body cannot be parsed: it is not JSON, not UTF-8 or not an object."""


class InvalidField(RequestError):
    """One field of the request has a wrong value.

    Args:
        field: The path of the field, such as `items[0].quantity`.
        reason: What would be accepted, for a developer, as a sentence without its subject.
        for_buyer: What a buyer can do about it, as whole sentences. Empty if only a developer can cause and correct it.
    """

    def __init__(self, field: str, reason: str, for_buyer: str = "") -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason
        self.for_buyer = for_buyer


class BodyTooLarge(RequestError):
    """The body exceeds the limit of its route.

    Args:
        limit: In bytes.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")
        self.limit = limit


class UnsupportedMediaType(RequestError):
    """The route does not accept this content type."""


class NotFound(RequestError):
    """No route, order or provider matches this URL."""


class MethodNotAllowed(RequestError):
    """The route exists, but not for this method.

    Args:
        allowed: The methods of the route.
    """

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"use {' or '.join(allowed)}")
        self.allowed = tuple(allowed)


class ReceiptRequired(RequestError):
    """The receipt is missing, expired or another order's."""


class AdminTokenRequired(RequestError):
    """The operator's token is missing or wrong."""


class OrderStateConflict(RequestError):
    """The order's status does not allow this request."""


class CheckoutEnded(RequestError):
    """The checkout that was opened with this idempotency key has ended.

    Args:
        order_id: The order of that checkout.
        status: The order's status.
    """

    def __init__(self, order_id: str, status: str) -> None:
        super().__init__(
            f"the checkout of this Idempotency-Key has ended, and its order is {status}: use a new key, which makes a new order"
        )
        self.order_id = order_id
        self.status = status


class TooManyRequests(RequestError):
    """The client address exceeds the rate limit of checkouts.

    Args:
        retry_after: Seconds until the next request is accepted.
    """

    what = "checkouts from this address"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"too many {self.what}; retry in {retry_after} seconds")
        self.retry_after = retry_after


class TooManyWrongCodes(TooManyRequests):
    """The client address has tried too many codes that do not exist. A cart without a code is still taken."""

    what = "codes from this address that do not exist"


class TooManyFreeOrders(TooManyRequests):
    """The client address, or the e-mail address for the same code or goods, has had too many free orders."""

    what = "free orders from this address, or to this e-mail address for the same code or goods"


class IdempotencyConflict(RequestError):
    """The idempotency key was used with another body."""


class BadSignature(RequestError):
    """The webhook is unsigned, too old or unreadable."""


class ProviderError(LightningCartError):
    """The provider failed or refused.

    Args:
        provider: The provider's name, such as `stripe`.
        reason: What happened, without personal data or secrets.
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
    """No response, or one that asks for a retry. The outcome is unknown; a retry with the same key is safe."""


class ProviderTimeout(ProviderUnavailable):
    """No response in time."""


class ProviderRefused(ProviderError):
    """A definite refusal: the same request would be refused again."""


class ConfigurationError(LightningCartError):
    """The operator has to act."""


class InvalidSettings(ConfigurationError):
    """Settings are missing or malformed.

    Args:
        names: The settings at fault.
        reason: What is wrong with them, without their values.
        problems: What is wrong with each of them. Default: the reason, or that it is not set.
    """

    def __init__(self, names: Sequence[str], reason: str = "", problems: Sequence[SettingProblem] = ()) -> None:
        super().__init__(reason or f"not set: {', '.join(names)}")
        self.names = tuple(names)
        self.problems = tuple(problems) or tuple(SettingProblem(name, reason or NOT_SET) for name in names)

    @classmethod
    def of(cls, problems: Sequence[SettingProblem]) -> "InvalidSettings":
        """Return the error of some problems, one of each setting."""
        return cls([problem.name for problem in problems], "; ".join(map(str, problems)), problems)


class UnknownStrategy(ConfigurationError):
    """The order's strategy is not in this engine, as after its provider was removed.

    Args:
        strategy: The strategy's name.
    """

    def __init__(self, strategy: str) -> None:
        super().__init__(f"the strategy {strategy} is not in this engine: deploy a release that has it to change its orders")
        self.strategy = strategy


class TemporarilyUnavailable(LightningCartError):
    """Nothing was acknowledged, and the same request will succeed later."""


class OrderNotFoundYet(TemporarilyUnavailable):
    """The event names an order of this engine whose checkout is not stored yet.

    Args:
        order_id: The order that the event names.
    """

    def __init__(self, order_id: str) -> None:
        super().__init__(f"the checkout of order {order_id} is not stored yet")
        self.order_id = order_id


class OrderBusy(TemporarilyUnavailable):
    """Another call is asking the provider about the order at this moment.

    Args:
        order_id: The order.
    """

    def __init__(self, order_id: str) -> None:
        super().__init__(f"the provider is being asked about order {order_id}")
        self.order_id = order_id


class VerificationUnavailable(TemporarilyUnavailable):
    """The provider could not be asked whether it sent a webhook."""


class StorageUnavailable(TemporarilyUnavailable):
    """The database did not respond."""


class MoneyError(LightningCartError, ValueError):
    """An impossible amount: a malformed string, an unknown currency, or a sum of two currencies."""
