"""What the demo tells of its purchases: each exchange as a step, how each purchase ended, and how all of them did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lightning_cart_host.demo.ledger import LedgerChange


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange of a purchase.

    Args:
        strategy: the way to pay that the purchase tries.
        title: what happens, in words.
        method: of the request.
        url: of the request, without what must not be shown.
        status: of the answer.
        ms: milliseconds until it was there.
        note: the key facts of the answer.
        order_status: how the order stands after it, or empty where there is none yet.
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
        strategy: the way to pay that it tried.
        ok: whether all went as it should.
        order_id: of the order, or empty.
        order_status: of the order, or empty.
        sentence: what happened, or what failed.
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
        ok: whether all went as it should.
        sentence: what happened, or what failed.
        order_id: of the order, where there was one purchase, or empty.
        order_status: of that order, or empty.
        addresses: what to open in a browser, by name.
        ledger: how the money moved in all, where that can be seen.
        purchases: each purchase.
    """

    ok: bool
    sentence: str
    order_id: str = ""
    order_status: str = ""
    addresses: Mapping[str, str] | None = None
    ledger: LedgerChange | None = None
    purchases: Sequence[PurchaseResult] = ()
