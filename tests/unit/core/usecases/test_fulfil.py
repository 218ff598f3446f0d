"""Fulfilment webhooks: what each response means, when the next attempt is, and that no message is lost."""

import json
import time
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import InvalidSettings, ProviderTimeout, ProviderUnavailable, StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState
from lightning_cart.usecases.fulfil import LEASE_SECONDS, RETRY_SECONDS, DeliveryAttempt, deliver_due, retry_delay
from lightning_cart.usecases.fulfilment_message import EVENTS, message_id
from lightning_cart.web.app import App
from lightning_cart.web.responses import Answer
from support.app import ENV, Provider, Shop, answer, run
from support.builders import NOW, ORDER_ID, make_event, make_order, paid_session
from support.merchants import HOOK, OLD_SECRET, SIGNING_SECRET, FulfilmentHarness, merchants_catalog, read_message
from support.stripe import event, sign

S = DeliveryState
PAID = message_id(ORDER_ID, "order.paid")
FIRST = retry_delay(PAID, 1)  # seconds


def paid(**order: Any) -> FulfilmentHarness:
    """Open a shop with a paid order whose messages have not been sent."""
    shop = FulfilmentHarness(**order)
    shop.record()
    return shop


def test_a_paid_order_is_told_once() -> None:
    shop = paid()
    (attempt,) = shop.deliver()
    assert (attempt.order_id, attempt.event, attempt.number) == (ORDER_ID, "order.paid", 1)
    assert attempt.result == DeliveryResult(S.DELIVERED, status=200)
    assert shop.deliver() == []
    assert len(shop.merchant.requests) == 1


def test_the_message_goes_to_the_sites_address_and_the_official_library_reads_it() -> None:
    shop = FulfilmentHarness()
    shop.now = time.time()
    shop.record()
    shop.deliver()
    (request,) = shop.merchant.requests
    assert (request.method, request.url, request.header("content-type")) == ("POST", HOOK, "application/json")
    assert request.header("webhook-id") == message_id(ORDER_ID, "order.paid")
    message = read_message(request)
    assert (message["type"], message["data"]["order_id"], message["data"]["status"]) == ("order.paid", ORDER_ID, "paid")


@pytest.mark.parametrize("secret", [SIGNING_SECRET, OLD_SECRET], ids=["new", "old"])
def test_while_a_secret_is_rotated_both_verify(secret: str) -> None:
    shop = FulfilmentHarness(env={**ENV, "FULFILMENT_SECRET": f"{SIGNING_SECRET}, {OLD_SECRET}"})
    shop.now = time.time()
    shop.record()
    shop.deliver()
    assert read_message(shop.merchant.requests[0], secret)["type"] == "order.paid"


def test_the_address_is_told_where_the_site_asks_for_it() -> None:
    shop = FulfilmentHarness(merchants_catalog(more="fulfilment_email = true\n"), customer_email="ada@example.com")
    shop.record()
    shop.deliver()
    assert json.loads(shop.merchant.requests[0].body)["data"]["customer_email"] == "ada@example.com"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_the_end(status: int) -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(status)]
    shop.deliver()
    assert shop.states() == {"order.paid": "delivered"}


FAILURES = [
    pytest.param(HttpResponse(status), status, f"answered {status}", id=str(status))
    for status in (301, 302, 307, 400, 401, 404, 408, 409, 429, 500, 502, 503, 504)
] + [
    pytest.param(ProviderTimeout("merchant.example", "did not answer in time"), None, "did not answer in time", id="silence"),
    pytest.param(ProviderUnavailable("merchant.example", "could not be reached"), None, "could not be reached", id="no way"),
]


@pytest.mark.parametrize(("reply", "status", "error"), FAILURES)
def test_anything_else_comes_again(reply: HttpResponse | Exception, status: int | None, error: str) -> None:
    shop = paid()
    shop.merchant.replies = [reply]
    shop.deliver()
    row = shop.effects()["order.paid"]
    assert (row["state"], row["next_at"], row["last_status"]) == ("waiting", NOW + FIRST, status)
    assert str(row["last_error"]).endswith(error)


@given(st.text(), st.integers(1, 9))
def test_a_pause_is_the_schedules_by_a_fifth_more_or_less_and_always_the_same(name: str, attempt: int) -> None:
    middle = RETRY_SECONDS[attempt - 1]
    assert middle * 0.8 <= retry_delay(name, attempt) == retry_delay(name, attempt) <= middle * 1.2


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    pauses = sorted(retry_delay(message_id(f"ord_{number}", "order.paid"), 2) for number in range(1000))
    assert len(set(pauses)) > 100  # of the 121 seconds there are
    assert (pauses[0] < 250, pauses[-1] > 350) == (True, True)


def test_gone_is_a_dead_message_at_once_and_says_so() -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(410)]
    shop.deliver()
    row = shop.effects()["order.paid"]
    assert (row["state"], row["last_status"], row["last_error"]) == (
        "dead",
        410,
        "receiver answered 410 Gone; no further attempts",
    )


def test_the_tries_follow_the_schedule_over_days_and_end_in_a_dead_message() -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(503)]
    times = []
    for _ in range(10):
        (attempt,) = shop.deliver()
        assert shop.deliver() == []
        times.append(int(shop.now) - NOW)
        shop.now = float(attempt.result.next_at or shop.now)
    gaps = [after - before for before, after in pairwise(times)]
    assert gaps == [retry_delay(PAID, attempt) for attempt in range(1, 10)]
    assert RETRY_SECONDS == (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    row = shop.effects()["order.paid"]
    assert (row["state"], row["attempts"], row["last_error"]) == ("dead", 10, "answered 503; stopped after 10 attempts")
    shop.now += 10 * 86_400
    assert shop.deliver() == []


def test_every_try_has_the_same_id_and_body_and_a_time_of_its_own() -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(500), HttpResponse(200)]
    shop.deliver()
    shop.record(EventKind.REFUNDED, amount=Money(300, "USD"))
    shop.now += FIRST
    shop.deliver()
    first, *_ = shop.merchant.requests
    again = next(one for one in shop.merchant.requests[1:] if one.header("webhook-id") == first.header("webhook-id"))
    assert (again.body, again.header("webhook-timestamp")) == (first.body, str(NOW + FIRST))
    assert again.header("webhook-signature") != first.header("webhook-signature")


def test_a_refund_is_a_message_of_its_own_with_its_sums() -> None:
    shop = paid()
    shop.deliver()
    for sum_so_far in (300, 1000):
        shop.record(EventKind.REFUNDED, id=f"evt_{sum_so_far}", amount=Money(sum_so_far, "USD"))
    shop.deliver()
    told = [json.loads(request.body) for request in shop.merchant.requests]
    facts = {(one["type"], one["data"]["status"], one["data"]["refunded_minor"]) for one in told}
    assert facts == {
        ("order.paid", "paid", 0),
        ("order.refunded", "partially_refunded", 300),
        ("order.refunded", "refunded", 1000),
    }


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("120", 120),
        ("1", FIRST),
        ("99999999999999999999", 86_400),
        ("Wed, 21 Oct 2026 07:28:00 GMT", FIRST),
        ("-7", FIRST),
        ("٣٠٠", FIRST),
    ],
    ids=["longer than the schedule", "shorter", "beyond the bound", "a date", "negative", "other digits"],
)
def test_retry_after_puts_the_next_try_off_within_a_bound(asked: str, wait: int) -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(429, {"retry-after": asked})]
    shop.deliver()
    assert shop.effects()["order.paid"]["next_at"] == NOW + wait


def test_a_try_whose_outcome_was_not_recorded_is_made_again_when_its_lease_ends() -> None:
    shop = paid()
    run(shop.engine.outbox.claim(NOW, LEASE_SECONDS))  # and then the worker dies
    shop.now += LEASE_SECONDS - 1
    assert shop.deliver() == []
    shop.now += 1
    (attempt,) = shop.deliver()
    assert (attempt.number, attempt.result.state) == (2, S.DELIVERED)


def test_a_database_that_fails_after_the_answer_only_repeats_the_message() -> None:
    shop = paid()

    async def then_break(_: HttpRequest) -> HttpResponse:
        shop.database.broken = True
        return HttpResponse(200)

    shop.merchant.replies = [then_break, HttpResponse(200)]
    with pytest.raises(StorageUnavailable):
        shop.deliver()
    shop.database.broken = False
    shop.now += LEASE_SECONDS
    shop.deliver()
    one, two = shop.merchant.requests
    assert (one.header("webhook-id"), one.body) == (two.header("webhook-id"), two.body)
    assert shop.states() == {"order.paid": "delivered"}


def test_who_lost_the_lease_can_record_a_delivery_but_no_failure() -> None:
    shop = paid()
    slow = run(shop.engine.outbox.claim(NOW, LEASE_SECONDS))
    second = run(shop.engine.outbox.claim(NOW + LEASE_SECONDS, LEASE_SECONDS))
    assert slow is not None
    assert second is not None
    run(shop.engine.outbox.save_result(slow, DeliveryResult(S.DEAD, error="too late")))
    assert shop.states() == {"order.paid": "waiting"}
    run(shop.engine.outbox.save_result(slow, DeliveryResult(S.DELIVERED, status=200)))
    run(shop.engine.outbox.save_result(second, DeliveryResult(S.WAITING, NOW + 999, 500, "answered 500")))
    assert shop.states() == {"order.paid": "delivered"}


def test_a_run_makes_no_more_tries_than_it_may() -> None:
    shop = paid()
    for sum_so_far in (100, 200, 300):
        shop.record(EventKind.REFUNDED, id=f"evt_{sum_so_far}", amount=Money(sum_so_far, "USD"))
    assert [len(shop.deliver(3)), len(shop.deliver(3)), len(shop.deliver(3))] == [3, 1, 0]


def test_what_is_new_goes_before_what_failed_before() -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(500), HttpResponse(200)]
    shop.deliver()
    shop.now += FIRST
    shop.record(EventKind.DISPUTED, object_id="dp_1")
    assert [attempt.event for attempt in shop.deliver()] == ["order.disputed:dp_1", "order.paid"]


@pytest.mark.parametrize("gone", [False, True], ids=["a site without an address", "a site that is not there any more"])
def test_without_an_address_effects_are_kept_and_not_wanted(gone: bool) -> None:
    shop = FulfilmentHarness(merchants_catalog(url=""), env=ENV, **({"site_id": "former"} if gone else {}))
    shop.record()
    assert [attempt.result.state for attempt in shop.deliver()] == [S.UNWANTED]
    assert (shop.states(), shop.merchant.requests) == ({"order.paid": "unwanted"}, [])


def test_a_missing_secret_stops_delivery_before_anything_is_tried_and_is_named() -> None:
    shop = FulfilmentHarness(env=ENV)
    shop.record()
    with pytest.raises(InvalidSettings, match="FULFILMENT_SECRET"):
        shop.deliver()
    assert shop.effects()["order.paid"]["attempts"] == 0
    assert shop.engine.missing_settings() == ["FULFILMENT_SECRET"]


def test_without_an_address_no_secret_is_needed() -> None:
    assert Shop().app.engine.missing_settings() == []


def test_a_malformed_secret_is_named_without_its_value() -> None:
    shop = FulfilmentHarness(env={**ENV, "FULFILMENT_SECRET": "whsec_short"})
    assert shop.engine.missing_settings() == ["FULFILMENT_SECRET"]
    with pytest.raises(InvalidSettings) as caught:
        shop.deliver()
    assert "short" not in str(caught.value).replace("too short", "")


def test_an_adapter_without_a_guarded_way_sends_as_to_a_provider() -> None:
    shop = paid()
    send = Provider([HttpResponse(200)])
    shop.engine.ports = shop.engine.ports._replace(send=send, send_webhook=None)
    shop.deliver()
    assert [request.url for request in send.requests] == [HOOK]


@pytest.mark.parametrize("end", [200, 410], ids=["delivered", "dead"])
def test_a_replay_tells_the_same_again(end: int) -> None:
    shop = paid()
    shop.merchant.replies = [HttpResponse(end), HttpResponse(200)]
    shop.deliver()
    assert run(shop.engine.outbox.replay(ORDER_ID)) == ["order.paid"]
    shop.now += 86_400
    shop.deliver()
    one, two = shop.merchant.requests
    assert (one.header("webhook-id"), one.body) == (two.header("webhook-id"), two.body)
    assert shop.states() == {"order.paid": "delivered"}


@pytest.mark.parametrize(
    ("effect", "replayed"),
    [
        ("", ["order.paid", "order.refunded:100", "order.refunded:300"]),
        ("order.paid", ["order.paid"]),
        ("order.refunded", ["order.refunded:100", "order.refunded:300"]),
        ("order.refunded:300", ["order.refunded:300"]),
        ("order", []),
        ("%", []),
    ],
)
def test_a_replay_may_name_its_effect(effect: str, replayed: list[str]) -> None:
    shop = paid()
    for sum_so_far in (100, 300):
        shop.record(EventKind.REFUNDED, id=f"evt_{sum_so_far}", amount=Money(sum_so_far, "USD"))
    shop.deliver()
    assert run(shop.engine.outbox.replay(ORDER_ID, effect)) == replayed


def test_a_replay_leaves_alone_what_waits_and_what_is_anothers() -> None:
    shop = paid()
    assert run(shop.engine.outbox.replay(ORDER_ID)) == []
    shop.deliver()
    assert run(shop.engine.outbox.replay("ord_" + "9" * 26)) == []


def test_an_effect_made_without_facts_gets_them_at_its_first_try() -> None:
    shop = paid()
    shop.database.connection.execute("UPDATE outbox SET facts = NULL")
    shop.deliver()
    assert json.loads(shop.merchant.requests[0].body)["data"]["status"] == "paid"


def test_every_effect_that_a_store_can_make_is_told_in_the_table() -> None:
    shop = FulfilmentHarness()
    for kind in EventKind:
        left = {"amount": Money(500, "USD")} if kind is EventKind.REFUND_FAILED else {}
        shop.record(kind, id=f"evt_{kind}", object_id="in_1", **left)
    for kind in (EventKind.PENDING, EventKind.FAILED, EventKind.EXPIRED, EventKind.CANCELLED):
        order_id = f"ord_{kind.upper():0>26}"
        run(shop.engine.orders.create_order(make_order(id=order_id), "", "digest"))
        run(shop.engine.inbox.record_event(make_event(kind, id=f"evt_2_{kind}", order_id=order_id), NOW))
    shop.deliver()
    assert {json.loads(request.body)["type"] for request in shop.merchant.requests} == set(EVENTS)


def webhook(app: App, order_id: str = ORDER_ID) -> Answer:
    body = event("checkout.session.completed", paid_session(order_id))
    return run(app.handle(HttpRequest("POST", "/webhook/stripe", {"stripe-signature": sign(body)}, body)))


def opened() -> FulfilmentHarness:
    """Open a shop with an order whose checkout is open."""
    shop = FulfilmentHarness()
    run(shop.engine.orders.save_session(ORDER_ID, CheckoutSession("cs_test_1", "https://checkout.stripe.com/c/1", None), NOW))
    return shop


def test_a_webhook_that_changes_an_order_leaves_its_delivery_to_follow() -> None:
    shop = opened()
    response = webhook(shop.app)
    assert shop.merchant.requests == []
    assert [attempt.event for attempt in run(shop.app.deliver_after(response))] == ["order.paid"]


def test_a_repeated_webhook_leaves_nothing_to_follow() -> None:
    shop = opened()
    webhook(shop.app)
    again = webhook(shop.app)
    assert (again.status, again.has_deliveries, run(shop.app.deliver_after(again))) == (200, False, [])


def test_a_return_that_finds_the_order_paid_leaves_its_delivery_to_follow() -> None:
    shop = Shop({**ENV, "FULFILMENT_SECRET": SIGNING_SECRET}, merchants_catalog())
    order_id = json.loads(shop.checkout().body)["order_id"]
    shop.provider.answers = [answer(paid_session(order_id))]
    back = shop.come_back(order_id)
    assert (back.status, back.has_deliveries) == (303, True)
    run(shop.app.deliver_after(back))
    assert shop.provider.requests[-1].url == HOOK


@pytest.mark.parametrize("path", ["/products", "/orders/ord_1", "/health", "/nowhere"])
def test_other_answers_leave_nothing_to_follow(path: str) -> None:
    assert FulfilmentHarness().app.engine.has_fulfilment_url
    assert not run(FulfilmentHarness().app.handle(HttpRequest("GET", path))).has_deliveries


def test_where_no_site_names_an_address_no_answer_leaves_anything_to_do() -> None:
    shop = Shop()
    order_id = json.loads(shop.checkout().body)["order_id"]
    paid_answer = shop.webhook(event("checkout.session.completed", paid_session(order_id)))
    returned = shop.come_back(order_id)
    assert (paid_answer.status, returned.status, paid_answer.has_deliveries, returned.has_deliveries) == (
        200,
        303,
        False,
        False,
    )
    trips = shop.database.round_trips
    assert run(shop.app.deliver_after(paid_answer)) == []
    assert shop.database.round_trips == trips


def test_nothing_of_a_request_decides_where_a_message_goes() -> None:
    shop = Shop({**ENV, "FULFILMENT_SECRET": SIGNING_SECRET}, merchants_catalog())
    cart = {"items": [{"id": "test-10", "quantity": 1}], "metadata": {"fulfilment_url": "https://evil.example/"}}
    order_id = json.loads(shop.checkout(json_bytes(cart)).body)["order_id"]
    shop.webhook(event("checkout.session.completed", paid_session(order_id)))
    run(deliver_due(shop.app.engine))
    assert shop.provider.requests[-1].url == HOOK


@pytest.mark.parametrize(
    ("result", "level", "has_receiver", "extra"),
    [
        (DeliveryResult(S.DELIVERED, status=200), "info", True, {}),
        (DeliveryResult(S.UNWANTED), "warning", False, {}),
        (DeliveryResult(S.DEAD, status=410, error="gone"), "warning", True, {"error": "gone"}),
        (DeliveryResult(S.WAITING, NOW + 5, 500, "down"), "warning", True, {"error": "down", "next_at": NOW + 5}),
    ],
)
def test_an_attempt_is_logged_with_what_applies_to_it(
    result: DeliveryResult, level: str, has_receiver: bool, extra: dict[str, object]
) -> None:
    attempt = DeliveryAttempt(ORDER_ID, "order.paid", 1, result)
    fields = {"order_id": ORDER_ID, "effect": "order.paid", "attempt": 1, "state": result.state, "status": result.status}
    assert (attempt.level, attempt.has_receiver, attempt.log_fields) == (level, has_receiver, fields | extra)
