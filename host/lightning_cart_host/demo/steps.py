"""What the demo tells of its purchases: each exchange as a step, how each purchase ended, and how all of them did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.demo.ledger import LedgerChange


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a purchase.

    Args:
        strategy: The way to pay that the purchase tries.
        title: What happens, in words.
        method: Of the request.
        url: Of the request, without what must not be shown.
        status: Of the answer.
        ms: Milliseconds until it was there.
        note: The key facts of the answer.
        order_status: How the order stands after it, or empty where there is none yet.
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
    """How one purchase ended.

    Args:
        strategy: The way to pay that it tried.
        ok: Whether all went as it should.
        order_id: Of the order, or empty.
        order_status: Of the order, or empty.
        sentence: What happened, or what failed.
    """

    strategy: str
    ok: bool
    order_id: str
    order_status: str
    sentence: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """How the demo ended.

    Args:
        ok: Whether all went as it should.
        sentence: What happened, or what failed.
        order_id: Of the order, where there was one purchase, or empty.
        order_status: Of that order, or empty.
        addresses: What to open in a browser, by name.
        ledger: How the money moved in all, where that can be seen.
        purchases: Each purchase.
    """

    ok: bool
    sentence: str
    order_id: str = ""
    order_status: str = ""
    addresses: Mapping[str, str] | None = None
    ledger: LedgerChange | None = None
    purchases: Sequence[PurchaseResult] = ()
