"""The health check: when it responds 503, what it tells whom, and what it costs."""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from lightning_cart import errors
from lightning_cart.ports import Row, Statement
from lightning_cart.storage.sql import CountedDatabase
from lightning_cart.storage.write_proof import can_write
from support.app import ENV, Shop, run
from support.builders import ADMIN_TOKEN, NOW
from support.databases import MemoryDatabase

OPERATOR = f"Bearer {ADMIN_TOKEN}"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def told(shop: Shop, authorization: str = "") -> tuple[int, Any]:
    response = shop.handle("GET", "/health", authorization=authorization)
    return response.status, json.loads(response.body)


def written_at(database: MemoryDatabase) -> list[object]:
    return [row["until"] for row in run(database.query(Statement("SELECT until FROM reconciling WHERE name = 'health'")))]


def without(*names: str) -> dict[str, str]:
    return {name: value for name, value in ENV.items() if name not in names}


def test_a_healthy_engine_says_ok_and_nothing_else_to_everybody(shop: Shop) -> None:
    assert told(shop) == (200, {"status": "ok"})


def test_an_engine_that_lacks_a_setting_names_none_to_everybody() -> None:
    assert told(Shop(without("STRIPE_SECRET_KEY"))) == (503, {"status": "unavailable"})


def test_an_operator_is_told_the_version_and_that_nothing_is_missing(shop: Shop) -> None:
    status, health = told(shop, OPERATOR)
    assert (status, health.pop("version").count(".")) == (200, 2)
    assert health == {"status": "ok", "missing": [], "problems": [], "database": "ok"}


def test_an_operator_is_told_each_setting_with_its_reason() -> None:
    shop = Shop(without("RECEIPT_SECRET") | {"STRIPE_WEBHOOK_SECRET": "whsec_"})
    status, health = told(shop, OPERATOR)
    assert (status, health["missing"]) == (503, ["RECEIPT_SECRET", "STRIPE_WEBHOOK_SECRET"])
    assert health["problems"] == [
        {"name": "RECEIPT_SECRET", "reason": "is not set"},
        {"name": "STRIPE_WEBHOOK_SECRET", "reason": "is only the prefix whsec_: copy the whole value"},
    ]


@pytest.mark.parametrize("authorization", ["", "Bearer", f"Basic {ADMIN_TOKEN}", f"Bearer {ADMIN_TOKEN}x"])
def test_whoever_has_no_token_is_told_as_everybody(shop: Shop, authorization: str) -> None:
    assert told(shop, authorization) == (200, {"status": "ok"})


def test_without_a_token_set_nobody_is_an_operator() -> None:
    assert told(Shop(without("ADMIN_TOKEN")), OPERATOR) == (200, {"status": "ok"})


@pytest.mark.parametrize("token", ["short", ENV["RECEIPT_SECRET"]], ids=["a short one", "one with another use"])
def test_orders_are_taken_with_a_token_that_is_refused(token: str) -> None:
    assert told(Shop(ENV | {"ADMIN_TOKEN": token}), f"Bearer {token}") == (200, {"status": "ok"})


def test_whoever_asks_for_the_head_is_told_the_status_alone(shop: Shop) -> None:
    shop.database.broken = True
    response = shop.handle("HEAD", "/health")
    assert (response.status, response.body) == (503, b"")


def test_the_log_says_why_an_engine_cannot_take_orders() -> None:
    shop = Shop(without("RECEIPT_SECRET"))
    assert shop.handle("GET", "/health").log_fields == {"reason": "RECEIPT_SECRET is not set"}
    shop.database.broken = True
    said = "RECEIPT_SECRET is not set; the disk is gone"
    assert shop.handle("GET", "/health").log_fields == {"reason": said}


def test_a_database_that_is_gone_cannot_take_orders(shop: Shop) -> None:
    shop.database.broken = True
    assert told(shop) == (503, {"status": "unavailable"})
    assert told(shop, OPERATOR)[1]["database"] == "unavailable"


def test_a_database_that_was_never_set_up_is_named_to_an_operator(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def batch(_statements: object) -> NoReturn:
        raise errors.InvalidSettings(["DB"], "the D1 binding DB is missing")

    monkeypatch.setattr(shop.database, "batch", batch)
    status, health = told(shop, OPERATOR)
    assert (status, health["missing"], health["database"]) == (503, ["DB"], "unavailable")


def test_a_database_that_loses_what_is_written_cannot_take_orders(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def batch(statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        return [[] for _ in statements]

    monkeypatch.setattr(shop.database, "batch", batch)
    assert told(shop) == (503, {"status": "unavailable"})
    assert shop.handle("GET", "/health").log_fields == {"reason": "the database has lost what was written to it"}


class TestTheProofOfAWrite:
    def test_costs_one_round_trip_of_two_statements(self, shop: Shop) -> None:
        counted = CountedDatabase(shop.database, None)
        assert run(can_write(counted, NOW))
        assert (shop.database.round_trips, counted.count) == (1, 2)

    def test_is_the_only_round_trip_of_the_route(self, shop: Shop) -> None:
        told(shop, OPERATOR)
        assert shop.database.round_trips == 1

    @pytest.mark.parametrize(("seconds", "written"), [(60, NOW), (61, NOW + 61)])
    def test_is_made_at_most_once_a_minute(self, shop: Shop, seconds: int, written: int) -> None:
        told(shop)
        shop.now += seconds
        told(shop)
        assert written_at(shop.database) == [written]

    def test_is_made_again_after_a_clock_was_ahead(self, shop: Shop) -> None:
        run(can_write(shop.database, NOW + 86400))
        assert told(shop)[0] == 200
        assert written_at(shop.database) == [NOW]

    def test_is_shared_by_all_engines_on_one_database(self, shop: Shop) -> None:
        told(shop)
        shop.now += 30
        other = shop.app.engine.with_database(shop.database)
        assert run(can_write(other.ports.database, other.now()))
        assert written_at(shop.database) == [NOW]

    @pytest.mark.parametrize(("age", "able"), [(300, True), (301, False), (-1, False)])
    def test_counts_for_five_minutes_if_writes_are_lost(self, age: int, able: bool) -> None:
        class Lossy(MemoryDatabase):
            async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
                return [[], [{"until": NOW - age}]] if statements else []

        assert run(can_write(Lossy(), NOW)) is able

    def test_fails_if_the_row_is_not_there(self) -> None:
        class Forgetful(MemoryDatabase):
            async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
                return [[] for _ in statements]

        assert not run(can_write(Forgetful(), NOW))
