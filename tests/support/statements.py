"""Every SQL statement of the package by its name, with values to run it with."""

import importlib
import pkgutil
from collections.abc import Mapping
from itertools import product

from lightning_cart import storage
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.ports import SqlValue, Statement
from lightning_cart.storage.event_binding import FIND_ORDER
from lightning_cart.storage.inbox_statements import conflict_statements, event_statements
from lightning_cart.storage.new_orders import new_order_statements
from lightning_cart.storage.sql import Sql
from lightning_cart.storage.unread import unread_statements
from support.builders import NOW, ORDER_ID

# A value for each parameter. Many of them find the rows of `support.databases.live`.
VALUES: Mapping[str, SqlValue] = {
    "abandoned_before": NOW + 1,
    "after_code": "",
    "action": "accept",
    "after_id": "",
    "amount_minor": 1,
    "attempt": 1,
    "before": NOW,
    "below_id": "~",
    "body_digest": "body",
    "busy_until": NOW + 20,
    "buyer_country": "ES",
    "buyer_data": "{}",
    "buyer_email": "ada@example.com",
    "checked_before": NOW,
    "checkout_ref": "cs_1",
    "claimed_order_id": ORDER_ID,
    "conflict_id": "evt_new~1",
    "counted": 1,
    "created_at": NOW + 99,
    "currency": "USD",
    "delivery_id": "delivery",
    "digest": "digest",
    "discount_minor": 100,
    "dispute_reason": "fraud",
    "disputed": 0,
    "due_at": NOW + 9,
    "email": "ñ@example.com",
    "error": "",
    "event": "order.paid",
    "event_id": "evt_new",
    "first": 300,
    "from_at": NOW - 60,
    "from_id": "",
    "goods_minor": 1000,
    "id": ORDER_ID,
    "idempotency_key": "a key",
    "is_part": 0,
    "key": "a key",
    "kind": "paid",
    "known": 0,
    "known_refunded_minor": 300,
    "hour": NOW // 3600,
    "caller": "caller",
    "free_buyer": "buyer",
    "year": 2025,
    "code": "SPRING",
    "code_revision": 1,
    "code_buyer": "",
    "page_token": "token",
    "by_form": 0,
    "contact_country": "ES",
    "contact_email": "ada@example.com",
    "contact_name": "Ada",
    "contact_phone": "",
    "contact_vat_id": "",
    "contact_delivery": "",
    "contact_billing": "",
    "last_log_id": "log_new",
    "leased_until": NOW + 60,
    "limit": 3,
    "lines": "[]",
    "log_before": "",
    "log_id": "log_new",
    "looked_before": NOW,
    "message": "order.renewed:in_2",
    "metadata": "{}",
    "most_uses": 20,
    "name": "waiting",
    "next_at": 0,
    "now": NOW,
    "once": 0,
    "order_id": ORDER_ID,
    "outcome": "lost",
    "over_hundredths": 999,
    "over_thousandths": 9999,
    "over_whole": 9,
    "paid_minor": 1,
    "payment_key": "pi_1",
    "payment_ref": "pi_1",
    "payment_state": "paid",
    "place_country": "ES",
    "place_postal_code": "35001",
    "place_region": "CN",
    "pricing": "{}",
    "product": "test-10",
    "provider": "stripe",
    "provider_ref": "re_0",
    "reason": "a reason",
    "ref": "pi_1",
    "refunded_minor": 400,
    "renewal_minor": 0,
    "request_digest": "digest",
    "return_token": "token",
    "review": 0,
    "review_reason": "",
    "seen_minor": None,
    "session_expires_at": NOW + 60,
    "session_id": "link_1:cs_1",
    "session_url": "https://pay.example/1",
    "ship_country": "ES",
    "ship_postal_code": "35001",
    "ship_region": "CN",
    "shipping_minor": 60,
    "since": NOW - 60,
    "site": "shop",
    "state": "delivered",
    "statement_descriptor_suffix": "",
    "status": "succeeded",
    "strategy": "stripe_checkout",
    "subject": "dp_1",
    "subscription_ref": "sub_1",
    "tax_minor": 40,
    "terms": '{"percent":"10"}',
    "tip_minor": 0,
    "too_late": NOW + 60,
    "total_minor": 1000,
    "type": "some.event",
    "under_hundredths": 1001,
    "under_thousandths": 10001,
    "under_whole": 11,
    "until": NOW,
    "until_at": NOW + 60,
    "value": ORDER_ID,
    "was_read": 1,
    "who": "cli",
}
# Ids that nobody knows, so that an event is parked.
STRANGE: Mapping[str, SqlValue] = {
    "claimed_order_id": "",
    "payment_key": "pi_strange",
    "payment_ref": "pi_strange",
    "subject": "strange",
    "subscription_ref": "sub_strange",
}
_FORGOTTEN: Mapping[str, SqlValue] = {"order_id": "ord_00000000000000000000000006", "log_id": "log_5"}
# One name has another meaning in these.
_OWN_VALUES: Mapping[str, Mapping[str, SqlValue]] = {
    "forgetting _FORGET log": {**_FORGOTTEN, "log_id": "log_forget"},
    **{f"forgetting _FORGET {name}": _FORGOTTEN for name in ("buyer", "codes", "order", "saved")},
    "code_store _LOG_END": {"log_id": "log_end"},
    "outbox _SAVE_RESULT": {"status": 200},
    "orders _LIST_BY_STATUS": {"status": "paid"},
}
_NEW_ORDERS = {
    "new order": {},
    "new order with a code": {"has_key": True, "has_buyer": True, "has_code": True},
    "new order for free": {"is_free": True},
    "new order for free with a code": {"has_key": True, "has_buyer": True, "has_code": True, "is_free": True},
}
_REFERENCES = {"refund": "re_0", "dispute": "dp_1", "refund, dispute or invoice": "dp_1", "event": "evt_paid"}


def _in_modules() -> dict[str, Sql]:
    found: dict[str, Sql] = {}
    for module in pkgutil.iter_modules(storage.__path__):
        for name, value in vars(importlib.import_module(f"lightning_cart.storage.{module.name}")).items():
            values = value.items() if isinstance(value, dict) else [("", value)]
            found |= {f"{module.name} {name} {key}".rstrip(): one for key, one in values if isinstance(one, Sql)}
    return found


def named_statements() -> dict[str, Sql]:
    """Return the statements of each batch, one batch after another, and then the others, each under its name."""
    batches = {
        f"{kind} by {locator}": event_statements(kind, locator, has_contact=True, has_refund=kind is EventKind.PAID)
        for kind, locator in product(EventKind, FIND_ORDER)
    }
    batches |= {name: new_order_statements(**_NEW_ORDERS[name]) for name in _NEW_ORDERS}
    batches |= {f"conflict by {locator}": conflict_statements(locator) for locator in FIND_ORDER}
    batches |= {f"unread by {locator}": unread_statements(locator) for locator in (*FIND_ORDER, "claimed")}
    found = {f"{batch}, {name}": sql for batch, statements in batches.items() for name, sql in statements.items()}
    return found | _in_modules()


def every_statement() -> dict[str, Sql]:
    """Return each statement once, under one of its names."""
    found = named_statements()
    return {name: found[name] for name in {sql.sql: name for name, sql in found.items()}.values()}


def with_values(name: str, sql: Sql, changes: Mapping[str, SqlValue]) -> Statement:
    """Return a statement with the values above, and some others. Each batch is about an event of its own."""
    batch = name.partition(",")[0]
    event = {"event_id": f"evt {len(changes)} {batch}", "conflict_id": f"evt {len(changes)} {batch}~1"}
    if batch.startswith("conflict"):
        event = {"event_id": "evt_paid", "conflict_id": f"evt_paid~{len(changes)} {batch}"}
    own = _OWN_VALUES.get(name, {})
    if batch in _NEW_ORDERS:
        own = {"id": f"ord {len(changes)} {batch}", "idempotency_key": f"{len(changes)} {batch}", "code_buyer": batch}
    if name.startswith("order_search"):
        own = {"status": "paid", "ref": _REFERENCES.get(name.partition(" REFERENCES ")[2], "pi_1")}
    return sql({**VALUES, **event, **own, **changes})
