"""Fulfilment messages: the same at every attempt, small, and with no more of the buyer than the site asked for."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.catalog import Interval
from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.storage.outbox import OutboxMessage
from lightning_cart.usecases.fulfilment_message import MAX_BODY_BYTES, message_body, message_id
from support.builders import NOW, ORDER_ID, make_order

FACTS = {
    "status": "paid",
    "paid_minor": 1000,
    "tip_minor": 0,
    "refunded_minor": 0,
    "dispute": "none",
    "review_reason": "",
    "payment_ref": "pi_1",
    "subscription_ref": "",
}


def told(name: str = "order.paid", *, with_email: bool = False, **order: Any) -> dict[str, Any]:
    effect = OutboxMessage(make_order(**order), name, NOW, FACTS, 1, NOW + 60)
    body = message_body(effect, with_email=with_email)
    assert len(body) <= MAX_BODY_BYTES
    content: dict[str, Any] = json.loads(body)
    return content


def test_a_message_says_what_to_fulfil() -> None:
    line = LineItem("mug", "Mug “Ñandú”", Money(500, "USD"), 2, "A mug", "", Interval.MONTH, {"sku": "M"})
    assert told(lines=(line,), metadata={"table": "7"}) == {
        "type": "order.paid",
        "timestamp": "2026-05-28T20:26:40Z",
        "data": {
            "order_id": ORDER_ID,
            "site": "shop",
            "strategy": "stripe_checkout",
            "provider": "stripe",
            "currency": "USD",
            "exponent": 2,
            "total_minor": 1000,
            **FACTS,
            "subject": None,
            "outcome": None,
            "lines": [
                {
                    "id": "mug",
                    "name": "Mug “Ñandú”",
                    "quantity": 2,
                    "unit_minor": 500,
                    "total_minor": 1000,
                    "interval": "month",
                    "metadata": {"sku": "M"},
                }
            ],
            "metadata": {"table": "7"},
            "omitted": [],
        },
    }


def test_what_tells_two_effects_apart_is_the_subject() -> None:
    message = told("order.renewed:in_1:2")
    assert (message["type"], message["data"]["subject"]) == ("order.renewed", "in_1:2")


@pytest.mark.parametrize(
    ("name", "event", "subject", "outcome"),
    [
        ("order.disputed", "order.disputed", None, None),
        ("order.disputed:du_1", "order.disputed", "du_1", None),
        ("order.disputed:du_1:open:2", "order.disputed", "du_1", None),
        ("order.dispute_closed:du_1:won", "order.dispute_closed", "du_1", "won"),
        ("order.dispute_closed:du_1:lost:3", "order.dispute_closed", "du_1", "lost"),
    ],
)
def test_a_dispute_is_told_by_its_id_and_its_outcome(name: str, event: str, subject: str | None, outcome: str | None) -> None:
    message = told(name)
    data = message["data"]
    assert (message["type"], data["subject"], data["outcome"]) == (event, subject, outcome)


@pytest.mark.parametrize("event_id", ["evt_1", "read:ord_1:pi_1:paid", "evt_1~0123456789abcdef"])
def test_a_review_is_told_by_the_id_of_its_event(event_id: str) -> None:
    data = told(f"order.needs_review:{event_id}")["data"]
    assert (data["subject"], data["outcome"]) == (event_id, None)


def test_the_address_is_told_only_where_the_site_asks_for_it() -> None:
    assert "ada@example.com" not in json.dumps(told(customer_email="ada@example.com"))
    assert told(customer_email="ada@example.com", with_email=True)["data"]["customer_email"] == "ada@example.com"


def test_an_address_that_nobody_gave_is_null() -> None:
    assert told(with_email=True)["data"]["customer_email"] is None


def test_the_id_is_made_of_the_effect_alone() -> None:
    ids = {message_id(order_id, effect) for order_id in ("ord_1", "ord_2") for effect in ("order.paid", "order.refunded:5")}
    assert len(ids) == 4
    assert all(re.fullmatch(r"msg_[0-9A-HJKMNP-TV-Z]{26}", one) for one in ids)
    assert message_id("ord_1", "order.paid") == "msg_" + message_id("ord_1", "order.paid").removeprefix("msg_")


LARGE = {f"key{number}": "🫖" * 500 for number in range(20)}


@pytest.mark.parametrize(
    ("order", "omitted"),
    [
        ({"lines": (LineItem("mug", "Mug", Money(1, "USD"), 1, metadata=LARGE),)}, ["lines.metadata"]),
        ({"metadata": LARGE}, ["lines.metadata", "metadata"]),
        ({"lines": (LineItem("mug", "🫖" * 127, Money(1, "USD"), 1),) * 60}, ["lines.metadata", "metadata", "lines.name"]),
        ({"lines": (LineItem("mug", "M", Money(1, "USD"), 1),) * 500}, ["lines.metadata", "metadata", "lines.name", "lines"]),
    ],
    ids=["product metadata", "the order's metadata", "names", "very many lines"],
)
def test_what_does_not_fit_is_left_out_and_named(order: Any, omitted: list[str]) -> None:
    data = told(**order)["data"]
    assert data["omitted"] == omitted
    assert [name for name in ("metadata", "lines") if name not in data] == [name for name in omitted if "." not in name]


@given(
    metadata=st.dictionaries(st.text("abc", min_size=1, max_size=40), st.text(max_size=500), max_size=20),
    count=st.integers(1, 60),
)
def test_every_message_is_below_the_limit(metadata: dict[str, str], count: int) -> None:
    line = LineItem("p" * 64, "🫖" * 127, Money(1, "USD"), 1, metadata=metadata)
    assert told(lines=(line,) * count, metadata=metadata)["data"]["order_id"] == ORDER_ID
