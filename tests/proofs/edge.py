"""The Worker on workerd with its own sandbox, and access to its D1 through the Worker's adapter."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx

from lightning_cart.errors import StorageUnavailable
from lightning_cart.ports import Row, Statement
from lightning_cart_host.edge.workerd import Workerd
from lightning_cart_host.server.loopback import free_port
from support.app import CHARGEABLE_PRODUCTS, OTHER, SHOP
from support.builders import ADMIN_TOKEN, RECEIPT_SECRET
from support.processes import sandbox_settings, start_sandbox

WAYS = 'strategies = ["stripe_links", "paypal", "square"]\n'


class D1OverHttp:
    """D1 as a `Database`: each call is one request to the Worker, which calls its adapter once.

    Args:
        address: The Worker's.
    """

    def __init__(self, address: str) -> None:
        self._client = httpx.Client(base_url=address, trust_env=False, timeout=60)

    def _post(self, method: str, statements: Sequence[Statement]) -> dict[str, Any]:
        content = json.dumps([[statement.sql, statement.values] for statement in statements])
        answer: dict[str, Any] = self._client.post(f"/d1/{method}", content=content).raise_for_status().json()
        if "error" in answer:
            raise StorageUnavailable(answer["error"])
        return answer

    def _call(self, method: str, statements: Sequence[Statement]) -> list[list[Row]]:
        rows: list[list[Row]] = self._post(method, statements)["rows"]
        return rows

    async def query(self, statement: Statement) -> Sequence[Row]:
        (rows,) = await asyncio.to_thread(self._call, "query", [statement])
        return rows

    async def batch(self, statements: Sequence[Statement]) -> Sequence[Sequence[Row]]:
        return await asyncio.to_thread(self._call, "batch", statements)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()


class MeasuredD1(D1OverHttp):
    """D1 as a `Database` that counts the rows which D1 reads and writes, and whose errors say everything.

    Args:
        address: The Worker's.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.rows_read = self.rows_written = 0

    def _call(self, _: str, statements: Sequence[Statement]) -> list[list[Row]]:
        answer = self._post("measure", statements)
        self.rows_read += answer["rows_read"]
        self.rows_written += answer["rows_written"]
        rows: list[list[Row]] = answer["rows"]
        return rows


class WorkerdShop:
    """The Worker, which may be killed and started again on the same folder, and the sandbox that it pays at.

    Args:
        worker: Workerd.
        sandbox: The sandbox's address.
    """

    def __init__(self, worker: Workerd, sandbox: str) -> None:
        self._worker = worker
        self.address = worker.address
        self.sandbox = sandbox

    def kill(self) -> None:
        """End workerd as a power cut does."""
        self._worker.kill()

    def start(self) -> None:
        """Start it on the same D1."""
        self._worker.start()

    def run_schedule(self, times: int) -> None:
        """Let the schedule run, which does a bounded share of the work each time."""
        for _ in range(times):
            httpx.post(f"{self.address}/scheduled", trust_env=False, timeout=60).raise_for_status()


@contextmanager
def open_edge_shop(folder: Path) -> Iterator[WorkerdShop]:
    """Open a shop with the tests' catalogue and every payment strategy.

    Args:
        folder: Keeps everything.
    """
    config = folder / "config"
    config.mkdir()
    (config / "products.toml").write_text(CHARGEABLE_PRODUCTS, encoding="utf-8")
    (config / "sites.toml").write_text(SHOP + WAYS + OTHER, encoding="utf-8")
    door = (Path(__file__).parent / "contract_worker.py").read_text(encoding="utf-8")
    port = free_port()
    with start_sandbox(port) as sandbox:
        settings = sandbox_settings(sandbox.address) | {"RECEIPT_SECRET": RECEIPT_SECRET, "ADMIN_TOKEN": ADMIN_TOKEN}
        modules = {"contract_worker.py": door}
        worker = Workerd(folder / "engine", settings, config=config, port=port, modules=modules, main="contract_worker.py")
        with worker:
            yield WorkerdShop(worker, sandbox.address)
