"""Every command for orders says of PostgreSQL what it says of a file with the same rows."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lightning_cart.domain.payment_event import EventKind
from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Statement
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.order_search import OrderFilter
from lightning_cart.storage.orders import OrderStore
from lightning_cart_host.adapters.database import open_database
from lightning_cart_host.adapters.snapshot import open_snapshot
from lightning_cart_host.chaos.local_postgres import PostgresServer
from lightning_cart_host.cli.orders.pages import read_pages
from lightning_cart_host.cli.orders.stored import open_one_state
from lightning_cart_host.cli.orders.watch_command import follow_orders
from support.app import run
from support.builders import NOW, ORDER_ID, make_event, make_order
from support.databases import LIVED, OTHER_ID

if TYPE_CHECKING:
    from lightning_cart.domain.order import Order

pytestmark = pytest.mark.process

type Cli = Callable[..., tuple[int, str, str]]
SINCE = ("--since", "1970-01-01")  # the time of these orders' ids
SPAN = (*SINCE, "--until", "2026-06-01")
READING = [
    ("orders", "list"),
    ("orders", "list", "--review", "--json"),
    ("orders", "list", "--over", "1", "--disputed"),
    ("orders", "list", "--site", "nowhere"),
    ("orders", "list", "--product", "test-10", "--email", "ñ@example.com"),
    ("orders", "list", "--text", "🫖", *SPAN),
    ("orders", "find", "pi_1"),
    ("orders", "find", "@example.com", *SINCE),
    ("orders", "find", "10.00"),
    ("orders", "show", ORDER_ID),
    ("orders", "show", OTHER_ID, "--json"),
    ("orders", "explain", ORDER_ID),
    ("orders", "explain", OTHER_ID, "--json"),
    ("orders", "export"),
    ("orders", "export", "--json", "--lines"),
    ("orders", "stats", *SPAN, "--json"),
    ("orders", "stats", *SPAN),
]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_that_reads_says_the_same(
    command: Sequence[str], used_file: str, reading_url: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", reading_url)
    of_postgres = lightning_cart(*command)
    assert of_postgres == lightning_cart(*command, "--database", used_file)
    assert of_postgres[0] == 0


def test_a_message_is_sent_again(used_file: str, used_url: str, lightning_cart: Cli) -> None:
    for _ in range(2):
        assert lightning_cart("orders", "replay", ORDER_ID, "--database", used_url) == lightning_cart(
            "orders", "replay", ORDER_ID, "--database", used_file
        )


@pytest.mark.usefixtures("unreachable")
def test_an_operator_changes_orders(used_url: str, lightning_cart: Cli) -> None:
    status, out, err = lightning_cart("orders", "accept", OTHER_ID, "--reason", "a gift", "--database", used_url)
    assert (status, out.startswith(f"{OTHER_ID}: paid\n"), err) == (0, True, "")
    assert "a gift" in lightning_cart("orders", "show", OTHER_ID, "--database", used_url)[1]
    assert "orders checked" in lightning_cart("reconcile", "--database", used_url)[1]


def test_an_order_that_is_not_there_is_named_without_the_password(
    reading_url: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", reading_url.replace("//postgres@", "//postgres:s3cr3t-word@"))
    status, out, err = lightning_cart("orders", "show", "ord_9")
    assert (status, out, "there is no order ord_9 in postgresql:///shop_" in err, "s3cr3t" in err) == (2, "", True, False)


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("postgresql://shop:s3cr3t-word@127.0.0.1:1/orders", 1, "start PostgreSQL, or correct host and port in DATABASE"),
        ("postgresql://shop:s3cr3t-word@127.0.0.1:x/orders", 2, "is not a URL such as postgresql://"),
        ("mysql://shop:s3cr3t-word@127.0.0.1/orders", 2, "DATABASE must be a file, or begin with postgresql://"),
    ],
    ids=["nothing there", "malformed", "another kind"],
)
def test_a_database_that_cannot_be_used_is_told_without_its_password(
    url: str, code: int, sentence: str, lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE", url)
    status, out, err = lightning_cart("orders", "list")
    assert (status, out, sentence in err, "s3cr3t" in err) == (code, "", True, False)


@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("command", [("orders", "list"), ("orders", "cancel", "ord_1"), ("reconcile",)], ids=" ".join)
def test_a_database_without_tables_is_no_empty_shop(
    command: Sequence[str], postgres_server: PostgresServer, lightning_cart: Cli
) -> None:
    url = postgres_server.create_database()
    status, _, err = lightning_cart(*command, "--database", url)
    assert (status, "has no tables of Lightning-Cart: start `lightning-cart serve` once" in err) == (2, True)


def test_a_database_that_is_not_there_is_told(reading_url: str, lightning_cart: Cli) -> None:
    status, _, err = lightning_cart("orders", "list", "--database", reading_url.replace("shop_", "none_"))
    assert (status, "does not exist: create it, or correct DATABASE" in err) == (1, True)


def test_a_snapshot_lacks_what_arrives_meanwhile(used_url: str) -> None:
    async def read() -> list[str]:
        found: list[str] = []
        async with open_one_state(used_url) as snapshot:
            async for page in read_pages(snapshot, OrderFilter(), 1):
                found += [order.id[-1] for order in page]
                if len(found) == 1:
                    database = await open_database(used_url)
                    await OrderStore(database).create_order(make_order(id=f"ord_{9:026d}"), "", "digest")
                    await database.aclose()
        return found

    assert run(read()) == [*reversed(LIVED)]


def test_a_snapshot_changes_nothing(reading_url: str) -> None:
    async def write() -> None:
        async with open_snapshot(reading_url) as snapshot:
            await snapshot.query(Statement("DELETE FROM outbox RETURNING order_id"))

    with pytest.raises(StorageUnavailable, match="ReadOnlySqlTransaction"):
        run(write())


def test_watching_shows_what_changes_and_outlives_its_connection(used_url: str, postgres_server: PostgresServer) -> None:
    shown: list[tuple[str, str]] = []

    def show(changes: Sequence[Any], what: str) -> None:
        shown.extend((change.order.id[-1], str(change.order.status)) for change in changes if not what)

    async def pay_then_stop(_: float) -> None:
        if shown:
            raise asyncio.CancelledError
        postgres_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        database = await open_database(used_url)
        await OrderStore(database).create_order(order, "", "digest")
        paid = make_event(EventKind.PAID, id="evt_9", order_id=order.id, payment_ref="pi_99")
        await Inbox(database).record_event(paid, NOW + 100)
        await database.aclose()

    name = urlsplit(used_url).path[1:]
    order: Order = make_order(id=f"ord_{9:026d}", created_at=NOW + 99, updated_at=NOW + 99)
    with pytest.raises(asyncio.CancelledError):
        run(follow_orders(used_url, 1, show, pay_then_stop, lambda: NOW + 101))
    assert shown == [("9", "paid")]


def test_serving_says_its_name_without_the_password(
    used_url: str, start: Callable[..., Any], settings: dict[str, str], lightning_cart: Cli
) -> None:
    url = used_url.replace("//postgres@", "//postgres:s3cr3t-word@")
    server = start("serve", "--port", "0", "--storefront", "none", "--workers", "1", DATABASE=url, **settings)
    server.wait_until_serving()
    assert lightning_cart("orders", "list", "--json", "--database", used_url)[0] == 0
    server.popen.terminate()
    assert server.end() == 0
    assert "s3cr3t" not in server.text
    assert server.serving["database"].startswith("postgresql:///shop_")
