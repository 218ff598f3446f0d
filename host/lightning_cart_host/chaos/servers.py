"""Starts engines, a sandbox and a merchant on real sockets, with a catalogue that names the merchant."""

import asyncio
import base64
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.chaos.balancer import balancing
from lightning_cart_host.chaos.local_postgres import LocalPostgres
from lightning_cart_host.chaos.merchant import ChaosMerchant
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.processes import Command, read_text, running
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.env_file import parse_env_file
from lightning_cart_host.server.loopback import LOOPBACK_HOST, free_port
from lightning_cart_host.server.uvicorn_server import bind, format_address, serve


@dataclass(frozen=True, slots=True)
class ChaosServers:
    """The running servers and their files.

    Args:
        shop: The base URL of the engine, or of all engines.
        sandbox: The sandbox's base URL.
        merchant: The receiver of fulfilment messages.
        env: The engines' settings.
        config: The folder of their catalogue.
        database: Their SQLite file, or the URL of PostgreSQL.
        sandbox_database: The sandbox's SQLite file.
        engines: Their processes.
        postgres: Their PostgreSQL, or `None`.
    """

    shop: str
    sandbox: str
    merchant: ChaosMerchant
    env: Mapping[str, str]
    config: Path
    database: str
    sandbox_database: Path
    engines: Sequence[Command]
    postgres: LocalPostgres | None = None

    @property
    def admin(self) -> dict[str, str]:
        """The authorization header of an operator."""
        return {"authorization": f"Bearer {self.env['ADMIN_TOKEN']}"}


def _url(port: int) -> str:
    return f"http://{LOOPBACK_HOST}:{port}"


def _write_config(folder: Path, fulfilment_url: str) -> Path:
    config = folder / "config"
    config.mkdir()
    for file in find_resource("config").glob("*.toml"):
        # Appended, because the last table of sites.toml is the shop's.
        addition = f'fulfilment_url = "{fulfilment_url}"\n' if file.name == "sites.toml" else ""
        Path(config, file.name).write_text(file.read_text(encoding="utf-8") + addition, encoding="utf-8")
    return config


def _folder(keep: Path | None) -> Path | None:
    if keep is not None:
        try:
            keep.mkdir(parents=True)
        except OSError as error:
            raise ConfigurationError(
                f"--keep needs a new folder and cannot create {keep} ({error.strerror}): name another one"
            ) from error
    return keep and keep.resolve()


@contextlib.asynccontextmanager
async def open_servers(plan: ChaosPlan) -> AsyncIterator[ChaosServers]:
    """Run all servers until the block ends.

    Args:
        plan: The options of the run.

    Raises:
        ConfigurationError: A server does not start, or the folder to keep exists already.
    """
    async with contextlib.AsyncExitStack() as stack:
        folder = _folder(plan.keep) or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lightning-cart-")))
        merchant = ChaosMerchant()
        listener = stack.enter_context(bind(LOOPBACK_HOST, 0))
        await stack.enter_async_context(serve(merchant.app, listener, LOOPBACK_HOST))
        config = _write_config(folder, f"{format_address(listener, LOOPBACK_HOST)}/hook")
        ports = [free_port() for _ in range(plan.engines)]
        if plan.engines > 1:
            front = bind(LOOPBACK_HOST, 0)
            shop = format_address(front, LOOPBACK_HOST)
            await stack.enter_async_context(balancing(front, ports))
        else:
            shop = _url(ports[0])
        sandbox_port, sandbox_database = free_port(), folder / "sandbox.db"
        options = ("--state", str(sandbox_database), "--webhook", f"{shop}/webhook", "--chaos", plan.dial)
        arguments = ("sandbox", "--port", str(sandbox_port), *options)
        sandbox = await stack.enter_async_context(running(Command(folder, "sandbox", _url(sandbox_port), {}, *arguments)))
        env = parse_env_file(read_text(folder, "sandbox.out")) | {
            "PUBLIC_URL": shop,
            "RECEIPT_SECRET": secrets.token_hex(32),
            "ADMIN_TOKEN": secrets.token_hex(32),
            "FULFILMENT_SECRET": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "FULFILMENT_ALLOW_PRIVATE": "1",
        }
        postgres = stack.enter_context(LocalPostgres(durable=False)) if plan.postgres else None
        database = postgres.create_database() if postgres else str(folder / "orders.db")
        options = ("--config", str(config), "--storefront", "none", "--workers", "1")
        engines = [
            Command(folder, f"serve-{port}", _url(port), env | {"DATABASE": database}, "serve", "--port", str(port), *options)
            for port in ports
        ]
        for engine in engines:
            stack.push_async_callback(engine.stop)
        await asyncio.gather(*(engine.start() for engine in engines))
        yield ChaosServers(shop, sandbox.url, merchant, env, config, database, sandbox_database, engines, postgres)
