"""A real shop with the tests' own catalogue, on a real socket, with a real sandbox behind it."""

from collections.abc import Iterator

import httpx
import pytest

from running import Door, free_port, start_sandbox, start_shop
from support import OTHER, PRODUCTS, SHOP


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("flow")
    (folder / "products.toml").write_text(PRODUCTS, encoding="utf-8")
    (folder / "sites.toml").write_text(SHOP + OTHER, encoding="utf-8")
    port, database = free_port(), folder / "orders.db"
    options = ("--config", str(folder), "--storefront", "none")
    with (
        start_sandbox(port) as sandbox,
        start_shop(port, sandbox.address, database, *options) as shop,
        httpx.Client(base_url=shop.address, trust_env=False) as client,
    ):
        yield Door(client, sandbox.address, database)
