"""The fulfilment loop: it delivers webhooks over real sockets, and stops without losing one."""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import ProviderUnavailable, StorageUnavailable
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.storage.outbox import DeliveryResult, DeliveryState
from lightning_cart.usecases.fulfil import DeliveryAttempt
from lightning_cart.web.responses import Answer
from lightning_cart_host.adapters.guarded_send import GuardedSend
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.assembly import OpenEngine, open_host
from lightning_cart_host.server.fulfilment_loop import BackgroundDeliveries, fulfilment_loop, log_attempts
from lightning_cart_host.server.uvicorn_server import bind, serve
from support import ROOT
from support.app import CHARGEABLE_PRODUCTS
from support.app import ENV as SETTINGS
from support.app import SHOP as TEST_SITE
from support.builders import NOW, ORDER_ID, make_event, make_order, paid_session
from support.merchants import OLD_SECRET, SIGNING_SECRET, FulfilmentHarness, merchants_catalog
from support.stripe import event, sign

ENV = {"FULFILMENT_SECRET": f"{SIGNING_SECRET},{OLD_SECRET}", "FULFILMENT_ALLOW_PRIVATE": "1"}
TIMEOUT_SECONDS = 10  # seconds


class Receiver:
    """A merchant's server on a real socket, which verifies messages with the official library."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses) or [200]
        self.messages: list[tuple[str, bytes]] = []
        self.changed = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        for secret in (SIGNING_SECRET, OLD_SECRET):
            Webhook(secret).verify(body, headers)
        self.messages.append((headers["webhook-id"], body))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        self.changed.set()


@contextlib.asynccontextmanager
async def fulfilling_host(folder: Path, receiver: Receiver, env: Mapping[str, str] = ENV) -> AsyncIterator[OpenEngine]:
    """Open a host with a paid order, whose merchant is a receiver on a real socket."""
    listener = bind("127.0.0.1", 0)
    async with serve(receiver, listener, "127.0.0.1") as served:
        products = CHARGEABLE_PRODUCTS.replace('sites = ["other"]', "active = false")
        (folder / "products.toml").write_text(products, encoding="utf-8")
        (folder / "sites.toml").write_text(f'{TEST_SITE}fulfilment_url = "{served.address}/hook"\n', encoding="utf-8")
        host = await open_host(env, folder, folder / "orders.db")
        await host.app.engine.orders.create_order(make_order(), "", "digest")
        await host.app.engine.inbox.record_event(make_event(EventKind.PAID), NOW)
        try:
            yield host
        finally:
            await host.close()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while not await condition():  # noqa: ASYNC110 - the condition is in a database
            await asyncio.sleep(0.01)


async def state(host: OpenEngine) -> tuple[object, object]:
    history = await host.app.engine.orders.history(ORDER_ID)
    assert history is not None
    return history.effects[0]["state"], history.effects[0]["last_error"]


def test_what_is_due_goes_out_and_is_verified_with_either_secret(tmp_path: Path, logbook: Any) -> None:
    async def live() -> list[tuple[str, bytes]]:
        receiver = Receiver()
        async with fulfilling_host(tmp_path, receiver) as host, fulfilment_loop(host.app.engine, logbook.log, every=0.01):
            await until(lambda: is_state(host, "delivered"))
            return receiver.messages

    ((_, body),) = asyncio.run(live())
    assert json.loads(body)["type"] == "order.paid"
    (line,) = logbook.lines
    told = (line["event"], line["order_id"], line["effect"], line["attempt"], line["state"], line["status"])
    assert told == ("fulfilment", ORDER_ID, "order.paid", 1, "delivered", 200)


async def is_state(host: OpenEngine, wanted: str) -> bool:
    return (await state(host))[0] == wanted


@pytest.mark.parametrize(
    ("status", "end", "error"),
    [
        (302, "waiting", "answered 302"),
        (429, "waiting", "answered 429"),
        (500, "waiting", "answered 500"),
        (410, "dead", "receiver answered 410 Gone; no further attempts"),
    ],
)
def test_a_failure_is_kept_and_logged(status: int, end: str, error: str, tmp_path: Path, logbook: Any) -> None:
    async def live() -> tuple[object, object]:
        receiver = Receiver(status)
        async with fulfilling_host(tmp_path, receiver) as host, fulfilment_loop(host.app.engine, logbook.log, every=0.01):
            await receiver.changed.wait()
            await until(lambda: has_error(host))
            return await state(host)

    assert asyncio.run(live()) == (end, error)
    assert (logbook.lines[0]["level"], logbook.lines[0]["error"]) == ("warning", error)


async def has_error(host: OpenEngine) -> bool:
    return bool((await state(host))[1])


def test_without_leave_no_loopback_address_is_reached(tmp_path: Path, logbook: Any) -> None:
    async def live() -> tuple[object, object]:
        receiver = Receiver()
        env = {"FULFILMENT_SECRET": SIGNING_SECRET}
        async with fulfilling_host(tmp_path, receiver, env) as host, fulfilment_loop(host.app.engine, logbook.log, every=0.01):
            await until(lambda: has_error(host))
            assert receiver.messages == []
            return await state(host)

    end, error = asyncio.run(live())
    assert (end, "only FULFILMENT_ALLOW_PRIVATE=1 allows that" in str(error)) == ("waiting", True)


def test_two_hosts_on_one_database_send_each_message_once(tmp_path: Path, logbook: Any) -> None:
    async def live() -> list[str]:
        receiver = Receiver()
        async with fulfilling_host(tmp_path, receiver) as one:
            for number in range(2, 12):
                order_id = f"ord_{number:026d}"
                await one.app.engine.orders.create_order(make_order(id=order_id), "", "digest")
                paid = make_event(EventKind.PAID, id=f"evt_{number}", order_id=order_id, payment_ref=f"pi_{number}")
                await one.app.engine.inbox.record_event(paid, NOW)
            two = await open_host(ENV, tmp_path, tmp_path / "orders.db")
            async with (
                fulfilment_loop(one.app.engine, logbook.log, every=0.01),
                fulfilment_loop(two.app.engine, logbook.log, every=0.01),
            ):
                await until(lambda: has_count(receiver, 11))
            await two.close()
            return [name for name, _ in receiver.messages]

    names = asyncio.run(live())
    assert (len(names), len(set(names))) == (11, 11)


async def has_count(receiver: Receiver, count: int) -> bool:
    return len(receiver.messages) >= count


def test_a_failure_that_stays_is_told_once_and_delivery_goes_on_after_it(logbook: Any) -> None:
    shop = FulfilmentHarness()
    shop.record()
    shop.database.broken = True

    async def live() -> None:
        async with fulfilment_loop(shop.engine, logbook.log, every=0.001, workers=1):
            await asyncio.sleep(0.05)
            shop.database.broken = False
            await until(lambda: told(shop))

    asyncio.run(live())
    events = [(line["event"], line.get("error")) for line in logbook.lines]
    assert events == [("fulfilment_failed", "StorageUnavailable"), ("fulfilment", None)]


async def told(shop: FulfilmentHarness) -> bool:
    return bool(shop.merchant.requests)


@pytest.mark.parametrize(("seconds", "end"), [(0.02, "delivered"), (30, "waiting")], ids=["soon", "never"])
def test_at_the_end_a_try_under_way_may_finish_or_comes_again(seconds: float, end: str, logbook: Any) -> None:
    shop = FulfilmentHarness()
    shop.record()

    async def slowly(_: HttpRequest) -> HttpResponse:
        await asyncio.sleep(seconds)
        return HttpResponse(200)

    shop.merchant.replies = [slowly]

    async def live() -> None:
        async with fulfilment_loop(shop.engine, logbook.log, every=9, workers=2, grace=0.3):
            await until(lambda: told(shop))

    asyncio.run(live())
    assert shop.states() == {"order.paid": end}


def test_the_answer_is_sent_before_its_delivery_begins(logbook: Any) -> None:
    order = []

    class Engine:
        async def handle(self, _: HttpRequest) -> Answer:
            return Answer(200, has_deliveries=True)

        async def deliver_after(self, _: Answer) -> list[DeliveryAttempt]:
            order.append("after")
            raise ProviderUnavailable("merchant.example", "sk_test_secret")

    async def live() -> None:
        app = AsgiApp(Engine(), logbook.log, loops=False)  # type: ignore[arg-type]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b""}

        async def send(event: MutableMapping[str, Any]) -> None:
            order.append(event["type"])

        scope = {"type": "http", "method": "POST", "path": "/webhook/stripe", "query_string": b"", "headers": []}
        await app(scope, receive, send)
        ends = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def live_on() -> dict[str, Any]:
            return next(ends)

        await app({"type": "lifespan"}, live_on, send)

    asyncio.run(live())
    assert order.index("after") > order.index("http.response.body")
    failed = logbook.lines[-1]
    assert (failed["event"], failed["error"], "secret" in logbook.text) == ("fulfilment_failed", "ProviderUnavailable", False)


def test_work_behind_an_answer_is_cut_off_when_the_host_stops(logbook: Any) -> None:
    async def for_ever() -> list[DeliveryAttempt]:
        await asyncio.sleep(99)
        return []

    async def live() -> None:
        follow_ups = BackgroundDeliveries(logbook.log, grace=0.01)
        await follow_ups.close()
        follow_ups.start(for_ever, "req_1")
        await asyncio.sleep(0)
        await follow_ups.close()

    asyncio.run(live())
    assert logbook.lines == []


def test_work_behind_answers_does_not_pile_up(logbook: Any) -> None:
    begun = []

    async def for_ever() -> list[DeliveryAttempt]:
        begun.append(1)
        await asyncio.sleep(99)
        return []

    async def live() -> None:
        follow_ups = BackgroundDeliveries(logbook.log, grace=0.01, limit=3)
        for _ in range(9):
            follow_ups.start(for_ever, "req_1")
        await asyncio.sleep(0)
        await follow_ups.close()

    asyncio.run(live())
    assert len(begun) == 3


def test_what_nobody_wants_is_not_logged(logbook: Any) -> None:
    log_attempts(logbook.log, [DeliveryAttempt(ORDER_ID, "order.paid", 1, DeliveryResult(DeliveryState.UNWANTED))])
    assert logbook.lines == []


def test_a_webhook_through_the_adapter_is_followed_by_its_message(tmp_path: Path, logbook: Any) -> None:
    order_id = "ord_00000000000000000000000002"
    body = event("checkout.session.completed", paid_session(order_id))

    async def live() -> list[str]:
        receiver = Receiver()
        async with fulfilling_host(tmp_path, receiver, SETTINGS | ENV) as host:
            await host.app.engine.orders.create_order(make_order(id=order_id), "", "digest")
            app = AsgiApp(host.app, logbook.log)
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://pay.shop.example") as provider:
                headers = {"stripe-signature": sign(body, time=int(time.time()))}
                assert (await provider.post("/webhook/stripe", content=body, headers=headers)).status_code == 200
            await until(lambda: has_count(receiver, 2))
            await app.deliveries.close()
            return [json.loads(content)["data"]["order_id"] for _, content in receiver.messages]

    assert sorted(asyncio.run(live())) == [ORDER_ID, order_id]


def test_a_database_that_is_gone_is_told_by_the_follow_up(logbook: Any) -> None:
    async def fail() -> list[DeliveryAttempt]:
        raise StorageUnavailable("the disk is gone")

    async def live() -> None:
        follow_ups = BackgroundDeliveries(logbook.log)
        follow_ups.start(fail, "req_1")
        await follow_ups.close()

    asyncio.run(live())
    assert [(line["event"], line["request_id"]) for line in logbook.lines] == [("fulfilment_failed", "req_1")]


def test_the_receiver_of_the_document_takes_what_the_engine_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "fulfilment.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    packed: list[str] = []
    documented: dict[str, Any] = {"__name__": "documented", "print": lambda *words: packed.append(words[1])}
    exec(compile(program, "fulfilment.md", "exec"), documented)  # noqa: S102 - a document of this repository
    documented["SECRETS"][:] = [SIGNING_SECRET]
    monkeypatch.setattr(documented["Receiver"], "log_message", lambda *_: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), documented["Receiver"])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}/"
    shop = FulfilmentHarness(merchants_catalog(address))
    shop.now = time.time()
    shop.record()
    shop.merchant.replies = [GuardedSend(allow_private=True)]
    try:
        shop.deliver()
        asyncio.run(shop.engine.outbox.replay(ORDER_ID))
        (attempt,) = shop.deliver()
        forged = asyncio.run(GuardedSend(allow_private=True)(HttpRequest("POST", address, {"webhook-id": "msg_1"}, b"{}")))
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (attempt.result.status, forged.status, packed) == (204, 400, [ORDER_ID])
