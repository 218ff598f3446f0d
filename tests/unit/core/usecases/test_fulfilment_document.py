"""The numbers in fulfilment messages: given before a message is sent, and the same at each try."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import Buyer, Contact
from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.payment import Payment
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import InvalidSettings, StorageUnavailable
from lightning_cart.http import HttpResponse
from lightning_cart.storage.operator_log import Operator
from lightning_cart.storage.reviews import Reviews
from lightning_cart.storage.sql import CountedDatabase
from lightning_cart.usecases.forget import forget_order
from lightning_cart.usecases.fulfil import STATEMENTS_PER_MESSAGE, deliver_due
from support.app import ENV, run
from support.builders import NOW, ORDER_ID, make_event
from support.merchants import SIGNING_SECRET, FulfilmentHarness, merchants_catalog

MONTHLY = LineItem("tea", "Tea", Money(1000, "USD"), 1, interval=Interval.MONTH)
SUBSCRIPTION: dict[str, Any] = {"lines": (MONTHLY,), "renewal_minor": 1000}
FIRST = {"number": "2026-1", "date": "2026-05-28"}


def paid(**order: Any) -> FulfilmentHarness:
    """Open a shop with a paid order whose messages have not been sent."""
    shop = FulfilmentHarness(**order)
    shop.record()
    return shop


def refund(shop: FulfilmentHarness, total: int, **changes: Any) -> None:
    """Record a refund that makes this the refunded total."""
    shop.record(EventKind.REFUNDED, id=f"evt_{total}_{shop.now}", amount=Money(total, "USD"), **changes)


def fail(shop: FulfilmentHarness, total: int, left: int, refund_id: str = "re_1") -> None:
    """Record that a refund failed after it had succeeded, so that less of the total remains refunded."""
    event = make_event(EventKind.REFUND_FAILED, id=f"evt_f{shop.now}", amount=Money(left, "USD"), object_id=refund_id)
    run(shop.engine.inbox.record_event(event, int(shop.now), Payment("pi_1", 1000, refunded_minor=total)))


def renew(shop: FulfilmentHarness, number: int, amount: int = 1000, invoice: str = "") -> None:
    """Record a renewal."""
    invoice = invoice or f"in_{number}"
    shop.record(EventKind.RENEWED, id=f"evt_renewal_{number}", amount=Money(amount, "USD"), object_id=invoice, payment_ref="")


def told(shop: FulfilmentHarness) -> list[tuple[str, Any]]:
    """Deliver everything, and return the name of each new message and its data."""
    before = len(shop.merchant.requests)
    shop.deliver()
    contents = [json.loads(request.body) for request in shop.merchant.requests[before:]]
    return [(content["type"], content["data"]) for content in contents]


def test_the_receipt_has_its_number_before_the_order_is_told() -> None:
    shop = paid()
    ((event, data),) = told(shop)
    assert (event, data["receipt"], data["credit_note"], data["renewal"]) == ("order.paid", FIRST, None, None)
    order = run(shop.engine.orders.find_order(ORDER_ID))
    assert order is not None
    assert order.number is not None
    assert (order.number.year, order.number.number, order.number.at) == (2026, 1, NOW)


def test_who_is_not_told_gets_no_number() -> None:
    shop = FulfilmentHarness(merchants_catalog(url=""), env=ENV)
    shop.record()
    shop.deliver()
    order = run(shop.engine.orders.find_order(ORDER_ID))
    assert (order is not None, order and order.number) == (True, None)


@pytest.mark.parametrize("kind", [EventKind.PENDING, EventKind.FAILED, EventKind.EXPIRED, EventKind.CANCELLED])
def test_an_order_that_is_not_paid_has_no_number(kind: EventKind) -> None:
    shop = FulfilmentHarness()
    shop.record(kind)
    ((_, data),) = told(shop)
    assert (data["status"], data["receipt"]) == (kind, None)


def test_what_was_told_before_the_payment_is_repeated_without_its_number() -> None:
    shop = FulfilmentHarness()
    shop.record(EventKind.PENDING)
    shop.merchant.replies = [HttpResponse(500)]
    shop.deliver()
    shop.record()
    shop.now += 86_400
    shop.merchant.replies = [HttpResponse(200)]
    assert {event: data["receipt"] and data["receipt"]["number"] for event, data in told(shop)} == {
        "order.pending": None,
        "order.paid": "2026-1",
    }
    bodies = [request.body for request in shop.merchant.requests if b"order.pending" in request.body]
    assert len(bodies) == 2
    assert len(set(bodies)) == 1


@pytest.mark.parametrize(("numbered", "trips"), [(False, 4), (True, 3)])
def test_only_a_receipt_without_a_number_takes_another_trip(numbered: bool, trips: int) -> None:
    shop = paid()
    shop.deliver()
    run(shop.engine.outbox.replay(ORDER_ID))
    if not numbered:
        shop.database.connection.execute("UPDATE orders SET receipt_number = NULL, receipt_year = NULL")
    before = shop.database.round_trips
    shop.deliver(1)
    assert shop.database.round_trips - before == trips  # two to claim it, one to save the result


def test_each_refund_is_told_with_its_own_credit_note() -> None:
    shop = paid()
    for total in (300, 450, 1000):
        refund(shop, total)
        shop.now += 60
    notes = {data["refunded_minor"]: data["credit_note"] for event, data in told(shop) if event == "order.refunded"}
    assert {total: (note["number"], note["amount_minor"]) for total, note in notes.items()} == {
        300: ("C2026-1", 300),
        450: ("C2026-2", 150),
        1000: ("C2026-3", 550),
    }
    assert notes[300]["taxes"] == [{"label": "", "rate": "", "included": False, "net_minor": 300, "tax_minor": 0}]


def test_a_refund_that_failed_is_told_with_the_credit_note_that_takes_back_the_other() -> None:
    shop = paid()
    refund(shop, 300, object_id="re_1")
    told(shop)
    shop.now += 60
    fail(shop, 300, 0)
    ((event, data),) = told(shop)
    assert (event, data["subject"], data["refunded_minor"]) == ("order.refund_failed", "re_1", 0)
    assert (data["credit_note"]["number"], data["credit_note"]["amount_minor"]) == ("C2026-2", -300)
    assert (data["receipt"], data["status"]) == (FIRST, "paid")


def test_a_refund_that_failed_before_it_counted_is_told_without_one() -> None:
    shop = paid()
    refund(shop, 300, object_id="re_1")
    fail(shop, 300, 0)
    shop.now += 60
    fail(shop, 0, 0, "re_2")
    notes = {data["subject"]: data["credit_note"] for event, data in told(shop) if event == "order.refund_failed"}
    assert (notes["re_1"]["amount_minor"], notes["re_2"]) == (-300, None)


def test_the_same_sum_refunded_again_keeps_the_first_message_as_it_was() -> None:
    shop = paid()
    refund(shop, 300, object_id="re_1")
    ((_, _), (_, first)) = sorted(told(shop), key=lambda one: one[0])
    shop.now += 60
    fail(shop, 300, 0)
    shop.now += 60
    refund(shop, 300, object_id="re_2")
    shop.deliver()
    run(shop.engine.outbox.replay(ORDER_ID, "order.refunded"))
    assert told(shop) == [("order.refunded", first)]


def test_a_refund_from_before_documents_were_kept_is_told_without_one() -> None:
    shop = paid()
    for total in (300, 1000):
        refund(shop, total)
    shop.database.connection.execute("UPDATE documents SET amount_minor = 1000 WHERE place = 1")
    shop.database.connection.execute("DELETE FROM documents WHERE place = 2")
    notes = {data["refunded_minor"]: data["credit_note"] for event, data in told(shop) if event == "order.refunded"}
    assert (notes[300], notes[1000]["amount_minor"]) == (None, 1000)


def test_each_renewal_is_told_with_its_own_number() -> None:
    shop = paid(**SUBSCRIPTION)
    for number in (1, 2):
        renew(shop, number)
        shop.now += 60
    renewals = {data["subject"]: data["renewal"] for event, data in told(shop) if event == "order.renewed"}
    assert {invoice: (one["number"], one["amount_minor"]) for invoice, one in renewals.items()} == {
        "in_1": ("R2026-1", 1000),
        "in_2": ("R2026-2", 1000),
    }


def test_renewals_that_an_operator_accepts_at_once_are_told_apart() -> None:
    shop = paid(**SUBSCRIPTION)
    for number, amount in ((1, 900), (2, 800)):
        renew(shop, number, amount)
    run(Reviews(shop.engine.ports.database).accept(ORDER_ID, Operator("ada", "fits"), "log_1", NOW + 5))
    renewals = {data["subject"]: data["renewal"] for event, data in told(shop) if event == "order.renewed"}
    assert {invoice: one["amount_minor"] for invoice, one in renewals.items()} == {"in_1": 900, "in_2": 800}


def test_a_renewal_without_an_invoice_is_told_with_the_first_of_its_time() -> None:
    shop = paid(**SUBSCRIPTION)
    shop.record(EventKind.RENEWED, id="evt_renewal", amount=Money(1000, "USD"), payment_ref="")
    assert [data["renewal"]["number"] for event, data in told(shop) if event == "order.renewed"] == ["R2026-1"]


def test_a_renewal_without_an_amount_has_no_number() -> None:
    shop = paid(**SUBSCRIPTION)
    shop.record(EventKind.RENEWED, id="evt_renewal", object_id="in_1", payment_ref="")
    assert [data["renewal"] for event, data in told(shop) if event == "order.renewed"] == [None]


def test_without_the_database_a_message_waits_for_its_number() -> None:
    shop = paid()

    def then_break(*_: Any) -> None:
        shop.database.broken = True

    shop.database.connection.set_trace_callback(lambda sql: then_break() if "AS buyer_email" in sql else None)
    with pytest.raises(StorageUnavailable):
        shop.deliver()
    shop.database.connection.set_trace_callback(None)
    shop.database.broken = False
    assert shop.merchant.requests == []
    shop.now += 61
    assert [data["receipt"] for _, data in told(shop)] == [FIRST]


CONTACT = "contact = true\n"
PAGE_TOKEN = "0123456789abcdef" * 2


def test_a_message_says_who_bought_and_where_the_order_is_shown() -> None:
    buyer = Buyer(paid_by=Contact("ada@example.com", "Ada Lovelace"))
    shop = paid(catalog=merchants_catalog(more=CONTACT), buyer=buyer, page_token=PAGE_TOKEN, customer_email="king@example.com")
    ((_, data),) = told(shop)
    assert data["customer_email"] == "king@example.com"
    assert data["page_url"] == f"{ENV['PUBLIC_URL']}/orders/{ORDER_ID}/page/{PAGE_TOKEN}"
    assert data["receipt_url"] == f"{ENV['PUBLIC_URL']}/orders/{ORDER_ID}/receipt/{PAGE_TOKEN}"


def test_the_token_of_an_order_is_told_to_nobody_else() -> None:
    shop = paid(page_token=PAGE_TOKEN, customer_email="king@example.com")
    shop.deliver()
    assert PAGE_TOKEN not in shop.merchant.requests[0].body.decode()


def test_nothing_is_repeated_of_a_buyer_who_was_forgotten_meanwhile() -> None:
    buyer = Buyer(note="Ring twice")
    order: dict[str, Any] = {"customer_email": "ada@example.com", "metadata": {"table": "7"}, "buyer": buyer}
    shop = paid(catalog=merchants_catalog(more=CONTACT), **order)
    shop.merchant.replies = [HttpResponse(500), HttpResponse(200)]
    ((_, first),) = told(shop)
    run(forget_order(shop.engine, ORDER_ID))
    shop.now += 86_400
    ((_, second),) = told(shop)
    personal = ("customer_email", "note", "metadata")
    assert [first.pop(name) for name in personal] == ["ada@example.com", "Ring twice", {"table": "7"}]
    assert [second.pop(name) for name in personal] == [None, None, {}]
    assert first == second


def test_without_a_public_url_no_message_with_links_is_claimed() -> None:
    env = {**ENV, "FULFILMENT_SECRET": SIGNING_SECRET, "PUBLIC_URL": ""}
    shop = FulfilmentHarness(merchants_catalog(more=CONTACT), env=env)
    shop.record()
    with pytest.raises(InvalidSettings, match="PUBLIC_URL"):
        shop.deliver()
    assert shop.effects()["order.paid"]["attempts"] == 0


def test_a_run_ends_before_it_needs_more_statements_than_it_may_execute() -> None:
    shop = paid(**SUBSCRIPTION)
    refund(shop, 300)
    renew(shop, 1)
    fail(shop, 300, 0)
    database, spent = CountedDatabase(shop.database, None), list[int]()
    engine = shop.engine.with_database(database)
    while True:
        before = database.count
        if not run(deliver_due(engine, 9, STATEMENTS_PER_MESSAGE)):
            break
        spent.append(database.count - before)
    assert set(shop.states().values()) == {"delivered"}
    assert max(spent) <= STATEMENTS_PER_MESSAGE
    assert run(deliver_due(shop.engine, 9, STATEMENTS_PER_MESSAGE - 1)) == []


def test_a_message_never_needs_more_statements_than_are_kept_for_it() -> None:
    spent = []
    for kind in (EventKind.PAID, EventKind.REFUNDED, EventKind.RENEWED):
        shop = paid(**SUBSCRIPTION)
        shop.record(kind, id="evt_new", amount=Money(1000, "USD"), object_id="in_1")
        run(shop.engine.outbox.replay(ORDER_ID))
        shop.database.connection.execute("DELETE FROM outbox WHERE effect = 'order.paid' AND :kind <> 'paid'", {"kind": kind})
        database = CountedDatabase(shop.database, None)
        run(deliver_due(shop.engine.with_database(database), 1))
        spent.append(database.count)
    assert max(spent) == STATEMENTS_PER_MESSAGE


@given(st.lists(st.sampled_from(["refund", "renew", "fail", "deliver", "replay", "dispute"]), max_size=10))
def test_a_repeated_message_is_the_same_whatever_came_between(steps: list[str]) -> None:
    shop = paid(**SUBSCRIPTION)
    total = renewals = 0
    for place, step in enumerate(steps):
        shop.now += place % 3
        match step:
            case "refund":
                total += 100
                refund(shop, total, object_id=f"re_{place}")
            case "renew":
                renewals += 1
                renew(shop, renewals, 1000 - 100 * (renewals % 2))
            case "fail":
                fail(shop, total, max(total - 100, 0), f"re_{place}")
                total = max(total - 100, 0)
            case "dispute":
                shop.record(EventKind.DISPUTED, id=f"evt_{place}", object_id=f"dp_{place}")
            case "deliver":
                shop.deliver()
            case _:
                run(shop.engine.outbox.replay(ORDER_ID))
    shop.deliver()
    run(shop.engine.outbox.replay(ORDER_ID))
    shop.deliver()
    bodies: dict[str, set[bytes]] = {}
    for request in shop.merchant.requests:
        bodies.setdefault(request.header("webhook-id"), set()).add(request.body)
    assert [len(found) for found in bodies.values()] == [1] * len(bodies)
