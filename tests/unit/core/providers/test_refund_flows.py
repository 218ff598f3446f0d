"""What each provider is asked about a refund, exchange by exchange, and what its answers mean."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Order
from lightning_cart.domain.refund import Refund, RefundResult, RefundStatus
from lightning_cart.errors import ProviderRefused, ProviderUnavailable
from lightning_cart.flow import Flow
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from support.app import answer
from support.builders import (
    NOW,
    ORDER_ID,
    PAYPAL_CLIENT_ID,
    PAYPAL_CLIENT_SECRET,
    SQUARE_SIGNATURE_KEY,
    SQUARE_TOKEN,
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
    make_order,
)

R = RefundStatus
KEYS = {
    "STRIPE_SECRET_KEY": STRIPE_KEY,
    "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
    "PAYPAL_CLIENT_ID": PAYPAL_CLIENT_ID,
    "PAYPAL_CLIENT_SECRET": PAYPAL_CLIENT_SECRET,
    "PAYPAL_WEBHOOK_ID": "wh",
    "SQUARE_ACCESS_TOKEN": SQUARE_TOKEN,
    "SQUARE_LOCATION_ID": "L1",
    "SQUARE_WEBHOOK_SIGNATURE_KEY": SQUARE_SIGNATURE_KEY,
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


def usd(value: str) -> dict[str, str]:
    return {"value": value, "currency_code": "USD"}


def up(capture_id: str) -> list[dict[str, str]]:
    """Return the links of a refund of PayPal's, which name its capture."""
    return [{"rel": "up", "href": f"https://api-m.paypal.com/v2/payments/captures/{capture_id}"}]


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


def body_of(provider: str, payment_ref: str, /, **order: Any) -> tuple[str, dict[str, str]]:
    """Return the URL and the body with which a new refund of one payment is requested."""
    flow = BY_PROVIDER[provider].from_env(KEYS).refund(paid_order(provider, **order), a_refund(payment_ref=payment_ref))
    request = next(flow)
    if provider == "paypal":
        request = flow.send(answer(TOKEN))
    is_json = request.headers["content-type"] == "application/json"
    return request.path, json.loads(request.body) if is_json else dict(parse_qsl(request.body.decode()))


@pytest.mark.parametrize("payment_ref", ["pay_2", ""], ids=["another", "the only one"])
def test_stripe_refunds_the_payment_that_the_refund_names(payment_ref: str) -> None:
    assert body_of("stripe", payment_ref)[1]["payment_intent"] == (payment_ref or "pay_1")


@pytest.mark.parametrize("payment_ref", ["pay_2", ""], ids=["another", "the only one"])
def test_paypal_refunds_the_capture_that_the_refund_names(payment_ref: str) -> None:
    assert body_of("paypal", payment_ref)[0] == f"/v2/payments/captures/{payment_ref or 'pay_1'}/refund"


@pytest.mark.parametrize("payment_ref", ["pay_2", ""], ids=["another", "the only one"])
def test_square_refunds_the_payment_that_the_refund_names(payment_ref: str) -> None:
    assert body_of("square", payment_ref)[1]["payment_id"] == (payment_ref or "pay_1")


def test_stripe_refunds_the_orders_payment_if_its_key_is_the_order() -> None:
    assert body_of("stripe", ORDER_ID)[1]["payment_intent"] == "pay_1"


def test_stripe_refunds_a_single_payment_beside_a_subscription_by_its_own_id() -> None:
    assert body_of("stripe", "pi_9", payment_ref="", subscription_ref="sub_1")[1]["payment_intent"] == "pi_9"


@pytest.mark.parametrize("known", ["sub_1", ""], ids=["stored", "not stored, because the order needs review"])
def test_stripe_refunds_a_subscription_by_its_key(known: str) -> None:
    line = LineItem("club", "Club", Money(1000, "USD"), 1, interval=Interval.MONTH)
    invoice = {"payments": {"data": [{"payment": {"payment_intent": "pi_7"}}]}}
    changes: Any = {"payment_ref": "", "subscription_ref": known, "lines": (line,)}
    asked = a_refund(payment_ref="sub_1")
    result, calls = refund("stripe", {"data": [{"invoice": "in_1"}]}, invoice, {"id": "re_1"}, asked=asked, **changes)
    assert (result.id, calls) == ("re_1", ["GET /checkout/sessions", "GET /invoices/in_1", "POST /refunds"])


def test_stripe_looks_for_an_older_refund_among_those_of_the_named_payment() -> None:
    flow = (
        BY_PROVIDER["stripe"].from_env(KEYS).refund(paid_order("stripe"), a_refund(payment_ref="pay_2", may_exist_already=True))
    )
    assert next(flow).query["payment_intent"] == "pay_2"


def test_square_looks_for_an_older_refund_among_those_of_the_named_payment() -> None:
    flow = (
        BY_PROVIDER["square"].from_env(KEYS).refund(paid_order("square"), a_refund(payment_ref="pay_2", may_exist_already=True))
    )
    assert next(flow).path == "/v2/payments/pay_2"


def test_stripe_tells_the_total_of_the_refunded_charge() -> None:
    charge = {"amount_refunded": 300, "currency": "usd"}
    assert refund("stripe", {"id": "re_1", "status": "succeeded", "charge": charge})[0].refunded == Money(300, "USD")


def test_paypal_reads_a_refund_that_it_has() -> None:
    result, asked = refund("paypal", PENDING, asked=a_refund(provider_ref="re_1", may_exist_already=True))
    assert (result, asked[-1]) == (RefundResult("re_1", R.PENDING, None), "GET /payments/refunds/re_1")


@pytest.mark.parametrize(
    ("payment_ref", "total"),
    [("", 200), ("pay_2", 400)],
    ids=["of the order's payment", "of the payment that the refund names"],
)
def test_paypals_order_tells_the_sum_of_the_capture_after_a_failure(payment_ref: str, total: int) -> None:
    captures = [{"id": "pay_1", "amount": usd("10.00")}, {"id": "pay_2", "amount": usd("10.00")}]
    made = [
        {"amount": usd("3.00"), "status": "FAILED", "links": up("pay_1")},
        {"amount": usd("2.00"), "status": "COMPLETED", "links": up("pay_1")},
        {"amount": usd("4.00"), "status": "COMPLETED", "links": up("pay_2")},
    ]
    shown = {"purchase_units": [{"payments": {"captures": captures, "refunds": made}}]}
    failed = refund("paypal", {"id": "re_1", "status": "FAILED"}, shown, asked=a_refund(payment_ref=payment_ref))
    assert failed[0] == RefundResult("re_1", R.FAILED, Money(total, "USD"))


def test_a_capture_that_paypals_order_does_not_list_has_no_sum() -> None:
    assert refund("paypal", {"id": "re_1", "status": "CANCELLED"}, {})[0] == RefundResult("re_1", R.FAILED, None)


def test_paypals_refund_tells_the_sum_of_its_capture() -> None:
    answered = {"id": "re_1", "status": "COMPLETED", "seller_payable_breakdown": {"total_refunded_amount": usd("5.00")}}
    assert refund("paypal", answered)[0] == RefundResult("re_1", R.SUCCEEDED, Money(500, "USD"))


def test_stripe_reads_a_refund_that_it_has() -> None:
    result, asked = refund("stripe", {"id": "re_1"}, asked=a_refund(provider_ref="re_1", may_exist_already=True))
    assert (result.status, asked) == (R.PENDING, ["GET /refunds/re_1"])


def test_square_makes_a_refund_that_it_does_not_have_after_all() -> None:
    payment = {"payment": {"id": "pay_1", "refund_ids": []}}
    result, asked = refund("square", payment, {"refund": PENDING}, {"refund": PENDING}, asked=a_refund(may_exist_already=True))
    assert (result.id, asked[1]) == ("re_1", "POST /refunds")


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


def test_squares_payment_tells_that_there_is_no_sum_yet() -> None:
    shown = {"payment": {"id": "pay_1", "amount_money": {"amount": 1000, "currency": "USD"}}}
    assert refund("square", {"refund": PENDING | {"status": "FAILED"}}, shown)[0].refunded == Money(0, "USD")


def test_a_payment_of_squares_without_an_amount_has_no_sum() -> None:
    assert refund("square", {"refund": PENDING | {"status": "FAILED"}}, {})[0] == RefundResult("re_1", R.FAILED, None)
