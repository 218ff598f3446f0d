"""The state of everything after the purchases, as plain values, so that tests can pass a wrong order."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

from lightning_cart.domain.order import Dispute
from lightning_cart_host.chaos.ledger import Key, Ledger, LedgerDispute, LedgerPayment

type ParkedEvents = Mapping[str, AbstractSet[Key]]
"""The ids that each parked event names, by the event's id."""


class StoredOrder(NamedTuple):
    """The engine's order: its status, its amounts in minor units, its flags, and the number of its buyer's rows."""

    status: str
    total_minor: int
    paid_minor: int = 0
    tip_minor: int = 0
    refunded_minor: int = 0
    dispute: str = Dispute.NONE
    needs_review: int = 0
    review_reason: str = ""
    buyers: int = 1


@dataclass(frozen=True, slots=True)
class ForeignRows:
    """What the engine has of events that are not about its orders.

    Args:
        parked: The ids that each parked event names, before parked events ended.
        parked_at_end: The number of parked events at the end.
        named: All ids that recorded events name.
        counted: The number of events that were counted and not recorded, by provider.
    """

    parked: ParkedEvents
    parked_at_end: int
    named: AbstractSet[Key]
    counted: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of everything.

    Args:
        orders: The engine's orders, by id.
        payments: The engine's completed payments.
        disputes: The engine's disputes.
        foreign: What the engine has of events that are not about its orders.
        ledger: What happened at the providers.
        messages: The messages in the engine's outbox, by order.
        received: The ids of the messages that the merchant received, by order and event.
    """

    orders: Mapping[str, StoredOrder]
    payments: Mapping[Key, LedgerPayment]
    disputes: Mapping[Key, LedgerDispute]
    foreign: ForeignRows
    ledger: Ledger
    messages: Mapping[str, Sequence[str]]
    received: Mapping[str, Mapping[str, AbstractSet[str]]]
