"""Orders from before pages had URLs get the secret part of theirs once."""

from lightning_cart.storage.orders import OrderStore
from lightning_cart.storage.page_tokens import give_page_token
from support.app import run
from support.builders import ORDER_ID, make_order
from support.databases import MemoryDatabase


def test_an_order_without_a_token_gets_one_and_keeps_it() -> None:
    database = MemoryDatabase()
    run(OrderStore(database).create_order(make_order(), "", "digest"))
    assert [run(give_page_token(database, ORDER_ID, token)) for token in ("a" * 32, "b" * 32)] == ["a" * 32] * 2
    assert run(OrderStore(database).get_order(ORDER_ID)).page_token == "a" * 32


def test_a_token_that_is_there_is_returned() -> None:
    database = MemoryDatabase()
    run(OrderStore(database).create_order(make_order(page_token="c" * 32), "", "digest"))
    assert run(give_page_token(database, ORDER_ID, "d" * 32)) == "c" * 32
