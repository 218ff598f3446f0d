"""Checkout engine for static storefronts.

The package is pure: it opens no socket, reads no environment and no clock, and draws no randomness. An adapter passes those in
as `Ports`, builds an `App`, and gives it each request.

Each name of `__all__` is loaded on first use, so importing one costs only that one.
"""

TYPE_CHECKING = False  # type checkers take it for True; `typing` itself would cost every import a millisecond
if TYPE_CHECKING:
    from lightning_cart.domain.catalog import Catalog, Interval, Product, Site
    from lightning_cart.domain.catalog_files import parse_catalog
    from lightning_cart.domain.catalog_mistakes import CatalogError
    from lightning_cart.domain.choice import Choice
    from lightning_cart.domain.codes import Code, CodeTerms
    from lightning_cart.domain.line_item import LineItem
    from lightning_cart.domain.money import AmountFormat, Money
    from lightning_cart.domain.order import CheckoutSession, Order, OrderStatus
    from lightning_cart.domain.parts import Parts
    from lightning_cart.domain.payment_event import EventKind, PaymentEvent
    from lightning_cart.domain.price import Quote, price
    from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus, RefundWish
    from lightning_cart.domain.review import ReviewReason
    from lightning_cart.errors import (
        AdminTokenRequired,
        BadSignature,
        BodyTooLarge,
        CheckoutEnded,
        ConfigurationError,
        IdempotencyConflict,
        InvalidField,
        InvalidSettings,
        LightningCartError,
        MalformedRequest,
        MethodNotAllowed,
        MoneyError,
        NotFound,
        OrderBusy,
        OrderNotFoundYet,
        OrderStateConflict,
        ProviderError,
        ProviderRefused,
        ProviderTimeout,
        ProviderUnavailable,
        ReceiptRequired,
        RequestError,
        StorageUnavailable,
        TemporarilyUnavailable,
        TooManyFreeOrders,
        TooManyRequests,
        TooManyWrongCodes,
        UnknownStrategy,
        UnsupportedMediaType,
        VerificationUnavailable,
    )
    from lightning_cart.flow import Flow, ProviderRequest, drive
    from lightning_cart.http import HttpRequest, HttpResponse
    from lightning_cart.ports import Database, Ports, RateLimiter, Send, Statement
    from lightning_cart.providers import STRATEGIES
    from lightning_cart.providers.strategy import CheckoutReading, Limits, PaymentStrategy
    from lightning_cart.secret import Secret
    from lightning_cart.settings import Setting, read_settings
    from lightning_cart.storage.operator_log import Operator
    from lightning_cart.ulid import make_id
    from lightning_cart.usecases.cancel import cancel_order
    from lightning_cart.usecases.engine import Engine
    from lightning_cart.usecases.fulfil import deliver_due
    from lightning_cart.usecases.reconcile import reconcile
    from lightning_cart.usecases.reconcile_report import ReconcileReport
    from lightning_cart.usecases.refund import refund_order
    from lightning_cart.usecases.review import accept_order, close_order
    from lightning_cart.usecases.tidy import tidy
    from lightning_cart.web.app import App
    from lightning_cart.web.responses import Answer
else:  # a type checker that saw this function would accept any name

    def __getattr__(name: str) -> object:
        """Load the module that defines a name. Plain imports, so that bundlers find them."""
        match name:
            case "Answer" | "App":
                from lightning_cart.web import app as home
            case "Engine":
                from lightning_cart.usecases import engine as home
            case "cancel_order":
                from lightning_cart.usecases import cancel as home
            case "deliver_due":
                from lightning_cart.usecases import fulfil as home
            case "ReconcileReport" | "reconcile":
                from lightning_cart.usecases import reconcile as home
            case "refund_order":
                from lightning_cart.usecases import refund as home
            case "accept_order" | "close_order":
                from lightning_cart.usecases import review as home
            case "tidy":
                from lightning_cart.usecases import tidy as home
            case "Operator":
                from lightning_cart.storage import operator_log as home
            case "STRATEGIES":
                from lightning_cart import providers as home
            case "CheckoutReading" | "Limits" | "PaymentStrategy":
                from lightning_cart.providers import strategy as home
            case _ if name in __all__:
                return _load_value(name)
            case _:
                raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(home, name)

    def _load_value(name: str) -> object:
        """Load the module that defines a value or an error, which needs no use case and no provider."""
        match name:
            case "Catalog" | "Interval" | "Product" | "Site":
                from lightning_cart.domain import catalog as home
            case "CatalogError" | "parse_catalog":
                from lightning_cart.domain import catalog_files as home
            case "AmountFormat" | "Money":
                from lightning_cart.domain import money as home
            case "Choice" | "Quote" | "price":
                from lightning_cart.domain import price as home
            case "Code" | "CodeTerms":
                from lightning_cart.domain import codes as home
            case "CheckoutSession" | "LineItem" | "Order" | "OrderStatus" | "Parts":
                from lightning_cart.domain import order as home
            case "EventKind" | "PaymentEvent":
                from lightning_cart.domain import payment_event as home
            case "ReviewReason":
                from lightning_cart.domain import review as home
            case "Refund" | "RefundResult" | "RefundStatus" | "RefundWish":
                from lightning_cart.domain import refund as home
            case "Flow" | "HttpRequest" | "HttpResponse" | "ProviderRequest" | "drive":
                from lightning_cart import flow as home
            case "Database" | "Ports" | "RateLimiter" | "Send" | "Statement":
                from lightning_cart import ports as home
            case "Secret" | "Setting" | "read_settings":
                from lightning_cart import settings as home
            case "make_id":
                from lightning_cart import ulid as home
            case _:
                from lightning_cart import errors as home
        return getattr(home, name)


__version__ = "0.1.0"
__all__ = [
    "STRATEGIES",
    "AdminTokenRequired",
    "AmountFormat",
    "Answer",
    "App",
    "BadSignature",
    "BodyTooLarge",
    "Catalog",
    "CatalogError",
    "CheckoutEnded",
    "CheckoutReading",
    "CheckoutSession",
    "Choice",
    "Code",
    "CodeTerms",
    "ConfigurationError",
    "Database",
    "Engine",
    "EventKind",
    "Flow",
    "HttpRequest",
    "HttpResponse",
    "IdempotencyConflict",
    "Interval",
    "InvalidField",
    "InvalidSettings",
    "LightningCartError",
    "Limits",
    "LineItem",
    "MalformedRequest",
    "MethodNotAllowed",
    "Money",
    "MoneyError",
    "NotFound",
    "Operator",
    "Order",
    "OrderBusy",
    "OrderNotFoundYet",
    "OrderStateConflict",
    "OrderStatus",
    "Parts",
    "PaymentEvent",
    "PaymentStrategy",
    "Ports",
    "Product",
    "ProviderError",
    "ProviderRefused",
    "ProviderRequest",
    "ProviderTimeout",
    "ProviderUnavailable",
    "Quote",
    "RateLimiter",
    "ReceiptRequired",
    "ReconcileReport",
    "Refund",
    "RefundResult",
    "RefundStatus",
    "RefundWish",
    "RequestError",
    "ReviewReason",
    "Secret",
    "Send",
    "Setting",
    "Site",
    "Statement",
    "StorageUnavailable",
    "TemporarilyUnavailable",
    "TooManyFreeOrders",
    "TooManyRequests",
    "TooManyWrongCodes",
    "UnknownStrategy",
    "UnsupportedMediaType",
    "VerificationUnavailable",
    "accept_order",
    "cancel_order",
    "close_order",
    "deliver_due",
    "drive",
    "make_id",
    "parse_catalog",
    "price",
    "read_settings",
    "reconcile",
    "refund_order",
    "tidy",
]


def __dir__() -> list[str]:
    """List the names of this page beside what is loaded already."""
    return sorted({*globals(), *__all__})
