"""One shop on each of the four runtimes, with a sandbox behind a gateway, and a merchant that all of them tell."""

import contextlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from edge_shop import LACKING, NAMES, OWN, SILENT, SILENT_KEY, SITES, Shop
from gateway import Gateway, Merchant
from lightning_cart_host.running import open_sandbox
from lightning_cart_host.staging import stage
from runtimes import RUNTIMES, Plan
from serving import serving
from support import ROOT


@pytest.fixture(scope="session")
def merchant() -> Iterator[Merchant]:
    """Whom the shops tell of their orders."""
    with serving(Merchant) as running:
        yield running


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory, merchant: Merchant) -> Path:
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
def open_shop(
    tmp_path_factory: pytest.TempPathFactory, merchant: Merchant, config: Path, staged: Path
) -> Callable[..., contextlib.AbstractContextManager[Shop]]:
    """Opens a shop on a runtime, without some of its settings."""

    @contextlib.contextmanager
    def open_one(runtime: str, without: str = "") -> Iterator[Shop]:
        folder = tmp_path_factory.mktemp(runtime)
        with serving(Gateway) as gateway, serving(partial(_Sandbox, gateway)) as sandbox:
            settings = {**OWN, **sandbox.settings, "PUBLIC_URL": gateway.address}
            settings.pop(without, None)
            with RUNTIMES[runtime](Plan(folder, config, staged, settings)) as running:
                gateway.engine, gateway.silent_on = running.address, SILENT.encode()
                with httpx.Client(base_url=running.address, trust_env=False, timeout=60) as client:
                    yield Shop(running, gateway, settings, client, merchant)

    return open_one


def _opened[T](managers: Sequence[contextlib.AbstractContextManager[T]], stack: contextlib.ExitStack) -> list[T]:
    """Enter all of them side by side; those that could be entered are left with the stack."""
    with ThreadPoolExecutor(len(managers) or 1) as pool:
        entering = [(manager, pool.submit(manager.__enter__)) for manager in managers]
        for manager, future in entering:
            if future.exception() is None:
                stack.push(manager)
        return [future.result() for _, future in entering]


@pytest.fixture(scope="session")
def shops(request: pytest.FixtureRequest, open_shop: Callable[..., Any]) -> Iterator[dict[tuple[str, str], Shop]]:
    """Every shop that some test asks for, by its runtime and the setting that it lacks; they start side by side."""
    params = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    whole = [(one["shop"], "") for one in params if "shop" in one]
    lacking = [(one["lacking_shop"], LACKING) for one in params if "lacking_shop" in one]
    keys = list(dict.fromkeys([*whole, *lacking]))
    with contextlib.ExitStack() as stack:
        opened = _opened([open_shop(*key) for key in keys], stack)
        yield dict(zip(keys, opened, strict=True))


@pytest.fixture(scope="session")
def unanswered(
    request: pytest.FixtureRequest, shops: dict[tuple[str, str], Shop]
) -> Iterator[dict[str, Future[httpx.Response]]]:
    """For each runtime a checkout that its provider does not answer: begun before the other tests, as it takes half a minute."""
    wanted = any("late_answer" in getattr(item, "fixturenames", ()) for item in request.session.items)
    with ThreadPoolExecutor(len(RUNTIMES)) as pool:
        yield {
            name: pool.submit(shop.check_out, key=SILENT_KEY, metadata={"call": SILENT})
            for (name, lacks), shop in shops.items()
            if wanted and not lacks
        }


@pytest.fixture(params=RUNTIMES)
def shop(request: pytest.FixtureRequest, shops: dict[tuple[str, str], Shop], unanswered: object) -> Shop:
    """A shop on one of the runtimes."""
    return shops[request.param, ""]


@pytest.fixture(params=RUNTIMES)
def lacking_shop(request: pytest.FixtureRequest, shops: dict[tuple[str, str], Shop]) -> Shop:
    """The same without one of PayPal's settings."""
    return shops[request.param, LACKING]


@pytest.fixture
def late_answer(request: pytest.FixtureRequest, shop: Shop, unanswered: dict[str, Future[httpx.Response]]) -> httpx.Response:
    """What this shop answered to the checkout that its provider did not answer."""
    return unanswered[request.node.callspec.params["shop"]].result()
