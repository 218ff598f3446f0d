"""Orders: what their `repr` shows."""

from support.builders import make_order


def test_an_order_does_not_show_its_buyers_address() -> None:
    assert "ada@" not in repr(make_order(customer_email="ada@example.com"))
