"""The page of the metrics: who may read it, and what waits in the database."""

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from lightning_cart.errors import ConfigurationError
from lightning_cart.http import HttpRequest
from lightning_cart.ports import Database, Row, Statement
from lightning_cart.storage.loop_leases import LoopLeases
from lightning_cart_host.server import metrics_page
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.log import null_log
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.metrics_page import MetricsPage
from lightning_cart_host.server.metrics_server import listen_for_metrics
from lightning_cart_host.server.storefront import EngineWithStorefront
from support.app import ENV, Shop, run
from support.builders import ADMIN_TOKEN, NOW
from unit.host.server.test_metrics import samples

ASKED = HttpRequest("GET", "/metrics", {"authorization": f"Bearer {ADMIN_TOKEN}"})


def make_page(shop: Shop, database: Database | None = None) -> MetricsPage:
    return MetricsPage(shop.app, database or shop.database, Metrics(), clock=lambda: NOW + 100)


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


# ---- behind ASGI


def asked(app: AsgiApp | EngineWithStorefront, *paths: str) -> list[httpx.Response]:
    """Send requests of an operator, and return the responses."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://shop", headers=ASKED.headers) as client:
            return [await client.get(path) for path in paths]

    return run(ask())


def test_a_request_is_counted_by_its_route() -> None:
    shop = Shop()
    paths = ("/orders/ord_1", "/orders/ord_2", "/a", "/b", "/metrics", "/metrics")
    *_, page = asked(AsgiApp(shop.app, metrics=make_page(shop)), *paths)
    found = samples(page.text)

    def count(route: str, status: str) -> float:
        return found[f'lightning_cart_request_duration_seconds_count{{route="{route}",method="GET",status="{status}"}}']

    assert (count("/orders/{id}", "4xx"), count("other", "4xx"), count("/metrics", "2xx")) == (2, 2, 1)


def test_a_storefront_leaves_the_page_to_the_engine(tmp_path: Path) -> None:
    (tmp_path / "metrics").write_text("a page of the shop")
    shop = Shop()
    (page,) = asked(EngineWithStorefront(AsgiApp(shop.app, metrics=make_page(shop)), tmp_path), "/metrics")
    assert "lightning_cart_info" in page.text


def test_at_the_edge_there_is_no_such_page() -> None:
    shop = Shop()
    assert shop.handle("GET", "/metrics", authorization=f"Bearer {ADMIN_TOKEN}").status == 404


def test_an_engine_that_does_not_count_has_no_such_page() -> None:
    (page,) = asked(AsgiApp(Shop().app), "/metrics")
    assert page.status_code == 404


def test_an_error_of_the_page_is_logged_and_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    page = make_page(shop)

    async def fail() -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(page, "text", fail)
    (response,) = asked(AsgiApp(shop.app, metrics=page), "/metrics")
    assert response.status_code == 500


def test_a_port_that_is_taken_is_named_by_its_option() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(ConfigurationError, match="Name another one with --metrics-port"),
        listen_for_metrics("127.0.0.1", taken.getsockname()[1], null_log),
    ):
        pass
