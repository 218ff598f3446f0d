"""The scripted buyer's entries in the forms of pay pages."""

from collections.abc import Mapping

import pytest

from lightning_cart_host.shop_client.form_filling import CARD, fill_form

CANCEL = '<form method="post" action="/c"><button name="action" value="cancel">Back</button></form>'


def form(*fields: str, button: str = "pay") -> str:
    inputs = "".join(f'<input name="{name}">' for name in fields)
    return f'{CANCEL}<form method="post" action="/p">{inputs}<button name="action" value="{button}">Go</button></form>'


def test_a_card_form_gets_what_it_asks_for_and_no_more() -> None:
    filled = fill_form(form("card_number", "expiry", "cvc"))
    assert filled is not None
    typed = {name: CARD[name] for name in ("card_number", "expiry", "cvc")}
    assert (filled.action, filled.method, filled.data) == ("/p", "POST", {**typed, "action": "pay"})


def test_a_form_that_asks_for_the_postal_code_gets_a_card_that_knows_it() -> None:
    filled = fill_form(form("card_number", "postal_code", "token"))
    assert filled is not None
    assert filled.data == {"card_number": "4111 1111 1111 1111", "postal_code": "08201", "token": "", "action": "pay"}


def test_a_wallet_is_approved() -> None:
    filled = fill_form(form(button="approve"))
    assert filled is not None
    assert (filled.data, filled.title) == ({"action": "approve"}, "The buyer approves the payment from Banco Sabadell")


@pytest.mark.parametrize("page", ["", CANCEL, form("iban"), form("card_number", button="subscribe")])
def test_a_form_that_the_buyer_does_not_know_is_left_alone(page: str) -> None:
    assert fill_form(page) is None


def card_form(*fields: str) -> str:
    return (
        f'<form method="post" action="/p"><input name="card_number">{"".join(fields)}<button name="action" value="pay"></form>'
    )


def list_of(name: str, *countries: str, selected: str = "") -> str:
    options = "".join(f"<option value={one}{' selected' if one == selected else ''}>{one}</option>" for one in countries)
    return f'<select name="{name}"><option value="">Choose</option>{options}</select>'


def inputs(*names: str, **values: str) -> str:
    return "".join(f'<input name="{name}" value="{values.get(name, "")}">' for name in (*names, *values))


def filled(*fields: str) -> Mapping[str, str]:
    found = fill_form(card_form(*fields))
    assert found is not None
    return found.data


@pytest.mark.parametrize(("prefix", "line"), [("shipping_", "line1"), ("billing_", "line1"), ("ship_", "line_1")])
def test_an_address_is_typed_where_the_page_asks_for_one(prefix: str, line: str) -> None:
    names = [f"{prefix}{part}" for part in ("name", line, "city", "state", "postal_code")]
    data = filled(list_of(f"{prefix}country", "AF", "ES", "US"), inputs(*names, "phone"))
    typed = ["ES", "Ada Lovelace", "Carrer de la Rutlla 1", "Sabadell", "Barcelona", "08201", "+34931234567"]
    assert [data[name] for name in (f"{prefix}country", *names, "phone")] == typed


@pytest.mark.parametrize(
    ("countries", "selected", "chosen", "postal_code"),
    [
        (("AF", "ES"), "", "ES", "08201"),
        (("DE",), "DE", "DE", "11011"),
        (("DE", "ES", "US"), "US", "US", "20500"),
        (("CA", "DE"), "", "CA", "K1A 0A9"),
        (("AF",), "", "AF", "10000"),
    ],
)
def test_the_address_is_in_a_country_that_the_page_offers(
    countries: tuple[str, ...], selected: str, chosen: str, postal_code: str
) -> None:
    data = filled(list_of("shipping_country", *countries, selected=selected), inputs("shipping_postal_code"))
    assert (data["shipping_country"], data["shipping_postal_code"]) == (chosen, postal_code)


def test_what_the_page_has_filled_in_stays() -> None:
    data = filled(inputs("shipping_city", "name", email="b@c.de", shipping_line1="1 quai", shipping_country="FR"))
    assert (data["email"], data["shipping_line1"], data["shipping_country"]) == ("b@c.de", "1 quai", "FR")
    assert (data["shipping_city"], data["name"]) == ("Paris", "Ada Lovelace")


def test_a_wallet_needs_no_typed_address() -> None:
    found = fill_form(form("ship_line_1", "ship_city", button="approve"))
    assert found is not None
    assert found.data == {"ship_line_1": "", "ship_city": "", "action": "approve"}
