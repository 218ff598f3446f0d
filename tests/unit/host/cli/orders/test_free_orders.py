"""An order that came to nothing in every command: no provider is asked about it, and nothing about it is found wrong."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import ENGINE, FREE
from lightning_cart.storage.new_orders import Claims, CodeClaim, FreeClaim
from lightning_cart.storage.orders import OrderStore
from lightning_cart.ulid import make_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource
from support.builders import make_code, make_order

type Cli = Callable[..., tuple[int, str, str]]
AT = int(time.time()) - 3600
ID = f"ord_{make_id(1000 * AT, 0)}"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a database with a free order of an hour ago, which used a code."""
    path, at = tmp_path_factory.mktemp("filled") / "orders.db", AT

    async def fill() -> None:
        database = SqliteDatabase(path)
        await database.migrate(find_resource("migrations"))
        await database.query(make_code("SPRING"))
        line = LineItem("test-10", "T-shirt", Money(0, "USD"), 1)
        free = make_order(id=ID, strategy=FREE, provider=ENGINE, lines=(line,), code="SPRING", created_at=at, updated_at=at)
        claims = Claims(CodeClaim("SPRING", 1), FreeClaim("caller", "buyer"))
        await OrderStore(database).create_order(free._replace(customer_email="ada@example.com"), "", "digest", claims)
        database.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def run_command(lightning_cart: Cli, filled: Path, tmp_path: Path, unreachable: None) -> Cli:  # noqa: ARG001 - the settings
    """Run `lightning-cart` on a copy of that database, at a provider that cannot be reached."""
    shutil.copyfile(filled, tmp_path / "orders.db")
    return lambda *arguments: lightning_cart(*arguments, "--database", "orders.db")


def test_it_is_listed_found_and_shown_like_any_other(run_command: Cli) -> None:
    for words in ("list", "list --status paid", "find ada@example.com", "show 01", "export"):
        status, out, err = run_command("orders", *words.split())
        assert (status, ID in out, err) == (0, True, ""), words
    assert "1 of T-shirt at $0.00" in run_command("orders", "show", "01")[1]


def test_it_is_added_up_as_nothing(run_command: Cli) -> None:
    _, out, _ = run_command("orders", "stats", "--json")
    report = json.loads(out)
    assert (report["orders"], report["needs_review"]) == (1, 0)


def test_its_history_tells_what_it_waits_for_and_no_settings(run_command: Cli) -> None:
    _, out, err = run_command("orders", "explain", "01")
    assert ("$0.00 was paid" in out, "order.paid is to be told" in out, err) == (True, True, "")
    steps = [json.loads(line) for line in run_command("orders", "explain", "01", "--json")[1].splitlines()]
    assert [step["kind"] for step in steps if step["what"] == "next"] == ["message"]


def test_the_reconciler_asks_nobody_about_it_and_finds_nothing_wrong(run_command: Cli) -> None:
    status, out, _ = run_command("reconcile", "--json")
    report = json.loads(out)
    assert (status, report["checked"], report["complete"], report["findings"], report["limited"]) == (0, 0, True, [], [])


def test_the_doctor_waits_for_no_webhook_of_it(run_command: Cli) -> None:
    _, out, _ = run_command("doctor")
    assert ("engine events" in out, "1 orders" in out) == (False, True)


def test_it_is_cancelled_and_not_refunded(run_command: Cli) -> None:
    for command in (("refund", "01", "--yes"), ("refund", "01", "--amount", "1.00", "--yes")):
        status, _, err = run_command("orders", *command)
        assert (status, err) == (1, "lightning-cart: the order was free and nothing was paid: cancel it instead\n")
    for _ in range(2):
        status, out, _ = run_command("orders", "cancel", "01")
        assert (status, out) == (0, f"{ID}: cancelled\nIt was free: nothing was paid, and nothing has to be paid back.\n")
    assert run_command("orders", "accept", "01", "--reason", "x")[0] == 1
    _, out, _ = run_command("orders", "explain", "01")
    assert (out.count("operator  cancel"), out.count("order.cancelled\n")) == (1, 1)
