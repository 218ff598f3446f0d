"""Stripe's events: what each means, and whose payment it is about."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.buyer import NOWHERE, Destination
from lightning_cart.domain.money import Money
from lightning_cart.domain.payment_event import EventKind, PaymentEvent
from lightning_cart.domain.review import ReviewReason
from lightning_cart.errors import BadSignature, ProviderTimeout, ProviderUnavailable
from lightning_cart.flow import ProviderRequest, drive
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.stripe.checkout import StripeCheckout
from lightning_cart.providers.stripe.config import StripeConfig
from lightning_cart.secret import Secret
from support.app import ENV, Provider, answer, run
from support.builders import NOW, ORDER_ID, STRIPE_LIVE_KEY, paid_session
from support.malformed import json_values, malformed
from support.stripe import WEBHOOK_SECRET, event, sign, stripe_session

STRIPE = StripeCheckout.from_env(ENV)
K = EventKind
NO_INVOICE = answer({"data": []})
CHARGE = {
    "id": "ch_1",
    "payment_intent": "pi_1",
    "amount": 1000,
    "amount_refunded": 300,
    "currency": "usd",
    "metadata": {"order_id": ORDER_ID},
}
REFUND = {"id": "re_1", "payment_intent": "pi_1", "amount": 300, "currency": "usd", "metadata": {"order_id": ORDER_ID}}
INVOICE = {
    "id": "in_2",
    "billing_reason": "subscription_cycle",
    "parent": {
        "type": "subscription_details",
        "subscription_details": {"subscription": "sub_1", "metadata": {"order_id": ORDER_ID}},
    },
}
OLD_INVOICE = {
    "id": "in_2",
    "billing_reason": "subscription_cycle",
    "subscription": {"id": "sub_1"},
    "subscription_details": {"metadata": {"order_id": ORDER_ID}},
}
SUBSCRIPTION = {"id": "sub_1", "metadata": {"order_id": ORDER_ID}}
DISPUTE = {
    "id": "du_1",
    "payment_intent": "pi_1",
    "charge": "ch_1",
    "amount": 1000,
    "currency": "usd",
    "reason": "fraudulent",
    "status": "needs_response",
    "evidence_details": {"due_by": NOW + 86_400},
}


def check(
    body: bytes, *answers: HttpResponse | Exception, strategy: StripeCheckout = STRIPE
) -> tuple[PaymentEvent, list[ProviderRequest]]:
    """Read a webhook; return its event, and the requests that it took."""
    provider = Provider(list(answers or [NO_INVOICE]))
    request = HttpRequest("POST", "/webhook", {"stripe-signature": sign(body)}, body)
    flow = drive(strategy.verify_webhook(request, NOW), provider, clock=lambda: 0.0, deadline=0.0)
    return run(flow), provider.requests


def read(event_type: str, subject: object, *answers: HttpResponse | Exception, **document: Any) -> PaymentEvent:
    return check(event(event_type, subject, **document), *answers)[0]


@pytest.mark.parametrize(
    ("event_type", "subject", "kind"),
    [
        ("checkout.session.completed", paid_session(ORDER_ID), K.PAID),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status="no_payment_required"), K.PAID),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status="unpaid"), K.PENDING),
        ("checkout.session.completed", paid_session(ORDER_ID, payment_status=None), K.PENDING),
        ("checkout.session.async_payment_succeeded", paid_session(ORDER_ID), K.PAID),
        ("checkout.session.async_payment_failed", paid_session(ORDER_ID), K.FAILED),
        ("checkout.session.expired", stripe_session(status="expired"), K.EXPIRED),
        ("checkout.session.expired", stripe_session(status="expired", payment_link="plink_1"), K.IGNORED),
        ("charge.refunded", CHARGE, K.REFUNDED),
        ("refund.failed", REFUND, K.REFUND_FAILED),
        ("refund.updated", REFUND, K.IGNORED),
        ("charge.dispute.created", DISPUTE, K.DISPUTED),
        ("charge.dispute.updated", DISPUTE | {"status": "under_review"}, K.DISPUTED),
        ("charge.dispute.funds_withdrawn", DISPUTE, K.DISPUTED),
        ("charge.dispute.closed", DISPUTE | {"status": "won"}, K.DISPUTE_WON),
        ("charge.dispute.closed", DISPUTE | {"status": "warning_closed"}, K.DISPUTE_WON),
        ("charge.dispute.closed", DISPUTE | {"status": "prevented"}, K.DISPUTE_WON),
        ("charge.dispute.funds_reinstated", DISPUTE | {"status": "won"}, K.DISPUTE_WON),
        ("charge.dispute.closed", DISPUTE | {"status": "lost"}, K.DISPUTE_LOST),
        ("charge.dispute.closed", DISPUTE | {"status": "new_word"}, K.DISPUTED),
        ("charge.dispute.closed", DISPUTE | {"status": ["won"]}, K.DISPUTED),
        ("invoice.paid", INVOICE, K.RENEWED),
        ("invoice.paid", INVOICE | {"billing_reason": "subscription_create"}, K.IGNORED),
        ("invoice.payment_failed", INVOICE, K.RENEWAL_FAILED),
        ("customer.subscription.deleted", SUBSCRIPTION, K.SUBSCRIPTION_ENDED),
        ("payment_intent.payment_failed", {"id": "pi_1"}, K.IGNORED),
        ("payment_intent.succeeded", {"id": "pi_1"}, K.IGNORED),
        ("something.new", {}, K.IGNORED),
    ],
)
def test_an_event_means_what_stripe_says_it_means(event_type: str, subject: dict[str, Any], kind: EventKind) -> None:
    assert read(event_type, subject).kind is kind


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("checkout.session.completed", paid_session(ORDER_ID, id=None)),
        ("checkout.session.expired", {}),
        ("charge.refunded", CHARGE | {"payment_intent": None}),
        ("charge.dispute.created", {"status": "won"}),
        ("refund.failed", {}),
        ("invoice.paid", {"billing_reason": "subscription_cycle"}),
        ("customer.subscription.deleted", {}),
    ],
)
def test_an_event_that_names_nothing_is_ignored(event_type: str, subject: dict[str, Any]) -> None:
    assert read(event_type, subject).kind is K.IGNORED


SESSIONS = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
]


@pytest.mark.parametrize("event_type", SESSIONS)
def test_a_session_names_its_own_checkout(event_type: str) -> None:
    assert read(event_type, paid_session(ORDER_ID)).checkout_ref == "cs_test_1"


@pytest.mark.parametrize("event_type", SESSIONS[:3])
@pytest.mark.parametrize("link", ["plink_1", {"id": "plink_1"}], ids=["id", "expanded"])
def test_a_visit_of_a_link_names_the_link_as_its_checkout(event_type: str, link: object) -> None:
    assert read(event_type, paid_session(ORDER_ID, payment_link=link)).checkout_ref == "plink_1"


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("charge.refunded", CHARGE),
        ("refund.failed", REFUND),
        ("charge.dispute.created", DISPUTE),
        ("invoice.paid", INVOICE),
        ("customer.subscription.deleted", SUBSCRIPTION),
    ],
)
def test_what_is_no_session_names_no_checkout(event_type: str, subject: dict[str, Any]) -> None:
    assert read(event_type, subject).checkout_ref == ""


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("checkout.session.completed", paid_session(ORDER_ID)),
        ("charge.refunded", CHARGE),
        ("refund.failed", REFUND),
        ("charge.dispute.created", DISPUTE),
        ("invoice.paid", INVOICE),
        ("customer.subscription.deleted", SUBSCRIPTION),
    ],
)
def test_no_webhook_is_bound_to_an_order_by_its_metadata(event_type: str, subject: dict[str, Any]) -> None:
    assert read(event_type, subject).order_id == ""


def test_a_reference_that_the_buyers_browser_set_claims_nothing() -> None:
    session = paid_session(ORDER_ID, metadata={}, client_reference_id=ORDER_ID)
    assert read("checkout.session.completed", session).claimed_order_id == ""


def test_a_renewal_says_what_was_charged() -> None:
    assert read("invoice.paid", INVOICE | {"amount_paid": 1800, "currency": "usd"}).amount == Money(1800, "USD")
    assert read("invoice.paid", INVOICE | {"amount_paid": None, "currency": "usd"}).amount is None
    assert read("invoice.payment_failed", INVOICE | {"amount_paid": 0, "currency": "usd"}).amount is None


def test_a_completed_session_says_where_its_goods_go_and_nothing_else_does() -> None:
    shipping = {"shipping_details": {"address": {"country": "ES"}}}
    assert read("checkout.session.completed", paid_session(ORDER_ID) | shipping).place == Destination("ES")
    assert read("checkout.session.completed", paid_session(ORDER_ID)).place == NOWHERE
    assert read("charge.refunded", {"payment_intent": "pi_1", "shipping": {"address": {"country": "ES"}}}).place is None


@pytest.mark.parametrize("order_id", ["", "invoice-7", "ord_short", "ord_" + "a" * 26, 7, None])
def test_metadata_that_is_not_ours_claims_no_order(order_id: object) -> None:
    assert read("checkout.session.completed", paid_session(ORDER_ID, metadata={"order_id": order_id})).claimed_order_id == ""


@pytest.mark.parametrize("invoice", [INVOICE, OLD_INVOICE], ids=["since 2025-03-31", "before"])
def test_a_renewal_names_its_subscription_and_invoice_in_every_version(invoice: dict[str, Any]) -> None:
    found = read("invoice.paid", invoice)
    assert (found.claimed_order_id, found.subscription_ref, found.object_id) == (ORDER_ID, "sub_1", "in_2")


def test_the_end_of_a_subscription_names_it() -> None:
    assert read("customer.subscription.deleted", {"id": "sub_1"}).subscription_ref == "sub_1"


@pytest.mark.parametrize(("event_type", "subject"), [("charge.refunded", CHARGE), ("refund.failed", REFUND)])
def test_a_refund_has_to_be_read_and_brings_no_amount(event_type: str, subject: dict[str, Any]) -> None:
    found = read(event_type, subject)
    assert (found.must_read, found.amount, found.payment_ref) == (True, None, "pi_1")


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [("checkout.session.completed", paid_session(ORDER_ID)), ("charge.dispute.created", DISPUTE), ("invoice.paid", INVOICE)],
)
def test_anything_else_is_believed_as_it_is_signed(event_type: str, subject: dict[str, Any]) -> None:
    assert not read(event_type, subject).must_read


def test_a_failed_refund_has_an_id_of_its_own() -> None:
    assert read("refund.failed", REFUND).object_id == "re_1"


def test_a_dispute_has_its_id_amount_reason_and_due_date() -> None:
    found = read("charge.dispute.created", DISPUTE)
    assert (found.object_id, found.amount, found.dispute_reason, found.due_at) == (
        "du_1",
        Money(1000, "USD"),
        "fraudulent",
        NOW + 86_400,
    )


@pytest.mark.parametrize("reason", [None, 7, "é", ["fraudulent"]])
def test_a_reason_that_is_no_code_is_left_out(reason: object) -> None:
    assert read("charge.dispute.created", DISPUTE | {"reason": reason}).dispute_reason == ""


@pytest.mark.parametrize("created", [NOW - 5, None, "x"])
def test_an_event_has_the_time_at_which_stripe_created_it(created: object) -> None:
    found = read("checkout.session.completed", paid_session(ORDER_ID), created=created)
    assert found.created_at == (created if isinstance(created, int) else None)


@pytest.mark.parametrize(
    ("amount", "currency", "money"),
    [
        (50_000, "isk", Money(500, "ISK")),
        (50_050, "isk", None),
        (1000, "xxx", None),
        (1000, None, None),
        (10.0, "usd", None),
        (True, "usd", None),
        (-1, "usd", None),
        (2**53, "usd", None),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(amount: object, currency: object, money: Money | None) -> None:
    session = paid_session(ORDER_ID, amount_total=amount, currency=currency)
    assert read("checkout.session.completed", session).amount == money


def test_a_payment_under_way_has_its_amount() -> None:
    session = paid_session(ORDER_ID, payment_status="unpaid")
    assert read("checkout.session.completed", session).amount == Money(1000, "USD")


def invoice_payments(**invoice: Any) -> HttpResponse:
    return answer({"data": [{"invoice": {"id": "in_1"} | invoice}]})


DETAILS = {"subscription_details": {"subscription": "sub_1", "metadata": {"order_id": ORDER_ID}}}
FIRST = invoice_payments(parent=DETAILS, billing_reason="subscription_create")
LATER = invoice_payments(parent=DETAILS, billing_reason="subscription_cycle")
BARE_CHARGE = CHARGE | {"metadata": {}}


@pytest.mark.parametrize("reply", [FIRST, LATER], ids=["first", "later"])
def test_a_dispute_of_a_subscription_is_found_by_the_invoice_that_its_payment_paid(reply: HttpResponse) -> None:
    found = read("charge.dispute.created", DISPUTE, reply)
    assert (found.kind, found.claimed_order_id, found.subscription_ref, found.payment_ref) == (
        K.DISPUTED,
        ORDER_ID,
        "sub_1",
        "pi_1",
    )


def test_the_invoice_of_a_payment_is_asked_for_by_its_payment_intent() -> None:
    (asked,) = check(event("charge.dispute.created", DISPUTE), FIRST)[1]
    assert (asked.method, asked.path, asked.query) == (
        "GET",
        "/v1/invoice_payments",
        {"payment[type]": "payment_intent", "payment[payment_intent]": "pi_1", "limit": "1", "expand[0]": "data.invoice"},
    )


def test_an_invoice_without_metadata_leads_to_its_subscription() -> None:
    found = read(
        "charge.dispute.created", DISPUTE, invoice_payments(parent={"subscription_details": {"subscription": "sub_1"}})
    )
    assert (found.claimed_order_id, found.subscription_ref) == ("", "sub_1")


@pytest.mark.parametrize(
    "reply",
    [answer({"data": []}), invoice_payments(), answer({"error": {"code": "more_permissions_required"}}, 403)],
    ids=["of no invoice", "of an invoice by itself", "the key may not read invoices"],
)
def test_a_dispute_of_anything_else_names_its_payment_only(reply: HttpResponse) -> None:
    found = read("charge.dispute.created", DISPUTE, reply)
    assert (found.claimed_order_id, found.payment_ref, found.subscription_ref) == ("", "pi_1", "")


@pytest.mark.parametrize(
    ("event_type", "subject", "kind"),
    [
        ("charge.refunded", BARE_CHARGE, K.REFUNDED),
        ("refund.failed", REFUND | {"metadata": {}}, K.REFUND_FAILED),
        ("refund.failed", REFUND, K.REFUND_FAILED),
    ],
    ids=["refunded", "failed", "failed, with the refund's metadata"],
)
def test_a_refund_of_the_first_invoice_is_one_of_the_subscriptions_own_payment(
    event_type: str, subject: dict[str, Any], kind: EventKind
) -> None:
    found = read(event_type, subject, FIRST)
    assert (found.kind, found.payment_key, found.subscription_ref) == (kind, "sub_1", "sub_1")


@pytest.mark.parametrize(("event_type", "subject"), [("charge.refunded", BARE_CHARGE), ("refund.failed", REFUND)])
def test_a_refund_of_a_later_invoice_is_ignored(event_type: str, subject: dict[str, Any]) -> None:
    assert read(event_type, subject, LATER).kind is K.IGNORED


def test_a_refund_of_a_charge_without_an_invoice_names_its_payment() -> None:
    found = read("charge.refunded", BARE_CHARGE, NO_INVOICE)
    assert (found.kind, found.payment_ref) == (K.REFUNDED, "pi_1")


def test_a_dispute_that_stripe_cannot_be_asked_about_comes_again() -> None:
    with pytest.raises(ProviderUnavailable):
        read("charge.dispute.created", DISPUTE, ProviderTimeout("stripe", "slow"))


@pytest.mark.parametrize(
    ("event_type", "subject"),
    [
        ("checkout.session.completed", paid_session(ORDER_ID, metadata={})),
        ("charge.refunded", CHARGE),
        ("charge.dispute.created", DISPUTE | {"metadata": {"order_id": ORDER_ID}}),
        ("charge.dispute.created", DISPUTE | {"payment_intent": None}),
        ("invoice.paid", INVOICE),
    ],
    ids=["a session", "a charge of ours", "a dispute of ours", "a dispute without a payment", "an invoice"],
)
def test_stripe_is_not_asked_without_need(event_type: str, subject: dict[str, Any]) -> None:
    assert check(event(event_type, subject))[1] == []


CONNECTED = StripeCheckout.from_env(ENV | {"STRIPE_ACCOUNT": "acct_1"})
BARE_KEY = StripeCheckout(StripeConfig(Secret("key"), (Secret(WEBHOOK_SECRET),), "https://api.stripe.com"))
LIVE = StripeCheckout.from_env(ENV | {"STRIPE_SECRET_KEY": STRIPE_LIVE_KEY.replace("sk_", "rk_")})


@pytest.mark.parametrize(
    ("strategy", "document", "reason"),
    [
        (STRIPE, {}, ""),
        (STRIPE, {"account": None}, ""),
        (STRIPE, {"account": "acct_1"}, ReviewReason.ANOTHER_ACCOUNT),
        (CONNECTED, {"account": "acct_1"}, ""),
        (CONNECTED, {}, ""),
        (CONNECTED, {"account": "acct_2"}, ReviewReason.ANOTHER_ACCOUNT),
        (STRIPE, {"livemode": False}, ""),
        (STRIPE, {"livemode": True}, ReviewReason.ANOTHER_MODE),
        (LIVE, {"livemode": True}, ""),
        (LIVE, {"livemode": False}, ReviewReason.ANOTHER_MODE),
        (LIVE, {}, ""),
        (LIVE, {"livemode": "false"}, ""),
        (BARE_KEY, {"livemode": True}, ""),
        (BARE_KEY, {"livemode": False}, ""),
        (CONNECTED, {"account": "acct_2", "livemode": True}, ReviewReason.ANOTHER_ACCOUNT),
    ],
    ids=[
        "no account",
        "empty account",
        "an account, none configured",
        "the configured account",
        "no account, one configured",
        "another account",
        "test key, test",
        "test key, live",
        "live key, live",
        "live key, test",
        "mode absent",
        "mode no boolean",
        "key without a mode, live",
        "key without a mode, test",
        "another account and mode",
    ],
)
def test_an_event_of_another_account_or_mode_is_refused_with_its_reason(
    strategy: StripeCheckout, document: dict[str, Any], reason: str
) -> None:
    body = event("checkout.session.completed", paid_session(ORDER_ID), **document)
    assert check(body, strategy=strategy)[0].review_reason == reason


TYPES = [*SESSIONS, "charge.refunded", "refund.failed", "charge.dispute.created", "charge.dispute.closed", "invoice.paid"]
DOCUMENTS = [
    {"id": "evt_1", "type": event_type, "created": NOW, "livemode": False, "account": "acct_1", "data": {"object": subject}}
    for event_type, subject in [
        ("checkout.session.completed", paid_session(ORDER_ID, payment_link="plink_1")),
        ("checkout.session.expired", stripe_session(status="expired")),
        ("charge.refunded", CHARGE),
        ("refund.failed", REFUND),
        ("charge.dispute.closed", DISPUTE | {"status": "won"}),
        ("invoice.paid", INVOICE),
        ("invoice.payment_failed", OLD_INVOICE),
        ("customer.subscription.deleted", SUBSCRIPTION),
    ]
]


@given(malformed(*DOCUMENTS))
def test_an_event_with_any_field_absent_or_of_another_type_is_an_event_or_a_bad_signature(document: Any) -> None:
    with contextlib.suppress(BadSignature):
        found = check(json.dumps(document).encode())[0]
        assert (found.order_id, found.amount is None or found.amount.minor >= 0) == ("", True)


@given(st.sampled_from(TYPES) | json_values, json_values, json_values)
def test_any_signed_json_gives_an_event_or_a_bad_signature(event_type: Any, subject: Any, event_id: Any) -> None:
    body = json.dumps({"id": event_id or "evt_1", "type": event_type, "data": {"object": subject}}).encode()
    with contextlib.suppress(BadSignature):
        assert check(body)[0].id.isascii()


@given(malformed({"data": [{"invoice": INVOICE}]}))
def test_any_answer_about_an_invoice_gives_an_event(document: Any) -> None:
    reply = HttpResponse(200, {}, json.dumps(document).encode())
    assert read("charge.dispute.created", DISPUTE, reply).payment_ref == "pi_1"
