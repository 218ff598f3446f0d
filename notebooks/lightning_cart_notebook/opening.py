"""Opens a shop in one cell: with the local sandbox, or with the provider's own if the environment has test keys."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import OPTIONAL, parse_catalog
from lightning_cart.domain.catalog_products import PRODUCTS
from lightning_cart.domain.catalog_sites import SITES
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart_host.resources import find_resource
from lightning_cart_host.server.loopback import LOOPBACK_HOST
from lightning_cart_notebook.environment import Environment, in_process, on_loopback
from lightning_cart_notebook.exchange import ExchangeLog
from lightning_cart_notebook.keys import real_settings
from lightning_cart_notebook.notebook_error import NotebookError, one_sentence
from lightning_cart_notebook.shop import NotebookShop
from lightning_cart_notebook.simulated import MemoryDatabase
from lightning_cart_notebook.watched_app import ENGINE, WatchedApp

BUYERS = ("script", "click")
_LABELS = {"paypal": "PayPal"}


def _catalog(strategies: tuple[type[PaymentStrategy], ...], first: str) -> Catalog:
    """Return the test shop's catalogue with other strategies, `first` as the default."""
    folder = find_resource("config")
    products, sites, *others = ((folder / name).read_text(encoding="utf-8") for name in (PRODUCTS, SITES, *OPTIONAL))
    catalog = parse_catalog(products, sites, [strategy.name for strategy in STRATEGIES], *others)
    names = sorted((strategy.name for strategy in strategies), key=lambda name: name != first)
    return catalog._replace(sites={key: site._replace(strategies=tuple(names)) for key, site in catalog.sites.items()})


def _choose(strategy: str | type[PaymentStrategy]) -> tuple[type[PaymentStrategy], tuple[type[PaymentStrategy], ...]]:
    if not isinstance(strategy, str):
        return strategy, (strategy,)
    for known in STRATEGIES:
        if known.name == strategy:
            return known, STRATEGIES
    raise NotebookError(f"There is no strategy of that name: use one of {', '.join(known.name for known in STRATEGIES)}.")


async def _open_environment(plan: "_Plan", apps: list[WatchedApp]) -> Environment:
    async def receive(request: HttpRequest) -> HttpResponse:
        return await apps[0].handle(request)

    extra = (plan.sandbox_provider,) if plan.sandbox_provider else ()
    if plan.is_person:
        return await on_loopback(plan.port, extra, with_sandbox=not plan.real)
    return in_process(receive, extra)


async def _serve(environment: Environment, app: WatchedApp) -> None:
    from lightning_cart_host.server.asgi import AsgiApp  # noqa: PLC0415 - needs sockets
    from lightning_cart_host.server.log import null_log  # noqa: PLC0415 - needs sockets
    from lightning_cart_host.server.storefront import EngineWithStorefront  # noqa: PLC0415 - needs sockets
    from lightning_cart_host.server.uvicorn_server import serve  # noqa: PLC0415 - needs sockets

    pages = find_resource("templates/test-checkout")
    await environment.closing.enter_async_context(
        serve(EngineWithStorefront(AsgiApp(app, null_log), pages), environment.listener, LOOPBACK_HOST)
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """The arguments of `open_shop`, resolved.

    Args:
        strategy: The strategy to pay with.
        strategies: All strategies of the engine.
        real: The settings of the provider's own sandbox, or none for the local sandbox.
        settings: Settings that override the provider's.
        sandbox_provider: The sandbox's side of a strategy that is not built in.
        is_person: Whether a person pays instead of a script.
        port: The shop's port; 0 chooses a free one.
    """

    strategy: type[PaymentStrategy]
    strategies: tuple[type[PaymentStrategy], ...]
    real: Mapping[str, str]
    settings: Mapping[str, str]
    sandbox_provider: type | None
    is_person: bool
    port: int

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.strategy.provider_name()

    @property
    def label(self) -> str:
        """The provider's name as people write it."""
        return _LABELS.get(self.provider, self.provider.capitalize())


def _settings(plan: _Plan, environment: Environment) -> dict[str, str]:
    webhook_url = f"{environment.public_url}/webhook/{plan.provider}"
    receipt_secret = "receipts-of-a-notebook-protect-nothing" if environment.simulated else secrets.token_hex(32)
    provider = plan.real or environment.sandbox.providers[plan.provider].connect(webhook_url)
    own = {"PUBLIC_URL": environment.public_url, "RECEIPT_SECRET": receipt_secret, "SQUARE_WEBHOOK_URL": webhook_url}
    return {**own, **provider, **plan.settings}


async def _build_shop(plan: _Plan, environment: Environment, apps: list[WatchedApp]) -> NotebookShop:
    provider = f"{plan.label} ({'test mode' if plan.real else 'sandbox'})"
    env, exchange_log = _settings(plan, environment), ExchangeLog(environment.clock)

    async def send(request: HttpRequest) -> HttpResponse:
        exchange = await exchange_log.record(ENGINE, provider, request, lambda: environment.send(request))
        return exchange.response or HttpResponse(504)

    ports = Ports(MemoryDatabase(find_resource("migrations")), send, environment.clock, environment.new_id, environment.sleep)
    engine = Engine(env, _catalog(plan.strategies, plan.strategy.name), ports, plan.strategies)
    app = WatchedApp(engine, exchange_log, provider, environment.simulated)
    apps.append(app)
    with one_sentence():
        strategy = engine.strategy(plan.strategy.name)
    if environment.listener is not None:
        await _serve(environment, app)
    return NotebookShop(environment, app, strategy, env, exchange_log, provider=provider, is_person=plan.is_person)


async def open_shop(
    strategy: str | type[PaymentStrategy] = "stripe_checkout",
    *,
    buyer: str = "script",
    sandbox_provider: type | None = None,
    settings: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    port: int = 0,
) -> NotebookShop:
    """Open a shop.

    Args:
        strategy: The name of a built-in strategy, or a class of your own.
        buyer: `script` pays by itself. `click` returns a link to pay at and starts servers on this machine.
        sandbox_provider: The sandbox's side of a strategy of your own.
        settings: Engine settings that override the provider's.
        environ: The environment variables with test keys; those of this process by default.
        port: The shop's port for `click`; 0 chooses a free one.

    Raises:
        NotebookError: A live key, a missing or malformed setting, a taken port, or a package that is not installed.
    """
    if buyer not in BUYERS:
        raise NotebookError(f"BUYER must be {' or '.join(repr(name) for name in BUYERS)}.")
    chosen, strategies = _choose(strategy)
    real = real_settings(chosen.provider_name(), os.environ if environ is None else environ)
    plan = _Plan(chosen, strategies, real, settings or {}, sandbox_provider, buyer == "click", port)
    if real and not plan.is_person:
        raise NotebookError(
            f"The scripted buyer knows only the local sandbox's pages: set BUYER = 'click' to pay at {plan.label}."
        )
    apps: list[WatchedApp] = []  # filled later: environment and engine need each other
    environment = await _open_environment(plan, apps)
    try:
        return await _build_shop(plan, environment, apps)
    except BaseException:
        await environment.closing.aclose()
        raise
