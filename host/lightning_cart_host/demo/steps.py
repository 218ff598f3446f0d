"""Values that the demo reports: each step, the result of each purchase and the result of all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.demo.ledger import LedgerChange


@dataclass(frozen=True, slots=True)
class Step:
    """One request and response of a purchase.

    Args:
        strategy: The strategy that the purchase uses.
        title: What the step does, in words.
        method: The request's method.
        url: The request's URL, without its fragment.
        status: The response's status code.
        ms: Milliseconds until the response.
        note: The key facts of the response.
        order_status: The order's status afterwards, or empty before the checkout.
    """

    strategy: str
    title: str
    method: str
    url: str
    status: int
    ms: float
    note: str
    order_status: str = ""


@dataclass(frozen=True, slots=True)
class PurchaseResult:
    """The result of one purchase.

    Args:
        strategy: The strategy that the purchase used.
        ok: Whether every step succeeded.
        order_id: The order's id, or empty.
        order_status: The order's status, or empty.
        sentence: What happened, or what failed.
    """

    strategy: str
    ok: bool
    order_id: str
    order_status: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The result of the demo.

    Args:
        ok: Whether every purchase succeeded.
        sentence: What happened, or what failed.
        order_id: The order's id if there was one purchase, or empty.
        order_status: The status of that order, or empty.
        addresses: The URLs to open in a browser, by name.
        ledger: The change that all purchases made to the ledger, if there is a sandbox.
        purchases: The result of each purchase.
    """

    ok: bool
    sentence: str
    order_id: str = ""
    order_status: str = ""
    addresses: Mapping[str, str] | None = None
    ledger: LedgerChange | None = None
    purchases: Sequence[PurchaseResult] = ()
