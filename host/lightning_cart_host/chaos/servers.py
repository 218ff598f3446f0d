"""Starts an engine, a sandbox and a merchant on real sockets, with a catalogue that names the merchant."""

import base64
import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.chaos.merchant import ChaosMerchant
from lightning_cart_host.chaos.plan import ChaosPlan
from lightning_cart_host.chaos.processes import read_text, running
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.env_file import parse_env_file
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_host.server.uvicorn_server import format_address, listen, serve


@dataclass(frozen=True, slots=True)
class ChaosServers:
    """The running servers and their files.

    Args:
        shop: The engine's base URL.
        sandbox: The sandbox's base URL.
        merchant: The receiver of fulfilment messages.
        env: The engine's settings.
        config: The folder of the engine's catalogue.
        database: The engine's SQLite file.
        sandbox_database: The sandbox's SQLite file.
    """

    shop: str
    sandbox: str
    merchant: ChaosMerchant
    env: Mapping[str, str]
    config: Path
    database: Path
    sandbox_database: Path

    @property
    def admin(self) -> dict[str, str]:
        """The authorization header of an operator."""
        return {"authorization": f"Bearer {self.env['ADMIN_TOKEN']}"}


def _free_url() -> tuple[str, str]:
    with listen(LOOPBACK_HOST, 0) as listener:
        url = format_address(listener, LOOPBACK_HOST)
    return url, url.rpartition(":")[2]


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
        listener = stack.enter_context(listen(LOOPBACK_HOST, 0))
        await stack.enter_async_context(serve(merchant.app, listener, LOOPBACK_HOST))
        config = _write_config(folder, f"{format_address(listener, LOOPBACK_HOST)}/hook")
        (shop, shop_port), (sandbox, sandbox_port) = _free_url(), _free_url()
        sandbox_database, database = folder / "sandbox.db", folder / "orders.db"
        sandbox_options = ("--state", str(sandbox_database), "--webhook", f"{shop}/webhook", "--chaos", plan.dial)
        await stack.enter_async_context(running(folder, sandbox, {}, "sandbox", "--port", sandbox_port, *sandbox_options))
        env = parse_env_file(read_text(folder, "sandbox.out")) | {
            "PUBLIC_URL": shop,
            "RECEIPT_SECRET": secrets.token_hex(32),
            "ADMIN_TOKEN": secrets.token_hex(32),
            "FULFILMENT_SECRET": f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "FULFILMENT_ALLOW_PRIVATE": "1",
        }
        shop_options = ("--config", str(config), "--database", str(database), "--storefront", "none")
        await stack.enter_async_context(running(folder, shop, env, "serve", "--port", shop_port, *shop_options))
        yield ChaosServers(shop, sandbox, merchant, env, config, database, sandbox_database)
