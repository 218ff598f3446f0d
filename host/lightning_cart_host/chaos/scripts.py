"""The script of each buyer, derived from the seed and the order's number."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """The action of one buyer, and of the merchant or the buyer's bank afterwards."""

    PAY = "pay"
    DECLINE = "decline"  # the first card is declined, the second one pays
    REFUND = "refund"  # the merchant refunds everything, by the admin route
    PART_REFUND = "part_refund"  # the merchant refunds a part, by the admin route
    DASHBOARD_REFUND = "dashboard_refund"  # the merchant refunds a part, in the provider's dashboard
    DASHBOARD_REFUND_ALL = (
        "dashboard_refund_all"  # the merchant refunds everything there: with a tip more than the order's total
    )
    DISPUTE_LOST = "dispute_lost"  # the buyer disputes the payment and gets the money
    DISPUTE_APPEALED = "dispute_appealed"  # the merchant loses the dispute, and wins on appeal
    DISPUTE_AGAIN = "dispute_again"  # the merchant wins the dispute, and loses a second one
    CANCEL = "cancel"  # the buyer cancels on the pay page
    ADMIN_CANCEL = "call_off"  # the merchant cancels before the buyer pays
    DASHBOARD_EXPIRE = "withdraw"  # the merchant expires the checkout in the provider's dashboard, if that is possible
    ABANDON = "leave"  # the buyer never opens the pay page
    STAY_PENDING = "wait"  # the payment stays pending
    PENDING_PAID = "arrive"  # the pending payment succeeds
    PENDING_FAILED = "bounce"  # the pending payment fails


# Per cent of all buyers. The rest pay.
_SHARES: Mapping[Act, int] = {
    Act.DECLINE: 8,
    Act.REFUND: 5,
    Act.PART_REFUND: 5,
    Act.DASHBOARD_REFUND: 4,
    Act.DASHBOARD_REFUND_ALL: 3,
    Act.DISPUTE_LOST: 2,
    Act.DISPUTE_APPEALED: 3,
    Act.DISPUTE_AGAIN: 2,
    Act.CANCEL: 4,
    Act.ADMIN_CANCEL: 3,
    Act.DASHBOARD_EXPIRE: 2,
    Act.ABANDON: 4,
    Act.STAY_PENDING: 2,
    Act.PENDING_PAID: 2,
    Act.PENDING_FAILED: 2,
}
_PRESSES_TWICE = 5  # per cent of all buyers
_EXTRAS: Mapping[str, int] = {"tip": 20, "split": 15}  # per cent of the buyers whose pay page offers it
_FOREIGN_SALES, _WITH_REFERENCE = 6, 50  # per cent of all buyers, and of the foreign sales
REFUNDING_ACTS = frozenset({Act.REFUND, Act.PART_REFUND, Act.DASHBOARD_REFUND, Act.DASHBOARD_REFUND_ALL})
DISPUTE_STEPS: Mapping[Act, tuple[str, ...]] = {
    Act.DISPUTE_LOST: ("dispute", "dispute_lost"),
    Act.DISPUTE_APPEALED: ("dispute", "dispute_lost", "dispute_won"),
    Act.DISPUTE_AGAIN: ("dispute", "dispute_won", "dispute", "dispute_lost"),
}
"""The buttons of the provider's dashboard, in their order."""
PENDING_ACTS = frozenset({Act.STAY_PENDING, Act.PENDING_PAID, Act.PENDING_FAILED})


class ForeignSale(StrEnum):
    """A sale of another program on the same account."""

    NONE = "none"
    PLAIN = "plain"
    NAMES_ORDER = "names_order"  # it names the buyer's order where any page can write


@dataclass(frozen=True, slots=True)
class Script:
    """The script of one buyer.

    Args:
        number: The order's number, from 1.
        strategy: The strategy to pay with.
        provider: The strategy's provider.
        act: The action.
        twice: The buyer sends the checkout twice at the same time.
        extras: What the buyer adds on the pay page: `tip`, or `split` for a gift card beside the card, or both.
        foreign_sale: What another program sells on the same account before the buyer pays.
    """

    number: int
    strategy: str
    provider: str
    act: Act
    twice: bool
    extras: tuple[str, ...] = ()
    foreign_sale: ForeignSale = ForeignSale.NONE


def _percent(seed: int, number: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {number} {purpose}".encode()).digest()[:8]) % 100


def _act(percent: int) -> Act:
    for act, share in _SHARES.items():
        percent -= share
        if percent < 0:
            return act
    return Act.PAY


def _foreign_sale(seed: int, number: int) -> ForeignSale:
    if _percent(seed, number, "foreign") >= _FOREIGN_SALES:
        return ForeignSale.NONE
    return ForeignSale.NAMES_ORDER if _percent(seed, number, "reference") < _WITH_REFERENCE else ForeignSale.PLAIN


def write_scripts(orders: int, seed: int, providers: Mapping[str, str], forms: Mapping[str, Collection[str]]) -> list[Script]:
    """Return the script of every buyer.

    Args:
        orders: The number of scripts.
        seed: The same seed gives the same scripts.
        providers: The provider of each strategy; buyers use the strategies in turn.
        forms: What buyers can do on the pay page of each provider. Without `pending`, buyers pay at once; without `tip` and
            `split` they pay the total with one card.
    """
    scripts = []
    for number in range(1, orders + 1):
        strategy, provider = list(providers.items())[number % len(providers)]
        act = _act(_percent(seed, number, "act"))
        if act in PENDING_ACTS and "pending" not in forms[provider]:
            act = Act.PAY
        offered = {name: share for name, share in _EXTRAS.items() if name in forms[provider]}
        scripts.append(
            Script(
                number,
                strategy,
                provider,
                act,
                twice=_percent(seed, number, "twice") < _PRESSES_TWICE,
                extras=tuple(name for name, share in offered.items() if _percent(seed, number, name) < share),
                foreign_sale=_foreign_sale(seed, number),
            )
        )
    return scripts
