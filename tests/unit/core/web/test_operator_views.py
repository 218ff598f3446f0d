"""Orders and refunds as operators see them."""

from typing import Any

import pytest

from lightning_cart.domain.buyer import Address, Buyer, Destination
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, Dispute
from lightning_cart.domain.parts import Parts
from lightning_cart.domain.price import Delivery
from lightning_cart.domain.refund import Refund, RefundStatus
from lightning_cart.domain.review import ReviewReason, explain_review
from lightning_cart.domain.taxes import TaxGroup
from lightning_cart.storage.orders import OrderHistory
from lightning_cart.web.operator_views import history_view, operator_view, refund_view
from lightning_cart.web.views import order_view
from support.app import Shop, run
from support.builders import NOW, ORDER_ID, make_order, paid_session
from support.stripe import event

R = RefundStatus


def a_refund(status: RefundStatus = R.SUCCEEDED, **changes: Any) -> Refund:
    fields: dict[str, Any] = {
        "id": "rfd_1",
        "order_id": ORDER_ID,
        "amount": Money(300, "USD"),
        "reason": "torn",
        "status": status,
        "provider_ref": "re_1",
        "may_exist_already": False,
        "digest": "",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Refund(**(fields | changes))


@pytest.mark.parametrize("reason", ReviewReason)
def test_each_reason_of_a_review_has_a_sentence(reason: ReviewReason) -> None:
    assert explain_review(reason)


@pytest.mark.parametrize("reason", ["", "of a later release"])
def test_a_reason_that_is_not_known_has_none(reason: str) -> None:
    assert explain_review(reason) == ""


def test_an_operator_sees_what_the_buyer_does_not() -> None:
    order = make_order(
        customer_email="ada@example.com",
        metadata={"table": "7"},
        tip_minor=200,
        dispute=Dispute.LOST,
        review_reason="amount",
        payment_ref="pi_1",
        subscription_ref="sub_1",
        session=CheckoutSession("cs_1", "https://x.example", None),
    )
    shown = operator_view(order)
    assert [shown[name] for name in ("customer_email", "metadata", "tip_minor", "dispute", "review_reason")] == [
        "ada@example.com",
        {"table": "7"},
        200,
        "lost",
        "amount",
    ]
    assert [shown[name] for name in ("session_id", "payment_ref", "subscription_ref")] == ["cs_1", "pi_1", "sub_1"]


def test_an_operator_sees_what_the_buyer_wrote_and_where_the_goods_go() -> None:
    line = LineItem("mug", "Mug", Money(1000, "USD"), 1)
    order = make_order(
        lines=(line, line._replace(variant_id="blue", options={"colour": "blue"}, sku="M-B")),
        delivery=Delivery("post", "Post", (2, 4)),
        place=Destination("ES"),
        taxes=(TaxGroup("21", "IVA", True, 1653, 347),),
        renewal_minor=5,
        buyer=Buyer(Address("ES", "Ada", "Calle 1", city="Madrid", postal_code="28013"), ({}, {"engraving": "A"}), "Ring"),
    )
    shown: Any = operator_view(order)
    assert (shown["note"], shown["address"]["line1"], shown["place"]["country"]) == ("Ring", "Calle 1", "ES")
    assert [one["inputs"] for one in shown["lines"]] == [{}, {"engraving": "A"}]
    assert [(one["variant"], one["options"], one["sku"]) for one in shown["lines"]] == [
        (None, {}, None),
        ("blue", {"colour": "blue"}, "M-B"),
    ]


def test_an_order_of_which_nothing_is_known_has_neither_address_nor_note() -> None:
    shown: Any = operator_view(make_order())
    assert (shown["note"], shown["address"], shown["delivery"], shown["lines"][0]["inputs"]) == (None, None, None, {})


def test_a_buyer_sees_the_parts_of_the_total_and_nothing_personal() -> None:
    shown = order_view(
        make_order(
            delivery=Delivery("post", "Post", (2, 4)),
            parts=Parts.of(Money(1000, "USD"), 100, 490, 101),
            taxes=(TaxGroup("21", "VAT", False, 900, 101),),
            buyer=Buyer(Address("ES", "Ada"), ({"engraving": "A"},), "Ring"),
        )
    )
    parts = ("total_minor", "goods_minor", "discount_minor", "shipping_minor", "tax_minor", "renewal_minor")
    assert [shown[name] for name in parts] == [1491, 1000, 100, 490, 101, 0]
    assert shown["delivery"] == {"method": "post", "name": "Post", "days": [2, 4], "pick_up": False}
    assert not {"address", "note", "place", "customer_email", "metadata"} & set(shown)
    assert "Ada" not in str(shown)


def test_an_order_without_a_checkout_has_no_session() -> None:
    assert operator_view(make_order())["session_id"] is None


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        ([R.SUCCEEDED], R.SUCCEEDED),
        ([R.SUCCEEDED, R.SUCCEEDED], R.SUCCEEDED),
        ([R.SUCCEEDED, R.PENDING], R.PENDING),
        ([R.PENDING, R.REQUESTED], R.REQUESTED),
        ([R.SUCCEEDED, R.FAILED, R.REQUESTED], R.FAILED),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, list) else value,
)
def test_a_refund_of_several_payments_stands_as_the_worst_of_its_parts(
    statuses: list[RefundStatus], status: RefundStatus
) -> None:
    assert refund_view(make_order(), [a_refund(one) for one in statuses])["status"] == status


def test_a_refund_of_several_payments_is_shown_with_its_sum() -> None:
    shown = refund_view(make_order(), [a_refund(), a_refund(id="rfd_2", amount=Money(200, "USD"))])
    assert [shown[name] for name in ("refund_id", "amount_minor", "amount", "reason", "provider_ref")] == [
        "rfd_1",
        500,
        "$5.00",
        "torn",
        "re_1",
    ]


def test_a_refund_that_the_provider_does_not_have_yet_has_no_id_there() -> None:
    assert refund_view(make_order(), [a_refund(R.REQUESTED, provider_ref="")])["provider_ref"] is None


def history() -> OrderHistory:
    shop = Shop()
    shop.checkout()
    shop.webhook(event("checkout.session.completed", paid_session(ORDER_ID)))
    found = run(shop.app.engine.orders.history(ORDER_ID))
    assert found is not None
    return found


def test_an_event_is_shown_without_what_only_the_engine_needs() -> None:
    shown: Any = history_view(history())
    assert not {"order_id", "fresh", "digest", "delivery_id", "body_digest"} & set(shown["events"][0])


def test_a_message_is_shown_with_the_id_that_the_merchant_sees() -> None:
    shown: Any = history_view(history())
    assert (shown["effects"][0]["effect"], bool(shown["effects"][0]["message_id"])) == ("order.paid", True)


def test_a_refund_is_shown_in_the_history() -> None:
    shown: Any = history_view(history()._replace(refunds=(a_refund(),)))
    assert [refund["refund_id"] for refund in shown["refunds"]] == ["rfd_1"]
