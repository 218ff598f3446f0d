"""Collects the state of every order from the engine's tables, the providers' ledger and the merchant's server."""

import asyncio
from collections import defaultdict

from lightning_cart.domain.order import Dispute
from lightning_cart.domain.payment import Payment, PaymentState
from lightning_cart_host.chaos.ledger import LedgerDispute, LedgerPayment, read_ledger
from lightning_cart_host.chaos.rows import read_rows
from lightning_cart_host.chaos.servers import ChaosServers
from lightning_cart_host.chaos.state import ForeignRows, ParkedEvents, Snapshot, StoredOrder

_ORDERS = """
    SELECT id, status, total_minor, paid_minor, tip_minor, refunded_minor, dispute, needs_review, review_reason,
        (SELECT COUNT(*) FROM buyers AS b WHERE b.order_id = orders.id) AS buyers
    FROM orders
"""
_PAYMENTS = "SELECT provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state FROM payments"
_DISPUTES = "SELECT provider, dispute_id, order_id, payment_ref, outcome FROM disputes"
_EVENTS = "SELECT provider, event_id, payment_ref, checkout_ref, subject FROM events WHERE verdict {} 'parked'"
_COUNTED = "SELECT substr(name, 9), CAST(value AS BIGINT) FROM reconciling WHERE name LIKE 'foreign:%'"


def read_parked(database: str) -> ParkedEvents:
    """Return the ids that each parked event names, with their provider, by the event's id."""
    rows = read_rows(database, _EVENTS.format("="))
    return {event_id: {(provider, name) for name in names if name} for provider, event_id, *names in rows}


def read_foreign_rows(database: str, parked: ParkedEvents) -> ForeignRows:
    """Return what the engine has of events that are not about its orders.

    Args:
        database: The engine's SQLite file, or the URL of PostgreSQL.
        parked: What was parked before it ended.
    """
    rows = read_rows(database, _EVENTS.format("<>"))
    named = {(provider, name) for provider, _, *names in rows for name in names if name}
    return ForeignRows(parked, len(read_parked(database)), named, dict(read_rows(database, _COUNTED)))


def _read(servers: ChaosServers, parked: ParkedEvents) -> Snapshot:
    messages: dict[str, list[str]] = defaultdict(list)
    for order_id, event in read_rows(servers.database, "SELECT order_id, effect FROM outbox"):
        messages[order_id].append(event)
    return Snapshot(
        orders={order_id: StoredOrder(*values) for order_id, *values in read_rows(servers.database, _ORDERS)},
        payments={
            (provider, ref): LedgerPayment(order_id, Payment(ref, amount, tip, refunded))
            for provider, ref, order_id, amount, tip, refunded, state in read_rows(servers.database, _PAYMENTS)
            if state == PaymentState.PAID
        },
        disputes={
            (provider, dispute_id): LedgerDispute(order_id, ref, Dispute(outcome or Dispute.OPEN))
            for provider, dispute_id, order_id, ref, outcome in read_rows(servers.database, _DISPUTES)
        },
        foreign=read_foreign_rows(servers.database, parked),
        ledger=read_ledger(servers.sandbox_database),
        messages=messages,
        received=servers.merchant.received,
    )


async def take_snapshot(servers: ChaosServers, parked: ParkedEvents) -> Snapshot:
    """Collect the state of every order.

    Args:
        servers: The running servers.
        parked: The parked events before time passed, as `read_parked` returns them.
    """
    return await asyncio.to_thread(_read, servers, parked)
