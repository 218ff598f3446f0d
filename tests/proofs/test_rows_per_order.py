"""What Cloudflare counts for an order: docs/scale.md computes a bill from these numbers, so they must not grow unnoticed."""

from collections.abc import Coroutine, Iterator
from typing import Any

import pytest

from lightning_cart.domain.buyer import Contact
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.attempts import CodeSearch
from lightning_cart.storage.documents import number_documents
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.new_orders import NO_CLAIMS, Claims, CodeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState, Outbox
from proofs.edge import MeasuredD1, WorkerdShop
from support import ROOT
from support.app import run
from support.builders import NOW, ORDER_ID, make_code, make_event, make_order
from support.databases import OTHER_ID, empty

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("edge")]
THIRD_ID = "ord_00000000000000000000000003"
WITH_BUYER = "a checkout with anything about its buyer"
WITH_CODE, CODE_PAID = "a checkout with a code, and its buyer", "the paid webhook of it, with who paid"
STEPS = (
    "the checkout",
    "the paid webhook",
    "the delivery of its message",
    "one look at its status",
    WITH_BUYER,
    WITH_CODE,
    CODE_PAID,
)


async def deliver(database: MeasuredD1) -> None:
    message = await Outbox(database).claim(NOW, 60)
    assert message
    await number_documents(database, message.order, NOW)
    await Outbox(database).save_result(message, DeliveryResult(DeliveryState.DELIVERED, 0, 200, ""))


async def check_out(database: MeasuredD1, order: Order) -> None:
    orders, claims = OrderStore(database), NO_CLAIMS
    if order.code:
        found, _, _ = await CodeSearch(database).find(order.code, "ada", "caller", NOW)
        assert found
        claims = Claims(CodeClaim(order.code, found.revision, "ada"))
    await orders.create_order(order, order.id, "digest", claims)
    await orders.save_session(order.id, CheckoutSession(f"cs_{order.id[-1]}", "https://pay.example/1", NOW + 60), NOW)


@pytest.fixture(scope="module")
def counted(edge_shop: WorkerdShop) -> Iterator[dict[str, tuple[int, int]]]:
    """Return the rows that D1 reads and writes for each step of an order."""
    with MeasuredD1(edge_shop.address) as database:
        empty(database)
        run(database.query(make_code("SPRING", once=1, most_uses=20)))
        contact = Contact("ada@example.com", "Ada")
        named = {"id": "evt_3", "order_id": "", "checkout_ref": "cs_3", "payment_ref": "pi_3", "contact": contact}
        work: tuple[Coroutine[Any, Any, object], ...] = (
            check_out(database, make_order()),
            Inbox(database).record_event(make_event(EventKind.PAID, checkout_ref="cs_1"), NOW),
            deliver(database),
            OrderStore(database).find_order(ORDER_ID),
            check_out(database, make_order(id=OTHER_ID, customer_email="ada@example.com")),
            check_out(database, make_order(id=THIRD_ID, customer_email="ada@example.com", code="SPRING")),
            Inbox(database).record_event(make_event(EventKind.PAID, **named), NOW),
        )
        found = {}
        for step, one in zip(STEPS, work, strict=True):
            database.rows_read = database.rows_written = 0
            run(one)
            found[step] = database.rows_read, database.rows_written
        yield found
        empty(database)


@pytest.mark.parametrize("step", STEPS)
def test_the_rows_of_an_order_are_those_of_the_documents(counted: dict[str, tuple[int, int]], step: str) -> None:
    read, written = counted[step]
    assert f"| {step} | {read} | {written} |" in (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
