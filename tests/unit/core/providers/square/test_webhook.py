"""Square's webhooks: who may have sent one, what each means, and what it names."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.errors import BadSignature
from lightning_cart.providers.square.checkout import Square
from lightning_cart.secret import Secret
from support.builders import NOW, ORDER_ID
from support.malformed import json_values, malformed
from support.square import PAYMENT_ID, SQUARE_ORDER, URL, USD_10, event_body, payment, signature, square, verify

K = EventKind


def test_the_known_vector_verifies() -> None:
    published = square().config._replace(signature_keys=(Secret("asdf1234"),), webhook_url="https://example.com/webhook")
    strategy = Square(published)  # no setting may have so short a key
    with pytest.raises(BadSignature, match="no id and type"):  # it is read only after the signature matches
        verify(b'{"hello":"world"}', header="2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og=", strategy=strategy)


PAID = event_body("payment.updated", "payment", payment())


def test_the_url_that_is_signed_is_the_configured_one() -> None:
    assert verify(PAID)[0].kind is K.PAID  # the request came to another address
    assert square().webhook_url() == URL


@pytest.mark.parametrize("key", ["new-key-of-the-tests", "old-key-of-the-tests"])
def test_while_a_key_is_rotated_both_verify(key: str) -> None:
    both = square(SQUARE_WEBHOOK_SIGNATURE_KEY="new-key-of-the-tests,old-key-of-the-tests")
    assert verify(PAID, header=signature(PAID, key), strategy=both)[0].kind is K.PAID


@pytest.mark.parametrize(
    "header",
    [
        "", " ", "é", "\ud800", "====", "AAAA", "not base64!", signature(PAID)[:-1], signature(PAID)[::-1],
        signature(PAID, "other"), signature(PAID, url=f"{URL}/"), signature(PAID + b" "), signature(b""), "A" * 100_000,
    ],
    ids=range(14),
)  # fmt: skip
def test_a_hostile_header_is_a_bad_signature(header: str) -> None:
    with pytest.raises(BadSignature):
        verify(PAID, header=header)


@pytest.mark.parametrize(
    "body",
    [b"", b"\xff", b"{", b"[]", b"1", b"[" * 99_999, b'{"event_id": 1, "type": "x"}', b'{"event_id": "e", "type": ["x"]}'],
    ids=range(8),
)
def test_a_signed_body_that_is_no_event_is_a_bad_signature(body: bytes) -> None:
    with pytest.raises(BadSignature):
        verify(body)


@given(st.binary(), st.text() | st.from_regex(r"[A-Za-z0-9+/]{43}=", fullmatch=True))
def test_any_bytes_and_any_header_give_a_bad_signature_unless_signed(body: bytes, header: str) -> None:
    with pytest.raises(BadSignature):
        verify(body, header=header)


@given(st.binary())
def test_any_signed_bytes_give_an_event_or_a_bad_signature(body: bytes) -> None:
    with contextlib.suppress(BadSignature):
        verify(body)


REFUND = {"id": "r1", "status": "COMPLETED", "payment_id": PAYMENT_ID, "order_id": "the-refunds-own", "amount_money": USD_10}
DISPUTE = {
    "id": "d1",
    "state": "EVIDENCE_REQUIRED",
    "disputed_payment": {"payment_id": PAYMENT_ID},
    "amount_money": USD_10,
    "reason": "NOT_AS_DESCRIBED",
    "due_at": "2026-06-01T00:00:00.000Z",
}


def read(event_type: str, subject: object, **changes: Any) -> PaymentEvent:
    return verify(event_body(event_type, event_type.partition(".")[0], subject, **changes))[0]


@pytest.mark.parametrize(
    ("event_type", "subject", "kind", "amount"),
    [
        ("payment.created", payment("APPROVED"), K.IGNORED, None),
        ("payment.created", payment("COMPLETED"), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment("COMPLETED"), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment(refunded_money={"amount": 300, "currency": "USD"}), K.PAID, Money(1000, "USD")),
        ("payment.updated", payment("PENDING"), K.PENDING, Money(1000, "USD")),
        ("payment.updated", payment("FAILED"), K.IGNORED, None),
        ("payment.updated", payment("CANCELED"), K.IGNORED, None),
        ("payment.updated", payment("NEW_WORD"), K.IGNORED, None),
        ("payment.updated", payment(status=["COMPLETED"]), K.IGNORED, None),
        ("payment.updated", payment(amount_money=None), K.PAID, None),
    ],
)
def test_a_payment_means_what_its_status_says(
    event_type: str, subject: dict[str, Any], kind: EventKind, amount: Money | None
) -> None:
    found = read(event_type, subject)
    assert (found.kind, found.amount) == (kind, amount)


def test_a_payment_names_squares_order_and_itself() -> None:
    found = read("payment.updated", payment())
    assert (found.checkout_ref, found.payment_ref, found.order_id) == (SQUARE_ORDER, PAYMENT_ID, "")


@pytest.mark.parametrize("changes", [{"reference_id": ORDER_ID}, {"note": ORDER_ID}])
def test_a_text_of_ours_in_a_payment_claims_nothing(changes: dict[str, str]) -> None:
    assert read("payment.updated", payment(**changes)).claimed_order_id == ""


@pytest.mark.parametrize("order_id", [None, "", 7, "a b"])
def test_a_payment_without_an_order_is_ignored(order_id: object) -> None:
    assert read("payment.updated", payment(order_id=order_id)).kind is K.IGNORED


def test_a_payment_keeps_its_tip_apart() -> None:
    found = read("payment.updated", payment(tip_money={"amount": 200, "currency": "USD"}, total_money={"amount": 1200}))
    assert (found.amount, found.tip_minor) == (Money(1000, "USD"), 200)


def test_another_payment_of_the_same_order_may_follow() -> None:
    assert read("payment.updated", payment()).is_part


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("COMPLETED", K.REFUNDED),
        ("REJECTED", K.REFUND_FAILED),
        ("FAILED", K.REFUND_FAILED),
        ("PENDING", K.IGNORED),
        (["COMPLETED"], K.IGNORED),
    ],
    ids=str,
)
@pytest.mark.parametrize("event_type", ["refund.created", "refund.updated"])
def test_a_refund_means_what_its_status_says(event_type: str, status: object, kind: EventKind) -> None:
    assert read(event_type, REFUND | {"status": status}).kind is kind


def test_a_refund_names_its_payment_and_itself_but_no_checkout() -> None:
    found = read("refund.updated", REFUND)
    assert (found.payment_ref, found.object_id, found.checkout_ref) == (PAYMENT_ID, "r1", "")


def test_a_refund_has_to_be_read_because_it_knows_its_own_amount_only() -> None:
    found = read("refund.updated", REFUND)
    assert (found.must_read, found.amount) == (True, None)


def test_a_refund_without_a_payment_is_ignored() -> None:
    assert read("refund.updated", REFUND | {"payment_id": None}).kind is K.IGNORED


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("INQUIRY_EVIDENCE_REQUIRED", K.DISPUTED),
        ("INQUIRY_PROCESSING", K.DISPUTED),
        ("EVIDENCE_REQUIRED", K.DISPUTED),
        ("PROCESSING", K.DISPUTED),
        ("WON", K.DISPUTE_WON),
        ("INQUIRY_CLOSED", K.DISPUTE_WON),
        ("LOST", K.DISPUTE_LOST),
        ("ACCEPTED", K.DISPUTE_LOST),
        ("WAITING_THIRD_PARTY", K.IGNORED),
        (["x"], K.IGNORED),
        (None, K.IGNORED),
    ],
    ids=str,
)
@pytest.mark.parametrize("event_type", ["dispute.created", "dispute.state.updated"])
def test_a_dispute_means_what_its_state_says(event_type: str, state: object, kind: EventKind) -> None:
    assert read(event_type, DISPUTE | {"state": state}).kind is kind


def test_a_dispute_has_its_id_amount_reason_and_due_date() -> None:
    found = read("dispute.created", DISPUTE)
    assert (found.object_id, found.amount, found.dispute_reason, found.due_at) == (
        "d1",
        Money(1000, "USD"),
        "NOT_AS_DESCRIBED",
        1_780_272_000,
    )


def test_a_dispute_names_its_payment_and_no_checkout() -> None:
    found = read("dispute.created", DISPUTE)
    assert (found.payment_ref, found.checkout_ref) == (PAYMENT_ID, "")


@pytest.mark.parametrize(
    ("changes", "object_id"),
    [({"id": None, "dispute_id": "d2"}, "d2"), ({"id": None}, PAYMENT_ID), ({"disputed_payment": None}, "d1")],
    ids=["older name", "payment only", "id only"],
)
def test_a_dispute_is_known_by_what_it_has(changes: dict[str, Any], object_id: str) -> None:
    found = read("dispute.state.updated", DISPUTE | changes)
    assert (found.kind, found.object_id) == (K.DISPUTED, object_id)


def test_a_dispute_that_names_nothing_is_ignored() -> None:
    assert read("dispute.created", DISPUTE | {"id": None, "disputed_payment": None}).kind is K.IGNORED


def test_any_other_event_is_ignored() -> None:
    assert verify(event_body("order.updated", "order_updated", {"order_id": SQUARE_ORDER}))[0].kind is K.IGNORED


@pytest.mark.parametrize(
    ("event_type", "subject"), [("payment.updated", payment()), ("refund.updated", REFUND), ("dispute.created", DISPUTE)]
)
def test_a_webhook_makes_no_call_to_square(event_type: str, subject: dict[str, Any]) -> None:
    assert verify(event_body(event_type, event_type.partition(".")[0], subject))[1] == []


@pytest.mark.parametrize(("text", "time"), [("2026-05-28T20:26:40.123Z", NOW), ("yesterday", None), (None, None)])
def test_an_event_has_the_time_at_which_square_created_it(text: str | None, time: int | None) -> None:
    assert read("payment.updated", payment(), created_at=text).created_at == time


DOCUMENTS = [
    {"event_id": "e", "type": event_type, "created_at": "2026-05-28T20:26:40Z", "data": {"object": {key: subject}}}
    for event_type, key, subject in [
        ("payment.updated", "payment", payment(tip_money={"amount": 200, "currency": "USD"})),
        ("refund.updated", "refund", REFUND),
        ("dispute.created", "dispute", DISPUTE),
        ("dispute.state.updated", "dispute", DISPUTE | {"state": "WON"}),
    ]
]


@given(malformed(*DOCUMENTS))
def test_an_event_with_any_field_absent_or_of_another_type_is_an_event_or_a_bad_signature(document: Any) -> None:
    with contextlib.suppress(BadSignature):
        found = verify(json.dumps(document).encode())[0]
        assert (found.order_id, found.amount is None or found.amount.minor >= 0) == ("", True)


TYPES = ["payment.updated", "refund.updated", "dispute.created", "dispute.state.updated", "order.updated"]


@given(st.sampled_from(TYPES), json_values)
def test_any_signed_json_gives_an_event_or_a_bad_signature(event_type: str, subject: Any) -> None:
    document = {"type": event_type, "event_id": "e", "data": {"object": {event_type.partition(".")[0]: subject}}}
    with contextlib.suppress(BadSignature):
        assert verify(json.dumps(document).encode())[0].id == "e"
