"""While the database is down nothing is acknowledged, as nothing is kept: on every runtime the same."""

import pytest

from support.runtimes import RuntimeShop

pytestmark = [pytest.mark.process, pytest.mark.xdist_group("runtimes")]


def test_without_its_database_nothing_is_acknowledged_and_nobody_is_charged(shop: RuntimeShop) -> None:
    checkout = shop.open()
    spoken = shop.gateway.answered_count
    with shop.runtime.without_database():
        answers = [shop.send(shop.paid(checkout)), shop.check_out(), shop.check_out(strategy="paypal")]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(503, "/problems/come-again")] * 3
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert shop.gateway.answered_count == spoken
    assert shop.order(checkout)["status"] == "open"


def test_once_the_database_is_back_the_same_event_is_taken(shop: RuntimeShop) -> None:
    checkout = shop.open()
    with shop.runtime.without_database():
        assert shop.send(shop.paid(checkout)).status_code == 503
    assert shop.send(shop.paid(checkout)).status_code == 200
    assert shop.wait_for_message(checkout) == 1
    assert shop.order(checkout)["status"] == "paid"
