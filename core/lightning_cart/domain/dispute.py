"""The disputes of an order. The order's own flag follows from them."""

from collections.abc import Iterable
from typing import NamedTuple

from lightning_cart.domain.order import Dispute
from lightning_cart.domain.payment_event import EventKind

DISPUTE_KINDS = (EventKind.DISPUTED, EventKind.DISPUTE_WON, EventKind.DISPUTE_LOST)
_OUTCOMES = {EventKind.DISPUTED: Dispute.OPEN, EventKind.DISPUTE_WON: Dispute.WON, EventKind.DISPUTE_LOST: Dispute.LOST}
# If two events of one dispute have the same time, the later step counts.
_RANKS = (Dispute.OPEN, Dispute.LOST, Dispute.WON)


class DisputeCase(NamedTuple):
    """One dispute of a payment.

    Args:
        id: The provider's id of the dispute.
        state: `open`, `won` or `lost`.
        at: When the provider created the event that set the state, in Unix seconds.
        changes: How often the dispute was closed or opened again.
    """

    id: str
    state: Dispute
    at: int
    changes: int = 0


def dispute_flag(cases: Iterable[DisputeCase], before: Dispute) -> Dispute:
    """Return an order's flag: open while any dispute is open, else lost if any is lost, else won.

    Args:
        cases: The order's disputes.
        before: The flag if there are none.
    """
    states = {case.state for case in cases}
    return next((state for state in (Dispute.OPEN, Dispute.LOST, Dispute.WON) if state in states), before)


def state_of(kind: EventKind) -> Dispute:
    """Return the state that an event of one of `DISPUTE_KINDS` reports."""
    return _OUTCOMES[kind]


def rank_of(state: Dispute) -> int:
    """Return which of two states with the same time counts: the one with the higher rank."""
    return _RANKS.index(state)


def merge_case(known: DisputeCase | None, reported: DisputeCase) -> DisputeCase:
    """Return a dispute after an event. Events may come in any order: the one that was created last counts."""
    if known is None:
        return reported
    if (reported.at, rank_of(reported.state)) <= (known.at, rank_of(known.state)):
        return known
    return reported._replace(changes=known.changes + (reported.state is not known.state))
