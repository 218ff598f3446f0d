"""Orders: what their `repr` shows."""

import pytest

from lightning_cart.domain.buyer import NOWHERE, Address, Buyer, Destination
from lightning_cart.domain.price import Delivery
from support.builders import make_order


def test_an_order_shows_nothing_of_its_buyer_and_no_token() -> None:
    buyer = Buyer(Address("ES", "Ada"), ({"engraving": "Ada"},), "for Ada")
    order = make_order(customer_email="ada@example.com", metadata={"note": "for Ada"}, return_token="secret", buyer=buyer)
    assert repr(order) == "Order(id='ord_00000000000000000000000001', status='open')"


@pytest.mark.parametrize(
    ("delivery", "ships_to"),
    [
        (Delivery("post", "Post"), Destination("ES", "CN", "35001")),
        (Delivery("pickup", "Pick up", pick_up=True), NOWHERE),
        (None, NOWHERE),
    ],
)
def test_only_a_delivery_to_an_address_has_a_place(delivery: Delivery | None, ships_to: Destination) -> None:
    order = make_order(delivery=delivery, place=Destination("ES", "ES-CN", "35 001"))
    assert (order.ships_to, order.asks_address) == (ships_to, ships_to != NOWHERE)


def test_each_line_has_its_inputs_or_none() -> None:
    assert make_order().inputs == ({},)
    assert make_order(buyer=Buyer(inputs=({"engraving": "Ada"},))).inputs == ({"engraving": "Ada"},)
