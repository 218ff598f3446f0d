"""A webhook waits some seconds for another call that is asking the provider about its order."""

import json

import pytest

from lightning_cart.domain.order import OrderStatus
from support.app import Shop, answer
from support.builders import paid_session
from support.stripe import event


def paid_shop() -> tuple[Shop, str]:
    """Return a shop with a paid order, of which Stripe reports a refund of three dollars."""
    shop = Shop()
    order_id = json.loads(shop.checkout().body)["order_id"]
    session = shop.order(order_id).session
    assert session is not None
    paid = paid_session(order_id, id=session.id)
    shop.webhook(event("checkout.session.completed", paid))
    shop.provider.answers = [answer(paid | {"latest_charge": {"amount_refunded": 300, "currency": "usd"}})]
    return shop, order_id


@pytest.mark.parametrize(
    ("busy", "status", "waited"), [(0, 200, []), (2, 200, [1, 1]), (3, 200, [1, 1, 1]), (4, 503, [1, 1, 1])]
)
def test_a_webhook_waits_for_the_lease_of_its_order_for_three_seconds(busy: int, status: int, waited: list[int]) -> None:
    shop, order_id = paid_shop()
    shop.database.connection.execute("UPDATE orders SET busy_until = ?", (int(shop.now) + busy,))
    charge = {"id": "ch_1", "payment_intent": "pi_1", "metadata": {"order_id": order_id}}
    response = shop.webhook(event("charge.refunded", charge, "evt_2"))
    assert (response.status, shop.slept) == (status, waited)
    assert (shop.order(order_id).status is OrderStatus.PARTIALLY_REFUNDED) is (status == 200)
