"""Every call of the API: method, path, what it accepts, what it does and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lightning_cart_sandbox.endpoint import Endpoint
from lightning_cart_sandbox.paypal import parameters as p
from lightning_cart_sandbox.paypal.account import Account
from lightning_cart_sandbox.paypal.call import PayPalCall
from lightning_cart_sandbox.paypal.captures import capture_order, capture_view
from lightning_cart_sandbox.paypal.events import add_webhook, delete_webhook, resend
from lightning_cart_sandbox.paypal.idempotency import ORDERS_SECONDS, PAYMENTS_SECONDS
from lightning_cart_sandbox.paypal.orders import create_order, current_order, order_view
from lightning_cart_sandbox.paypal.outcomes import Outcome
from lightning_cart_sandbox.paypal.patches import patch_order
from lightning_cart_sandbox.paypal.refunds import refund_capture, refund_view
from lightning_cart_sandbox.paypal.signing import verify
from lightning_cart_sandbox.paypal.tracking import patch_tracker, track_order, tracked_view
from lightning_cart_sandbox.paypal.tracking_parameters import TRACKER_CREATE
from lightning_cart_sandbox.provider_account import public
from lightning_cart_sandbox.schema import FieldType
from lightning_cart_sandbox.types import Json


class View(Protocol):
    """Turns a stored object into a response."""

    def __call__(self, account: Account, document: Json, /, *, full: bool) -> Json:
        """Return the response, in full or with what `Prefer: return=minimal` leaves."""
        ...


def _plain(account: Account, document: Json, /, *, full: bool) -> Json:
    del account, full
    return public(document)


@dataclass(frozen=True)
class PayPalEndpoint(Endpoint[FieldType, PayPalCall, Outcome]):
    """One call of the API.

    Attributes:
        view: How the object is shown.
        status: The HTTP status of a success that is no repeat.
        kind: The kind of object that a request id leads to.
        kept_seconds: How long a request id is kept in seconds; 0 if the call has none.
        compares: Whether the same request id with another body is refused.
        busy: The issue of another request while one is running.
        always_full: Whether `Prefer` makes no difference.
        mocks: The codes that `PayPal-Mock-Response` can ask for.
    """

    view: View = _plain
    status: int = 200
    kind: str = ""
    kept_seconds: int = 0
    compares: bool = False
    busy: str = "PREVIOUS_REQUEST_IN_PROGRESS"
    always_full: bool = True
    mocks: frozenset[str] = frozenset()


def _get(kind: str) -> Callable[[PayPalCall], Json]:
    return lambda call: call.account.get(kind, call.identifier)


def _get_order(call: PayPalCall) -> Json:
    return current_order(call.account, call.identifier)


def _refund_capture(call: PayPalCall) -> Json:
    return refund_capture(call.account, call.identifier, call.params)


def _add_webhook(call: PayPalCall) -> Json:
    return add_webhook(call.account, call.params)


def _list_webhooks(call: PayPalCall) -> Json:
    return {"webhooks": call.account.find("webhook")[::-1]}


def _list_events(call: PayPalCall) -> Json:
    events = [public(event) for event in call.account.find("event", limit=100)]
    return {"events": events, "count": len(events), "links": []}


_COMMON = "INTERNAL_SERVER_ERROR SERVICE_UNAVAILABLE RATE_LIMIT_REACHED NOT_AUTHORIZED PERMISSION_DENIED"
_CREATE_MOCKS = "CURRENCY_NOT_SUPPORTED_FOR_COUNTRY COMPLIANCE_VIOLATION DUPLICATE_INVOICE_ID PAYEE_BLOCKED_TRANSACTION"
_CAPTURE_MOCKS = (
    "ORDER_NOT_APPROVED ORDER_ALREADY_CAPTURED INSTRUMENT_DECLINED PAYER_ACTION_REQUIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING "
    "DUPLICATE_INVOICE_ID MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED TRANSACTION_REFUSED PAYER_CANNOT_PAY COMPLIANCE_VIOLATION "
    "PAYEE_BLOCKED_TRANSACTION PAYER_ACCOUNT_RESTRICTED PAYER_ACCOUNT_LOCKED_OR_CLOSED ORDER_COMPLETION_IN_PROGRESS "
    "INVALID_RESOURCE_ID PREVIOUS_REQUEST_IN_PROGRESS"
)
_REFUND_MOCKS = (
    "CAPTURE_FULLY_REFUNDED REFUND_AMOUNT_EXCEEDED REFUND_TIME_LIMIT_EXCEEDED PENDING_CAPTURE TRANSACTION_DISPUTED "
    "REFUND_FAILED_INSUFFICIENT_FUNDS PARTIAL_REFUND_NOT_ALLOWED DUPLICATE_INVOICE_ID REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK "
    "INVALID_RESOURCE_ID PREVIOUS_REQUEST_IN_PROGRESS"
)


def _mocks(names: str = "INVALID_RESOURCE_ID") -> frozenset[str]:
    return frozenset(f"{_COMMON} {names}".split())


_ORDERS, _PAYMENTS, _NOTIFICATIONS = "/v2/checkout/orders", "/v2/payments", "/v1/notifications"
_WEBHOOKS, _EVENTS = f"{_NOTIFICATIONS}/webhooks", f"{_NOTIFICATIONS}/webhooks-events"

ENDPOINTS = (
    PayPalEndpoint(
        "POST",
        _ORDERS,
        p.ORDER_CREATE,
        create_order,
        order_view,
        status=201,
        kind="order",
        kept_seconds=ORDERS_SECONDS,
        always_full=False,
        mocks=_mocks(_CREATE_MOCKS),
    ),
    PayPalEndpoint("GET", f"{_ORDERS}/*", p.NOTHING, _get_order, order_view, mocks=_mocks()),
    PayPalEndpoint("PATCH", f"{_ORDERS}/*", p.PATCHES, patch_order, mocks=_mocks()),
    PayPalEndpoint(
        "POST",
        f"{_ORDERS}/*/capture",
        p.ORDER_CAPTURE,
        capture_order,
        order_view,
        status=201,
        kind="order",
        kept_seconds=ORDERS_SECONDS,
        busy="ORDER_COMPLETION_IN_PROGRESS",
        always_full=False,
        mocks=_mocks(_CAPTURE_MOCKS),
    ),
    PayPalEndpoint("POST", f"{_ORDERS}/*/track", TRACKER_CREATE, track_order, tracked_view, status=201, mocks=_mocks()),
    PayPalEndpoint("PATCH", f"{_ORDERS}/*/trackers/*", p.PATCHES, patch_tracker, mocks=_mocks()),
    PayPalEndpoint("GET", f"{_PAYMENTS}/captures/*", p.NOTHING, _get("capture"), capture_view, mocks=_mocks()),
    PayPalEndpoint(
        "POST",
        f"{_PAYMENTS}/captures/*/refund",
        p.REFUND_CREATE,
        _refund_capture,
        refund_view,
        status=201,
        kind="refund",
        kept_seconds=PAYMENTS_SECONDS,
        compares=True,
        always_full=False,
        mocks=_mocks(_REFUND_MOCKS),
    ),
    PayPalEndpoint("GET", f"{_PAYMENTS}/refunds/*", p.NOTHING, _get("refund"), refund_view, mocks=_mocks()),
    PayPalEndpoint("POST", _WEBHOOKS, p.WEBHOOK_CREATE, _add_webhook, status=201),
    PayPalEndpoint("GET", _WEBHOOKS, p.NOTHING, _list_webhooks),
    PayPalEndpoint("GET", f"{_WEBHOOKS}/*", p.NOTHING, _get("webhook")),
    PayPalEndpoint("DELETE", f"{_WEBHOOKS}/*", p.NOTHING, delete_webhook),
    PayPalEndpoint("GET", _EVENTS, p.NOTHING, _list_events),
    PayPalEndpoint("GET", f"{_EVENTS}/*", p.NOTHING, _get("event")),
    PayPalEndpoint("POST", f"{_EVENTS}/*/resend", p.RESEND, resend, status=202),
    PayPalEndpoint("POST", f"{_NOTIFICATIONS}/verify-webhook-signature", p.VERIFY, verify),
)
