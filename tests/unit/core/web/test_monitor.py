"""The health check: what it names, and when it responds 503."""

import json
from typing import NoReturn

import pytest

from lightning_cart import errors
from support.app import ENV, Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_healthy_engine_says_so(shop: Shop) -> None:
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (200, [])


def test_health_names_the_keys_that_are_missing() -> None:
    env = {name: value for name, value in ENV.items() if name not in {"STRIPE_SECRET_KEY", "RECEIPT_SECRET"}}
    response = Shop(env).handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (503, ["RECEIPT_SECRET", "STRIPE_SECRET_KEY"])


def test_health_says_when_the_database_is_gone(shop: Shop) -> None:
    shop.database.broken = True
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["database"]) == (503, "unavailable")


def test_health_names_a_database_that_was_never_set_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def query(_statement: object) -> NoReturn:
        raise errors.InvalidSettings(["DB"])

    monkeypatch.setattr(shop.database, "query", query)
    response = shop.handle("GET", "/health")
    assert (response.status, json.loads(response.body)["missing"]) == (503, ["DB"])
