"""A hand-written Worker that verifies Stripe's webhooks and records the payment, without an engine."""

import json
import time

from verifying import is_signed
from workers import Request, Response, WorkerEntrypoint

INSERT_EVENT = """
    INSERT INTO events (provider, event_id, type, kind, order_id, amount_minor, currency, payment_ref, subscription_ref,
        subject, status_before, verdict, fresh, received_at)
    VALUES ('stripe', ?, ?, 'paid', ?, ?, ?, ?, '', '', 'open', 'applied', 0, ?) ON CONFLICT DO NOTHING
"""
UPDATE_ORDER = """
    UPDATE orders SET status = 'paid', paid_minor = ?, payment_ref = ?, updated_at = ?
    WHERE id = ? AND status = 'open' AND total_minor = ? AND currency = ?
"""
INSERT_EFFECT = """
    INSERT INTO outbox (order_id, effect, created_at)
    SELECT id, 'order.paid', ? FROM orders WHERE id = ? AND status = 'paid' ON CONFLICT DO NOTHING
"""


class Default(WorkerEntrypoint):
    """Records completed checkouts: the event once, the order if it is open, the message once."""

    async def fetch(self, request: Request) -> Response:
        """Record one webhook."""
        body = await request.bytes()
        if not is_signed(request.headers["stripe-signature"], body, self.env.STRIPE_WEBHOOK_SECRET):
            return Response("bad signature", status=400)
        event, now = json.loads(body), int(time.time())
        session = event["data"]["object"]
        order_id, payment = session["metadata"]["order_id"], session["payment_intent"]
        amount, currency = session["amount_total"], session["currency"].upper()
        database = self.env.DB
        await database.batch(
            [
                database.prepare(INSERT_EVENT).bind(event["id"], event["type"], order_id, amount, currency, payment, now),
                database.prepare(UPDATE_ORDER).bind(amount, payment, now, order_id, amount, currency),
                database.prepare(INSERT_EFFECT).bind(now, order_id),
            ]
        )
        return Response.from_json({"received": True})
