"""The script of each buyer, derived from the seed and the order's number."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """The action of one buyer, and of the merchant afterwards."""

    PAY = "pay"
    DECLINE = "decline"  # the first card is declined, the second one pays
    REFUND = "refund"  # the merchant refunds everything, by the admin route
    PART_REFUND = "part_refund"  # the merchant refunds a part, by the admin route
    DASHBOARD_REFUND = "dashboard_refund"  # the merchant refunds a part, in the provider's dashboard
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
    Act.CANCEL: 4,
    Act.ADMIN_CANCEL: 3,
    Act.DASHBOARD_EXPIRE: 2,
    Act.ABANDON: 4,
    Act.STAY_PENDING: 2,
    Act.PENDING_PAID: 2,
    Act.PENDING_FAILED: 2,
}
_PRESSES_TWICE = 5  # per cent of all buyers
REFUNDING_ACTS = frozenset({Act.REFUND, Act.PART_REFUND, Act.DASHBOARD_REFUND})
PENDING_ACTS = frozenset({Act.STAY_PENDING, Act.PENDING_PAID, Act.PENDING_FAILED})


@dataclass(frozen=True, slots=True)
class Script:
    """The script of one buyer.

    Args:
        number: The order's number, from 1.
        strategy: The strategy to pay with.
        provider: The strategy's provider.
        act: The action.
        twice: The buyer sends the checkout twice at the same time.
    """

    number: int
    strategy: str
    provider: str
    act: Act
    twice: bool


def _percent(seed: int, number: int, purpose: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {number} {purpose}".encode()).digest()[:8]) % 100


def _act(percent: int) -> Act:
    for act, share in _SHARES.items():
        percent -= share
        if percent < 0:
            return act
    return Act.PAY


def write_scripts(orders: int, seed: int, providers: Mapping[str, str], slow: frozenset[str]) -> list[Script]:
    """Return the script of every buyer.

    Args:
        orders: The number of scripts.
        seed: The same seed gives the same scripts.
        providers: The provider of each strategy; buyers use the strategies in turn.
        slow: Providers that have pending payments. At other providers, those buyers pay at once.
    """
    scripts = []
    for number in range(1, orders + 1):
        strategy, provider = list(providers.items())[number % len(providers)]
        act = _act(_percent(seed, number, "act"))
        if act in PENDING_ACTS and provider not in slow:
            act = Act.PAY
        scripts.append(Script(number, strategy, provider, act, _percent(seed, number, "twice") < _PRESSES_TWICE))
    return scripts
