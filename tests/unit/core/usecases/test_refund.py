"""Refunds: what is saved, what can still be refunded, what a failure restores, and who may refund."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order, OrderStatus
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus, RefundWish
from lightning_cart.errors import ProviderTimeout, StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse, json_bytes
from lightning_cart.storage.inbox import Inbox, record_event_batch
from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.refunds import RefundStore
from lightning_cart.usecases.refund_progress import refund_event
from lightning_cart.web.responses import Answer
from support.app import ENV, Shop, answer, problem, run, stripe_routes
from support.builders import NOW, ORDER_ID, make_event, make_order, paid_session
from support.databases import MemoryDatabase
from support.stripe import event, sign

K, R, S = EventKind, RefundStatus, OrderStatus
TOKEN = f"Bearer {ENV['ADMIN_TOKEN']}"
PATH = f"/admin/orders/{ORDER_ID}/refunds"


def charge(refunded: int, **changes: Any) -> dict[str, Any]:
    return {"id": "ch_1", "amount_refunded": refunded, "currency": "usd"} | changes


def made(refunded: int = 300, status: str = "succeeded", **changes: Any) -> HttpResponse:
    """Stripe's answer to a refund."""
    return answer({"id": "re_1", "status": status, "charge": charge(refunded)} | changes)


@pytest.fixture
def shop() -> Shop:
    """Open a shop with one paid order of ten dollars."""
    shop = Shop()
    shop.checkout()
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    shop.provider.answers = [made()]
    shop.provider.requests.clear()
    return shop


def ask(shop: Shop, body: object = None, key: str = "k", token: str = TOKEN) -> Answer:
    content = body if isinstance(body, bytes) else json_bytes(body) if body is not None else b""
    return shop.handle("POST", PATH, content, authorization=token, idempotency_key=key)


# ---- authorization


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer wrong", "Basic " + ENV["ADMIN_TOKEN"], TOKEN + "x"])
@pytest.mark.parametrize("action", ["refunds", "cancel"])
def test_without_the_token_nothing_happens(shop: Shop, token: str, action: str) -> None:
    response = shop.handle("POST", f"/admin/orders/{ORDER_ID}/{action}", authorization=token, idempotency_key="k")
    assert (response.status, problem(response)["type"]) == (401, "/problems/admin-token-needed")
    assert response.header("www-authenticate") == 'Bearer realm="admin"'
    assert shop.provider.requests == []


@pytest.mark.parametrize("token", ["first-" * 6, "second" * 6])
def test_while_a_token_is_rotated_each_of_them_passes(token: str) -> None:
    shop = Shop(ENV | {"ADMIN_TOKEN": f"{'first-' * 6},{'second' * 6}"})
    assert ask(shop, token=f"Bearer {token}").status == 404


@pytest.mark.parametrize("value", ["", "short"])
def test_without_a_token_set_the_routes_are_shut_and_all_else_works(value: str) -> None:
    shop = Shop(ENV | {"ADMIN_TOKEN": value})
    assert problem(ask(shop))["type"] == "/problems/not-configured"
    assert shop.checkout().status == 201


def test_a_token_that_is_too_short_is_a_problem_and_none_is_not() -> None:
    assert Shop(ENV | {"ADMIN_TOKEN": "short"}).app.engine.missing_settings() == ["ADMIN_TOKEN"]
    assert Shop(ENV | {"ADMIN_TOKEN": ""}).app.engine.missing_settings() == []


def test_no_page_is_let_in(shop: Shop) -> None:
    response = shop.handle("OPTIONS", PATH, origin="https://shop.example")
    assert "access-control-allow-origin" not in response.headers


# ---- requests


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount_minor": 0}, "amount_minor"),
        ({"amount_minor": -1}, "amount_minor"),
        ({"amount_minor": 2**53}, "amount_minor"),
        ({"amount_minor": 10**30}, "amount_minor"),
        ({"amount_minor": 3.0}, "amount_minor"),
        ({"amount_minor": True}, "amount_minor"),
        ({"amount_minor": "300"}, "amount_minor"),
        ({"amount": 300}, "amount"),
        ({"reason": 1}, "reason"),
        ({"reason": "x" * 256}, "reason"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(shop: Shop, body: object, field: str) -> None:
    assert problem(ask(shop, body))["field"] == field
    assert shop.database.count("refunds") == 0


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[]", b"null"])
def test_a_body_that_cannot_be_read_is_told(shop: Shop, body: bytes) -> None:
    assert problem(ask(shop, body))["type"] == "/problems/malformed-request"


def test_without_a_key_nothing_is_given_back(shop: Shop) -> None:
    assert problem(ask(shop, key=""))["field"] == "Idempotency-Key"


def test_an_unknown_order_is_not_found(shop: Shop) -> None:
    path = "/admin/orders/ord_00000000000000000000000009/refunds"
    assert shop.handle("POST", path, authorization=TOKEN, idempotency_key="k").status == 404


@pytest.mark.parametrize("minor", [0, 1005])
def test_an_amount_that_the_provider_cannot_write_is_refused(shop: Shop, minor: int) -> None:
    from lightning_cart.errors import InvalidField
    from lightning_cart.usecases.refund import refund_order

    shop.database.connection.execute("UPDATE orders SET currency = 'KWD'")
    with pytest.raises(InvalidField, match="amount_minor"):
        run(refund_order(shop.app.engine, RefundWish(ORDER_ID, minor, "", "k")))


def test_a_refusal_says_what_is_left(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    assert ask(shop, {"amount_minor": 300}, key="first").status == 504
    detail = problem(ask(shop, {"amount_minor": 701}))["detail"]
    assert detail == "$10.00 was paid and $0.00 refunded, $3.00 is being refunded: at most $7.00 can be refunded"
    assert "at most" in problem(ask(shop, {"amount_minor": 1001}))["detail"]


# ---- the provider's responses


def test_a_refund_is_saved_before_the_provider_hears_of_it(shop: Shop) -> None:
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    assert ask(shop).status == 504
    history = run(shop.app.engine.orders.history(ORDER_ID))
    assert history is not None
    assert [(refund.status, refund.amount.minor) for refund in history.refunds] == [(R.REQUESTED, 1000)]


def test_stripe_is_told_the_amount_and_our_id_once(shop: Shop) -> None:
    refund_id = json.loads(ask(shop, {"amount_minor": 300}).body)["refund_id"]
    (request,) = shop.provider.requests
    assert (request.header("idempotency-key"), len(refund_id) <= 36) == (refund_id, True)
    assert b"amount=300" in request.body
    assert b"payment_intent=pi_1" in request.body


def test_a_refund_on_its_way_is_asked_about_and_never_made_again(shop: Shop) -> None:
    shop.provider.answers = [made(300, "pending")]
    assert json.loads(ask(shop, {"amount_minor": 300}).body)["status"] == "pending"
    shop.provider.answers = [made(300)]
    shop.provider.requests.clear()
    assert json.loads(ask(shop, {"amount_minor": 300}).body)["status"] == "succeeded"
    assert [(request.method, request.url.partition("?")[0][-5:]) for request in shop.provider.requests] == [("GET", "/re_1")]


def test_a_refund_that_is_not_counted_yet_is_held_back(shop: Shop) -> None:
    shop.provider.answers = [answer({"id": "re_1", "status": "pending"})]
    assert json.loads(ask(shop, {"amount_minor": 300}).body)["refunded_minor"] == 0
    assert ask(shop, {"amount_minor": 701}, key="other").status == 409


def test_a_refund_that_fails_at_once_gives_nothing_back(shop: Shop) -> None:
    shop.provider.answers = [made(0, "failed")]
    assert json.loads(ask(shop).body)["status"] == "failed"
    order = shop.order(ORDER_ID)
    assert (order.status, order.refunded_minor, order.needs_review) == (S.PAID, 0, False)


def test_a_refund_that_fails_without_a_sum_waits_for_a_person(shop: Shop) -> None:
    shop.provider.answers = [made(0, "failed", charge=None)]
    ask(shop)
    assert shop.order(ORDER_ID).needs_review


def test_an_answer_without_an_id_is_no_answer(shop: Shop) -> None:
    shop.provider.answers = [answer({})]
    assert ask(shop).status == 502
    shop.provider.answers = [answer({"data": []}), made(1000)]
    assert json.loads(ask(shop).body)["status"] == "succeeded"


# ---- refunds that fail later


FAILED = event("refund.failed", {"id": "re_1", "payment_intent": "pi_1"}, "evt_failed")


def fail(shop: Shop, still: int) -> Answer:
    shop.provider.routes = stripe_routes(still)
    return shop.webhook(FAILED)


def test_a_refund_that_failed_later_restores_the_order(shop: Shop) -> None:
    shop.provider.answers = [made(1000)]
    ask(shop)
    assert shop.order(ORDER_ID).status is S.REFUNDED
    assert fail(shop, 0).status == 200
    order, history = shop.order(ORDER_ID), run(shop.app.engine.orders.history(ORDER_ID))
    assert history is not None
    assert (order.status, order.refunded_minor, order.needs_review) == (S.PAID, 0, False)
    assert [refund.status for refund in history.refunds] == [R.FAILED]
    assert "order.refund_failed:re_1" in [effect["effect"] for effect in history.effects]


def test_after_a_failure_the_money_can_be_given_back_again(shop: Shop) -> None:
    ask(shop)
    fail(shop, 0)
    shop.provider.routes.clear()
    shop.provider.answers = [answer({"id": "re_2", "status": "succeeded", "charge": charge(1000)})]
    assert json.loads(ask(shop, key="again").body)["order_status"] == "refunded"


def test_an_old_sum_that_comes_after_a_failure_raises_nothing(shop: Shop) -> None:
    ask(shop)
    fail(shop, 0)
    shop.webhook(event("charge.refunded", charge(1000, payment_intent="pi_1"), "evt_old"))
    assert shop.order(ORDER_ID).refunded_minor == 0


def test_an_event_of_a_refund_is_read_in_two_round_trips_and_recognised_in_one(shop: Shop) -> None:
    ask(shop, {"amount_minor": 300})
    trips = []
    for total, body in (
        (300, event("charge.refunded", charge(300, payment_intent="pi_1"), "evt_before")),
        (0, FAILED),
        (0, event("charge.refunded", charge(300, payment_intent="pi_1"), "evt_after")),
    ):
        for _ in range(2):  # the second time it has been seen before
            shop.provider.routes = stripe_routes(total)
            shop.database.round_trips = 0
            assert shop.webhook(body).status == 200
            trips.append(shop.database.round_trips)
    assert trips == [2, 1, 2, 1, 2, 1]
    assert (shop.order().refunded_minor, shop.order().needs_review) == (0, False)


class FailsMeanwhile:
    """A Stripe that reports a total, and before its answer arrives it sends the webhook of another refund that failed."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.inner = shop, shop.app.engine.ports.send
        self.meanwhile: list[int] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        if "/payment_intents/" in request.url and not self.meanwhile:
            self.meanwhile.append(0)
            body = event("refund.failed", {"id": "re_2", "payment_intent": "pi_1"}, "evt_second")
            signed = {"stripe-signature": sign(body)}
            self.meanwhile[0] = (await self.shop.app.handle(HttpRequest("POST", "/webhook/stripe", signed, body))).status
        return await self.inner(request)


def test_a_refund_that_fails_while_another_call_reads_the_total_is_sent_again(shop: Shop) -> None:
    ask(shop, {"amount_minor": 300})
    shop.app.engine.ports = shop.app.engine.ports._replace(send=(send := FailsMeanwhile(shop)))
    shop.provider.routes = stripe_routes(500)
    assert (shop.webhook(FAILED).status, send.meanwhile, shop.order().refunded_minor) == (200, [503], 500)
    shop.provider.routes = stripe_routes(200)
    again = shop.webhook(event("refund.failed", {"id": "re_2", "payment_intent": "pi_1"}, "evt_second"))
    assert (again.status, shop.order().refunded_minor, shop.order().needs_review) == (200, 200, False)


@pytest.mark.parametrize("trouble", [HttpResponse(503), HttpResponse(404)], ids=["no answer", "refused"])
def test_a_failure_whose_total_cannot_be_read_comes_again_and_changes_nothing(shop: Shop, trouble: HttpResponse) -> None:
    ask(shop)
    shop.provider.routes = stripe_routes() | {"/v1/checkout/sessions": trouble}
    assert (shop.webhook(FAILED).status, shop.order().refunded_minor) == (503, 300)
    shop.provider.routes = stripe_routes()
    assert (shop.webhook(FAILED).status, shop.order().refunded_minor) == (200, 0)


def test_a_failure_of_somebody_elses_payment_is_not_read(shop: Shop) -> None:
    shop.provider.routes = stripe_routes()
    response = shop.webhook(event("refund.failed", {"id": "re_9", "payment_intent": "pi_9"}, "evt_other"))
    assert [request.path for request in shop.provider.requests] == ["/v1/invoice_payments"]
    assert (response.status, response.log_fields["verdict"]) == (200, "parked")


# ---- the database


def test_two_refunds_at_once_are_not_more_than_was_paid() -> None:
    kept = Kept()
    first, left = kept.open(600, "a")
    second, _ = kept.open(600, "b")
    assert (first is not None, left, second) == (True, 400, None)


class Kept:
    """A store with one order of ten dollars, paid."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.orders = OrderStore(self.database)
        self.inbox = Inbox(self.database)
        self.refund_store = RefundStore(self.database)
        self.count = 0
        run(self.orders.create_order(make_order(), "", "digest"))
        run(self.inbox.record_event(make_event(K.PAID), NOW))

    def open(self, amount: int | None, key: str) -> tuple[Refund | None, int]:
        self.count += 1
        wish = RefundWish(ORDER_ID, amount, "", key)
        refunds, left = run(self.refund_store.create_refund(wish, "USD", f"rfd_{self.count:026d}", NOW))
        return (refunds[0] if refunds else None), left

    def finish(self, refund: Refund, result: RefundResult) -> None:
        event = refund_event(self.order, refund, result)
        if result.refunded is None:
            run(self.refund_store.save_result(refund, result, NOW))
        else:
            known = run(self.orders.payments_of(ORDER_ID))[event.payment_key]
            run(self.inbox.record_refund(refund, result, event, NOW, known))

    @property
    def order(self) -> Order:
        found = run(self.orders.find_order(ORDER_ID))
        assert found is not None
        return found

    @property
    def refunds(self) -> tuple[Refund, ...]:
        history = run(self.orders.history(ORDER_ID))
        assert history is not None
        return history.refunds


@pytest.mark.parametrize("statement", range(5))
def test_a_refund_that_cannot_be_saved_leaves_no_trace(statement: int) -> None:
    kept = Kept()
    kept.database.break_before = statement
    with pytest.raises(StorageUnavailable):
        kept.open(300, "a")
    kept.database.break_before = None
    assert kept.refunds == ()
    assert kept.open(300, "a")[0] is not None


@pytest.mark.parametrize("statement", range(1 + len(record_event_batch(make_event(K.REFUNDED), NOW))))
def test_an_answer_that_cannot_be_saved_leaves_no_trace_and_is_saved_next_time(statement: int) -> None:
    kept = Kept()
    refund, _ = kept.open(300, "a")
    assert refund is not None
    before = list(kept.database.connection.iterdump())
    kept.database.break_before = statement
    result = RefundResult("re_1", R.SUCCEEDED, Money(300, "USD"))
    with pytest.raises(StorageUnavailable):
        kept.finish(refund, result)
    kept.database.break_before = None
    assert list(kept.database.connection.iterdump()) == before
    kept.finish(refund, result)
    assert (kept.order.refunded_minor, kept.refunds[0].status) == (300, R.SUCCEEDED)


def test_what_is_known_of_a_refund_is_not_lost_to_an_older_answer() -> None:
    kept = Kept()
    refund, _ = kept.open(300, "a")
    assert refund is not None
    kept.finish(refund, RefundResult("re_1", R.SUCCEEDED, Money(300, "USD")))
    kept.finish(refund, RefundResult("re_1", R.PENDING, None))
    assert kept.refunds[0].status is R.SUCCEEDED
    run(kept.inbox.record_event(make_event(K.REFUND_FAILED, amount=Money(0, "USD"), object_id="re_1"), NOW))
    kept.finish(refund, RefundResult("re_1", R.SUCCEEDED, None))
    assert str(kept.refunds[0].status) == R.FAILED


class AProviderThatRefunds(RuleBasedStateMachine):
    """Any interleaving of calls, lost answers, webhooks with repeats, dashboard refunds and refusals."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept()
        self.given: dict[str, int] = {}
        self.webhooks: list[tuple[str, int]] = []
        self.calls = 0

    @property
    def total(self) -> int:
        return sum(self.given.values())

    def _give(self, name: str, amount: int) -> None:
        if name not in self.given and self.total + amount <= 1000:
            self.given[name] = amount
            self.webhooks.append((name, self.total))

    @rule(
        amount=st.one_of(st.none(), st.integers(1, 1000)),
        key=st.sampled_from("abcdef"),
        answered=st.sampled_from(["yes", "lost", "late"]),
    )
    def refund(self, amount: int | None, key: str, answered: str) -> None:
        refund, _ = self.kept.open(amount, key)
        if refund is None or refund.status is R.FAILED:
            return
        if refund.status is R.SUCCEEDED:
            return
        self._give(refund.id, refund.amount.minor)
        if refund.id not in self.given:
            run(self.kept.refund_store.mark_refused(refund, NOW))
        elif answered == "yes":
            self.kept.finish(refund, RefundResult(f"re_{refund.id}", R.SUCCEEDED, Money(self.total, "USD")))
        elif answered == "late":
            self.kept.finish(refund, RefundResult(f"re_{refund.id}", R.PENDING, None))

    @rule(amount=st.integers(1, 1000), number=st.integers(1, 3))
    def dashboard(self, amount: int, number: int) -> None:
        self._give(f"dashboard {number}", amount)

    @rule(data=st.data())
    def webhook(self, data: st.DataObject) -> None:
        if self.webhooks:
            name, total = data.draw(st.sampled_from(self.webhooks))
            run(
                self.kept.inbox.record_event(
                    make_event(K.REFUNDED, id=f"evt_{name}", amount=Money(total, "USD"), object_id=f"re_{name}"), NOW
                )
            )

    @invariant()
    def nothing_exceeds_what_was_paid(self) -> None:
        live = sum(refund.amount.minor for refund in self.kept.refunds if refund.status is not R.FAILED)
        assert live <= 1000
        assert self.kept.order.refunded_minor <= self.total <= 1000

    def teardown(self) -> None:
        for name, total in self.webhooks:
            run(
                self.kept.inbox.record_event(
                    make_event(K.REFUNDED, id=f"evt_{name}", amount=Money(total, "USD"), object_id=f"re_{name}"), NOW
                )
            )
        order = self.kept.order
        status = S.REFUNDED if self.total == 1000 else S.PARTIALLY_REFUNDED if self.total else S.PAID
        assert (order.refunded_minor, order.status, order.needs_review) == (self.total, status, False)
        self.kept.database.close()


AProviderThatRefunds.TestCase.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
TestAProviderThatRefunds = AProviderThatRefunds.TestCase


@given(st.lists(st.one_of(st.none(), st.integers(1, 1200)), max_size=8))
def test_what_is_asked_for_is_never_more_than_was_paid(amounts: list[int | None]) -> None:
    kept = Kept()
    for index, amount in enumerate(amounts):
        kept.open(amount, str(index))
    assert sum(refund.amount.minor for refund in kept.refunds) <= 1000


# ---- cancellation


def test_an_order_whose_checkout_never_opened_is_cancelled_without_asking_anybody() -> None:
    shop = Shop()
    shop.provider.answers = [ProviderTimeout("stripe", "slow")]
    shop.checkout()
    shop.provider.requests.clear()
    response = shop.handle("POST", f"/admin/orders/{ORDER_ID}/cancel", authorization=TOKEN)
    assert (json.loads(response.body)["status"], shop.provider.requests) == ("expired", [])


def test_an_order_that_the_provider_cannot_close_now_is_not_cancelled(shop: Shop) -> None:
    shop.database.connection.execute("UPDATE orders SET status = 'open', paid_minor = 0, payment_ref = ''")
    shop.provider.answers = [answer({"id": "cs_test_1", "status": "open"})]
    response = shop.handle("POST", f"/admin/orders/{ORDER_ID}/cancel", authorization=TOKEN)
    assert (response.status, shop.order(ORDER_ID).status) == (409, S.OPEN)


def test_a_secret_token_does_not_show(shop: Shop) -> None:
    assert ENV["ADMIN_TOKEN"] not in repr(shop.app.engine.admin_tokens) + repr(ask(shop).log_fields)
