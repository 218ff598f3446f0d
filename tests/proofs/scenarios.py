"""Scenarios of one payment at its provider, from the checkout to its end, and how its order must end."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from lightning_cart.domain.order import Dispute, OrderStatus
from support.harness import PENDING_OUTCOMES, Harness

type Checkout = dict[str, Any]
DISPUTED = {"card_number": "4000 0000 0000 0259"}  # a card of Stripe's; the other providers have a button
S = OrderStatus


class Ending(NamedTuple):
    """How the order of a scenario must end. Its product costs ten dollars.

    Args:
        status: The order's.
        refunded_minor: Amount refunded, in minor units.
        dispute: The flag beside the status.
        paid_minor: Amount paid, in minor units.
        fulfilled: Number of `order.paid` messages.
        needs_review: Whether an event needs manual review.
        tip_minor: The tip, in minor units.
    """

    status: OrderStatus = S.PAID
    refunded_minor: int = 0
    dispute: Dispute = Dispute.NONE
    paid_minor: int = 1000
    fulfilled: int = 1
    needs_review: bool = False
    tip_minor: int = 0


type Scenario = Callable[[Harness, Checkout], Awaitable[Ending]]


def is_late(harness: Harness) -> bool:
    """Return whether a payment of this provider may be pending."""
    return "pending" in harness.provider.buyer_forms


async def pay(harness: Harness, checkout: Checkout, choice: str = "pay", **changes: str) -> Ending:
    await harness.visit(checkout, choice, **changes)
    await harness.come_back(checkout)
    return Ending()


async def _arrives_late(harness: Harness, checkout: Checkout) -> Ending:
    await pay(harness, checkout, "pending" if is_late(harness) else "pay")
    assert not is_late(harness) or await harness.at_provider(checkout, PENDING_OUTCOMES[harness.provider.name][0])
    return Ending()


async def _never_arrives(harness: Harness, checkout: Checkout) -> Ending:
    await pay(harness, checkout, "pending" if is_late(harness) else "decline")
    assert not is_late(harness) or await harness.at_provider(checkout, PENDING_OUTCOMES[harness.provider.name][1])
    return Ending(S.FAILED if is_late(harness) else S.OPEN, paid_minor=0, fulfilled=0)


async def _declined_first(harness: Harness, checkout: Checkout) -> Ending:
    await pay(harness, checkout, "decline")
    return await pay(harness, checkout)


async def _refunded(harness: Harness, checkout: Checkout) -> Ending:
    await pay(harness, checkout)
    for minor in (300, 700):
        harness.provider.refund(checkout["order_id"], minor)
    return Ending(S.REFUNDED, 1000)


async def _disputed(harness: Harness, checkout: Checkout) -> None:
    if harness.provider.name == "stripe":
        await pay(harness, checkout, **DISPUTED)
    else:
        await pay(harness, checkout)
        assert await harness.at_provider(checkout, "dispute")


async def _dispute_won(harness: Harness, checkout: Checkout) -> Ending:
    await _disputed(harness, checkout)
    assert await harness.at_provider(checkout, "dispute_won")
    return Ending(dispute=Dispute.WON)


async def _dispute_lost(harness: Harness, checkout: Checkout) -> Ending:
    await _disputed(harness, checkout)
    assert await harness.at_provider(checkout, "dispute_lost")
    reversed_too = harness.provider.name == "paypal"  # PayPal also reports that the capture was reversed
    return Ending(S.REFUNDED, 1000, Dispute.LOST) if reversed_too else Ending(dispute=Dispute.LOST)


async def _disputed_twice(harness: Harness, checkout: Checkout) -> Ending:
    await _dispute_won(harness, checkout)
    harness.wait(60)
    assert await harness.at_provider(checkout, "dispute")
    harness.wait(60)
    assert await harness.at_provider(checkout, "dispute_lost")
    return Ending(S.REFUNDED, 1000, Dispute.LOST) if harness.provider.name == "paypal" else Ending(dispute=Dispute.LOST)


async def _won_on_appeal(harness: Harness, checkout: Checkout) -> Ending:
    await _disputed(harness, checkout)
    harness.wait(60)
    assert await harness.at_provider(checkout, "dispute_lost")
    harness.wait(60)
    assert await harness.at_provider(checkout, "dispute_won")
    return Ending(dispute=Dispute.WON)


async def _with_a_tip(harness: Harness, checkout: Checkout) -> Ending:
    takes_tips = "tip" in harness.provider.buyer_forms
    await pay(harness, checkout, "tip" if takes_tips else "pay")
    harness.provider.refund(checkout["order_id"], 1200 if takes_tips else 1000)
    return Ending(S.REFUNDED, 1000, tip_minor=200 if takes_tips else 0)


async def _in_parts(harness: Harness, checkout: Checkout) -> Ending:
    await pay(harness, checkout, "split" if "split" in harness.provider.buyer_forms else "pay")
    return Ending()


SCENARIOS: Mapping[str, Scenario] = {
    "it is paid": pay,
    "it is paid late": _arrives_late,
    "it is never paid": _never_arrives,
    "it is declined, then paid": _declined_first,
    "it is paid, refunded in part and then in full": _refunded,
    "it is paid and disputed, and won": _dispute_won,
    "it is paid and disputed, and lost": _dispute_lost,
    "it is paid with a tip, and all is refunded": _with_a_tip,
    "it is paid with a gift card and a card": _in_parts,
}
# They have too many events to run every order of them.
LONG_SCENARIOS: Mapping[str, Scenario] = {
    "it is paid, disputed and won, then disputed and lost": _disputed_twice,
    "it is paid and disputed, lost, and won on appeal": _won_on_appeal,
}
