"""Square: requests for an order, and the status of an order."""

import json
from typing import Any

import pytest
from hypothesis import given

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import InvalidField, InvalidSettings, ProviderRefused, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import Flow, ProviderRequest, drive
from lightning_cart.http import HttpResponse
from lightning_cart.providers.square.checkout import Square
from lightning_cart.providers.square.link import link_body
from lightning_cart.providers.strategy import CheckoutReading
from support.app import Provider, answer, run
from support.builders import ORDER_ID, SQUARE_TOKEN, make_order
from support.malformed import malformed
from support.square import (
    KEY,
    LINK_ID,
    LOCATION,
    OPENED,
    PAYMENT_ID,
    SQUARE_ORDER,
    USD_10,
    link,
    payment,
    square,
    square_order,
)

K = EventKind
BASE = "https://connect.squareupsandbox.com"
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"


def run_flow[T](flow: Flow[T], *answers: HttpResponse | Exception) -> tuple[T, list[ProviderRequest]]:
    provider = Provider(list(answers))
    return run(drive(flow, provider, clock=lambda: 0.0, deadline=0.0)), provider.requests


def create(
    order: Order | None = None, *answers: HttpResponse | Exception, strategy: Square | None = None
) -> tuple[CheckoutSession, list[ProviderRequest]]:
    flow = (strategy or square()).create_checkout(order or make_order(), SUCCESS, CANCEL)
    return run_flow(flow, *(answers or (LOCATION, answer(link()))))


def test_a_link_is_one_post_that_may_be_repeated() -> None:
    request = create()[1][1]
    assert (request.method, request.url, dict(request.headers), request.idempotent) == (
        "POST",
        f"{BASE}/v2/online-checkout/payment-links",
        {"authorization": f"Bearer {SQUARE_TOKEN}", "square-version": "2026-09-16", "content-type": "application/json"},
        True,
    )


def test_an_order_is_sent_whole() -> None:
    lines = (LineItem("test-10", "Test", Money(1000, "USD"), 1), LineItem("mug", "Mug", Money(1250, "USD"), 2, "350 ml"))
    assert link_body(make_order(lines=lines, customer_email="ada@example.com"), "L1", SUCCESS, Square.limits) == {
        "idempotency_key": f"chk-{ORDER_ID}-1",
        "description": f"Order {ORDER_ID}",
        "payment_note": ORDER_ID,
        "order": {
            "location_id": "L1",
            "reference_id": ORDER_ID,
            "metadata": {"order_id": ORDER_ID, "site_id": "shop"},
            "line_items": [
                {"name": "Test", "quantity": "1", "base_price_money": USD_10},
                {
                    "name": "Mug",
                    "quantity": "2",
                    "base_price_money": {"amount": 1250, "currency": "USD"},
                    "note": "350 ml",
                },
            ],
        },
        "checkout_options": {
            "redirect_url": SUCCESS,
            "allow_tipping": False,
            "enable_coupon": False,
            "enable_loyalty": False,
        },
        "pre_populated_data": {"buyer_email": "ada@example.com"},
    }


def test_without_an_email_none_is_sent() -> None:
    assert "pre_populated_data" not in link_body(make_order(), "L1", SUCCESS, Square.limits)


def test_the_ids_fit_what_square_takes() -> None:
    assert (len(ORDER_ID) <= 40, len(f"chk-{ORDER_ID}-1") <= 45) == (True, True)


def test_a_session_knows_its_link_and_its_order() -> None:
    assert create()[0] == CheckoutSession(f"{LINK_ID}:{SQUARE_ORDER}", "https://sandbox.square.link/u/EXAMPLE", None)


@pytest.mark.parametrize(
    "document",
    [
        {},
        link(payment_link={"id": LINK_ID, "url": "https://x.example"}),
        link(payment_link={"id": LINK_ID, "order_id": "o", "url": "javascript:x"}),
        link(payment_link={"order_id": "o", "url": "https://x.example"}),
        link(related_resources={"orders": [{"total_money": {"amount": 1090, "currency": "USD"}}]}),
        link(related_resources={"orders": [{}]}),
        link(related_resources={"orders": [{"total_money": USD_10}, {"total_money": {"amount": 1, "currency": "USD"}}]}),
        link(related_resources={"orders": []}),
        link(related_resources={}),
    ],
    ids=[
        "empty",
        "no order",
        "no web address",
        "no id",
        "a tax was added",
        "no total",
        "two totals",
        "no total to compare",
        "nothing beside it",
    ],
)
def test_an_answer_that_is_not_this_order_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ProviderRefused):
        create(None, LOCATION, answer(document))


def test_the_locations_currency_is_asked_for_once() -> None:
    strategy = square()
    first, second = create(strategy=strategy)[1], create(None, answer(link()), strategy=strategy)[1]
    assert ([request.path for request in first], len(second)) == (
        ["/v2/locations/L1", "/v2/online-checkout/payment-links"],
        1,
    )


def test_another_currency_than_the_locations_is_refused_with_a_sentence() -> None:
    euros = make_order(lines=(LineItem("x", "X", Money(950, "EUR"), 1),))
    with pytest.raises(InvalidField, match="square charges in USD") as caught:
        create(euros, LOCATION)
    assert caught.value.field == "currency"


def test_a_location_that_is_not_there_is_a_setting_to_correct() -> None:
    with pytest.raises(InvalidSettings) as caught:
        create(None, answer({"errors": [{"code": "NOT_FOUND"}]}, 404))
    assert caught.value.names == ("SQUARE_LOCATION_ID",)


def test_the_settings_are_checked_by_the_location_alone() -> None:
    provider = Provider([answer({"location": {"id": "L1", "currency": "USD"}})])
    run(drive(square().check_settings(), provider))
    assert [(request.method, request.path) for request in provider.requests] == [("GET", "/v2/locations/L1")]


@pytest.mark.parametrize("reply", [answer({}), answer({"location": {"currency": 7}}), answer({}, 401)])
def test_a_location_that_cannot_be_read_is_a_refusal(reply: HttpResponse) -> None:
    with pytest.raises(ProviderRefused):
        create(None, reply)


def refusal(code: str, status: int = 400, **changes: Any) -> HttpResponse:
    error = {"category": "INVALID_REQUEST_ERROR", "code": code, "detail": "of ada@example.com", "field": "order.location_id"}
    return answer({"errors": [error | changes]}, status)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [(refusal("X", status), ProviderRefused) for status in (400, 401, 403, 404, 422)]
    + [(refusal("X", status), ProviderUnavailable) for status in (408, 409, 429, 500, 502, 503, 504)]
    + [
        (refusal("TEMPORARY_ERROR"), ProviderUnavailable),
        (HttpResponse(400, {}, b"[1"), ProviderRefused),
        (ProviderTimeout("square", "slow"), ProviderTimeout),
    ],
)
def test_every_error_answer_is_a_no_or_a_later(reply: HttpResponse | Exception, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        create(None, LOCATION, reply)


def test_a_refusal_keeps_code_and_field_but_no_detail() -> None:
    with pytest.raises(ProviderRefused) as caught:
        create(None, LOCATION, refusal("MISSING_REQUIRED_PARAMETER"))
    assert (caught.value.code, caught.value.reason) == ("MISSING_REQUIRED_PARAMETER", "answered 400 about order.location_id")
    assert "ada@" not in str(caught.value)


def read(*answers: HttpResponse | Exception, order: Order = OPENED) -> tuple[CheckoutReading, list[ProviderRequest]]:
    return run_flow(square().read_checkout(order, capture=True), *answers)


def read_one(document: object) -> PaymentEvent:
    """Return the event of an order that one payment pays."""
    (found,) = read(answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": document}))[0].events
    return found


@pytest.mark.parametrize(
    ("order", "payments", "kinds"),
    [
        (square_order("DRAFT"), [], []),
        (square_order("OPEN"), [], []),
        (square_order("COMPLETED"), [], []),
        (square_order("CANCELED"), [], [K.CANCELLED]),
        (square_order("OPEN", PAYMENT_ID), [payment()], [K.PAID]),
        (square_order("OPEN", PAYMENT_ID), [payment("PENDING")], [K.PENDING]),
        (square_order("OPEN", PAYMENT_ID), [payment("APPROVED")], []),
        (square_order("OPEN", PAYMENT_ID), [payment("FAILED")], []),
        (square_order("OPEN", "p0", PAYMENT_ID), [payment("CANCELED", id="p0"), payment()], [K.PAID]),
        (square_order("OPEN", "p0", PAYMENT_ID), [payment(id="p0"), payment("PENDING")], [K.PAID, K.PENDING]),
        (square_order("OPEN", PAYMENT_ID), [payment(refunded_money={"amount": 300, "currency": "USD"})], [K.PAID]),
        (square_order("OPEN", PAYMENT_ID), [payment(order_id="another")], []),
        (square_order("CANCELED", PAYMENT_ID), [payment()], [K.PAID]),
        (square_order("CANCELED", PAYMENT_ID), [payment("FAILED")], [K.CANCELLED]),
        ({"order": None}, [], []),
    ],
    ids=[
        "draft", "open without a tender", "completed without a tender", "cancelled", "paid", "pending", "approved", "failed",
        "second card", "gift card and card", "refunded later", "of another order", "cancelled and paid",
        "cancelled after a failure", "nothing",
    ],
)  # fmt: skip
def test_an_order_stands_as_its_payments_do(order: dict[str, Any], payments: list[Any], kinds: list[EventKind]) -> None:
    reading, requests = read(answer(order), *[answer({"payment": one}) for one in payments])
    assert ([event.kind for event in reading.events], requests[0].path) == (kinds, f"/v2/orders/{SQUARE_ORDER}")


def test_a_read_payment_names_our_order_and_squares() -> None:
    found = read_one(payment())
    assert (found.order_id, found.checkout_ref, found.provider, found.was_read) == (ORDER_ID, SQUARE_ORDER, "square", True)


def test_each_payment_of_a_split_order_has_its_own_amount() -> None:
    parts = [payment(id="p0", amount_money={"amount": 300, "currency": "USD"}), payment(id="p1")]
    reading, _ = read(answer(square_order("OPEN", "p0", "p1")), *[answer({"payment": part}) for part in parts])
    assert [(event.payment_ref, event.amount) for event in reading.events] == [
        ("p0", Money(300, "USD")),
        ("p1", Money(1000, "USD")),
    ]


def test_another_payment_may_follow_each() -> None:
    assert read_one(payment()).is_part


TIPPED = payment(tip_money={"amount": 200, "currency": "USD"}, total_money={"amount": 1200, "currency": "USD"})


def test_a_tip_is_kept_apart_from_the_amount() -> None:
    found = read_one(TIPPED)
    assert (found.amount, found.tip_minor) == (Money(1000, "USD"), 200)


@pytest.mark.parametrize("tip", [None, {}, {"amount": "200", "currency": "USD"}, 200])
def test_a_tip_that_cannot_be_read_is_none(tip: object) -> None:
    assert read_one(payment(tip_money=tip)).tip_minor == 0


@pytest.mark.parametrize(
    ("document", "refunded"),
    [
        (payment(), Money(0, "USD")),
        (payment(refunded_money={"amount": 300, "currency": "USD"}), Money(300, "USD")),
        (TIPPED | {"refunded_money": {"amount": 1200, "currency": "USD"}}, Money(1200, "USD")),
        (payment(refunded_money={"amount": -1, "currency": "USD"}), None),
        (payment(amount_money=None), None),
        (payment("PENDING"), None),
    ],
    ids=["none", "a part", "with the tip", "no amount", "nothing known", "not paid"],
)
def test_a_payment_tells_the_total_refunded(document: dict[str, Any], refunded: Money | None) -> None:
    assert read_one(document).refunded == refunded


def test_an_older_tender_has_only_its_own_id() -> None:
    _, requests = read(answer(square_order(tenders=[{"id": "t1"}])), answer({"payment": payment()}))
    assert requests[1].path == "/v2/payments/t1"


@given(malformed(square_order("CANCELED", PAYMENT_ID, "p1")), malformed({"payment": TIPPED | {"refunded_money": USD_10}}))
def test_an_order_with_any_field_absent_or_of_another_type_is_read(order: object, paid: object) -> None:
    replies = [HttpResponse(200, {}, json.dumps(one).encode()) for one in (order, paid)]
    assert {event.order_id for event in read(*replies)[0].events} <= {ORDER_ID}


@pytest.mark.parametrize(
    ("replies", "kind"),
    [
        ([answer({"id": LINK_ID, "cancelled_order_id": SQUARE_ORDER})], K.EXPIRED),
        ([answer({"id": LINK_ID}), answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": payment()})], K.PAID),
        ([answer({}, 404), answer(square_order("CANCELED"))], K.CANCELLED),
    ],
    ids=["unpaid", "paid meanwhile", "gone already"],
)
def test_a_link_is_deleted_unless_it_was_paid(replies: list[HttpResponse], kind: EventKind) -> None:
    reading, requests = run_flow(square().expire_checkout(OPENED), *replies)
    assert ([event.kind for event in reading.events], requests[0].method, requests[0].path, requests[0].idempotent) == (
        [kind],
        "DELETE",
        f"/v2/online-checkout/payment-links/{LINK_ID}",
        True,
    )


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"SQUARE_ACCESS_TOKEN": ""}, "SQUARE_ACCESS_TOKEN"),
        ({"SQUARE_LOCATION_ID": ""}, "SQUARE_LOCATION_ID"),
        ({"SQUARE_WEBHOOK_SIGNATURE_KEY": ""}, "SQUARE_WEBHOOK_SIGNATURE_KEY"),
        ({"SQUARE_WEBHOOK_URL": "pay.shop.example/webhook"}, "SQUARE_WEBHOOK_URL"),
        ({"SQUARE_API_BASE": "http://connect.squareup.com"}, "SQUARE_API_BASE"),
    ],
)
def test_a_missing_or_malformed_key_is_named(change: dict[str, str], name: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        square(**change)
    assert caught.value.names == (name,)


def test_no_secret_shows() -> None:
    strategy = square()
    shown = repr(strategy) + repr(strategy.location.config) + repr(create(strategy=strategy)[1])
    assert not [secret for secret in (SQUARE_TOKEN, KEY) if secret in shown]
