"""One shop on each of the five runtimes, with a sandbox behind a gateway, and a merchant that receives all messages."""

import contextlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from lightning_cart_host.edge.staging import stage
from lightning_cart_host.server.sandbox_server import open_sandbox
from support import ROOT
from support.http_server import serving
from support.runtimes import (
    MISSING_SETTING,
    NAMES,
    OWN,
    RUNTIMES,
    SILENT,
    SILENT_KEY,
    SITES,
    Gateway,
    MerchantServer,
    Plan,
    RuntimeShop,
)

NOT_SENT = 'ships = false\ntax = "none"\n'  # so that a cart needs no country
type OpenShop = Callable[[str, str], contextlib.AbstractContextManager[RuntimeShop]]


@pytest.fixture(scope="session")
def merchant() -> Iterator[MerchantServer]:
    """Receives the shops' messages."""
    with serving(MerchantServer) as running:
        yield running


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, merchant: MerchantServer) -> Path:
    """Create the shops' catalogue: the example's, and 500 more products."""
    folder = tmp_path_factory.mktemp("config")
    more = "".join(
        f'\n[products.line-{number}]\nname = {json.dumps(name, ensure_ascii=False)}\nprices = {{ USD = "1.00" }}\n{NOT_SENT}'
        for number, name in enumerate(NAMES)
    )
    (folder / "products.toml").write_text(
        (ROOT / "config" / "products.toml").read_text(encoding="utf-8") + more, encoding="utf-8"
    )
    for name in ("shipping.toml", "taxes.toml"):
        shutil.copy(ROOT / "config" / name, folder)
    (folder / "sites.toml").write_text(SITES.format(merchant=merchant.address), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Path:
    """Stage the Worker for an upload, with that catalogue."""
    return stage(tmp_path_factory.mktemp("stage") / "worker", config)


class _Sandbox:
    def __init__(self, gateway: Gateway, address: str) -> None:
        self.address = gateway.sandbox = address
        self.app, settings = open_sandbox(address, ":memory:", f"{gateway.address}/webhook")
        self.settings = {name: gateway.to_provider(value) for name, value in settings.items()}


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory, merchant: MerchantServer, config: Path, staged: Path) -> OpenShop:
    """Open a shop on a runtime, without some of its settings."""

    @contextlib.contextmanager
    def open_one(runtime: str, without: str) -> Iterator[RuntimeShop]:
        folder = tmp_path_factory.mktemp(runtime)
        with serving(Gateway) as gateway, serving(partial(_Sandbox, gateway)) as sandbox:
            settings = {**OWN, **sandbox.settings, "PUBLIC_URL": gateway.address}
            settings.pop(without, None)
            with RUNTIMES[runtime](Plan(folder, config, staged, settings)) as running:
                gateway.engine, gateway.no_answer_marker = running.address, SILENT.encode()
                with httpx.Client(base_url=running.address, trust_env=False, timeout=60) as client:
                    yield RuntimeShop(running, gateway, settings, client, merchant)

    return open_one


class Shops:
    """The shops of this run. Each starts when a test first asks for it, and all stop at the end.

    Args:
        open_shop: Opens one.
    """

    def __init__(self, open_shop: OpenShop) -> None:
        self._open_shop = open_shop
        self._shops: dict[tuple[str, str], RuntimeShop] = {}
        self._stack = contextlib.ExitStack()

    def get(self, runtime: str, without: str = "") -> RuntimeShop:
        """Return the shop on a runtime that lacks a setting, or none."""
        if (runtime, without) not in self._shops:
            self._shops[runtime, without] = self._stack.enter_context(self._open_shop(runtime, without))
        return self._shops[runtime, without]

    def close(self) -> None:
        """Stop all shops."""
        self._stack.close()


@pytest.fixture(scope="session")
def shops(open_shop: OpenShop) -> Iterator[Shops]:
    """Open the shops of this run."""
    with contextlib.closing(Shops(open_shop)) as shops:
        yield shops


@pytest.fixture(scope="session")
def unanswered_checkouts(shops: Shops) -> Iterator[Mapping[str, Future[httpx.Response]]]:
    """Start a checkout on each runtime whose provider does not respond. All wait half a minute; other tests run meanwhile."""
    opened = {name: shops.get(name) for name in RUNTIMES}
    pool = ThreadPoolExecutor(len(RUNTIMES))
    yield {name: pool.submit(shop.check_out, key=SILENT_KEY, metadata={"call": SILENT}) for name, shop in opened.items()}
    pool.shutdown(wait=False)


@pytest.fixture(params=RUNTIMES)
def shop(request: pytest.FixtureRequest, shops: Shops) -> RuntimeShop:
    """Return a shop on one of the runtimes."""
    return shops.get(request.param)


@pytest.fixture(params=RUNTIMES)
def other_shop(request: pytest.FixtureRequest, shops: Shops) -> RuntimeShop:
    """Return a shop on one of the runtimes, to be compared with another."""
    return shops.get(request.param)


@pytest.fixture(params=[name for name in RUNTIMES if name != "asgi-postgres"])  # its database makes no difference
def shop_without_secret(request: pytest.FixtureRequest, shops: Shops) -> RuntimeShop:
    """Return a shop on one of the runtimes that lacks one of PayPal's settings."""
    return shops.get(request.param, MISSING_SETTING)


@pytest.fixture
def timeout_response(
    request: pytest.FixtureRequest, unanswered_checkouts: Mapping[str, Future[httpx.Response]]
) -> httpx.Response:
    """Return the runtime's response to the checkout whose provider did not respond."""
    return unanswered_checkouts[request.node.callspec.params["shop"]].result()
