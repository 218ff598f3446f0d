"""The doctor: each error is found and named, with advice."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, FULFILMENT_SETTINGS, all_settings
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.cli import database_check
from lightning_cart_host.cli.check import Check
from lightning_cart_host.cli.doctor import check_python, offered_strategies, run_checks
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.catalog_folder import load_catalog
from lightning_cart_host.server.loopback import free_port
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE
from support.builders import STRIPE_KEY, STRIPE_LIVE_KEY
from support.merchants import SIGNING_SECRET

OFFERED = offered_strategies(load_catalog(find_resource("config")), STRATEGIES)  # the others are not checked
PROVIDERS = tuple(dict.fromkeys(strategy.provider_name() for strategy in OFFERED))
KEYS = {  # one required secret per provider
    strategy.provider_name(): next(need.name for need in strategy.settings if need.secret and not need.optional)
    for strategy in OFFERED
}
NOT_FOUND = b'HTTP/1.1 404 No\r\ncontent-length: 41\r\n\r\n{"error": {"code": "resource_missing"}}  '
UNAUTHORIZED = b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n"
TOKEN = b'HTTP/1.1 200 OK\r\ncontent-length: 23\r\n\r\n{"access_token": "A21"}'
LOCATION = b'HTTP/1.1 200 OK\r\ncontent-length: 33\r\n\r\n{"location": {"currency": "USD"}}'
WELL = {"paypal": TOKEN, "square": LOCATION}  # the others are asked for an unknown checkout
HEALTHY = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
SICK = b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"

UNPAID_GOLD = """
    INSERT INTO orders (
        id, site, strategy, provider, status, currency, total_minor, lines, metadata, customer_email,
        statement_descriptor_suffix, request_digest, created_at, updated_at
    ) VALUES ('ord_gold', 'shop', 'gold', 'golden', 'open', 'USD', 1000, '[]', '{}', '', '', '', 1, 1)
"""


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = str(tmp_path / "orders.db")
    made = SqliteDatabase(path)
    asyncio.run(made.migrate(find_resource("migrations")))
    made.close()
    return path


@pytest.fixture
def look(canned: Any, config: Path, settings: dict[str, str], database: str) -> Callable[..., dict[str, Check]]:
    """Check a correct host, with the changes of the test."""

    def examine_host(
        provider: bytes | None = None, engine: bytes = HEALTHY, folder: Path = config, file: str = database, **env: str
    ) -> dict[str, Check]:
        async def run() -> list[Check]:
            async with AsyncExitStack() as servers:
                bases = {}
                for name in PROVIDERS:
                    answer = WELL.get(name, NOT_FOUND) if provider is None else provider
                    bases[f"{name.upper()}_API_BASE"] = (await servers.enter_async_context(canned(answer)))[0]
                url, _ = await servers.enter_async_context(canned(engine))
                full = {"PUBLIC_URL": url, **bases, **settings, **env}
                return await run_checks(full, folder, file)

        return {finding.subject: finding for finding in asyncio.run(run())}

    return examine_host


def test_a_host_without_errors_passes_every_check(look: Any) -> None:
    findings = look()
    assert [finding for finding in findings.values() if not finding.ok] == []
    assert list(findings) == [
        "Python",
        "catalogue",
        *(setting.name for setting in (*ENGINE_SETTINGS, ADMIN_TOKEN, *FULFILMENT_SETTINGS, ALLOW_PRIVATE)),
        *dict.fromkeys(need.name for strategy in OFFERED for need in strategy.settings),
        "database",
        *PROVIDERS,
        "running engine",
    ]


def test_an_optional_setting_may_be_left_out(look: Any) -> None:
    finding = look()["PAYPAL_TRUST_ANCHORS"]
    assert (finding.ok, finding.detail) == (True, "not set, and optional")


def test_keys_of_a_provider_that_no_site_offers_are_not_checked(look: Any, config: Path, tmp_path: Path) -> None:
    (tmp_path / "products.toml").write_text((config / "products.toml").read_text())
    sites = '[sites.test-checkout]\nname = "S"\nsuccess_page = "/a"\ncancel_page = "/b"\ndefault_strategy = "stripe_links"\n'
    (tmp_path / "sites.toml").write_text(sites)
    findings = look(folder=tmp_path, PAYPAL_CLIENT_ID="", SQUARE_ACCESS_TOKEN="…")
    assert [subject for subject in findings if subject.lower().startswith(("paypal", "square"))] == []
    assert all(finding.ok for finding in findings.values())


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("STRIPE_SECRET_KEY", "", "is not set"),
        ("STRIPE_SECRET_KEY", "pk_test_public", "is a publishable key, which pages may show: enter the secret key beside it (sk_… or rk_…)"),
        ("STRIPE_SECRET_KEY", "sk_test_…", "is still the example's …: enter your own value"),
        ("STRIPE_WEBHOOK_SECRET", "", "is not set"),
        ("RECEIPT_SECRET", "short", "must have at least 32 characters: copy all of it"),
        ("RECEIPT_SECRET", "…32 random characters or more…", "is still the example's …: enter your own value"),
        ("PAYPAL_CLIENT_SECRET", "", "is not set"),
        ("PAYPAL_WEBHOOK_ID", "8PT…", "is still the example's …: enter your own value"),
        ("PAYPAL_TRUST_ANCHORS", "no certificate", "must hold certificates of RSA keys, in PEM"),
        ("SQUARE_WEBHOOK_URL", "pay", "must be the https URL of the webhook (http is for loopback hosts only)"),
        ("PUBLIC_URL", "http://shop.example", "must be an https URL without a query (http is for loopback hosts only)"),
    ],
)
def test_a_setting_that_is_wrong_is_named_with_what_to_do(look: Any, name: str, value: str, detail: str) -> None:
    finding = look(**{name: value})[name]
    assert (finding.ok, finding.detail, finding.advice.startswith("set it: ")) == (False, detail, True)


@pytest.mark.parametrize(("key", "detail"), [(STRIPE_KEY, "set (test mode)"), (STRIPE_LIVE_KEY, "set (live: real money)")])
def test_the_mode_of_a_key_is_told_and_not_the_key(look: Any, key: str, detail: str) -> None:
    assert look(STRIPE_SECRET_KEY=key)["STRIPE_SECRET_KEY"].detail == detail


def test_live_keys_on_a_loopback_address_are_wrong(look: Any) -> None:
    finding = look(STRIPE_SECRET_KEY=STRIPE_LIVE_KEY)["PUBLIC_URL"]
    assert (finding.ok, "reached from this machine only" in finding.detail) == (False, True)


def test_every_mistake_of_the_catalogue_is_found(look: Any, tmp_path: Path) -> None:
    (tmp_path / "products.toml").write_text("[products.a]\n")
    (tmp_path / "sites.toml").write_text("")
    assert not look(folder=tmp_path)["catalogue"].ok


def test_a_catalogue_that_is_not_there_is_found(look: Any, tmp_path: Path) -> None:
    assert look(folder=tmp_path)["catalogue"].advice == "name the folder with --config"


@pytest.mark.parametrize(
    ("answer", "detail"),
    [(UNAUTHORIZED, "answered 401: the key is refused"), (SICK, "answered 503"), (b"", "could not be reached")],
    ids=["the key is refused", "the provider is down", "nobody is there"],
)
def test_a_provider_that_does_not_serve_us_is_found(look: Any, answer: bytes, detail: str) -> None:
    findings = look(provider=answer)
    assert {(findings[name].ok, findings[name].detail[: len(detail)]) for name in PROVIDERS} == {(False, detail)}


def test_an_address_that_is_not_paypals_is_found_with_what_to_write(look: Any) -> None:
    finding = look(provider=NOT_FOUND)["paypal"]
    said = "PAYPAL_API_BASE is not the URL of PayPal's API: it answered 404 to the request for a token"
    assert (finding.ok, finding.detail) == (False, said)
    assert finding.advice.startswith("correct it: The URL of PayPal's API: https://api-m.sandbox.paypal.com for a sandbox app")


def test_a_location_that_is_not_the_accounts_is_found_with_where_to_look(look: Any) -> None:
    finding = look(provider=NOT_FOUND)["square"]
    said = "SQUARE_LOCATION_ID names no location of SQUARE_ACCESS_TOKEN's account"
    assert (finding.ok, finding.detail) == (False, said)
    assert "Square Developer Console, Locations" in finding.advice


@pytest.mark.parametrize(("name", "key"), KEYS.items())
def test_a_provider_whose_key_is_missing_is_not_asked(look: Any, name: str, key: str) -> None:
    findings = look(**{key: ""})
    assert [one for one in PROVIDERS if not findings[one].ok] == [name]
    assert findings[name].detail == "not asked, because a key is missing"


def test_an_engine_that_is_not_healthy_is_found(look: Any) -> None:
    finding = look(engine=SICK)["running engine"]
    assert (finding.ok, finding.detail.endswith("/health answered 503")) == (False, True)


def test_an_engine_that_does_not_run_is_found(look: Any) -> None:
    finding = look(PUBLIC_URL=f"http://127.0.0.1:{free_port()}")["running engine"]
    assert (finding.ok, "could not be reached" in finding.detail) == (False, True)


def test_a_database_that_is_not_there_is_found_and_not_made(look: Any, tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    assert (look(file=str(path))["database"].ok, path.exists()) == (False, False)


def test_a_database_that_is_not_one_is_found(look: Any, tmp_path: Path) -> None:
    (tmp_path / "not.db").write_bytes(b"not a database" * 100)
    assert "file is not a database" in look(file=str(tmp_path / "not.db"))["database"].detail


def test_a_database_that_is_behind_is_found(look: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "9999_next.sql").touch()
    monkeypatch.setattr(database_check, "find_resource", lambda _: tmp_path)
    assert look()["database"].detail.endswith("is not up to date: 9999_next.sql")


def execute(database: str, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute(sql)
        connection.commit()


def test_events_of_other_programs_are_counted(look: Any, database: str) -> None:
    execute(database, "INSERT INTO reconciling (name, value, until) VALUES ('foreign:stripe', '3', 1780000000)")
    finding = look()["stripe events"]
    said = "not about orders of this engine: 3, the last at 2026-05-28 20:26:40 UTC; normal if other programs use the account"
    assert (finding.ok, finding.detail) == (True, said)


def test_an_unpaid_order_of_an_unknown_strategy_is_named(look: Any, database: str) -> None:
    execute(database, UNPAID_GOLD)
    finding = look()["unpaid orders"]
    assert (finding.ok, finding.detail) == (False, "of a strategy that is not in this engine: ord_gold (gold)")
    assert "orders close" in finding.advice


def test_a_paid_order_of_an_unknown_strategy_is_no_mistake(look: Any, database: str) -> None:
    execute(database, UNPAID_GOLD.replace("'open'", "'paid'"))
    assert "unpaid orders" not in look()


def test_an_old_python_is_found() -> None:
    assert not check_python((3, 11, 9)).ok


def test_the_command_ends_with_one_where_anything_is_wrong(lightning_cart: Any) -> None:
    status, out, _ = lightning_cart("doctor")
    assert (status, "-> set it:" in out) == (1, True)


def test_the_findings_are_objects_for_scripts(lightning_cart: Any) -> None:
    _, out, _ = lightning_cart("doctor", "--json")
    findings = [json.loads(line) for line in out.splitlines()]
    assert findings[0]["subject"] == "Python"
    assert [one["advice"] for one in findings if one["ok"] and one["advice"]] == []


def test_no_check_shows_a_secret(look: Any, settings: dict[str, str]) -> None:
    told = str([finding.view() for finding in look().values()])
    secrets = {need.name for need in all_settings() if need.secret}
    assert [name for name, value in settings.items() if name in secrets and value in told] == []


@pytest.mark.parametrize(("secret", "ok"), [("", False), ("whsec_short", False), (SIGNING_SECRET, True)])
def test_a_site_with_a_fulfilment_url_needs_a_secret(look: Any, config: Path, tmp_path: Path, secret: str, ok: bool) -> None:
    folder = shutil.copytree(config, tmp_path / "told")
    with (folder / "sites.toml").open("a", encoding="utf-8") as sites:
        sites.write('fulfilment_url = "https://merchant.example/hook"\n')
    finding = look(folder=folder, FULFILMENT_SECRET=secret)["FULFILMENT_SECRET"]
    assert (finding.ok, secret in finding.detail) == (ok, not secret)
