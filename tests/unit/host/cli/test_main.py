"""The command line: output, exit codes, and one sentence instead of a traceback for every error."""

import asyncio
import contextlib
import json
import shutil
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints
from unittest.mock import ANY

import pytest

from lightning_cart import __version__
from lightning_cart.domain.payment_event import EventKind
from lightning_cart.storage.inbox import Inbox
from lightning_cart.storage.orders import OrderStore
from lightning_cart.usecases.fulfilment_message import message_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli.sandbox_command import sandbox
from lightning_cart_host.resources import find_resource
from lightning_cart_sandbox.keys import DEFAULT_KEYS
from support.builders import ORDER_ID, make_event, make_order

type Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def created() -> int:
    """When the orders were created: an hour ago, because commands read the real clock and reconcile recent orders only."""
    return int(time.time()) - 3600


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, created: int) -> Path:
    """Create a database with a paid and an open order."""
    path = tmp_path_factory.mktemp("filled") / "orders.db"

    async def fill() -> None:
        database = SqliteDatabase(path)
        store, inbox = OrderStore(database), Inbox(database)
        await database.migrate(find_resource("migrations"))
        times = {"created_at": created, "updated_at": created}
        await store.create_order(make_order(customer_email="ada@example.com", **times), "", "digest")
        await inbox.record_event(make_event(EventKind.PAID), created)
        await store.create_order(make_order(id="ord_00000000000000000000000002", **times), "", "digest")
        database.close()

    asyncio.run(fill())
    return path


@pytest.fixture
def database(tmp_path: Path, filled: Path) -> str:
    """Return the name of a copy of that database."""
    return str(shutil.copyfile(filled, tmp_path / "orders.db"))


def test_the_version_is_shown(lightning_cart: Cli) -> None:
    assert lightning_cart("--version") == (0, f"lightning-cart {__version__}\n", "")


def test_help_names_every_command(lightning_cart: Cli) -> None:
    status, out, _ = lightning_cart("--help")
    assert status == 0
    assert [name for name in ("demo", "serve", "sandbox", "doctor", "catalog", "orders") if f" {name} " not in out] == []


@pytest.mark.parametrize("provider", DEFAULT_KEYS)
def test_the_help_names_the_keys_that_the_sandbox_accepts(provider: str) -> None:
    (option,) = get_type_hints(sandbox, include_extras=True)[f"{provider}_key"].__metadata__
    assert option.show_default == " ".join(DEFAULT_KEYS[provider])


def test_an_unknown_command_is_told(lightning_cart: Cli) -> None:
    status, _, err = lightning_cart("nonsense")
    assert (status, "No such command 'nonsense'" in err) == (2, True)


def test_a_right_catalogue_is_counted(lightning_cart: Cli, config: Path) -> None:
    assert lightning_cart("catalog", "check", "--config", str(config)) == (
        0,
        f"no mistakes, 1 warning in {config} (products: 9, variants: 4, sites: 1, methods: 5, rates: 4)\n",
        ANY,
    )


@pytest.fixture
def wrong_config(tmp_path: Path) -> str:
    (tmp_path / "products.toml").write_text('[products.a]\nname = ""\nprices = { USD = "1.999" }\ncolour = "red"\n')
    (tmp_path / "sites.toml").write_text('[sites.s]\nname = "S"\nsuccess_page = "x"\ndefault_strategy = "gold"\n')
    return str(tmp_path)


def test_every_mistake_of_a_catalogue_is_listed(lightning_cart: Cli, wrong_config: str) -> None:
    status, out, err = lightning_cart("catalog", "check", "--config", wrong_config)
    places = [line.split(": ")[:2] for line in err.splitlines() if ".toml:" in line]
    assert (status, out) == (1, "")
    assert places == [
        ["products.toml:2", "products.a.name"],
        ["products.toml:3", "products.a.prices.USD"],
        ["products.toml:4", "products.a.colour"],
        ["sites.toml:1", "sites.s.cancel_page"],
        ["sites.toml:3", "sites.s.success_page"],
        ["sites.toml:4", "sites.s.default_strategy"],
    ]


def test_every_mistake_is_an_object_for_scripts(lightning_cart: Cli, wrong_config: str) -> None:
    status, out, _ = lightning_cart("catalog", "check", "--config", wrong_config, "--json")
    mistakes = [json.loads(line) for line in out.splitlines()]
    assert (status, len(mistakes), sorted(mistakes[0])) == (
        1,
        6,
        ["column", "file", "key", "level", "line", "reason", "table"],
    )


def test_a_missing_catalogue_is_one_sentence(lightning_cart: Cli, tmp_path: Path) -> None:
    status, out, err = lightning_cart("catalog", "check", "--config", str(tmp_path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"lightning-cart: there is no products.toml and no sites.toml in {tmp_path}: copy the example from ")


def test_the_config_of_the_working_directory_comes_first(lightning_cart: Cli, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "products.toml").write_text("")
    assert "there is no sites.toml in config" in lightning_cart("catalog", "check")[2]


def test_orders_are_listed_newest_first(lightning_cart: Cli, database: str) -> None:
    status, out, _ = lightning_cart("orders", "list", "--database", database)
    _, second, first, *_ = out.splitlines()
    assert status == 0
    assert (second.split()[0][-1], first.split()[0][-1]) == ("2", "1")
    assert first.split()[-1] == "ada@example.com"


def test_orders_are_listed_by_status(lightning_cart: Cli, database: str) -> None:
    _, out, _ = lightning_cart("orders", "list", "--database", database, "--status", "paid", "--json")
    assert [json.loads(line)["order_id"] for line in out.splitlines()] == [ORDER_ID]


def test_orders_for_scripts_are_one_object_a_line(lightning_cart: Cli, database: str) -> None:
    _, out, _ = lightning_cart("orders", "list", "--database", database, "--json")
    orders = [json.loads(line) for line in out.splitlines()]
    assert [(one["status"], one["customer_email"]) for one in orders] == [("open", ""), ("paid", "ada@example.com")]


@pytest.mark.parametrize("extra", [[], ["--json"]], ids=["people", "scripts"])
def test_an_operator_is_shown_the_buyers_address(lightning_cart: Cli, database: str, extra: list[str]) -> None:
    assert "ada@example.com" in lightning_cart("orders", "show", ORDER_ID, "--database", database, *extra)[1]


def test_a_status_that_is_none_is_told(lightning_cart: Cli, database: str) -> None:
    status, _, err = lightning_cart("orders", "list", "--database", database, "--status", "payed")
    assert (status, "partially_refunded" in err) == (2, True)


def test_the_setting_names_the_database(lightning_cart: Cli, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE", database)
    assert lightning_cart("orders", "list", "--json")[0] == 0


def test_an_order_is_shown_with_its_history(lightning_cart: Cli, database: str) -> None:
    status, out, _ = lightning_cart("orders", "show", ORDER_ID, "--database", database)
    assert status == 0
    missing = [text for text in (ORDER_ID, "paid", "$10.00", "pi_1", "evt_paid", "applied", "order.paid") if text not in out]
    assert missing == []


def test_an_order_for_scripts_has_its_events_and_effects(lightning_cart: Cli, database: str, created: int) -> None:
    _, out, _ = lightning_cart("orders", "show", ORDER_ID, "--database", database, "--json")
    order = json.loads(out)
    assert [event["event_id"] for event in order["events"]] == ["evt_paid"]
    (effect,) = order["effects"]
    assert (effect["effect"], effect["created_at"], effect["state"]) == ("order.paid", created, "waiting")


def test_an_order_without_events_is_shown(lightning_cart: Cli, database: str) -> None:
    _, out, _ = lightning_cart("orders", "show", "ord_00000000000000000000000002", "--database", database)
    assert "No events yet." in out


def test_a_database_that_is_not_there_is_not_made(lightning_cart: Cli, tmp_path: Path) -> None:
    status, _, err = lightning_cart("orders", "list", "--database", "missing.db")
    assert (status, "there is no database missing.db" in err, (tmp_path / "missing.db").exists()) == (2, True, False)


def test_a_database_of_something_else_is_one_sentence(lightning_cart: Cli, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    status, _, err = lightning_cart("orders", "list", "--database", "empty.db")
    sentence = "empty.db is not a database of Lightning-Cart: name another file with --database or DATABASE"
    assert (status, err) == (2, f"lightning-cart: {sentence}\n")


@pytest.fixture
def catalogue(tmp_path: Path) -> None:
    """Write the example's catalogue into the working directory."""
    shutil.copytree(find_resource("config"), tmp_path / "config")


@pytest.mark.parametrize("command", [["serve"], ["sandbox"], ["demo", "--once"]], ids=["serve", "sandbox", "demo"])
@pytest.mark.usefixtures("catalogue")
def test_a_busy_port_is_one_sentence(lightning_cart: Cli, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        status, _, err = lightning_cart(*command, "--port", port)
    assert (status, err.count("\n")) == (2, 1)
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in err


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["serve", "--port", "0", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["serve", "--port", "0", "--host", "a" * 64 + ".example"], "this is no name of a host"),
        (["serve", "--port", "0", "--storefront", "nowhere"], "there is no folder nowhere"),
        (["serve", "--port", "0", "--config", "nowhere"], "there is no products.toml and no sites.toml in nowhere"),
        (["serve", "--port", "0", "--storefront", "."], "where anyone could read it"),
        (["serve", "--port", "0", "--database", "no/folder/orders.db"], "SQLITE_CANTOPEN"),
        (["sandbox", "--port", "0", "--webhook-secret", "whsec_x"], "signs what goes to --webhook"),
        (["sandbox", "--port", "0", "--stripe-key", "sk_live_x"], "a key for Stripe is a secret or a restricted key"),
        (["sandbox", "--port", "0", "--paypal-key", "alone"], "a key for PayPal is CLIENT_ID:SECRET"),
        (["sandbox", "--port", "0", "--public-url", "nowhere"], "the URL of --public-url"),
        (["sandbox", "--port", "0", "--public-url", "https://shop.example/pay"], "must have no path"),
        (["sandbox", "--port", "0", "--webhook", "ftp://x"], "must be an https URL"),
        (["sandbox", "--port", "0", "--webhook", "http://127.0.0.1/square", "--webhook-secret", "x"], "for stripe alone"),
        (["sandbox", "--port", "0", "--chaos", "drop=2"], "--chaos cannot be parsed: drop must be from 0 to 1"),
        (["demo", "--once", "--chaos", "dorp=1"], "dorp is no fault and no setting"),
        (["sandbox", "--port", "0", "--state", "no/folder/state.db"], "cannot keep its state in no/folder/state.db"),
        (["demo", "--against", "shop.example"], "the address of --against must be an https URL"),
    ],
    ids=[
        "host",
        "host that DNS cannot have",
        "storefront",
        "config",
        "orders in reach",
        "database",
        "no webhook",
        "a live key",
        "no secret",
        "public URL",
        "path",
        "webhook",
        "secret",
        "chaos",
        "a demo's chaos",
        "state",
        "against",
    ],
)
@pytest.mark.usefixtures("catalogue")
def test_a_server_that_cannot_start_says_why_in_one_sentence(lightning_cart: Cli, command: list[str], sentence: str) -> None:
    status, _, err = lightning_cart(*command)
    assert (status > 0, err.count("\n")) == (True, 1)
    assert sentence in err


def test_a_port_that_is_none_is_told(lightning_cart: Cli) -> None:
    status, _, err = lightning_cart("serve", "--port", "70000")
    assert (status, "70000 is not a port: use a number from 0 to 65535." in err) == (2, True)


def test_a_wrong_env_file_is_one_sentence(lightning_cart: Cli, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("STRIPE_SECRET_KEY: sk_test_secret\n")
    status, _, err = lightning_cart("orders", "list")
    assert (status, err.split("\n")[0]) == (2, "lightning-cart: .env: line 1 is not NAME=value: write = after the name")
    assert "sk_test_secret" not in err


def test_a_live_key_is_refused_by_the_demo(lightning_cart: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRIPE_SECRET_KEY", "rk_live_secret")
    status, out, err = lightning_cart("demo", "--once")
    assert (status, out, "rk_live" in err, "add --live" in err) == (2, "", False, True)


def deliver(database: str, state: str) -> None:
    """Put the only effect into a final state."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(
            "UPDATE outbox SET state = ?, attempts = 1, last_status = 410, last_error = 'answered 410'", (state,)
        )
        connection.commit()


def test_an_order_is_shown_with_its_deliveries(lightning_cart: Cli, database: str) -> None:
    deliver(database, "dead")
    _, out, _ = lightning_cart("orders", "show", ORDER_ID, "--database", database)
    assert [text for text in ("order.paid", "dead", "410", "answered 410") if text not in out] == []


def test_the_deliveries_of_an_order_are_an_object_for_scripts(lightning_cart: Cli, database: str, created: int) -> None:
    _, out, _ = lightning_cart("orders", "show", ORDER_ID, "--database", database, "--json")
    (effect,) = json.loads(out)["effects"]
    assert effect == {
        "effect": "order.paid",
        "created_at": created,
        "state": "waiting",
        "attempts": 0,
        "next_at": 0,
        "last_at": None,
        "last_status": None,
        "last_error": "",
        "message_id": message_id(ORDER_ID, "order.paid"),
    }


@pytest.mark.parametrize("state", ["dead", "delivered", "unwanted"])
@pytest.mark.parametrize("named", [(), ("--effect", "order.paid")], ids=["all", "one"])
def test_a_replay_makes_effects_due_again(lightning_cart: Cli, database: str, state: str, named: tuple[str, ...]) -> None:
    deliver(database, state)
    result = lightning_cart("orders", "replay", ORDER_ID, *named, "--database", database)
    assert result == (0, f"{ORDER_ID}: order.paid will be sent again\n", "")
    _, out, _ = lightning_cart("orders", "show", ORDER_ID, "--database", database, "--json")
    assert [effect["state"] for effect in json.loads(out)["effects"]] == ["waiting"]


def test_a_replay_for_scripts_is_an_object(lightning_cart: Cli, database: str) -> None:
    deliver(database, "dead")
    _, out, _ = lightning_cart("orders", "replay", ORDER_ID, "--database", database, "--json")
    assert json.loads(out) == {"order_id": ORDER_ID, "effect": "order.paid", "state": "waiting"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((ORDER_ID,), "no such message can be sent again"),
        ((ORDER_ID, "--effect", "order.shipped"), "no such message can be sent again"),
        (("ord_unknown",), "there is no order ord_unknown"),
    ],
    ids=["what waits already", "an unknown effect", "an unknown order"],
)
def test_what_cannot_be_replayed_is_one_sentence(
    lightning_cart: Cli, database: str, arguments: tuple[str, ...], sentence: str
) -> None:
    status, out, err = lightning_cart("orders", "replay", *arguments, "--database", database)
    assert (status, out, sentence in err, "Traceback" in err) == (2, "", True, False)


@pytest.mark.usefixtures("unreachable")
@pytest.mark.parametrize("amount", ["3.001", "three"])
def test_an_amount_that_is_none_is_told(lightning_cart: Cli, database: str, amount: str) -> None:
    status, _, err = lightning_cart("orders", "refund", ORDER_ID, "--amount", amount, "--yes", "--database", database)
    assert (status, f"--amount {amount} is not an amount of USD" in err) == (2, True)


@pytest.mark.usefixtures("unreachable")
def test_an_open_order_is_cancelled_and_a_paid_one_is_not(lightning_cart: Cli, database: str) -> None:
    other = "ord_00000000000000000000000002"
    ended = f"{other}: expired\nNothing is kept, and Stripe takes no payment for it any more.\n"
    assert lightning_cart("orders", "cancel", other, "--database", database)[:2] == (0, ended)
    assert json.loads(lightning_cart("orders", "cancel", other, "--json", "--database", database)[1])["status"] == "expired"
    assert "refund it instead" in lightning_cart("orders", "cancel", ORDER_ID, "--database", database)[2]


@pytest.mark.usefixtures("unreachable")
def test_the_reconciler_reports_what_it_did_and_who_does_not_answer(lightning_cart: Cli, database: str) -> None:
    status, out, _ = lightning_cart("reconcile", "--database", database)
    assert (status, "1 orders checked" in out, "does not answer: stripe" in out) == (0, True, True)
    report = json.loads(lightning_cart("reconcile", "--json", "--limit", "1", "--database", database)[1])
    assert (report["checked"], report["complete"]) == (1, False)


@pytest.mark.usefixtures("unreachable")
def test_an_orders_history_is_shown_to_people_and_to_scripts(lightning_cart: Cli, database: str) -> None:
    status, out, _ = lightning_cart("orders", "explain", ORDER_ID, "--database", database)
    assert (status, "$10.00 was paid" in out, "[open] applied" in out) == (0, True, True)
    lines = lightning_cart("orders", "explain", ORDER_ID, "--json", "--database", database)[1].splitlines()
    assert [json.loads(line)["what"] for line in lines] == ["made", "event", "effect", "next"]
