"""An engine that lacks a setting names it, and sells with the other strategies, on every runtime."""

import pytest

from support.runtimes import MISSING_SETTING, RuntimeShop

# The checkouts that no provider answers wait half a minute for the tests of `test_without_answer.py`: they begin here.
pytestmark = [pytest.mark.process, pytest.mark.usefixtures("unanswered_checkouts"), pytest.mark.xdist_group("runtimes")]


def test_a_missing_secret_is_named_by_health_to_an_operator_alone(shop_without_secret: RuntimeShop) -> None:
    assert shop_without_secret.client.get("/health").json() == {"status": "unavailable"}
    health = shop_without_secret.health()
    assert (health.status_code, health.json()["missing"], health.json()["database"]) == (503, [MISSING_SETTING], "ok")
    answer = shop_without_secret.check_out(strategy="paypal")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/not-configured")
    assert MISSING_SETTING not in answer.text


def test_only_the_routes_of_the_provider_that_lacks_a_secret_are_shut(shop_without_secret: RuntimeShop) -> None:
    shut = [shop_without_secret.check_out(strategy="paypal"), shop_without_secret.client.post("/webhook/paypal", content=b"{}")]
    assert [answer.status_code for answer in shut] == [503, 503]
    opened = [shop_without_secret.check_out(strategy=name) for name in ("stripe_checkout", "stripe_links", "square")]
    assert [answer.status_code for answer in opened] == [201, 201, 201]
    assert shop_without_secret.client.get("/products").status_code == 200
