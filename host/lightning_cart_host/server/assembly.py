"""Puts the engine together on a host: configuration files, environment, SQLite and httpx."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import PRODUCTS, SITES, parse_catalog
from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Clock, Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.usecases.engine import Engine
from lightning_cart.web.app import App
from lightning_cart_host.adapters.guarded_send import GuardedSend, allows_private
from lightning_cart_host.adapters.http_send import HttpxSend
from lightning_cart_host.adapters.ids import new_id
from lightning_cart_host.adapters.sqlite import SqliteDatabase
from lightning_cart_host.resources import find_resource


@dataclass(frozen=True, slots=True)
class OpenEngine:
    """An engine, and what it holds open.

    Args:
        app: The engine behind its routes.
        database: Its orders.
        send: Its way to the providers.
    """

    app: App
    database: SqliteDatabase
    send: HttpxSend

    async def close(self) -> None:
        """Close the connections and the database."""
        await self.send.close()
        self.database.close()


def find_config(config: Path | None) -> Path:
    """The folder of the catalogue files: the one that was named, else `config` here, else the example that comes with us."""
    here = Path("config")
    if config is not None:
        return config
    return here if (here / PRODUCTS).is_file() else find_resource("config")


def load_catalog(config: Path) -> Catalog:
    """Read a folder's `products.toml` and `sites.toml`.

    Args:
        config: The folder.

    Raises:
        ConfigurationError: A file cannot be read.
        CatalogError: With every mistake in both.
    """
    texts = []
    for name in (PRODUCTS, SITES):
        try:
            texts.append((config / name).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigurationError(f"there is no {name} in {config}: name its folder with --config") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{config / name} cannot be read ({type(error).__name__})") from error
    return parse_catalog(texts[0], texts[1], [strategy.name for strategy in STRATEGIES])


async def open_host(env: Mapping[str, str], config: Path, database: str | Path, clock: Clock = time.time) -> OpenEngine:
    """Build an engine and bring its database up to date. Close it when done.

    Args:
        env: Settings by name; `GET /health` names what is missing.
        config: The folder of the catalogue files.
        database: The SQLite file.
        clock: Tells the time.

    Raises:
        ConfigurationError: The catalogue cannot be read, or has mistakes, or a setting of the host is malformed.
        StorageUnavailable: The database cannot be opened or brought up to date.
    """
    catalog = load_catalog(config)
    private = allows_private(env)
    store = SqliteDatabase(database)
    try:
        await store.migrate(find_resource("migrations"))
        send = HttpxSend()
        deliver = GuardedSend(allow_private=private)
        ports = Ports(store, send, clock=clock, new_id=new_id, sleep=asyncio.sleep, send_webhook=deliver)
        return OpenEngine(App(Engine(env, catalog, ports)), store, send)
    except BaseException:
        store.close()
        raise
