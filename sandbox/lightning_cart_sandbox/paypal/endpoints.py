"""Every call of the API: method, path, what it accepts, what it does and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from lightning_cart_sandbox.paypal import parameters
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.captures import capture_order, capture_view
from lightning_cart_sandbox.paypal.certificates import Certificates
from lightning_cart_sandbox.paypal.errors import PayPalError
from lightning_cart_sandbox.paypal.events import add_webhook, delete_webhook, resend
from lightning_cart_sandbox.paypal.idempotency import ORDERS_SECONDS, PAYMENTS_SECONDS
from lightning_cart_sandbox.paypal.orders import create_order, current_order, order_view
from lightning_cart_sandbox.paypal.patches import patch_order
from lightning_cart_sandbox.paypal.refunds import refund_capture, refund_view
from lightning_cart_sandbox.paypal.schema import Fields
from lightning_cart_sandbox.paypal.signing import verify
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.schema import FieldType, ListOf, Text
from lightning_cart_sandbox.types import Json


@dataclass(frozen=True)
class Call:
    """One request, read.

    Attributes:
        identifier: The id in its path.
        params: Its JSON, of the right shape.
        text: The same JSON as it was sent.
        certificates: What webhooks are signed with.
    """

    identifier: str
    params: Any
    text: str
    certificates: Certificates


type Handler = Callable[[Account, Call], Json | PayPalError | None]
"""Does the work; returns the object, a refusal that is a fact and stays, or nothing (204)."""


class View(Protocol):
    """Turns a stored object into an answer."""

    def __call__(self, account: Account, document: Json, /, *, full: bool) -> Json:
        """Return the answer, in full or with what `Prefer: return=minimal` leaves."""
        ...


def _plain(account: Account, document: Json, /, *, full: bool) -> Json:
    del account, full
    return public(document)


@dataclass(frozen=True)
class Endpoint:
    """One call.

    Attributes:
        method: The HTTP method.
        path: The path below `/paypal`; `{}` stands for the id.
        handler: What it does.
        view: How the object is shown.
        shape: What its body must be.
        status: The HTTP status when something was made or done.
        kind: The kind of object that a request id leads back to.
        kept_seconds: How long a request id is kept; 0 where there are none.
        compares: Whether the same request id with another body is refused.
        busy: The issue for whoever comes while it runs.
        always_full: Whether `Prefer` makes no difference.
        mocks: What `PayPal-Mock-Response` may ask for here.
    """

    method: str
    path: str
    handler: Handler
    view: View = _plain
    shape: FieldType = parameters.NOTHING
    status: int = 200
    kind: str = ""
    kept_seconds: int = 0
    compares: bool = False
    busy: str = "PREVIOUS_REQUEST_IN_PROGRESS"
    always_full: bool = True
    mocks: frozenset[str] = field(default_factory=frozenset)

    def match(self, method: str, path: str) -> str | None:
        """Return the id in a path that is this endpoint's (empty when it has none), or `None`."""
        if method != self.method:
            return None
        before, _, after = self.path.partition("{}")
        if "{}" not in self.path:
            return "" if path == self.path else None
        identifier = path.removeprefix(before).removesuffix(after)
        fits = path == f"{before}{identifier}{after}" and identifier and "/" not in identifier
        return identifier if fits else None


def _list_webhooks(account: Account, _: Call) -> Json:
    return {"webhooks": account.find("webhook")[::-1]}


def _list_events(account: Account, _: Call) -> Json:
    events = [public(event) for event in account.find("event", limit=100)]
    return {"events": events, "count": len(events), "links": []}


def _delete_webhook(account: Account, call: Call) -> None:
    delete_webhook(account, call.identifier)


def _patch(account: Account, call: Call) -> None:
    patch_order(account, call.identifier, call.params or [])


_COMMON = "INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE RATE_LIMIT_REACHED NOT_AUTHORIZED PERMISSION_DENIED"
_CREATE_MOCKS = "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY COMPLIANCE_VIOLATION DUPLICATE_INVOICE_ID PAYEE_BLOCKED_TRANSACTION"
_CAPTURE_MOCKS = (
    "ORDER_NOT_APPROVED ORDER_ALREADY_CAPTURED INSTRUMENT_DECLINED PAYER_ACTION_REQUIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING "
    "DUPLICATE_INVOICE_ID MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED TRANSACTION_REFUSED PAYER_CANNOT_PAY COMPLIANCE_VIOLATION "
    "PAYEE_BLOCKED_TRANSACTION PAYER_ACCOUNT_RESTRICTED PAYER_ACCOUNT_LOCKED_OR_CLOSED ORDER_COMPLETION_IN_PROGRESS "
    "ACTION_DOES_NOT_MATCH_INTENT INVALID_RESOURCE_ID PREVIOUS_REQUEST_IN_PROGRESS"
)
_REFUND_MOCKS = (
    "CAPTURE_FULLY_REFUNDED REFUND_AMOUNT_EXCEEDED REFUND_TIME_LIMIT_EXCEEDED PENDING_CAPTURE TRANSACTION_DISPUTED "
    "REFUND_FAILED_INSUFFICIENT_FUNDS PARTIAL_REFUND_NOT_ALLOWED DUPLICATE_INVOICE_ID REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK "
    "TRANSACTION_REFUSED INVALID_RESOURCE_ID PREVIOUS_REQUEST_IN_PROGRESS"
)


def _mocks(names: str = "INVALID_RESOURCE_ID") -> frozenset[str]:
    return frozenset(f"{_COMMON} {names}".split())


_ORDERS, _PAYMENTS, _NOTIFICATIONS = "/v2/checkout/orders", "/v2/payments", "/v1/notifications"

ENDPOINTS = (
    Endpoint(
        "POST",
        _ORDERS,
        lambda account, call: create_order(account, call.params),
        order_view,
        parameters.ORDER_CREATE,
        status=201,
        kind="order",
        kept_seconds=ORDERS_SECONDS,
        always_full=False,
        mocks=_mocks(_CREATE_MOCKS),
    ),
    Endpoint(
        "GET", f"{_ORDERS}/{{}}", lambda account, call: current_order(account, call.identifier), order_view, mocks=_mocks()
    ),
    Endpoint("PATCH", f"{_ORDERS}/{{}}", _patch, shape=parameters.PATCHES, mocks=_mocks()),
    Endpoint(
        "POST",
        f"{_ORDERS}/{{}}/capture",
        lambda account, call: capture_order(account, call.identifier),
        order_view,
        parameters.ORDER_CAPTURE,
        status=201,
        kind="order",
        kept_seconds=ORDERS_SECONDS,
        busy="ORDER_COMPLETION_IN_PROGRESS",
        always_full=False,
        mocks=_mocks(_CAPTURE_MOCKS),
    ),
    Endpoint(
        "GET",
        f"{_PAYMENTS}/captures/{{}}",
        lambda account, call: account.get("capture", call.identifier),
        capture_view,
        mocks=_mocks(),
    ),
    Endpoint(
        "POST",
        f"{_PAYMENTS}/captures/{{}}/refund",
        lambda account, call: refund_capture(account, call.identifier, call.params),
        refund_view,
        parameters.REFUND_CREATE,
        status=201,
        kind="refund",
        kept_seconds=PAYMENTS_SECONDS,
        compares=True,
        always_full=False,
        mocks=_mocks(_REFUND_MOCKS),
    ),
    Endpoint(
        "GET",
        f"{_PAYMENTS}/refunds/{{}}",
        lambda account, call: account.get("refund", call.identifier),
        refund_view,
        mocks=_mocks(),
    ),
    Endpoint(
        "POST",
        f"{_NOTIFICATIONS}/webhooks",
        lambda account, call: add_webhook(account, call.params),
        shape=parameters.WEBHOOK_CREATE,
        status=201,
    ),
    Endpoint("GET", f"{_NOTIFICATIONS}/webhooks", _list_webhooks),
    Endpoint("GET", f"{_NOTIFICATIONS}/webhooks/{{}}", lambda account, call: account.get("webhook", call.identifier)),
    Endpoint("DELETE", f"{_NOTIFICATIONS}/webhooks/{{}}", _delete_webhook),
    Endpoint("GET", f"{_NOTIFICATIONS}/webhooks-events", _list_events),
    Endpoint("GET", f"{_NOTIFICATIONS}/webhooks-events/{{}}", lambda account, call: account.get("event", call.identifier)),
    Endpoint(
        "POST",
        f"{_NOTIFICATIONS}/webhooks-events/{{}}/resend",
        lambda account, call: resend(account, call.identifier, call.params.get("webhook_ids", [])),
        shape=Fields({"webhook_ids": ListOf(Text(50), 10, 1)}),
        status=202,
    ),
    Endpoint(
        "POST",
        f"{_NOTIFICATIONS}/verify-webhook-signature",
        lambda account, call: verify(account, call.certificates, call.params, call.text),
        shape=parameters.VERIFY,
    ),
)
