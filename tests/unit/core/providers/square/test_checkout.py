"""Square: requests for an order, the status of an order, and webhooks."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, EventKind, LineItem, Order, OrderStatus, PaymentEvent
from lightning_cart.errors import (
    BadSignature,
    InvalidField,
    InvalidSettings,
    ProviderRefused,
    ProviderTimeout,
    ProviderUnavailable,
)
from lightning_cart.flow import Flow, ProviderRequest, drive
from lightning_cart.http import HttpResponse
from lightning_cart.providers.square.checkout import Square, link_body
from lightning_cart.web.responses import Answer
from support.app import ENV, PRODUCTS, SHOP, Provider, Shop, answer, make_catalog, problem, run
from support.builders import ORDER_ID, make_order
from support.square import (
    KEY,
    LINK_ID,
    LOCATION,
    OPENED,
    PAYMENT_ID,
    SQUARE_ENV,
    SQUARE_ORDER,
    URL,
    USD_10,
    event_body,
    link,
    payment,
    signature,
    square,
    square_order,
    verify,
)

K = EventKind
BASE = "https://connect.squareupsandbox.com"
SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"
NO = AssertionError("Square was asked")


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
        {"authorization": "Bearer EAAA-token", "square-version": "2026-09-16", "content-type": "application/json"},
        True,
    )


def test_an_order_is_sent_whole() -> None:
    lines = (LineItem("test-10", "Test", Money(1000, "USD"), 1), LineItem("mug", "Mug", Money(1250, "USD"), 2, "350 ml"))
    assert link_body(make_order(lines=lines, customer_email="ada@example.com"), "L1", SUCCESS) == {
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
        "checkout_options": {"redirect_url": SUCCESS},
        "pre_populated_data": {"buyer_email": "ada@example.com"},
    }


def test_without_an_email_none_is_sent() -> None:
    assert "pre_populated_data" not in link_body(make_order(), "L1", SUCCESS)


def test_the_ids_fit_what_square_takes() -> None:
    assert (len(ORDER_ID) <= 40, len(f"chk-{ORDER_ID}-1") <= 45) == (True, True)


def test_a_session_knows_its_link_and_its_order() -> None:
    assert create()[0] == CheckoutSession(f"{LINK_ID}:{SQUARE_ORDER}", "https://sandbox.square.link/u/EXAMPLE", None)


def test_without_the_order_beside_it_a_link_is_taken() -> None:
    assert create(None, LOCATION, answer(link(related_resources={})))[0].id == f"{LINK_ID}:{SQUARE_ORDER}"


@pytest.mark.parametrize(
    "document",
    [
        {},
        link(payment_link={"id": LINK_ID, "url": "https://x.example"}),
        link(payment_link={"id": LINK_ID, "order_id": "o", "url": "javascript:x"}),
        link(payment_link={"order_id": "o", "url": "https://x.example"}),
        link(related_resources={"orders": [{"total_money": {"amount": 1090, "currency": "USD"}}]}),
        link(related_resources={"orders": [{}]}),
    ],
    ids=["empty", "no order", "no web address", "no id", "a tax was added", "no total"],
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


def read(*answers: HttpResponse | Exception) -> tuple[PaymentEvent, list[ProviderRequest]]:
    return run_flow(square().read_checkout(OPENED), *answers)


@pytest.mark.parametrize(
    ("order", "payments", "kind"),
    [
        (square_order("DRAFT"), [], K.IGNORED),
        (square_order("OPEN"), [], K.IGNORED),
        (square_order("COMPLETED"), [], K.IGNORED),
        (square_order("CANCELED"), [], K.CANCELLED),
        (square_order("OPEN", PAYMENT_ID), [payment()], K.PAID),
        (square_order("OPEN", PAYMENT_ID), [payment("PENDING")], K.PENDING),
        (square_order("OPEN", PAYMENT_ID), [payment("APPROVED")], K.IGNORED),
        (square_order("OPEN", PAYMENT_ID), [payment("FAILED")], K.IGNORED),
        (square_order("OPEN", "p0", PAYMENT_ID), [payment("CANCELED", id="p0"), payment()], K.PAID),
        (square_order("OPEN", PAYMENT_ID), [payment(refunded_money={"amount": 300, "currency": "USD"})], K.PAID),
        (square_order("OPEN", PAYMENT_ID), [payment(order_id="another")], K.IGNORED),
        ({"order": None}, [], K.IGNORED),
    ],
    ids=[
        "draft", "open without a tender", "completed without a tender", "cancelled", "paid", "pending", "approved", "failed",
        "second card", "refunded later", "of another order", "nothing",
    ],
)  # fmt: skip
def test_an_order_stands_as_its_payment_does(order: dict[str, Any], payments: list[Any], kind: EventKind) -> None:
    found, requests = read(answer(order), *[answer({"payment": one}) for one in payments])
    assert (found.kind, found.order_id, found.provider) == (kind, ORDER_ID, "square")
    assert requests[0].path == f"/v2/orders/{SQUARE_ORDER}"


def test_what_was_paid_does_not_count_a_tip() -> None:
    tipped = payment(tip_money={"amount": 200, "currency": "USD"}, total_money={"amount": 1200, "currency": "USD"})
    found, _ = read(answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": tipped}))
    assert (found.amount, found.payment_ref) == (Money(1000, "USD"), PAYMENT_ID)


def test_an_older_tender_has_only_its_own_id() -> None:
    _, requests = read(answer(square_order(tenders=[{"id": "t1"}])), answer({"payment": payment()}))
    assert requests[1].path == "/v2/payments/t1"


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
    found, requests = run_flow(square().expire_checkout(OPENED), *replies)
    assert (found.kind, requests[0].method, requests[0].path, requests[0].idempotent) == (
        kind,
        "DELETE",
        f"/v2/online-checkout/payment-links/{LINK_ID}",
        True,
    )


def test_the_known_vector_verifies() -> None:
    strategy = square(SQUARE_WEBHOOK_SIGNATURE_KEY="asdf1234", SQUARE_WEBHOOK_URL="https://example.com/webhook")
    with pytest.raises(BadSignature, match="no id and type"):  # it is read only after the signature matches
        verify(b'{"hello":"world"}', header="2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=", strategy=strategy)


PAID = event_body("payment.updated", "payment", payment())
FOUND = answer(square_order())


def test_the_url_that_is_signed_is_the_configured_one() -> None:
    assert verify(PAID, FOUND)[0].kind is K.PAID  # the request came to another address


@pytest.mark.parametrize("key", ["new", "old"])
def test_while_a_key_is_rotated_both_verify(key: str) -> None:
    both = square(SQUARE_WEBHOOK_SIGNATURE_KEY="new,old")
    assert verify(PAID, FOUND, header=signature(PAID, key), strategy=both)[0].kind is K.PAID


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "é", "\ud800", "====", "AAAA", "not base64!", signature(PAID)[:-1], signature(PAID)[::-1],
        signature(PAID, "other"), signature(PAID, url=f"{URL}/"), signature(PAID + b" "), signature(b""), "A" * 100_000,
    ],
    ids=range(14),
)  # fmt: skip
def test_a_hostile_header_is_a_bad_signature_and_no_call(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(PAID, NO, header=header)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"{", b"[]", b"1", b"[" * 99_999, b'{"event_id": 1, "type": "x"}', b'{"event_id": "e", "type": ["x"]}'],
    ids=range(8),
)
def test_a_signed_body_that_is_no_event_is_a_bad_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body, NO)


@given(st.binary(), st.text() | st.from_regex(r"[A-Za-z0-9+/]{43}=", fullmatch=True))
def test_any_bytes_and_any_header_give_a_bad_signature_unless_signed(body: bytes, header: str) -> None:
    with pytest.raises(BadSignature):
        verify(body, NO, header=header)


@given(st.binary())
def test_any_signed_bytes_give_an_event_or_a_bad_signature(body: bytes) -> None:
    with contextlib.suppress(BadSignature):
        verify(body, FOUND)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
TYPES = ["payment.updated", "refund.updated", "dispute.created", "dispute.state.updated", "order.updated"]
FIELDS = ["id", "status", "amount_money", "refunded_money", "order_id", "payment_id", "state", "disputed_payment"]
subjects = st.fixed_dictionaries(
    {}, optional={name: json_values | st.sampled_from(["COMPLETED", "WON", USD_10, PAYMENT_ID, 10**400]) for name in FIELDS}
)


@given(st.sampled_from(TYPES), subjects | json_values, json_values)
def test_any_signed_json_gives_an_event_or_a_bad_signature(event_type: str, subject: Any, answered: Any) -> None:
    body = event_body(event_type, event_type.partition(".")[0], None).replace(b"null", json.dumps(subject).encode())
    with contextlib.suppress(BadSignature):
        found = verify(body, answer({"order": answered, "payment": answered}))[0]
        assert found.amount is None or found.amount.minor >= 0


REFUNDED = payment(refunded_money={"amount": 300, "currency": "USD"})
DISPUTE = {"id": "d1", "state": "EVIDENCE_REQUIRED", "disputed_payment": {"payment_id": PAYMENT_ID}}


@pytest.mark.parametrize(
    ("event_type", "subject", "kind", "amount"),
    [
        ("payment.created", payment("APPROVED"), K.IGNORED, None),
        ("payment.created", payment("COMPLETED"), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment("COMPLETED"), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment("COMPLETED", refunded_money={"amount": 0, "currency": "USD"}), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment("PENDING"), K.PENDING, None),
        ("payment.updated", payment("FAILED"), K.IGNORED, None),
        ("payment.updated", payment("CANCELED"), K.IGNORED, None),
        ("payment.updated", payment("NEW_WORD"), K.IGNORED, None),
        ("payment.updated", REFUNDED, K.REFUNDED, Money(300, "USD")),
        ("payment.updated", payment(amount_money=None), K.PAID, None),
    ],
)
def test_a_payment_means_what_its_status_says(
    event_type: str, subject: dict[str, Any], kind: EventKind, amount: Money | None
) -> None:
    found, requests = verify(event_body(event_type, "payment", subject), FOUND)
    named = ("", "") if kind is K.IGNORED else (ORDER_ID, PAYMENT_ID)
    assert (found.kind, found.amount, (found.order_id, found.payment_ref)) == (kind, amount, named)
    assert [request.path for request in requests] == ([] if kind is K.IGNORED else [f"/v2/orders/{SQUARE_ORDER}"])


@pytest.mark.parametrize(
    "reply",
    [
        answer(square_order(reference_id="till-7", metadata={})),
        answer(square_order(reference_id=None)),
        answer([]),
    ],
    ids=["other reference", "no reference", "junk"],
)
def test_a_sale_at_the_till_is_nobodys_order(reply: HttpResponse) -> None:
    assert verify(PAID, reply)[0].kind is K.IGNORED


def test_an_order_may_be_named_in_the_metadata_alone() -> None:
    made = answer(square_order(reference_id=None, metadata={"order_id": ORDER_ID}))
    assert verify(PAID, made)[0].order_id == ORDER_ID


def test_a_payment_without_an_order_is_not_asked_about() -> None:
    assert verify(event_body("payment.updated", "payment", payment(order_id=None)), NO)[0].kind is K.IGNORED


@pytest.mark.parametrize(("status", "kind"), [(401, ProviderRefused), (404, ProviderUnavailable), (503, ProviderUnavailable)])
def test_where_square_cannot_be_asked_nothing_is_decided(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        verify(PAID, answer({}, status))


def test_a_refund_whose_payment_is_not_to_be_seen_yet_must_come_again() -> None:
    body = event_body("refund.updated", "refund", {"status": "COMPLETED", "payment_id": PAYMENT_ID})
    with pytest.raises(ProviderUnavailable):
        verify(body, answer({"errors": [{"code": "NOT_FOUND"}]}, 404))


def test_a_refund_is_the_sum_that_its_payment_knows() -> None:
    body = event_body("refund.updated", "refund", {"status": "COMPLETED", "payment_id": PAYMENT_ID, "amount_money": USD_10})
    found, requests = verify(body, answer({"payment": REFUNDED}), FOUND)
    assert (found.kind, found.amount, found.order_id) == (K.REFUNDED, Money(300, "USD"), ORDER_ID)
    assert [request.path for request in requests] == [f"/v2/payments/{PAYMENT_ID}", f"/v2/orders/{SQUARE_ORDER}"]


@pytest.mark.parametrize(
    ("refund", "kind"),
    [
        ({"status": "PENDING", "payment_id": PAYMENT_ID}, K.IGNORED),
        ({"status": "REJECTED", "payment_id": PAYMENT_ID}, K.REFUND_FAILED),
        ({"status": "FAILED", "payment_id": PAYMENT_ID}, K.REFUND_FAILED),
        ({"status": "COMPLETED"}, K.IGNORED),
    ],
)
def test_a_refund_that_is_not_done_is_told_without_asking(refund: dict[str, Any], kind: EventKind) -> None:
    assert verify(event_body("refund.updated", "refund", refund), NO)[0].kind is kind


@pytest.mark.parametrize(
    ("event_type", "state", "kind"),
    [
        ("dispute.created", "EVIDENCE_REQUIRED", K.DISPUTED),
        ("dispute.created", "WON", K.DISPUTE_WON),
        ("dispute.state.updated", "WON", K.DISPUTE_WON),
        ("dispute.state.updated", "INQUIRY_CLOSED", K.DISPUTE_WON),
        ("dispute.state.updated", "LOST", K.DISPUTE_LOST),
        ("dispute.state.updated", "ACCEPTED", K.DISPUTE_LOST),
        ("dispute.state.updated", "PROCESSING", K.IGNORED),
        ("dispute.state.updated", ["x"], K.IGNORED),
    ],
)
def test_a_dispute_names_its_payment(event_type: str, state: Any, kind: EventKind) -> None:
    found, _ = verify(event_body(event_type, "dispute", DISPUTE | {"state": state}), NO)
    assert (found.kind, found.payment_ref) == (kind, PAYMENT_ID)


def test_any_other_event_is_ignored_without_asking() -> None:
    assert verify(event_body("order.updated", "order_updated", {"order_id": SQUARE_ORDER}), NO)[0].kind is K.IGNORED


class SquareShop(Shop):
    """A shop that sells by Square."""

    def __init__(self, others: str = "") -> None:
        sites = SHOP.replace("stripe_checkout", "square") + others
        super().__init__(ENV | SQUARE_ENV, make_catalog(PRODUCTS.replace('sites = ["other"]', "active = false"), sites))

    def hook(self, body: bytes) -> Answer:
        return self.handle("POST", "/webhook", body, x_square_hmacsha256_signature=signature(body))


def test_a_purchase_is_paid_by_its_webhook_and_partly_given_back() -> None:
    shop = SquareShop()
    shop.provider.answers = [LOCATION, answer(link())]
    order_id = json.loads(shop.checkout().body)["order_id"]
    shop.provider.answers = [answer(square_order(reference_id=order_id))]
    assert shop.hook(PAID).log_fields["order_status"] == "paid"
    assert (
        shop.hook(event_body("payment.updated", "payment", REFUNDED, "e-2")).log_fields["order_status"] == "partially_refunded"
    )
    assert (shop.order(order_id).status, shop.order(order_id).refunded_minor) == (OrderStatus.PARTIALLY_REFUNDED, 300)


def test_a_purchase_is_read_when_the_buyer_returns() -> None:
    shop = SquareShop()
    shop.provider.answers = [LOCATION, answer(link())]
    order_id = json.loads(shop.checkout().body)["order_id"]
    shop.provider.answers = [answer(square_order("OPEN", PAYMENT_ID)), answer({"payment": payment()})]
    assert shop.handle("GET", f"/return/{order_id}").status == 303
    assert shop.order(order_id).status is OrderStatus.PAID


def test_a_webhook_that_cannot_be_looked_up_must_come_again() -> None:
    shop = SquareShop()
    shop.provider.answers = [answer({}, 503)]
    assert shop.hook(PAID).status == 503


def test_the_buyer_is_told_which_currency_the_location_has() -> None:
    shop = SquareShop()
    shop.provider.answers = [LOCATION]
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 1}], "currency": "EUR"})
    assert (response.status, problem(response)["field"]) == (422, "currency")


@pytest.mark.parametrize(
    ("others", "hint"),
    [
        ("", "; no way to pay of this site can take it"),
        ('strategies = ["paypal", "stripe_links"]\n', "; paypal or stripe_links can take it"),
    ],
)
def test_the_buyer_is_told_who_can_take_a_currency_that_the_location_has_not(others: str, hint: str) -> None:
    shop = SquareShop(others)
    shop.provider.answers = [LOCATION]
    response = shop.checkout({"items": [{"id": "test-10", "quantity": 1}], "currency": "EUR"})
    assert problem(response)["detail"].endswith(hint)


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
    assert not [secret for secret in ("EAAA-token", KEY) if secret in shown]
