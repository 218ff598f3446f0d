"""The Worker in this interpreter: its own modules and Cloudflare's SDK, over Python doubles of the JavaScript that they use.

The doubles do not convert values between the languages. The tests on workerd and Pyodide cover that.
"""

import asyncio
import inspect
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

from pyodide.ffi import JsException

from lightning_cart.domain.catalog import Catalog
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart_host.edge.compile_catalog import compile_catalog
from support.app import ENV, Provider, shop_only
from support.databases import MemoryDatabase


class Promise:
    """A `Promise` of a coroutine's result or exception."""

    def __init__(self, work: Coroutine[Any, Any, Any]) -> None:
        self._work = work

    async def _settle(self, fulfilled: Callable[[Any], None], rejected: Callable[[Any], None]) -> None:
        try:
            value = await self._work
        except JsException as error:
            asyncio.get_running_loop().call_soon(rejected, error)  # the runtime calls it outside of every task
        else:
            asyncio.get_running_loop().call_soon(fulfilled, value)

    def then(self, fulfilled: Callable[[Any], None], rejected: Callable[[Any], None]) -> None:
        self._task = asyncio.ensure_future(self._settle(fulfilled, rejected))


class Function:
    """A JavaScript method that returns a promise of the decorated coroutine function; `bind` sets its object."""

    def __init__(self, body: Callable[..., Coroutine[Any, Any, Any]]) -> None:
        self._body = body

    def bind(self, this: Any, *arguments: Any) -> Callable[[Any], Promise]:
        return lambda _: Promise(self._body(this, *arguments))


class Buffer(bytes):
    """An `ArrayBuffer`, or a view of one."""

    def to_bytes(self) -> bytes:
        return bytes(self)


class Body:
    """A `ReadableStream` of some pieces, which remembers how much of it was read."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.left = list(pieces)
        self.cancelled = False

    def getReader(self) -> "Body":  # noqa: N802 - JavaScript's name
        return self

    @Function
    async def read(self) -> SimpleNamespace:
        return SimpleNamespace(done=not self.left, value=Buffer(self.left.pop(0)) if self.left else None)

    @Function
    async def cancel(self) -> None:
        self.cancelled = True


class Message:
    """A `Request` or a `Response`."""

    constructor = SimpleNamespace(name="Request")

    def __init__(self, headers: Mapping[str, str], pieces: Sequence[bytes] = (), **more: Any) -> None:
        self.headers = dict(headers)
        self.body = Body(pieces) if pieces else None
        self.js_object = self
        self.__dict__.update(more)

    @Function
    async def arrayBuffer(self) -> Buffer:  # noqa: N802 - JavaScript's name
        return Buffer(b"".join(self.body.left) if self.body else b"")


class D1:
    """A `D1Database` over a real SQLite in memory, which counts statements; its `MemoryDatabase` counts the round trips."""

    constructor = SimpleNamespace(name="D1Database")

    def __init__(self, database: MemoryDatabase | None = None) -> None:
        self.memory = database or MemoryDatabase()
        self.prepared: list[str] = []
        self.statements = 0  # each of a batch counted

    def prepare(self, sql: str) -> "Prepared":
        self.prepared.append(sql)
        return Prepared(self, sql)

    def execute(self, prepared: "Sequence[Prepared]") -> list[dict[str, Any]]:
        self.memory.round_trips += 1
        self.statements += len(prepared)
        if self.memory.broken:
            raise JsException("Error", "D1_ERROR: Network connection lost: sk_live_secret")
        try:
            with self.memory.connection as connection:
                connection.execute("BEGIN IMMEDIATE")
                rows = [[dict(row) for row in connection.execute(one.sql, one.values)] for one in prepared]
                return [{"results": found, "success": True} for found in rows]
        except sqlite3.Error as error:
            raise JsException("Error", f"D1_ERROR: {error}: SQLITE_ERROR") from error

    @Function
    async def batch(self, prepared: "Sequence[Prepared]") -> list[dict[str, Any]]:
        return self.execute(prepared)


class Prepared:
    """A `D1PreparedStatement`."""

    def __init__(self, d1: D1, sql: str, values: Sequence[Any] = ()) -> None:
        self.d1, self.sql, self.values = d1, sql, values

    def bind(self, *values: Any) -> "Prepared":
        return Prepared(self.d1, self.sql, values)

    @Function
    async def all(self) -> dict[str, Any]:
        (result,) = self.d1.execute([self])
        return result


class Limit:
    """A rate-limit binding that lets so many in."""

    def __init__(self, left: int) -> None:
        self.left, self.keys, self.broken = left, list[str](), False

    @Function
    async def limit(self, options: dict[str, str]) -> SimpleNamespace:
        self.left -= 1
        self.keys.append(options["key"])
        if self.broken:
            raise JsException("Error", "internal error")
        return SimpleNamespace(success=self.left >= 0)


class Internet:
    """The servers that `fetch` reaches: one scripted provider at every URL."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget every request and every script."""
        self.provider = Provider()
        self.options: list[dict[str, Any]] = []
        self.broken: JsException | None = None
        self.waits: list[float] = []  # milliseconds
        self.reply: Callable[[HttpResponse], Message] = lambda answer: Message(
            {**answer.headers, "content-length": str(len(answer.body))}, [answer.body], status=answer.status
        )

    async def fetch(self, url: str, options: dict[str, Any]) -> Message:
        self.options.append(options)
        if self.broken:
            raise self.broken
        request = HttpRequest(options["method"], url, options["headers"], options.get("body", b""))
        return self.reply(await self.provider(request))


internet = Internet()


@Function
async def _fetch(_this: None, url: str, options: dict[str, Any]) -> Message:
    return await internet.fetch(url, options)


class _List:
    """An `Array`."""

    def __init__(self, *items: Any) -> None:
        self._items = items

    def map(self, function: Callable[[Any], Any]) -> list[Any]:
        return [function(item) for item in self._items]


class _Resolvers:
    """The result of `Promise.withResolvers`: a promise, and the functions that settle it."""

    def __init__(self) -> None:
        self._kept = asyncio.Event()
        self.promise = Promise(self._kept.wait())

    def resolve(self) -> None:
        self._kept.set()


def _at_once(call: Callable[[], None], milliseconds: float) -> None:
    internet.waits.append(milliseconds)  # no test waits between two tries
    call()


def compile_module(catalog: Catalog) -> ModuleType:
    """Return the module that staging compiles from a catalogue."""
    module = ModuleType("catalog_data")
    exec(compile_catalog(catalog), module.__dict__)  # noqa: S102 - our own
    return module


def install() -> None:
    """Register the modules that the Worker imports from its runtime, so that it can be imported here."""
    js = ModuleType("js")
    js.__dict__.update(
        Array=SimpleNamespace(of=_List),
        JSON=SimpleNamespace(stringify=json.dumps, parse=json.loads),
        Object=SimpleNamespace(fromEntries=dict),
        Reflect=SimpleNamespace(apply=lambda function, _this, values: function(*values)),
        Response=SimpleNamespace(new=lambda body, init: SimpleNamespace(body=body, **init)),
        AbortSignal=SimpleNamespace(timeout=lambda milliseconds: milliseconds),
        fetch=_fetch,
        Promise=SimpleNamespace(withResolvers=_Resolvers),
        setTimeout=_at_once,
    )
    for name in ("Blob", "DurableObjectState", "Env", "File", "FormData", "Headers", "ReadableStream", "Request"):
        setattr(js, name, type(name, (), {}))  # the SDK imports these names
    helper = ModuleType("_pyodide_entrypoint_helper")
    helper.__dict__.update(patchWaitUntil=lambda _ctx: None)
    for module in (js, helper, ModuleType("_cloudflare_compat_flags"), compile_module(shop_only())):
        sys.modules[module.__name__] = module


class Edge:
    """The Worker with bindings that the test controls.

    Args:
        bindings: Bindings besides `ENV` and D1; `None` removes one.
    """

    def __init__(self, **bindings: Any) -> None:
        from worker import entry  # after `install`

        entry.app_cache.clear()
        internet.reset()
        self._entrypoint = entry.Default
        self.d1 = D1()
        bound = {**ENV, "DB": self.d1, **bindings}
        self.env = SimpleNamespace(**{name: value for name, value in bound.items() if value is not None})
        self.behind: list[Coroutine[Any, Any, None]] = []
        self._minutes = 0  # from now to the last run on schedule

    @property
    def worker(self) -> Any:
        """A new entrypoint, as the runtime creates one for each request."""
        return self._entrypoint(SimpleNamespace(waitUntil=self.behind.append), self.env)

    def fetch(self, method: str, path: str, body: bytes = b"", **headers: str) -> HttpResponse:
        """Return the Worker's response."""
        given = {name.replace("_", "-"): text for name, text in headers.items()} | {"content-length": str(len(body))}
        message = Message(given, [body] if body else [], method=method, url=f"https://pay.shop.example{path}")
        answer = asyncio.run(self.worker.fetch(message))
        return HttpResponse(answer.status, answer.headers, bytes(answer.body or b""))

    def go_on(self) -> None:
        """Run the work that was left after responses."""
        while self.behind:
            asyncio.run(self.behind.pop(0))

    def stop(self) -> None:
        """End, as an isolate may, before the work that was left after responses has begun."""
        while self.behind:
            work = self.behind.pop()
            inspect.getcoroutinelocals(work)["work"].close()
            work.close()

    def tick(self, work: str) -> int:
        """Run the schedule in the next minute of one kind of work, and return how many statements that took."""
        from worker.schedule import choose_work  # after `install`

        engine, before = self.worker._app().engine, self.d1.statements
        self._minutes += 1
        while choose_work(int(time.time()) + 60 * self._minutes) != work:
            self._minutes += 1
        later = 60 * self._minutes
        engine.ports = engine.ports._replace(clock=lambda: time.time() + later)
        asyncio.run(self.worker.scheduled(None))
        return self.d1.statements - before
