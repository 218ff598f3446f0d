"""The page of the metrics: who may read it, and what waits in the database."""

import asyncio
from collections.abc import Sequence

import pytest

from lightning_cart.http import HttpRequest
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.loop_leases import LoopLeases
from lightning_cart_host.server import metrics_page
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_page import MetricsPage
from support.app import ENV, Shop, run
from support.builders import ADMIN_TOKEN, NOW
from unit.host.server.test_metrics import samples

ASKED = HttpRequest("GET", "/metrics", {"authorization": f"Bearer {ADMIN_TOKEN}"})


def make_page(shop: Shop, database: Database | None = None) -> MetricsPage:
    return MetricsPage(shop.app.engine, database or shop.database, Metrics(), clock=lambda: NOW + 100)


def read(shop: Shop) -> dict[str, float]:
    return samples(run(make_page(shop).text()))


def test_an_operator_reads_it() -> None:
    answer = run(make_page(Shop()).answer(ASKED))
    assert (answer.status, answer.header("content-type")) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert samples(answer.body.decode())["lightning_cart_database_up"] == 1


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer wrong"}])
def test_nobody_else_does(headers: dict[str, str]) -> None:
    answer = run(make_page(Shop()).answer(HttpRequest("GET", "/metrics", headers)))
    assert (answer.status, answer.header("www-authenticate")) == (401, 'Bearer realm="admin"')


def test_without_an_operators_token_it_is_closed() -> None:
    shop = Shop({name: value for name, value in ENV.items() if name != "ADMIN_TOKEN"})
    assert run(make_page(shop).answer(ASKED)).status == 503


def test_on_a_port_of_its_own_it_needs_no_token() -> None:
    assert run(make_page(Shop()).answer(HttpRequest("GET", "/metrics"), needs_token=False)).status == 200


def test_it_is_only_read() -> None:
    answer = run(make_page(Shop()).answer(HttpRequest("POST", "/metrics", ASKED.headers)))
    assert (answer.status, answer.header("allow")) == (405, "GET, HEAD")


def test_a_head_request_has_no_body() -> None:
    assert run(make_page(Shop()).answer(HttpRequest("HEAD", "/metrics", ASKED.headers))).body == b""


def test_a_queue_is_told_by_its_length_and_age() -> None:
    shop = Shop()
    shop.checkout()
    found = read(shop)
    assert found['lightning_cart_queue_length{queue="never_asked"}'] == 1
    assert found['lightning_cart_queue_oldest_age_seconds{queue="never_asked"}'] == 100
    assert found['lightning_cart_queue_length{queue="dead"}'] == 0
    assert found['lightning_cart_queue_oldest_age_seconds{queue="due"}'] == 0


def test_the_lease_of_each_loop_is_told() -> None:
    shop = Shop()
    run(LoopLeases(shop.database, "one").take(NOW))
    assert read(shop)['lightning_cart_loop_lease_remaining_seconds{loop="deliver"}'] == -80


def test_a_database_that_fails_is_told_as_down() -> None:
    shop = Shop()
    shop.database.broken = True
    found = read(shop)
    assert found["lightning_cart_database_up"] == 0
    assert not [name for name in found if "queue" in name]


def test_a_database_that_does_not_answer_is_told_as_down(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        async def query(self, statement: Statement) -> Sequence[Row]:
            return (await self.batch([statement]))[0]

        async def batch(self, _: Sequence[Statement]) -> Sequence[Sequence[Row]]:
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr(metrics_page, "_DATABASE_SECONDS", 0.01)
    assert "lightning_cart_database_up 0\n" in run(make_page(Shop(), Silent()).text())
