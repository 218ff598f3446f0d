"""Opens a shop in one cell: with the local sandbox, or with the provider's own where the environment has test keys."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace

from lightning_cart.catalog import Catalog
from lightning_cart.catalog_files import PRODUCTS, SITES, parse_catalog
from lightning_cart.engine import Engine
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.ports import Ports
from lightning_cart.providers import REGISTER
from lightning_cart.strategy import PaymentStrategy
from lightning_cart_host.resources import find_resource
from lightning_cart_notebook.exchange import Diary
from lightning_cart_notebook.keys import real_settings
from lightning_cart_notebook.shop import ENGINE, NotebookShop, WatchedApp
from lightning_cart_notebook.simulated import MemoryDatabase
from lightning_cart_notebook.stage import Stage, in_process, on_loopback
from lightning_cart_notebook.trouble import Trouble, one_sentence

BUYERS = ("script", "click")
_NAMES = {"paypal": "PayPal"}


def _catalog(register: tuple[type[PaymentStrategy], ...], first: str) -> Catalog:
    """The test shop's catalogue, with its ways to pay replaced by those of a register."""
    folder = find_resource("config")
    products, sites = ((folder / name).read_text(encoding="utf-8") for name in (PRODUCTS, SITES))
    catalog = parse_catalog(products, sites, [strategy.name for strategy in REGISTER])
    names = sorted((strategy.name for strategy in register), key=lambda name: name != first)
    return replace(catalog, sites={key: replace(site, strategies=tuple(names)) for key, site in catalog.sites.items()})


def _choose(strategy: str | type[PaymentStrategy]) -> tuple[type[PaymentStrategy], tuple[type[PaymentStrategy], ...]]:
    if not isinstance(strategy, str):
        return strategy, (strategy,)
    for known in REGISTER:
        if known.name == strategy:
            return known, REGISTER
    raise Trouble(f"There is no way to pay of that name: use one of {', '.join(known.name for known in REGISTER)}.")


def _own_settings(public_url: str, *, simulated: bool) -> dict[str, str]:
    if simulated:
        return {"PUBLIC_URL": public_url, "RECEIPT_SECRET": "receipts-of-a-notebook-protect-nothing"}
    return {"PUBLIC_URL": public_url, "RECEIPT_SECRET": secrets.token_hex(32)}


async def _open_stage(
    buyer: str, real: Mapping[str, str], port: int, extra: tuple[object, ...], shop: list[WatchedApp]
) -> Stage:
    async def receive(request: HttpRequest) -> HttpResponse:
        return await shop[0].handle(request)

    if buyer == "click" or real:
        return await on_loopback(port, extra, with_sandbox=not real)
    return in_process(receive, extra)


async def _serve(stage: Stage, app: WatchedApp) -> None:
    from lightning_cart_host.asgi import AsgiApp  # noqa: PLC0415 - with sockets alone
    from lightning_cart_host.log import discard  # noqa: PLC0415 - the same
    from lightning_cart_host.serving import serve  # noqa: PLC0415 - the same
    from lightning_cart_host.shop import Shop  # noqa: PLC0415 - the same

    pages = find_resource("templates/test-checkout")
    await stage.closing.enter_async_context(serve(Shop(AsgiApp(app, discard), pages), stage.listener, "127.0.0.1"))


async def open_shop(
    strategy: str | type[PaymentStrategy] = "stripe_checkout",
    *,
    buyer: str = "script",
    other_end: type | None = None,
    settings: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
    port: int = 0,
) -> NotebookShop:
    """Open a shop.

    Args:
        strategy: the way to pay: a name of the register's, or a class of your own.
        buyer: `script` pays by itself; `click` gives you a link, and starts servers on this machine for it.
        other_end: the provider's side of a strategy of your own.
        settings: engine settings that differ from what the provider hands out.
        environ: where test keys are looked for; the environment if left out.
        port: the shop's where somebody clicks, 0 for any that is free.

    Raises:
        Trouble: a live key, a setting that is missing or malformed, a port that is taken, a package that is not installed.
    """
    if buyer not in BUYERS:
        raise Trouble(f"BUYER must be {' or '.join(repr(name) for name in BUYERS)}.")
    chosen, register = _choose(strategy)
    provider = chosen.provider_name()
    label = _NAMES.get(provider, provider.capitalize())
    real = real_settings(provider, os.environ if environ is None else environ)
    if real and buyer == "script":
        raise Trouble(f"The scripted buyer knows the local sandbox's pages alone: set BUYER = 'click' to pay at {label}.")
    shop: list[WatchedApp] = []
    stage = await _open_stage(buyer, real, port, (other_end,) if other_end else (), shop)
    hook = f"{stage.public_url}/webhook/{provider}"
    theirs = {"SQUARE_WEBHOOK_URL": hook} | real if real else stage.sandbox.other_ends[provider].connect(hook)
    env = _own_settings(stage.public_url, simulated=stage.simulated is not None) | theirs | dict(settings or {})
    shown, diary = f"{label} ({'test mode' if real else 'sandbox'})", Diary(stage.clock)

    async def send(request: HttpRequest) -> HttpResponse:
        kept = await diary.keep(ENGINE, shown, request, lambda: stage.send(request))
        return kept.response or HttpResponse(504)

    ports = Ports(MemoryDatabase(find_resource("migrations")), send, stage.clock, stage.new_id, stage.sleep)
    shop.append(WatchedApp(Engine(env, _catalog(register, chosen.name), ports, register), diary, shown, stage.simulated))
    with one_sentence():
        own = shop[0].engine.strategy(chosen.name)
    if stage.listener is not None:
        await _serve(stage, shop[0])
    return NotebookShop(stage, shop[0], own, env, diary, provider=shown, clicks=buyer == "click")
