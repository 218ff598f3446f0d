"""The five runtimes of one engine, each behind HTTP on loopback, with the gateway to its providers and its shop."""

import asyncio
import contextlib
import importlib.util
import json
import re
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from lightning_cart.ports import Clock, Ports
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.fulfil import deliver_due
from lightning_cart.usecases.reconcile import reconcile
from lightning_cart.web.app import App
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.guarded_send import GuardedSend
from lightning_cart_host.adapters.http_send import HttpSend
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.server.asgi import AsgiApp
from lightning_cart_host.server.catalog_folder import load_catalog
from lightning_cart_host.server.log import null_log
from lightning_cart_host.shop_client.form_filling import fill_form
from support import ROOT
from support.builders import ADMIN_TOKEN, RECEIPT_SECRET, paid_session
from support.http_server import serving
from support.merchants import SIGNING_SECRET
from support.stripe import event, sign

HOSTS = Path(__file__).parents[1] / "runtimes" / "hosts"
NODE = ROOT / "node_modules" / ".bin" / "node"
MIGRATIONS = sorted((ROOT / "migrations").glob("*.sql"))
SDK = importlib.util.find_spec("workers")
ENOUGH = 50  # more than a test has of anything
PROVIDERS = ("stripe", "paypal", "square")
_HOP_BY_HOP = {"host", "connection", "content-length", "transfer-encoding", "date", "server", "keep-alive"}
ORIGIN = "https://shop.example"
OWN = {
    "RECEIPT_SECRET": RECEIPT_SECRET,
    "ADMIN_TOKEN": ADMIN_TOKEN,
    "FULFILMENT_SECRET": SIGNING_SECRET,
    "FULFILMENT_ALLOW_PRIVATE": "1",
}
NAMES = [f"№ {number} — Ñandú, 紅茶 “naïve” & <Čaj> 🫖" for number in range(500)]
SITES = """
[sites.test-checkout]
name = "Tést shop"
success_page = "/success.html"
cancel_page = "/cancel.html"
default_strategy = "stripe_checkout"
strategies = ["stripe_links", "paypal", "square"]
origins = ["https://shop.example"]
fulfilment_url = "{merchant}/"
"""
MESSAGE_TIMEOUT_SECONDS = 20  # seconds for a message that is on its way
MISSING_SETTING = "PAYPAL_WEBHOOK_ID"
SILENT, SILENT_KEY = "never-answered", "key-of-the-call-that-nobody-answers"


class Runtime(Protocol):
    """A running engine. With a D1 database it also has `probe`, which makes many kinds of calls to it."""

    address: str

    def without_database(self) -> AbstractContextManager[None]:
        """Make its database unavailable while the block runs."""
        ...

    def run_timer(self, later: int) -> None:
        """Run its scheduled work, as if this many seconds had passed."""
        ...


@dataclass(frozen=True)
class Plan:
    """The parts of an engine on any runtime.

    Args:
        folder: For the runtime's files.
        config: The folder of the catalogue files.
        stage: The staged Worker.
        env: Its settings.
    """

    folder: Path
    config: Path
    stage: Path
    env: Mapping[str, str]


class _Hosted:
    def __init__(self, address: str, plan: Plan, database: HostDatabase) -> None:
        self.address = address
        self._catalog = load_catalog(plan.config)
        self._env = plan.env
        self._database = database
        asyncio.run(database.migrate(ROOT / "migrations"))
        send = HttpSend()
        self.app = AsgiApp(App(self._engine(send, time.time)), null_log, send.close)

    def _engine(self, send: HttpSend, clock: Clock) -> Engine:
        deliver = GuardedSend(allow_private=True)
        return Engine(self._env, self._catalog, Ports(self._database, send, clock, new_id, asyncio.sleep, deliver))

    def run_timer(self, later: int) -> None:
        async def run() -> None:
            send = HttpSend()
            engine = self._engine(send, lambda: time.time() + later)
            await deliver_due(engine, ENOUGH)
            await reconcile(engine, ENOUGH)
            await send.close()

        asyncio.run(run())

    def close(self) -> None:
        asyncio.run(self._database.aclose())


class _OnSqlite(_Hosted):
    def __init__(self, address: str, plan: Plan) -> None:
        self._file = SqliteDatabase(plan.folder / "orders.db")
        super().__init__(address, plan, self._file)

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        connection = self._file._calls._connection
        self._file._calls._connection = sqlite3.connect(":memory:")
        self._file._calls._connection.close()
        try:
            yield
        finally:
            self._file._calls._connection = connection


class _OnPostgres(_Hosted):
    def __init__(self, address: str, plan: Plan, server: LocalPostgres) -> None:
        self._server = server
        super().__init__(address, plan, asyncio.run(open_database(server.create_database())))

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        self._server.kill()
        try:
            yield
        finally:
            self._server.start()


@contextlib.contextmanager
def on_asgi(plan: Plan) -> Iterator[Runtime]:
    """Run the engine on its ASGI adapter, uvicorn and a SQLite file."""
    with serving(lambda address: _OnSqlite(address, plan)) as hosted, contextlib.closing(hosted):
        yield hosted


@contextlib.contextmanager
def on_asgi_and_postgres(plan: Plan) -> Iterator[Runtime]:
    """Run the engine on its ASGI adapter, uvicorn and a PostgreSQL of its own."""
    with (
        LocalPostgres(durable=False) as server,
        serving(lambda address: _OnPostgres(address, plan, server)) as hosted,
        contextlib.closing(hosted),
    ):
        yield hosted


class _InPyodide:
    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self._process, self._log = process, log
        self.address = self._read()

    def _read(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the host of the Worker has ended: {self._log.read_text(encoding='utf-8')}"
        return line.strip()

    def _order(self, what: str, **more: Any) -> str:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": what, **more}) + "\n")
        self._process.stdin.flush()
        return self._read()

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        self._order("break")
        try:
            yield
        finally:
            self._order("mend")

    def run_timer(self, later: int) -> None:
        self._order("timer", later=later)

    def probe(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._order("probe"))
        return told


def on_pyodide(package: str, *flags: str) -> Callable[[Plan], AbstractContextManager[Runtime]]:
    """Run the staged Worker under Node, in the Pyodide of an npm package, with the current SDK and a D1 double on SQLite."""

    @contextlib.contextmanager
    def run(plan: Plan) -> Iterator[Runtime]:
        assert SDK
        assert SDK.origin
        told = {
            "pyodide": str(ROOT / "node_modules" / package),
            "sdk": str(Path(SDK.origin).parent),
            "stage": str(plan.stage),
            "migrations": [str(path) for path in MIGRATIONS],
            "env": dict(plan.env),
        }
        command = [str(part) for part in (NODE, "--no-warnings", *flags, HOSTS / "worker.mjs", json.dumps(told))]
        log = plan.folder / "worker.log"
        with log.open("w", encoding="utf-8") as stream:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stream, text=True)
        with process:
            try:
                yield _InPyodide(process, log)
            finally:
                process.kill()

    return run


class _OnWorkerd:
    def __init__(self, address: str) -> None:
        self.address = address

    def _order(self, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = httpx.get(f"{self.address}/", headers=named, trust_env=False, timeout=60)
        assert answer.is_success, answer.text
        return answer.text

    @contextlib.contextmanager
    def without_database(self) -> Iterator[None]:
        # workerd holds its file's lock, so that nobody else can: what it asks for is taken away instead.
        self._order(x_statement="ALTER TABLE orders RENAME TO taken_away")
        try:
            yield
        finally:
            self._order(x_statement="ALTER TABLE taken_away RENAME TO orders")

    def run_timer(self, later: int) -> None:
        self._order(x_timer=str(later))

    def probe(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._order(x_statement="probe"))
        return told


@contextlib.contextmanager
def on_workerd(plan: Plan) -> Iterator[Runtime]:
    """Run the staged Worker on real workerd with D1."""
    modules = {name: (HOSTS / name).read_text(encoding="utf-8") for name in ("with_timer.py", "probe.py")}
    with Workerd(plan.folder / "workerd", plan.env, config=plan.config, modules=modules, main="with_timer.py") as engine:
        yield _OnWorkerd(engine.address)


RUNTIMES: Mapping[str, Callable[[Plan], AbstractContextManager[Runtime]]] = {
    "asgi-sqlite": on_asgi,
    "asgi-postgres": on_asgi_and_postgres,
    "workerd-d1": on_workerd,
    "pyodide-0.28": on_pyodide("pyodide-0.28"),
    "pyodide-314": on_pyodide("pyodide", "--experimental-wasm-jspi"),
}


class ProviderRequest(NamedTuple):
    """One request of an engine to a provider."""

    path: str
    headers: dict[str, str]
    body: bytes


async def _gone(request: Request) -> None:
    """Wait until the client disconnects."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


class Gateway:
    """An ASGI application that forwards requests.

    Args:
        address: Its own.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.engine = ""
        self.sandbox = ""
        self.crossings: list[ProviderRequest] = []
        self.no_answer_marker = b"\0"  # a request with this in its body is passed to nobody, and never answered
        self.loses_webhooks = False
        methods = ["GET", "POST", "PATCH", "DELETE", "PUT"]
        self.app = Starlette(routes=[Route("/{path:path}", self._pass_on, methods=methods)], lifespan=self._living)

    @contextlib.asynccontextmanager
    async def _living(self, _: Starlette) -> AsyncIterator[None]:
        async with httpx.AsyncClient(trust_env=False, timeout=60) as self._client:
            yield

    @property
    def answered_count(self) -> int:
        """How many requests were passed on to providers."""
        return sum(self.no_answer_marker not in crossing.body for crossing in self.crossings)

    def to_provider(self, path: str) -> str:
        """Return the base URL of a provider's API for the engine, from the sandbox's."""
        return path.replace(self.sandbox, self.address)

    async def _pass_on(self, request: Request) -> Response:
        body, path = await request.body(), request.url.path
        headers = {name: value for name, value in request.headers.items() if name not in _HOP_BY_HOP}
        is_providers = path.split("/")[1] in PROVIDERS
        if is_providers:
            self.crossings.append(ProviderRequest(path, headers, body))
        if self.no_answer_marker in body:
            await _gone(request)
        if self.loses_webhooks and path.startswith("/webhook"):
            return Response(status_code=503)
        query = f"?{request.url.query}" if request.url.query else ""
        there = f"{self.sandbox if is_providers else self.engine}{path}{query}"
        answer = await self._client.request(request.method, there, headers=headers, content=body)
        kept = {name: value for name, value in answer.headers.items() if name not in {*_HOP_BY_HOP, "content-encoding"}}
        return Response(answer.content, answer.status_code, kept)


class MerchantServer:
    """A merchant's server, which records the messages of all engines.

    Args:
        address: Its own.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        self.messages: list[bytes] = []
        self.returned: list[bytes] = []
        self.refuses = False
        self.app = Starlette(routes=[Route("/", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> Response:
        message = await request.body()
        if self.refuses:
            self.returned.append(message)
            return Response(status_code=500)
        self.messages.append(message)
        return Response()

    def count_messages(self, order_id: str) -> int:
        """Return the number of messages about an order."""
        return sum(order_id.encode() in message for message in self.messages)

    def refused(self, order_id: str) -> bool:
        """Return whether a message about an order was refused."""
        return any(order_id.encode() in message for message in self.returned)


@dataclass(frozen=True)
class RuntimeShop:
    """One engine with its surroundings.

    Args:
        runtime: Its runtime.
        gateway: Between it and its providers.
        settings: Its settings.
        client: Sends it requests.
        merchant: Receives its messages.
    """

    runtime: Runtime
    gateway: Gateway
    settings: Mapping[str, str]
    client: httpx.Client
    merchant: MerchantServer

    def check_out(self, *items: tuple[str, int], key: str = "", **cart: Any) -> httpx.Response:
        lines = [{"id": product, "quantity": quantity} for product, quantity in items or [("test-10", 1)]]
        return self.client.post("/checkout", json={"items": lines} | cart, headers={"idempotency-key": key})

    def open(self, *items: tuple[str, int], **cart: Any) -> dict[str, Any]:
        answer = self.check_out(*items, **cart)
        assert answer.status_code == 201, answer.text
        content: dict[str, Any] = answer.json()
        return content

    def order(self, checkout: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.client.get(f"/orders/{checkout['order_id']}", headers={"authorization": f"Bearer {checkout['receipt']}"})
        content: dict[str, Any] = answer.json()
        return content

    def pay(self, checkout: Mapping[str, Any]) -> None:
        """Fill in the provider's page, as a buyer does, without returning to the shop."""
        with httpx.Client(trust_env=False) as buyer:
            page = buyer.get(checkout["url"])
            form = fill_form(page.text)
            assert form
            assert buyer.post(page.url.join(form.action), data=form.data).status_code == 303

    def return_path(self, checkout: Mapping[str, Any]) -> str:
        """Return the path of the URL that the provider was given for the buyer's return."""
        path = re.compile(rf"/return/{checkout['order_id']}/[0-9a-f]{{32}}")
        sent = (unquote(crossing.body.decode(errors="replace")) for crossing in self.gateway.crossings)
        return next(found.group() for body in sent if (found := path.search(body)))

    def count_readings(self, checkout: Mapping[str, Any]) -> int:
        """Return how often the provider was asked about a checkout."""
        return sum(crossing.path.endswith(f"/{checkout['session_id']}") for crossing in self.gateway.crossings)

    def health(self) -> httpx.Response:
        """Return what the health check tells an operator."""
        return self.client.get("/health", headers={"authorization": f"Bearer {ADMIN_TOKEN}"})

    def admin(self, method: str, path: str, token: str = ADMIN_TOKEN, **body: str) -> httpx.Response:
        """Send an operator's request."""
        headers = {"authorization": f"Bearer {token}"}
        return self.client.request(method, f"/admin/orders/{path}", headers=headers, json=body or None)

    def refund(self, checkout: Mapping[str, Any], key: str, token: str = ADMIN_TOKEN) -> httpx.Response:
        """Give all of an order's money back, as an operator does."""
        headers = {b"authorization": f"Bearer {token}".encode(), b"idempotency-key": key.encode()}
        return self.client.post(f"/admin/orders/{checkout['order_id']}/refunds", headers=headers)

    def sign(self, body: bytes) -> str:
        """Return the header with which Stripe would send a body now."""
        return sign(body, int(time.time()), self.settings["STRIPE_WEBHOOK_SECRET"])

    def send(self, body: bytes, signed: bytes | None = None, signature: str | bytes | None = None) -> httpx.Response:
        """Send a webhook as Stripe does, with the signature of its body, or of another, or one that is given."""
        header = self.sign(body if signed is None else signed) if signature is None else signature
        return self.client.post(
            "/webhook/stripe",
            content=body,
            headers={b"stripe-signature": header if isinstance(header, bytes) else header.encode()},
        )

    def paid(self, checkout: Mapping[str, Any], event_id: str = "", **changes: Any) -> bytes:
        """Return the body of the event that an order is paid."""
        order_id = checkout["order_id"]
        facts = {"id": checkout["session_id"], "payment_intent": f"pi_{order_id}", "metadata": {"order_id": order_id}}
        session = paid_session(order_id, **facts | changes)
        return event("checkout.session.completed", session, event_id or f"evt_{checkout['order_id']}")

    def wait_for_message(self, checkout: Mapping[str, Any]) -> int:
        """Wait until the merchant has received a message about an order, and return how many."""
        until = time.monotonic() + MESSAGE_TIMEOUT_SECONDS
        while not (told := self.merchant.count_messages(checkout["order_id"])) and time.monotonic() < until:
            time.sleep(0.05)
        return told

    def wait_until_refused(self, checkout: Mapping[str, Any]) -> None:
        """Wait until the merchant has refused to hear of an order."""
        until = time.monotonic() + MESSAGE_TIMEOUT_SECONDS
        while not self.merchant.refused(checkout["order_id"]) and time.monotonic() < until:
            time.sleep(0.05)
