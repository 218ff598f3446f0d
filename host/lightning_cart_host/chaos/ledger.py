"""Reads the providers' side from the sandbox's database: each payment and dispute, and what other programs sold.

Amounts come from the ledger, and what they belong to from the providers' objects. Nothing here comes from the engine.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.order import Dispute
from lightning_cart.domain.payment import Payment
from lightning_cart_host.chaos.rows import read_rows

type Key = tuple[str, str]
"""A provider's name, and its id of a payment or dispute."""


class LedgerPayment(NamedTuple):
    """One payment and the order that it is for."""

    order_id: str
    payment: Payment


class LedgerDispute(NamedTuple):
    """One dispute, the order and payment that it is about, and its state."""

    order_id: str
    payment_ref: str
    state: Dispute


@dataclass(frozen=True, slots=True)
class ForeignEvents:
    """The events about sales of other programs.

    Args:
        ids: All ids by which such events name something.
        least: By provider, how many webhooks about a finished sale the engine has accepted.
        most: By provider, how many webhooks about such sales the engine has accepted.
    """

    ids: frozenset[Key]
    least: Mapping[str, int]
    most: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Ledger:
    """What happened at the providers.

    Args:
        payments: The payments of the engine's orders that were made.
        disputes: The disputes of these payments.
        foreign: The events about sales of other programs.
    """

    payments: Mapping[Key, LedgerPayment]
    disputes: Mapping[Key, LedgerDispute]
    foreign: ForeignEvents


class _Object(NamedTuple):
    """An object that the ledger refers to, the payment that it is about, and a dispute's outcome at its provider."""

    provider: str
    kind: str
    id: str
    payment_ref: str
    outcome: str | None


type Payments = Mapping[Key, LedgerPayment]
# The order of each payment; empty if another program sold it.
_PAYMENTS = """
    SELECT 'stripe', id, COALESCE(json_extract(body, '$.metadata.order_id'), '') FROM documents WHERE kind = 'payment_intent'
    UNION ALL
    SELECT 'paypal', id, CASE WHEN json_extract(body, '$._foreign') THEN '' ELSE json_extract(body, '$.custom_id') END
    FROM documents WHERE kind = 'paypal.capture'
    UNION ALL
    SELECT 'square', p.id, CASE WHEN json_extract(o.body, '$._foreign') THEN '' ELSE json_extract(o.body, '$.reference_id') END
    FROM documents AS p JOIN documents AS o ON o.kind = 'square.order' AND o.id = json_extract(p.body, '$.order_id')
    WHERE p.kind = 'square.payment'
"""
_FOREIGN_CHECKOUTS = """
    SELECT 'stripe', id, json_extract(body, '$.payment_link') FROM documents
    WHERE kind = 'checkout.session' AND json_extract(body, '$.metadata.order_id') IS NULL
    UNION ALL
    SELECT CASE kind WHEN 'paypal.order' THEN 'paypal' ELSE 'square' END, id, NULL FROM documents
    WHERE kind IN ('paypal.order', 'square.order') AND json_extract(body, '$._foreign')
"""
# What the ledger refers to, and the payment that it is about.
_OBJECTS = """
    SELECT 'stripe', 'payment', id, json_extract(body, '$.payment_intent'), '' FROM documents WHERE kind = 'charge'
    UNION ALL
    SELECT 'stripe', 'refund', id, json_extract(body, '$.payment_intent'), '' FROM documents WHERE kind = 'refund'
    UNION ALL
    SELECT 'stripe', 'dispute', id, json_extract(body, '$.payment_intent'), json_extract(body, '$.status')
    FROM documents WHERE kind = 'dispute'
    UNION ALL
    SELECT 'paypal', 'payment', id, id, '' FROM documents WHERE kind = 'paypal.capture'
    UNION ALL
    SELECT 'paypal', 'refund', id, json_extract(body, '$._capture'), '' FROM documents WHERE kind = 'paypal.refund'
    UNION ALL
    SELECT 'paypal', 'dispute', id, json_extract(body, '$._capture'), json_extract(body, '$.dispute_outcome.outcome_code')
    FROM documents WHERE kind = 'paypal.dispute'
    UNION ALL
    SELECT 'square', 'payment', id, id, '' FROM documents WHERE kind = 'square.payment'
    UNION ALL
    SELECT 'square', 'refund', id, json_extract(body, '$.payment_id'), '' FROM documents WHERE kind = 'square.refund'
    UNION ALL
    SELECT 'square', 'dispute', id, json_extract(body, '$._payment'), json_extract(body, '$.state')
    FROM documents WHERE kind = 'square.dispute'
"""
# What buyers paid and got back. Only their accounts have the last digits of a card or bank account in their names.
_MOVES = """
    SELECT t.reference, t.description = 'Tip', -sum(e.amount_minor)
    FROM ledger_transactions AS t JOIN ledger_entries AS e ON e.transaction_id = t.id
    WHERE e.account LIKE '% ••%' GROUP BY t.reference, t.description = 'Tip'
"""
_ATTEMPTS = """
    SELECT d.provider, d.event_type, d.body, sum(a.status BETWEEN 200 AND 299), sum(COALESCE(a.status, 200) BETWEEN 200 AND 299)
    FROM deliveries AS d JOIN delivery_attempts AS a ON a.delivery_id = d.id GROUP BY d.id
"""
_PAID_EVENTS = {"stripe": "checkout.session.completed", "paypal": "PAYMENT.CAPTURE.COMPLETED", "square": "payment.updated"}
_ENDS = {
    **dict.fromkeys(("won", "WON", "RESOLVED_SELLER_FAVOUR"), Dispute.WON),
    **dict.fromkeys(("lost", "LOST", "RESOLVED_BUYER_FAVOUR"), Dispute.LOST),
}
_QUOTED = re.compile(r'"([\w-]{6,64})"', re.ASCII)
_REVERSES_CAPTURES = "paypal"  # a lost dispute counts as a refund there


def _read_orders(database: Path) -> dict[Key, str]:
    """Return the order of each payment, or an empty string. PayPal's id of it has the site's before a colon."""
    rows = read_rows(database, _PAYMENTS)
    return {(provider, ref): str(order_id or "").rpartition(":")[2] for provider, ref, order_id in rows}


def _read_payments(objects: Sequence[_Object], moved: Mapping[tuple[str, bool], int], orders: Mapping[Key, str]) -> Payments:
    amounts, tips, refunds = Counter[Key](), Counter[Key](), Counter[Key]()
    for one in objects:
        key, minor = (one.provider, one.payment_ref), moved.get((one.id, False), 0)
        if one.kind == "payment":
            amounts[key] += minor
            tips[key] += moved.get((one.id, True), 0)
        elif one.kind == "refund" or one.provider == _REVERSES_CAPTURES:
            refunds[key] -= minor
    return {
        key: LedgerPayment(orders[key], Payment(key[1], amount, tips[key], refunds[key]))
        for key, amount in amounts.items()
        if amount and orders[key]
    }


def _read_foreign(database: Path, objects: Sequence[_Object], orders: Mapping[Key, str]) -> ForeignEvents:
    ids = {key for key, order_id in orders.items() if not order_id}
    ids |= {(one.provider, one.id) for one in objects if not orders[one.provider, one.payment_ref]}
    for provider, *names in read_rows(database, _FOREIGN_CHECKOUTS):
        ids |= {(provider, name) for name in names if name}
    least, most = Counter[str](), Counter[str]()
    for provider, event_type, body, accepted, possibly in read_rows(database, _ATTEMPTS):
        if any((provider, name) in ids for name in _QUOTED.findall(body)):
            most[provider] += possibly
            least[provider] += accepted if event_type == _PAID_EVENTS[provider] else 0
    return ForeignEvents(frozenset(ids), least, most)


def read_ledger(database: Path) -> Ledger:
    """Read the providers' side.

    Args:
        database: The sandbox's SQLite file.
    """
    moved = {(ref, bool(is_tip)): minor for ref, is_tip, minor in read_rows(database, _MOVES)}
    objects = [_Object(*row) for row in read_rows(database, _OBJECTS)]
    orders = _read_orders(database)
    disputes = {
        (one.provider, one.id): LedgerDispute(order_id, one.payment_ref, _ENDS.get(one.outcome or "", Dispute.OPEN))
        for one in objects
        if one.kind == "dispute" and (order_id := orders[one.provider, one.payment_ref])
    }
    return Ledger(_read_payments(objects, moved, orders), disputes, _read_foreign(database, objects, orders))
