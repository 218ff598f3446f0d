"""One shop on each of the four runtimes, with a sandbox behind a gateway, and a merchant that all of them tell."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import httpx
import pytest

from lightning_cart_host.edge.staging import stage
from lightning_cart_host.server.serve_commands import open_sandbox
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

type Key = tuple[str, str]  # a runtime, and the setting that the shop there lacks, or nothing
type OpenShop = Callable[[str, str], contextlib.AbstractContextManager[RuntimeShop]]


@pytest.fixture(scope="session")
def merchant() -> Iterator[MerchantServer]:
    """Whom the shops tell of their orders."""
    with serving(MerchantServer) as running:
        yield running


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, merchant: MerchantServer) -> Path:
    """The catalogue of the shops: the one that comes with us, and five hundred products more."""
    folder = tmp_path_factory.mktemp("config")
    more = "".join(
        f'\n[products.line-{number}]\nname = {json.dumps(name, ensure_ascii=False)}\nprices = {{ USD = "1.00" }}\n'
        for number, name in enumerate(NAMES)
    )
    (folder / "products.toml").write_text(
        (ROOT / "config" / "products.toml").read_text(encoding="utf-8") + more, encoding="utf-8"
    )
    (folder / "sites.toml").write_text(SITES.format(merchant=merchant.address), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory, config: Path) -> Path:
    """The Worker as it would be uploaded, with that catalogue."""
    return stage(tmp_path_factory.mktemp("stage") / "worker", config)


class _Sandbox:
    def __init__(self, gateway: Gateway, address: str) -> None:
        self.address = gateway.sandbox = address
        self.app, settings = open_sandbox(address, ":memory:", f"{gateway.address}/webhook")
        self.settings = {name: gateway.to_provider(value) for name, value in settings.items()}


@pytest.fixture(scope="session")
def open_shop(tmp_path_factory: pytest.TempPathFactory, merchant: MerchantServer, config: Path, staged: Path) -> OpenShop:
    """Opens a shop on a runtime, without some of its settings."""

    @contextlib.contextmanager
    def open_one(runtime: str, without: str) -> Iterator[RuntimeShop]:
        folder = tmp_path_factory.mktemp(runtime)
        with serving(Gateway) as gateway, serving(partial(_Sandbox, gateway)) as sandbox:
            settings = {**OWN, **sandbox.settings, "PUBLIC_URL": gateway.address}
            settings.pop(without, None)
            with RUNTIMES[runtime](Plan(folder, config, staged, settings)) as running:
                gateway.engine, gateway.silent_on = running.address, SILENT.encode()
                with httpx.Client(base_url=running.address, trust_env=False, timeout=60) as client:
                    yield RuntimeShop(running, gateway, settings, client, merchant)

    return open_one


def _asked(items: Sequence[pytest.Item]) -> list[Key]:
    """The shops that some test asks for: first the whole ones, as they are needed first."""
    asked = [getattr(item, "callspec", None) for item in items]
    params = [spec.params for spec in asked if spec]
    whole = [(one[name], "") for one in params for name in ("shop", "other_shop") if name in one]
    return list(dict.fromkeys(whole + [(one["lacking_shop"], MISSING_SETTING) for one in params if "lacking_shop" in one]))


@pytest.fixture(scope="session")
def shops(request: pytest.FixtureRequest, open_shop: OpenShop) -> Iterator[Mapping[Key, Future[RuntimeShop]]]:
    """Every shop that some test asks for, by its runtime and the setting that it lacks; they start side by side."""
    managers = {key: open_shop(*key) for key in _asked(request.session.items)}
    with ThreadPoolExecutor(len(RUNTIMES)) as pool:
        opening = {key: pool.submit(manager.__enter__) for key, manager in managers.items()}
        yield opening
        opened = [managers[key] for key, future in opening.items() if future.exception() is None]
        list(pool.map(lambda manager: manager.__exit__(None, None, None), opened))


@pytest.fixture(scope="session")
def unanswered(
    request: pytest.FixtureRequest, shops: Mapping[Key, Future[RuntimeShop]]
) -> Iterator[Mapping[str, Future[httpx.Response]]]:
    """For each runtime a checkout that its provider does not answer: begun before other tests, as it takes half a minute."""
    wanted = any("late_answer" in getattr(item, "fixturenames", ()) for item in request.session.items)
    with ThreadPoolExecutor(len(RUNTIMES)) as pool:
        yield {
            name: pool.submit(lambda shop: shop.result().check_out(key=SILENT_KEY, metadata={"call": SILENT}), shop)
            for (name, lacks), shop in shops.items()
            if wanted and not lacks
        }


@pytest.fixture(params=RUNTIMES)
def shop(request: pytest.FixtureRequest, shops: Mapping[Key, Future[RuntimeShop]], unanswered: object) -> RuntimeShop:
    """A shop on one of the runtimes."""
    assert unanswered is not None  # it has begun
    return shops[request.param, ""].result()


@pytest.fixture(params=RUNTIMES)
def other_shop(request: pytest.FixtureRequest, shops: Mapping[Key, Future[RuntimeShop]]) -> RuntimeShop:
    """A shop on one of the runtimes, to be compared with another."""
    return shops[request.param, ""].result()


@pytest.fixture(params=RUNTIMES)
def lacking_shop(request: pytest.FixtureRequest, shops: Mapping[Key, Future[RuntimeShop]]) -> RuntimeShop:
    """The same without one of PayPal's settings."""
    return shops[request.param, MISSING_SETTING].result()


@pytest.fixture
def late_answer(request: pytest.FixtureRequest, unanswered: Mapping[str, Future[httpx.Response]]) -> httpx.Response:
    """What the shop on this test's runtime answered to the checkout that its provider did not answer."""
    return unanswered[request.node.callspec.params["shop"]].result()
