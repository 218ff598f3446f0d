"""What is missing or down is said, and nothing is acknowledged that was not kept: on every runtime the same."""

import pytest

from edge_shop import LACKING, Shop

pytestmark = pytest.mark.process


def test_a_missing_secret_is_named_by_health_alone(lacking_shop: Shop) -> None:
    health = lacking_shop.client.get("/health")
    assert (health.status_code, health.json()["missing"], health.json()["database"]) == (503, [LACKING], "ok")
    answer = lacking_shop.check_out(strategy="paypal")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-configured")
    assert LACKING not in answer.text


def test_only_the_routes_of_the_provider_that_lacks_a_secret_are_shut(lacking_shop: Shop) -> None:
    shut = [lacking_shop.check_out(strategy="paypal"), lacking_shop.client.post("/webhook/paypal", content=b"{}")]
    assert [answer.status_code for answer in shut] == [503, 503]
    opened = [lacking_shop.check_out(strategy=name) for name in ("stripe_checkout", "stripe_links", "square")]
    assert [answer.status_code for answer in opened] == [201, 201, 201]
    assert lacking_shop.client.get("/products").status_code == 200


def test_without_its_database_nothing_is_acknowledged_and_nobody_is_charged(shop: Shop) -> None:
    checkout = shop.open()
    crossings = len(shop.gateway.crossings)
    with shop.runtime.without_database():
        answers = [shop.send(shop.paid(checkout)), shop.check_out(), shop.check_out(strategy="paypal")]
    assert [(answer.status_code, answer.json()["type"]) for answer in answers] == [(503, "/problems/come-again")] * 3
    assert {answer.headers["retry-after"] for answer in answers} == {"5"}
    assert len(shop.gateway.crossings) == crossings
    assert shop.order(checkout)["status"] == "open"


def test_once_the_database_is_back_the_same_event_is_taken(shop: Shop) -> None:
    checkout = shop.open()
    with shop.runtime.without_database():
        assert shop.send(shop.paid(checkout)).status_code == 503
    assert shop.send(shop.paid(checkout)).status_code == 200
    assert shop.wait_until_told_of(checkout) == 1
    assert shop.order(checkout)["status"] == "paid"
