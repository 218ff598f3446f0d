"""Orders: what their `repr` shows."""

from support.builders import make_order


def test_an_order_shows_nothing_of_its_buyer_and_no_token() -> None:
    order = make_order(customer_email="ada@example.com", metadata={"note": "for Ada"}, return_token="secret")
    assert repr(order) == "Order(id='ord_00000000000000000000000001', status='open')"
