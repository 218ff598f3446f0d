"""The scripted buyer's entries in the forms of pay pages."""

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
