"""`lightning-cart doctor`: what is missing or wrong in keys, catalogue, database and reach, and what to do about it."""

import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import CatalogError
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import CheckoutSession, LineItem, Order
from lightning_cart.errors import (
    ConfigurationError,
    InvalidSettings,
    LightningCartError,
    ProviderError,
    ProviderUnavailable,
)
from lightning_cart.flow import Flow, drive
from lightning_cart.http import HttpRequest
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import ChecksSettings, PaymentStrategy
from lightning_cart.security import standard_webhooks
from lightning_cart.settings import Setting, read_settings
from lightning_cart.urls import LOOPBACK
from lightning_cart.usecases.engine import SETTINGS
from lightning_cart_host.adapters.http_send import HttpxSend
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.assembly import load_catalog

_OLDEST_PYTHON = (3, 12)
_HEALTHY = 200


@dataclass(frozen=True, slots=True)
class Check:
    """What one check found.

    Args:
        subject: What was looked at.
        ok: Whether it is as it should be.
        detail: What was seen.
        advice: What to do, where something is wrong.
    """

    subject: str
    ok: bool
    detail: str
    advice: str = ""

    def view(self) -> dict[str, object]:
        """As plain JSON values."""
        return {**asdict(self), "advice": "" if self.ok else self.advice}


def _check_python(version: tuple[int, ...]) -> Check:
    shown = ".".join(map(str, version[:3]))
    return Check("Python", version[:2] >= _OLDEST_PYTHON, shown, "install Python 3.12 or newer")


def _check_catalog(config: Path) -> tuple[Catalog | None, list[Check]]:
    try:
        catalog = load_catalog(config)
    except CatalogError as error:
        return None, [Check("catalogue", False, str(mistake), f"correct it in {config}") for mistake in error.mistakes]
    except ConfigurationError as error:
        return None, [Check("catalogue", False, str(error), "name the folder with --config")]
    return catalog, [Check("catalogue", True, f"{len(catalog.products)} products, {len(catalog.sites)} sites in {config}")]


def _check_key(need: Setting, env: Mapping[str, str]) -> Check:
    try:
        values = read_settings(env, [need])[need.name]
    except InvalidSettings as error:
        return Check(need.name, False, str(error).removeprefix(f"{need.name} "), f"set it: {need.purpose}")
    if not values:
        return Check(need.name, True, "not set, and need not be")
    mode = " (live: real money)" if _is_live(values) else " (test mode)" if any("_test_" in value for value in values) else ""
    return Check(need.name, True, ("set" if need.secret else ", ".join(values)) + mode)


def _is_live(values: Sequence[str]) -> bool:
    return any("_live_" in value for value in values)


def _offered(catalog: Catalog | None) -> list[type[PaymentStrategy]]:
    names = {name for site in catalog.sites.values() for name in site.strategies} if catalog else set()
    return [strategy for strategy in STRATEGIES if strategy.name in names]


def _check_public_url(env: Mapping[str, str], needs: Sequence[Setting]) -> Check | None:
    url = env.get("PUBLIC_URL", "").strip()
    live = _is_live([env.get(need.name, "") for need in needs])
    if live and urlsplit(url).hostname in LOOPBACK:
        advice = "set PUBLIC_URL to the https address at which buyers and the provider reach this engine"
        return Check("PUBLIC_URL", False, f"{url} is reached by nobody else, and the keys are live", advice)
    return None


def _check_database(database: str) -> Check:
    advice = "start `lightning-cart serve` once: it makes the file and brings it up to date"
    if not Path(database).is_file():
        return Check("database", False, f"there is no file {database} yet", advice)
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            applied = {row[0] for row in connection.execute("SELECT name FROM d1_migrations")}
            connection.execute("BEGIN IMMEDIATE")  # is refused where the file or its folder cannot be written
            connection.execute("ROLLBACK")
            orders = connection.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
    except sqlite3.Error as error:
        return Check("database", False, f"{database}: {error}", f"check the file and its permissions, or {advice}")
    waiting = sorted({file.name for file in find_resource("migrations").glob("*.sql")} - applied)
    if waiting:
        return Check("database", False, f"{database} is not up to date: {', '.join(waiting)}", advice)
    return Check("database", True, f"{database}: up to date, writable, {orders} orders")


async def _check_provider(strategy: type[PaymentStrategy], env: Mapping[str, str], send: HttpxSend) -> Check:
    """Ask whether the settings are right; or for a checkout that does not exist: whoever says so has accepted our key."""
    provider = strategy.provider_name()
    try:
        ready = strategy.from_env(env)
    except InvalidSettings:
        return Check(provider, False, "not asked, because a key is missing", "set the keys named above")
    now = int(time.time())
    line = LineItem("doctor", "doctor", Money(100, "USD"), 1)
    order = Order(
        "ord_doctor", "doctor", strategy.name, provider, (line,), now, now, session=CheckoutSession("doctor", "", None)
    )
    flow: Flow[object] = ready.check_settings() if isinstance(ready, ChecksSettings) else ready.read_checkout(order)
    try:
        await drive(flow, send)
    except InvalidSettings as error:
        purposes = [need.purpose for need in strategy.settings if need.name in error.names]
        return Check(provider, False, str(error), f"correct it: {' '.join(purposes)}")
    except ProviderUnavailable as error:
        advice = "check this machine's network, and the provider's address if you have set one"
        return Check(provider, False, error.reason, advice)
    except ProviderError as error:
        if error.status in {401, 403}:
            return Check(provider, False, f"{error.reason}: the key is refused", "copy the key again from the dashboard")
    return Check(provider, True, "reachable, and the key is accepted")


async def _check_engine(url: str, send: HttpxSend) -> Check:
    advice = "start `lightning-cart serve`, or set PUBLIC_URL to where it runs"
    try:
        answer = await send(HttpRequest("GET", f"{url}/health"))
    except LightningCartError as error:
        return Check("running engine", False, f"{url}/health: {error}", advice)
    if answer.status != _HEALTHY:
        return Check("running engine", False, f"{url}/health answered {answer.status}", f"open that address; or {advice}")
    return Check("running engine", True, f"{url}/health answered {answer.status}")


async def _all_checks(env: Mapping[str, str], config: Path, database: str, send: HttpxSend) -> AsyncIterator[Check]:
    yield _check_python(sys.version_info[:3])
    catalog, findings = _check_catalog(config)
    for finding in findings:
        yield finding
    strategies = _offered(catalog)
    fulfilment = standard_webhooks.settings(required=catalog is not None and catalog.has_fulfilment_url)
    needs = {
        need.name: need for need in [*SETTINGS, *fulfilment, *(need for strategy in strategies for need in strategy.settings)]
    }
    keys = {name: _check_key(need, env) for name, need in needs.items()}
    if keys["PUBLIC_URL"].ok and (wrong := _check_public_url(env, list(needs.values()))):
        keys["PUBLIC_URL"] = wrong
    for finding in keys.values():
        yield finding
    yield _check_database(database)
    for provider in {strategy.provider_name(): strategy for strategy in strategies}.values():
        yield await _check_provider(provider, env, send)
    if keys["PUBLIC_URL"].ok:
        yield await _check_engine(env["PUBLIC_URL"].strip(), send)


async def run_checks(env: Mapping[str, str], config: Path, database: str) -> list[Check]:
    """Make every check.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file.
    """
    send = HttpxSend()
    try:
        return [finding async for finding in _all_checks(env, config, database, send)]
    finally:
        await send.close()
