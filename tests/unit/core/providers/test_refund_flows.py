"""What each provider is asked about a refund, exchange by exchange, and what its answers mean."""

from collections.abc import Callable
from typing import Any

import pytest

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from support.app import answer
from support.builders import NOW, ORDER_ID, make_order

R = RefundStatus
KEYS = {
    "STRIPE_SECRET_KEY": "sk_test_key",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "PAYPAL_CLIENT_ID": "id",
    "PAYPAL_CLIENT_SECRET": "secret",
    "PAYPAL_WEBHOOK_ID": "wh",
    "SQUARE_ACCESS_TOKEN": "token",
    "SQUARE_LOCATION_ID": "L1",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": "key",
    "SQUARE_WEBHOOK_URL": "https://pay.shop.example/webhook/square",
}
BY_PROVIDER = {
    strategy.provider_name(): strategy for strategy in STRATEGIES if {need.name for need in strategy.settings} & KEYS.keys()
}
TOKEN = {"access_token": "A21", "expires_in": 32400}
PENDING: dict[str, Any] = {"id": "re_1", "status": "PENDING"}


def paid_order(provider: str, **changes: Any) -> Order:
    paid = {"payment_ref": "pay_1", "session": CheckoutSession("s_1", "https://x.example", None), "paid_minor": 1000}
    return make_order(provider=provider, strategy=provider, **(paid | changes))


def a_refund(**changes: Any) -> Refund:
    fields: dict[str, Any] = {
        "id": "rfd_00000000000000000000000001",
        "order_id": ORDER_ID,
        "amount": Money(300, "USD"),
        "reason": "",
        "status": R.REQUESTED,
        "provider_ref": "",
        "may_exist_already": False,
        "digest": "",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**(fields | changes))


def play[T](make: Callable[[PaymentStrategy], Flow[T]], provider: str, *answers: object) -> tuple[T, list[str]]:
    """Run a flow; return its value and its requests. Each response is a body or a status."""
    flow = make(BY_PROVIDER[provider].from_env(KEYS))
    asked = [next(flow)]
    try:
        for one in [TOKEN, *answers] if provider == "paypal" else answers:
            asked.append(flow.send(answer({}, one) if isinstance(one, int) else answer(one)))  # noqa: PERF401 - what came before the end is kept
    except StopIteration as done:
        return done.value, [f"{request.method} {request.url.partition('?')[0].partition('/v')[2][1:]}" for request in asked]
    pytest.fail(f"it asks on: {asked[-1]}")


def refund(provider: str, *answers: object, asked: Refund | None = None, **changes: Any) -> tuple[RefundResult, list[str]]:
    order = paid_order(provider, **changes)
    return play(lambda strategy: strategy.refund(order, asked or a_refund()), provider, *answers)


def read(provider: str, *answers: object, **changes: Any) -> Money | None:
    order = paid_order(provider, **changes)
    return play(lambda strategy: strategy.read_refunded(order), provider, *answers)[0]


def usd(value: str) -> dict[str, str]:
    return {"value": value, "currency_code": "USD"}


@pytest.mark.parametrize("provider", BY_PROVIDER)
def test_an_answer_without_an_id_is_no_answer(provider: str) -> None:
    with pytest.raises(ProviderUnavailable):
        refund(provider, {})


@pytest.mark.parametrize("word", ["pending", "requires_action", "newer"])
def test_stripes_words_but_three_mean_on_its_way(word: str) -> None:
    assert refund("stripe", {"id": "re_1", "status": word})[0] == RefundResult("re_1", R.PENDING, None)


def test_stripe_finds_an_older_refund_by_our_id() -> None:
    found = {"id": "re_1", "status": "succeeded", "metadata": {"refund_id": a_refund().id}}
    result, asked = refund("stripe", {"data": [{"id": "re_0"}, found]}, asked=a_refund(may_exist_already=True))
    assert (result.id, asked) == ("re_1", ["GET /refunds"])


def test_stripe_is_asked_for_the_first_invoices_payment_of_a_subscription() -> None:
    invoice = {"payments": {"data": [{"payment": {"payment_intent": "pi_7"}}]}}
    subscription: Any = {"payment_ref": "", "subscription_ref": "sub_1"}
    result, asked = refund("stripe", {"data": [{"invoice": "in_1"}]}, invoice, {"id": "re_1"}, **subscription)
    assert (result.id, asked) == ("re_1", ["GET /checkout/sessions", "GET /invoices/in_1", "POST /refunds"])


@pytest.mark.parametrize("changes", [{"payment_ref": ""}, {"payment_ref": "", "subscription_ref": "sub_1"}])
def test_stripe_gives_nothing_back_of_a_payment_that_cannot_be_found(changes: dict[str, str]) -> None:
    answers: list[Any] = [{"data": []}] if "subscription_ref" in changes else []
    flow = BY_PROVIDER["stripe"].from_env(KEYS).refund(paid_order("stripe", **changes), a_refund())
    with pytest.raises(ProviderRefused):  # noqa: PT012 - the flow is played by hand
        next(flow)
        for one in answers:
            flow.send(answer(one))
    assert read("stripe", {"data": []}, payment_ref="", subscription_ref="sub_1") is None


def test_paypal_reads_a_refund_that_it_has() -> None:
    result, asked = refund("paypal", PENDING, asked=a_refund(provider_ref="re_1", may_exist_already=True))
    assert (result, asked[-1]) == (RefundResult("re_1", R.PENDING, None), "GET /payments/refunds/re_1")


def test_paypals_order_tells_the_sum_after_a_failure() -> None:
    made = [{"amount": usd("3.00"), "status": "FAILED"}, {"amount": usd("2.00"), "status": "COMPLETED"}]
    shown = {"purchase_units": [{"payments": {"refunds": made}}]}
    assert refund("paypal", {"id": "re_1", "status": "FAILED"}, shown)[0] == RefundResult("re_1", R.FAILED, Money(200, "USD"))


def test_a_refund_of_paypals_that_cannot_be_read_leaves_no_sum() -> None:
    assert read("paypal", {"purchase_units": [{"payments": {"refunds": [{"amount": None}]}}]}) is None
    assert read("paypal", {}) == Money(0, "USD")


def test_square_is_asked_how_a_new_refund_stands() -> None:
    result, asked = refund("square", {"refund": PENDING}, {"refund": PENDING})
    assert (result, asked) == (RefundResult("re_1", R.PENDING, None), ["POST /refunds", "GET /refunds/re_1"])


def test_square_finds_an_older_refund_by_our_id() -> None:
    found = {"id": "re_1", "status": "COMPLETED", "reason": a_refund().id}
    payment = {"payment": {"id": "pay_1", "refund_ids": ["re_0", "re_1"], "refunded_money": {"amount": 300, "currency": "USD"}}}
    result, asked = refund(
        "square", payment, {"refund": {}}, {"refund": found}, payment, asked=a_refund(may_exist_already=True)
    )
    assert (result, "POST /refunds" in asked) == (RefundResult("re_1", R.SUCCEEDED, Money(300, "USD")), False)


def test_square_reads_a_refund_that_it_has() -> None:
    result, asked = refund("square", {"refund": PENDING}, asked=a_refund(provider_ref="re_1", may_exist_already=True))
    assert (result.status, asked) == (R.PENDING, ["GET /refunds/re_1"])


def test_a_refund_that_square_made_is_never_taken_for_refused() -> None:
    with pytest.raises(ProviderUnavailable):
        refund("square", {"refund": PENDING}, 404)


def test_squares_payment_tells_the_sum_or_that_there_is_none() -> None:
    assert read("square", {"payment": {"id": "pay_1"}}) == Money(0, "USD")
    assert read("square", {}) is None
