"""SQLite whose disk is full or can only be read: nothing is acknowledged that is not stored, and the health says it."""

import asyncio
import json
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, cast

import httpx
import pytest

from lightning_cart.domain.order import CheckoutSession
from lightning_cart.ports import Statement
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support import ROOT
from support.builders import ADMIN_TOKEN, NOW, RECEIPT_SECRET, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, make_order, paid_session
from support.processes import CliProcess
from support.stripe import event, sign

MIGRATIONS = find_resource("migrations")
ORDERS = [f"ord_{number:026d}" for number in range(24)]
FIRST, LATER = ORDERS[:8], ORDERS[8:]


async def _open_orders(path: Path) -> None:
    database = SqliteDatabase(path)
    await database.migrate(MIGRATIONS)
    store = OrderStore(database)
    for order_id in ORDERS:
        await store.create_order(make_order(id=order_id), "", "digest")
        await store.save_session(order_id, CheckoutSession(f"cs_{order_id}", "https://pay.example/1", None), NOW)
    await database.aclose()


class Observed(NamedTuple):
    """What a shop answers while its disk is full, and afterwards."""

    first: list[int]
    full: list[int]
    full_health: str
    paid_while_full: list[str]
    again: list[int]
    again_health: str
    paid: list[str]


class Shop:
    """A shop's process with 24 open orders.

    Args:
        folder: Where its database is.
    """

    def __init__(self, folder: Path) -> None:
        self.database = folder / "orders.db"
        asyncio.run(_open_orders(self.database))
        env = {
            "ADMIN_TOKEN": ADMIN_TOKEN,
            "RECEIPT_SECRET": RECEIPT_SECRET,
            "STRIPE_SECRET_KEY": STRIPE_KEY,
            "STRIPE_WEBHOOK_SECRET": STRIPE_WEBHOOK_SECRET,
            "STRIPE_API_BASE": "http://127.0.0.1:1",
        }
        arguments = ("serve", "--port", "0", "--config", str(ROOT / "config"), "--database", str(self.database))
        self.process = CliProcess(*arguments, env=env, folder=folder)
        self.process.wait_until_serving()

    def limit_files(self, limit: int) -> None:
        """Let no file of the shop's become longer than some bytes. Python's processes ignore the signal that tells it."""
        resource.prlimit(self.process.popen.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def pay(self, orders: Sequence[str]) -> list[int]:
        """Send the webhooks of payments at once, and return the statuses of the answers."""

        async def send(client: httpx.AsyncClient, order_id: str) -> int:
            session = paid_session(order_id, id=f"cs_{order_id}", payment_intent=f"pi_{order_id}")
            now = int(time.time())
            body = event("checkout.session.completed", session, f"evt_{order_id}", created=now)
            headers = {"stripe-signature": sign(body, now), "content-type": "application/json"}
            return (await client.post("/webhook/stripe", content=body, headers=headers)).status_code

        async def send_all() -> list[int]:
            async with httpx.AsyncClient(base_url=self.process.address, trust_env=False, timeout=20) as client:
                return await asyncio.gather(*(send(client, order_id) for order_id in orders))

        return asyncio.run(send_all())

    def health(self) -> str:
        """Return what the operator is told about the database."""
        headers = {"authorization": f"Bearer {ADMIN_TOKEN}"}
        answer = httpx.get(f"{self.process.address}/health", headers=headers, trust_env=False)
        return str(answer.json()["database"])

    def paid(self) -> list[str]:
        """Return the ids of the paid orders, as another process reads them."""
        with closing(sqlite3.connect(self.database)) as connection:
            return [row[0] for row in connection.execute("SELECT id FROM orders WHERE status = 'paid' ORDER BY id")]


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    shop = Shop(tmp_path_factory.mktemp("full"))
    with shop.process:
        first = shop.pay(FIRST)
        shop.limit_files(Path(f"{shop.database}-wal").stat().st_size)
        full, full_health, paid_while_full = shop.pay(LATER), shop.health(), shop.paid()
        shop.limit_files(resource.RLIM_INFINITY)
        yield Observed(first, full, full_health, paid_while_full, shop.pay(LATER), shop.health(), shop.paid())


@pytest.mark.process
def test_webhooks_that_come_together_while_the_disk_is_full_are_to_be_sent_again(observed: Observed) -> None:
    assert (set(observed.first), set(observed.full)) == ({200}, {503})


@pytest.mark.process
def test_nothing_of_what_was_refused_is_stored(observed: Observed) -> None:
    assert observed.paid_while_full == FIRST


@pytest.mark.process
def test_the_health_says_that_no_orders_can_be_taken_while_the_disk_is_full(observed: Observed) -> None:
    assert (observed.full_health, observed.again_health) == ("unavailable", "ok")


@pytest.mark.process
def test_the_same_process_stores_what_is_sent_again_when_there_is_room(observed: Observed) -> None:
    assert (set(observed.again), observed.paid) == ({200}, ORDERS)


# Without its capabilities, root heeds the permissions of files as other users do.
READ_ONLY = """
import asyncio, ctypes, json, sys
from pathlib import Path
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.write_proof import can_write
from lightning_cart_host.adapters.sqlite import SqliteDatabase

async def look(path, now):
    try:
        database = SqliteDatabase(path)
    except StorageUnavailable as error:
        return [str(error)]
    try:
        return [len(await database.query(Statement("SELECT name FROM reconciling"))), await can_write(database, now)]
    except StorageUnavailable as error:
        return [str(error)]
    finally:
        await database.aclose()

path, what = Path(sys.argv[1]), Path(sys.argv[2])
libc = ctypes.CDLL(None)
if hasattr(libc, "capset"):
    libc.capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
what.chmod(0o555)
refused = asyncio.run(look(path, 2000))
what.chmod(0o755)
for beside in path.parent.glob("*.db-*"):
    beside.chmod(0o644)
print(json.dumps([refused, asyncio.run(look(path, 3000))]))
"""


@pytest.mark.process
@pytest.mark.parametrize(("name", "code"), [("orders.db", "READONLY"), (".", "READONLY_DIRECTORY")], ids=["file", "folder"])
def test_what_can_only_be_read_is_unavailable_until_it_can_be_written(tmp_path: Path, name: str, code: str) -> None:
    path = tmp_path / "orders.db"
    asyncio.run(_open_orders(path))
    command = [sys.executable, "-c", READ_ONLY, str(path), str(tmp_path / name)]
    refused, again = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout)
    assert (refused, again) == ([f"SQLite: SQLITE_{code}"], [0, True])


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with closing(SqliteDatabase(tmp_path / "numbers.db")) as database:
        asyncio.run(database.query(Statement("CREATE TABLE numbers (id INTEGER PRIMARY KEY)")))
        yield database


async def _together(database: SqliteDatabase, statements: Sequence[Statement]) -> list[object]:
    """Execute each statement in a batch of its own, while all of them wait for the database's thread."""
    free = threading.Event()
    database._thread.submit(free.wait)
    tasks = [asyncio.ensure_future(database.batch([statement, _COUNT])) for statement in statements]
    await asyncio.sleep(0)
    free.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    return [str(outcome) if isinstance(outcome, BaseException) else outcome[1][0]["n"] for outcome in outcomes]


_COUNT = Statement("SELECT count(*) AS n FROM numbers")
_THREE = [Statement("INSERT INTO numbers (id) VALUES (?)", (number,)) for number in range(3)]


def test_a_commit_that_fails_is_every_callers_failure_and_leaves_nothing(numbers: SqliteDatabase) -> None:
    def refuse_commit(action: int, name: str | None, *_: str | None) -> int:
        return sqlite3.SQLITE_DENY if (action, name) == (sqlite3.SQLITE_TRANSACTION, "COMMIT") else sqlite3.SQLITE_OK

    numbers._thread.submit(numbers._connection.set_authorizer, refuse_commit).result()
    assert asyncio.run(_together(numbers, _THREE)) == ["SQLite: SQLITE_AUTH"] * 3
    numbers._thread.submit(numbers._connection.set_authorizer, None).result()
    assert asyncio.run(_together(numbers, _THREE)) == [1, 2, 3]


def test_a_call_that_undoes_the_whole_transaction_is_alone_in_its_failure(numbers: SqliteDatabase) -> None:
    rollback = Statement("INSERT OR ROLLBACK INTO numbers (id) VALUES (0)")
    outcomes = asyncio.run(_together(numbers, [_THREE[0], _THREE[1], rollback, _THREE[2]]))
    assert outcomes == [1, 2, "SQLite: SQLITE_CONSTRAINT_PRIMARYKEY", 3]


class _NoMemory:
    """A connection that has not even the memory to tell its state."""

    def execute(self, *_: object) -> None:
        raise MemoryError

    @property
    def in_transaction(self) -> bool:
        raise MemoryError


def test_without_memory_nobody_waits_for_ever(numbers: SqliteDatabase) -> None:
    working, numbers._calls._connection = numbers._calls._connection, cast("sqlite3.Connection", _NoMemory())
    assert asyncio.run(_together(numbers, _THREE)) == ["SQLite: MemoryError"] * 3
    numbers._calls._connection = working
    assert asyncio.run(_together(numbers, _THREE)) == [1, 2, 3]
