"""Opens a shop in one cell: with the local sandbox, or with the provider's own where the environment has test keys."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_files import PRODUCTS, SITES, parse_catalog
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.usecases.engine import Engine
from lightning_cart_host.resources import find_resource
from lightning_cart_notebook.exchange import ExchangeLog
from lightning_cart_notebook.keys import real_settings
from lightning_cart_notebook.shop import ENGINE, NotebookShop, WatchedApp
from lightning_cart_notebook.simulated import MemoryDatabase
from lightning_cart_notebook.stage import Environment, in_process, on_loopback
from lightning_cart_notebook.trouble import NotebookError, one_sentence

BUYERS = ("script", "click")
_NAMES = {"paypal": "PayPal"}


def _catalog(register: tuple[type[PaymentStrategy], ...], first: str) -> Catalog:
    """The test shop's catalogue, with its ways to pay replaced by those of a register."""
    folder = find_resource("config")
    products, sites = ((folder / name).read_text(encoding="utf-8") for name in (PRODUCTS, SITES))
    catalog = parse_catalog(products, sites, [strategy.name for strategy in STRATEGIES])
    names = sorted((strategy.name for strategy in register), key=lambda name: name != first)
    return replace(catalog, sites={key: replace(site, strategies=tuple(names)) for key, site in catalog.sites.items()})


def _choose(strategy: str | type[PaymentStrategy]) -> tuple[type[PaymentStrategy], tuple[type[PaymentStrategy], ...]]:
    if not isinstance(strategy, str):
        return strategy, (strategy,)
    for known in STRATEGIES:
        if known.name == strategy:
            return known, STRATEGIES
    raise NotebookError(f"There is no way to pay of that name: use one of {', '.join(known.name for known in STRATEGIES)}.")


async def _open_environment(plan: "_Plan", shop: list[WatchedApp]) -> Environment:
    async def receive(request: HttpRequest) -> HttpResponse:
        return await shop[0].handle(request)

    extra = (plan.sandbox_provider,) if plan.sandbox_provider else ()
    if plan.clicks:
        return await on_loopback(plan.port, extra, with_sandbox=not plan.real)
    return in_process(receive, extra)


async def _serve(stage: Environment, app: WatchedApp) -> None:
    from lightning_cart_host.server.asgi import AsgiApp  # noqa: PLC0415 - with sockets alone
    from lightning_cart_host.server.log import null_log  # noqa: PLC0415 - the same
    from lightning_cart_host.server.storefront import EngineWithStorefront  # noqa: PLC0415 - the same
    from lightning_cart_host.server.uvicorn_server import serve  # noqa: PLC0415 - the same

    pages = find_resource("templates/test-checkout")
    await stage.closing.enter_async_context(
        serve(EngineWithStorefront(AsgiApp(app, null_log), pages), stage.listener, "127.0.0.1")
    )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to open: as of `open_shop`, with what was made of it.

    Args:
        strategy: The way to pay.
        register: All that the engine knows.
        real: The settings of the provider's own sandbox; none for the local one.
        settings: Those that differ.
        sandbox_provider: The provider's side of a strategy that is not built in.
        clicks: A person pays.
        port: The shop's.
    """

    strategy: type[PaymentStrategy]
    strategies: tuple[type[PaymentStrategy], ...]
    real: Mapping[str, str]
    settings: Mapping[str, str]
    sandbox_provider: type | None
    clicks: bool
    port: int

    @property
    def provider(self) -> str:
        """Its name."""
        return self.strategy.provider_name()

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return _NAMES.get(self.provider, self.provider.capitalize())


def _settings(plan: _Plan, stage: Environment) -> dict[str, str]:
    hook = f"{stage.public_url}/webhook/{plan.provider}"
    receipts = "receipts-of-a-notebook-protect-nothing" if stage.simulated else secrets.token_hex(32)
    theirs = plan.real or stage.sandbox.providers[plan.provider].connect(hook)
    own = {"PUBLIC_URL": stage.public_url, "RECEIPT_SECRET": receipts, "SQUARE_WEBHOOK_URL": hook}
    return {**own, **theirs, **plan.settings}


async def _build_shop(plan: _Plan, stage: Environment, shop: list[WatchedApp]) -> NotebookShop:
    provider = f"{plan.label} ({'test mode' if plan.real else 'sandbox'})"
    env, diary = _settings(plan, stage), ExchangeLog(stage.clock)

    async def send(request: HttpRequest) -> HttpResponse:
        kept = await diary.record(ENGINE, provider, request, lambda: stage.send(request))
        return kept.response or HttpResponse(504)

    ports = Ports(MemoryDatabase(find_resource("migrations")), send, stage.clock, stage.new_id, stage.sleep)
    engine = Engine(env, _catalog(plan.strategies, plan.strategy.name), ports, plan.strategies)
    app = WatchedApp(engine, diary, provider, stage.simulated)
    shop.append(app)
    with one_sentence():
        own = engine.strategy(plan.strategy.name)
    if stage.listener is not None:
        await _serve(stage, app)
    return NotebookShop(stage, app, own, env, diary, provider=provider, clicks=plan.clicks)


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
        strategy: The way to pay: a name of the register's, or a class of your own.
        buyer: `script` pays by itself; `click` gives you a link, and starts servers on this machine for it.
        sandbox_provider: The provider's side of a strategy of your own.
        settings: Engine settings that differ from what the provider hands out.
        environ: Where test keys are looked for; the environment if left out.
        port: The shop's where somebody clicks, 0 for any that is free.

    Raises:
        Trouble: A live key, a setting that is missing or malformed, a port that is taken, a package that is not installed.
    """
    if buyer not in BUYERS:
        raise NotebookError(f"BUYER must be {' or '.join(repr(name) for name in BUYERS)}.")
    chosen, register = _choose(strategy)
    real = real_settings(chosen.provider_name(), os.environ if environ is None else environ)
    plan = _Plan(chosen, register, real, settings or {}, sandbox_provider, buyer == "click", port)
    if real and not plan.clicks:
        raise NotebookError(
            f"The scripted buyer knows the local sandbox's pages alone: set BUYER = 'click' to pay at {plan.label}."
        )
    shop: list[WatchedApp] = []  # the stage needs the engine, which needs the stage
    stage = await _open_environment(plan, shop)
    try:
        return await _build_shop(plan, stage, shop)
    except BaseException:
        await stage.closing.aclose()
        raise
