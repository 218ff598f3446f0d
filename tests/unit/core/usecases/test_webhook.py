"""Webhooks whose order is not stored yet: they wait, and are never dropped."""

import pytest

from lightning_cart.http import json_bytes
from support.app import Shop
from support.builders import NOW, ORDER_ID, paid_session


def paid_webhook(created: object) -> bytes:
    subject = paid_session(ORDER_ID)
    return json_bytes({"id": "evt_1", "type": "checkout.session.completed", "created": created, "data": {"object": subject}})


@pytest.mark.parametrize(
    ("created", "later", "status"),
    [
        (NOW, 0, 503),
        (NOW - 899, 0, 503),
        (NOW - 900, 0, 200),
        (None, 0, 503),
        (None, 899, 503),
        (None, 900, 200),
        ("x", 0, 503),
    ],
)
def test_an_order_that_is_not_there_is_waited_for_a_quarter_of_an_hour(created: object, later: int, status: int) -> None:
    shop = Shop()
    shop.webhook(paid_webhook(created))
    shop.now += later
    assert shop.webhook(paid_webhook(created), time=int(shop.now)).status == status
    assert shop.database.count("events") == 1
