"""A refund of lines is saved with them: the same key is the same refund, and no piece is refunded twice, also at once."""

import asyncio
import json
from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import LineWish, Refund, RefundStatus, RefundWish
from lightning_cart.errors import IdempotencyConflict, InvalidField, OrderStateConflict, ProviderUnavailable
from lightning_cart.storage.open_work import read_open_work
from lightning_cart.usecases.next_steps import StepKind, next_steps
from lightning_cart.usecases.receipts import read_papers
from lightning_cart.usecases.refund import refund_order
from lightning_cart.usecases.refund_preview import preview_refund
from support.app import Shop, answer, problem, run
from support.builders import ADMIN_TOKEN, NOW, ORDER_ID, make_event
from support.full_orders import BOOK, SHIRT, make_full_order

LINES = tuple(line._replace(tax_rate="8.875") for line in (SHIRT, BOOK))
ORDER = make_full_order(lines=LINES)  # of 92.43 dollars


@pytest.fixture
def shop() -> Shop:
    """Open a shop with that order, which is paid, at a Stripe that refunds what it is asked."""
    shop = Shop()
    run(shop.app.engine.orders.create_order(ORDER, "", "digest"))
    run(shop.app.engine.inbox.record_event(make_event(EventKind.PAID, amount=ORDER.total), NOW))
    stripe_has(shop, 2359)
    return shop


def stripe_has(shop: Shop, refunded: int, number: int = 1) -> None:
    charge = {"id": "ch_1", "amount_refunded": refunded, "currency": "usd"}
    shop.provider.answers = [answer({"id": f"re_{number}", "status": "succeeded", "charge": charge})]


def wish(*lines: LineWish, amount: int | None = None, key: str = "k", **changes: Any) -> RefundWish:
    return RefundWish(ORDER_ID, amount, "", key, lines=lines, **changes)


def refund(shop: Shop, *lines: LineWish, **changes: Any) -> Refund:
    (one,) = run(refund_order(shop.app.engine, wish(*lines, **changes)))[1]
    return one


def test_lines_are_refunded_with_what_they_cost(shop: Shop) -> None:
    made = refund(shop, LineWish(1, "tshirt"))
    assert (made.amount.minor, made.pieces, made.status) == (2359, ((0, 1),), RefundStatus.SUCCEEDED)
    assert run(shop.app.engine.refunds.refunds_of(ORDER))[0].pieces == ((0, 1),)
    assert b"amount=2359" in shop.provider.requests[0].body


def test_its_credit_note_says_the_tax_of_the_lines(shop: Shop) -> None:
    refund(shop, LineWish(1, "tshirt"))
    papers = run(read_papers(shop.app.engine, ORDER_ID))
    assert papers is not None
    assert [share[:1] + share[3:] for share in papers.documents[0].shares] == [("8.875", 2167, 192)]


def test_the_same_key_continues_it_and_another_line_needs_another_key(shop: Shop) -> None:
    first = refund(shop, LineWish(1, "tshirt"))
    assert refund(shop, LineWish(1, place=0)).id == first.id
    assert len(shop.provider.requests) == 1
    for other in (wish(LineWish(2, "tshirt")), wish(), wish(LineWish(1, "tshirt"), amount=2359)):
        with pytest.raises(IdempotencyConflict, match="another amount, reason or lines"):
            run(refund_order(shop.app.engine, other))
        with pytest.raises(IdempotencyConflict, match="another amount, reason or lines"):
            run(preview_refund(shop.app.engine, other))


def test_no_piece_is_refunded_twice(shop: Shop) -> None:
    refund(shop, LineWish(2, "tshirt"), amount=2359)
    with pytest.raises(InvalidField, match="2 of tshirt are more than can be refunded"):
        refund(shop, LineWish(2, "tshirt"), key="k2")
    assert len(shop.provider.requests) == 1
    stripe_has(shop, 2359 + 2359, 2)
    assert refund(shop, LineWish(1, "tshirt"), key="k2").amount.minor == 7077 - 4718


def test_refunds_of_the_same_piece_at_once_are_one(shop: Shop) -> None:
    async def at_once() -> list[Any]:
        both = (refund_order(shop.app.engine, wish(LineWish(1, "book"), key=key)) for key in ("a", "b"))
        return await asyncio.gather(*both, return_exceptions=True)

    outcomes = run(at_once())
    failed = [one for one in outcomes if isinstance(one, Exception)]
    assert len(run(shop.app.engine.refunds.refunds_of(ORDER))) == len(failed) == 1
    assert isinstance(failed[0], OrderStateConflict | InvalidField)


def test_lines_that_were_priced_before_others_were_refunded_are_not_refunded(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = shop.app.engine

    async def refund_another(_: Order) -> list[Refund]:
        monkeypatch.undo()
        await refund_order(engine, wish(LineWish(1, "book"), key="first", amount=100))
        return []

    stripe_has(shop, 100)
    monkeypatch.setattr(engine.refunds, "refunds_of", refund_another)
    with pytest.raises(OrderStateConflict, match="lines of the order were refunded meanwhile"):
        refund(shop, LineWish(1, "tshirt"))
    assert [one.amount.minor for one in run(engine.refunds.refunds_of(ORDER))] == [100]


def test_more_than_was_paid_is_refused_as_without_lines(shop: Shop) -> None:
    with pytest.raises(OrderStateConflict, match=r"at most \$92\.43 can be refunded"):
        refund(shop, LineWish(1, "tshirt"), amount=9244)
    stripe_has(shop, 9000)
    run(refund_order(shop.app.engine, wish(amount=9000, key="first")))
    with pytest.raises(OrderStateConflict, match=r"at most \$2\.43 can be refunded"):
        refund(shop, LineWish(1, "tshirt"))


def test_it_is_of_the_amount_that_was_confirmed(shop: Shop) -> None:
    with pytest.raises(OrderStateConflict):
        refund(shop, LineWish(1, "tshirt"), seen_minor=2358)
    assert refund(shop, LineWish(1, "tshirt"), seen_minor=2359).amount.minor == 2359


def test_a_preview_says_what_the_lines_cost_and_what_they_are(shop: Shop) -> None:
    seen = run(preview_refund(shop.app.engine, wish(LineWish(1, "tshirt"))))
    assert (seen.amount.minor, seen.left.minor, seen.pieces, seen.is_repeat) == (2359, 9243 - 2359, ((0, 1),), False)
    refund(shop, LineWish(1, "tshirt"))
    assert run(preview_refund(shop.app.engine, wish(LineWish(1, "tshirt")))).pieces == ((0, 1),)
    with pytest.raises(InvalidField, match="mug is no line of the order"):
        run(preview_refund(shop.app.engine, wish(LineWish(1, "mug"))))


def test_a_refund_that_got_no_answer_is_continued_with_its_lines(shop: Shop) -> None:
    shop.provider.answers = [answer({}, 500)]
    with pytest.raises(ProviderUnavailable):
        refund(shop, LineWish(1, "tshirt"))
    history = run(shop.app.engine.orders.history(ORDER_ID))
    assert history is not None
    steps = next_steps(history, run(read_open_work(shop.database, ORDER)), NOW)
    (step,) = [one for one in steps if one.kind is StepKind.REFUND]
    assert (step.lines, step.asked, step.view["lines"]) == (("tshirt:1",), None, ("tshirt:1",))


def test_a_credit_note_that_a_webhook_brings_before_the_answer_is_of_the_refund(shop: Shop) -> None:
    shop.provider.answers = [answer({}, 500)]
    with pytest.raises(ProviderUnavailable):
        refund(shop, LineWish(1, "tshirt"))
    told = make_event(EventKind.REFUNDED, id="evt_refund", amount=Money(2359, "USD"), object_id="re_1", was_read=True)
    run(shop.app.engine.inbox.record_event(told, NOW))
    stripe_has(shop, 2359)
    made = refund(shop, LineWish(1, "tshirt"))
    papers = run(read_papers(shop.app.engine, ORDER_ID))
    assert papers is not None
    assert [(one.document.amount_minor, one.document.ref) for one in papers.documents] == [(2359, made.id)]
    assert [share[:1] + share[3:] for share in papers.documents[0].shares] == [("8.875", 2167, 192)]


def test_an_operator_refunds_lines_over_http(shop: Shop) -> None:
    headers = {"authorization": f"Bearer {ADMIN_TOKEN}", "idempotency_key": "k"}
    body = b'{"lines": [{"id": "tshirt", "variant": "l-blue", "quantity": 1}]}'
    made = shop.handle("POST", f"/admin/orders/{ORDER_ID}/refunds", body, **headers)
    assert (made.status, json.loads(made.body)["lines"]) == (
        201,
        [{"line": 1, "id": "tshirt", "variant": "l-blue", "quantity": 1}],
    )
    run(read_papers(shop.app.engine, ORDER_ID))
    shown = json.loads(shop.handle("GET", f"/admin/orders/{ORDER_ID}", b"", **headers).body)
    (note,) = shown["documents"]
    assert [note[name] for name in ("kind", "number", "amount_minor", "tip_minor", "ref")] == [
        "credit_note",
        "C2026-1",
        2359,
        0,
        shown["refunds"][0]["refund_id"],
    ]
    assert shown["receipt"] == "2026-1"
    wrong = shop.handle("POST", f"/admin/orders/{ORDER_ID}/refunds", body.replace(b"l-blue", b"m"), **headers)
    assert (wrong.status, problem(wrong)["field"]) == (422, "lines[0]")
