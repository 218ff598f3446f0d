"""What each buyer of the crowd does, made of the seed and the order's number alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Act(StrEnum):
    """What one buyer does, and what the merchant does after that."""

    PAY = "pay"
    DECLINE = "decline"  # the first card is refused, the second one pays
    REFUND = "refund"  # the merchant gives everything back, by the admin's route
    PART_REFUND = "part_refund"  # some of it
    DASHBOARD_REFUND = "dashboard_refund"  # some of it, in the provider's own dashboard
    CANCEL = "cancel"  # the buyer turns back on the pay page
    ADMIN_CANCEL = "call_off"  # the merchant cancels before anybody pays
    DASHBOARD_EXPIRE = (
        "withdraw"  # the merchant closes the checkout in the provider's own dashboard, where there is a button for it
    )
    ABANDON = "leave"  # nobody ever opens the pay page
    STAY_PENDING = "wait"  # the money is on its way, and stays so
    PENDING_PAID = "arrive"  # it is on its way, and arrives
    PENDING_FAILED = "bounce"  # it is on its way, and does not arrive


# In a hundred buyers; the rest just pay.
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
_PRESSES_TWICE = 5  # in a hundred
REFUNDING_ACTS = frozenset({Act.REFUND, Act.PART_REFUND, Act.DASHBOARD_REFUND})
PENDING_ACTS = frozenset({Act.STAY_PENDING, Act.PENDING_PAID, Act.PENDING_FAILED})


@dataclass(frozen=True, slots=True)
class Script:
    """What one buyer does.

    Args:
        number: Of the order, from 1.
        strategy: The way to pay.
        provider: Who takes the money.
        act: What happens.
        twice: The button is pressed twice, at the same time.
    """

    number: int
    strategy: str
    provider: str
    act: Act
    twice: bool


def _percent(seed: int, number: int, word: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {number} {word}".encode()).digest()[:8]) % 100


def _act(percent: int) -> Act:
    for act, share in _SHARES.items():
        percent -= share
        if percent < 0:
            return act
    return Act.PAY


def write_scripts(orders: int, seed: int, offers: Mapping[str, str], slow: frozenset[str]) -> list[Script]:
    """Say what every buyer does.

    Args:
        orders: How many there are.
        seed: The same one gives the same scripts.
        offers: The ways to pay, with the provider of each; buyers take them in turn.
        slow: Providers whose payments may take their time; at the others those buyers just pay.
    """
    scripts = []
    for number in range(1, orders + 1):
        strategy, provider = list(offers.items())[number % len(offers)]
        act = _act(_percent(seed, number, "act"))
        if act in PENDING_ACTS and provider not in slow:
            act = Act.PAY
        scripts.append(Script(number, strategy, provider, act, _percent(seed, number, "twice") < _PRESSES_TWICE))
    return scripts
