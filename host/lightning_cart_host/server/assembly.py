"""Builds the engine on a host from configuration files, the environment, a database and connections to providers."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.domain.catalog_mistakes import CatalogMistake
from lightning_cart.ports import Clock, Ports
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart_host.adapters.database import HostDatabase, open_database
from lightning_cart_host.adapters.database_lock import hold_database
from lightning_cart_host.adapters.guarded_send import GuardedSend
from lightning_cart_host.adapters.http_send import HttpSend
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.catalog_folder import read_catalog_folder
from lightning_cart_host.server.metered_ports import meter_ports, provider_urls
from lightning_cart_host.server.metrics import Metrics
from lightning_cart_host.server.settings_catalogue import allows_private
from lightning_cart_host.server.strategies import installed_strategies


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """An engine with its open connections.

    Args:
        app: The engine behind its routes.
        database: Stores its orders.
        send: Sends its requests to the providers.
        release: Ends the hold on the database file, which keeps it from being restored meanwhile.
        catalog_warnings: What `lightning-cart catalog check` warns of.
    """

    app: App
    database: HostDatabase
    send: HttpSend
    release: Callable[[], None]
    catalog_warnings: tuple[CatalogMistake, ...] = ()

    async def close(self) -> None:
        """Close the connections and the database."""
        await self.send.close()
        await self.database.aclose()
        self.release()


async def open_host(
    env: Mapping[str, str],
    config: Path,
    database: str | Path,
    clock: Clock = time.time,
    *,
    strategies: Sequence[type[PaymentStrategy]] | None = None,
    metrics: Metrics | None = None,
) -> OpenEngine:
    """Build an engine and migrate its database. Close it when done.

    Args:
        env: Settings by name; `GET /health` names what is missing.
        config: The folder of the catalogue files.
        database: The SQLite file, or the URL of PostgreSQL.
        clock: Returns Unix seconds.
        strategies: The payment strategies. Default: `installed_strategies()`, the core's and those of installed distributions.
        metrics: Counts the calls to providers, merchants and the database. Default: nothing does.

    Raises:
        ConfigurationError: The catalogue cannot be read or has mistakes, a setting of the host is malformed, an installed
            strategy is broken, or the database is being restored.
        StorageUnavailable: The database cannot be opened or migrated.
    """
    known = installed_strategies() if strategies is None else tuple(strategies)
    catalog, warnings = read_catalog_folder(config, known, env)
    private = allows_private(env)
    name = str(database)
    async with contextlib.AsyncExitStack() as opened:
        release = hold_database(name)
        opened.callback(release)
        store = await open_database(name)
        opened.push_async_callback(store.aclose)
        await store.migrate(find_resource("migrations"))
        send = HttpSend()
        deliver = GuardedSend(allow_private=private)
        ports = Ports(store, send, clock=clock, new_id=new_id, sleep=asyncio.sleep, send_webhook=deliver)
        if metrics is not None:
            ports = meter_ports(ports, metrics, provider_urls(env, known))
        engine = OpenEngine(App(Engine(env, catalog, ports, known)), store, send, release, tuple(warnings))
        opened.pop_all()  # from here on its `close` does it
        return engine
