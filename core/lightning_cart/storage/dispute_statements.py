"""The SQL of one dispute's event. Its rules are those of `domain.dispute`."""

from lightning_cart.domain.dispute import rank_of
from lightning_cart.domain.order import Dispute

_RANK = (
    f"CASE {{}} {' '.join(f"WHEN '{state}' THEN {rank_of(state)}" for state in (Dispute.LOST, Dispute.WON))} "
    f"ELSE {rank_of(Dispute.OPEN)} END"
)
_IS_LATER = f"""(
    excluded.at > disputes.at OR (
        excluded.at = disputes.at AND {_RANK.format("excluded.outcome")} > {_RANK.format("disputes.outcome")}
    )
)"""
UPSERT_DISPUTE = f"""
    INSERT INTO disputes (
        provider, dispute_id, payment_ref, order_id, amount_minor, currency, reason, due_at, state, outcome, at
    )
    SELECT :provider, :subject, :payment_ref, e.order_id, :amount_minor, :currency, :dispute_reason, :due_at,
        CASE :outcome WHEN '' THEN 'open' ELSE 'closed' END, :outcome, COALESCE(:created_at, :now)
    FROM events AS e
    WHERE e.provider = :provider AND e.event_id = :event_id AND e.fresh = 1 AND e.verdict = 'applied' AND :subject <> ''
    ON CONFLICT (provider, dispute_id) DO UPDATE SET
        amount_minor = COALESCE(excluded.amount_minor, disputes.amount_minor),
        currency = COALESCE(excluded.currency, disputes.currency),
        reason = CASE excluded.reason WHEN '' THEN disputes.reason ELSE excluded.reason END,
        due_at = COALESCE(excluded.due_at, disputes.due_at),
        changes = disputes.changes + CASE WHEN excluded.outcome <> disputes.outcome THEN 1 ELSE 0 END,
        state = excluded.state, outcome = excluded.outcome, at = excluded.at
        WHERE {_IS_LATER}
"""
_ANY = "EXISTS (SELECT 1 FROM disputes AS d WHERE d.order_id = orders.id AND d.outcome = '{}')"
NEW_DISPUTE_FLAG = (
    f"CASE WHEN {_ANY.format('')} THEN 'open' WHEN {_ANY.format('lost')} THEN 'lost' WHEN {_ANY.format('won')} THEN 'won' "
    "ELSE orders.dispute END"
)
# A dispute is told when it is first heard of, and after each change.
_OF_EVENT = """
    FROM disputes AS d JOIN events AS e ON e.order_id = d.order_id
    WHERE d.provider = :provider AND d.dispute_id = :subject
        AND e.provider = :provider AND e.event_id = :event_id AND e.fresh = 1 AND e.verdict = 'applied'
"""
DISPUTE_MESSAGES = f"""
    UNION ALL SELECT d.order_id, 'order.disputed:' || d.dispute_id AS effect {_OF_EVENT}
    UNION ALL SELECT d.order_id, CASE d.state
        WHEN 'open' THEN 'order.disputed:' || d.dispute_id || ':' || d.state
        ELSE 'order.dispute_closed:' || d.dispute_id || ':' || d.outcome END
        || CASE WHEN d.changes > 1 THEN ':' || CAST(d.changes AS TEXT) ELSE '' END AS effect {_OF_EVENT}
        AND (d.state = 'closed' OR d.changes > 0)
"""
