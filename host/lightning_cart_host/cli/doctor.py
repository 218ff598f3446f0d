"""`lightning-cart doctor`: checks settings, catalogue, database, providers and the running engine."""

import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.catalog_mistakes import CatalogError
from lightning_cart.errors import ConfigurationError, LightningCartError
from lightning_cart.http import HttpRequest
from lightning_cart.ports import Send
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.settings import Setting
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, fulfilment_settings
from lightning_cart_host.adapters.http_send import HttpxSend
from lightning_cart_host.cli.check import Check, failed, passed
from lightning_cart_host.cli.database_check import check_database
from lightning_cart_host.cli.provider_check import check_provider
from lightning_cart_host.cli.settings_check import check_settings
from lightning_cart_host.server.catalog_folder import load_catalog
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE
from lightning_cart_host.server.strategies import installed_strategies

_MIN_PYTHON = (3, 12)
_HEALTHY = 200

type Strategies = Sequence[type[PaymentStrategy]]


def check_python(version: tuple[int, ...]) -> Check:
    """Check Python's version."""
    shown = ".".join(map(str, version[:3]))
    return Check("Python", "ok" if version[:2] >= _MIN_PYTHON else "fail", shown, "install Python 3.12 or newer")


def _check_catalog(config: Path, strategies: Strategies) -> tuple[Catalog | None, list[Check]]:
    try:
        catalog = load_catalog(config, strategies)
    except CatalogError as error:
        return None, [failed("catalogue", str(mistake), f"correct it in {config}") for mistake in error.mistakes]
    except ConfigurationError as error:
        return None, [failed("catalogue", str(error), "name the folder with --config")]
    return catalog, [passed("catalogue", f"{len(catalog.products)} products, {len(catalog.sites)} sites in {config}")]


def offered_strategies(catalog: Catalog | None, strategies: Strategies) -> Strategies:
    """Return the strategies that a site of the catalogue offers; the others need no settings."""
    names = {name for site in catalog.sites.values() for name in site.strategies} if catalog else set()
    return [strategy for strategy in strategies if strategy.name in names]


def used_settings(catalog: Catalog | None, offered: Strategies) -> list[Setting]:
    """Return the settings that an engine with this catalogue reads, each once."""
    fulfilment = fulfilment_settings(required=catalog is not None and catalog.has_fulfilment_url)
    strategies = [setting for strategy in offered for setting in strategy.settings]
    declared = [*ENGINE_SETTINGS, ADMIN_TOKEN, *fulfilment, ALLOW_PRIVATE, *strategies]
    return list({setting.name: setting for setting in declared}.values())


async def _check_engine(url: str, send: Send) -> Check:
    advice = "start `lightning-cart serve`, or set PUBLIC_URL to where it runs"
    try:
        response = await send(HttpRequest("GET", f"{url}/health"))
    except LightningCartError as error:
        return failed("running engine", f"{url}/health: {error}", advice)
    if response.status != _HEALTHY:
        return failed("running engine", f"{url}/health answered {response.status}", f"open that URL; or {advice}")
    return passed("running engine", f"{url}/health answered {response.status}")


async def _all_checks(
    env: Mapping[str, str], config: Path, database: str, strategies: Strategies, send: Send
) -> AsyncIterator[Check]:
    yield check_python(sys.version_info[:3])
    catalog, checks = _check_catalog(config, strategies)
    offered = offered_strategies(catalog, strategies)
    checks += check_settings(used_settings(catalog, offered), env)
    for check in checks:
        yield check
    for check in await check_database(database, strategies):
        yield check
    for strategy in {strategy.provider_name(): strategy for strategy in offered}.values():
        yield await check_provider(strategy, env, send)
    if any(check.subject == "PUBLIC_URL" and check.ok for check in checks):
        yield await _check_engine(env["PUBLIC_URL"].strip(), send)


async def run_checks(env: Mapping[str, str], config: Path, database: str, strategies: Strategies | None = None) -> list[Check]:
    """Run every check.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files.
        database: The SQLite file.
        strategies: The payment strategies. Default: `installed_strategies()`; if one of them is broken, the core's own.
    """
    checks = []
    if strategies is None:
        try:
            strategies = installed_strategies()
        except ConfigurationError as error:
            strategies = STRATEGIES
            checks.append(failed("strategies", str(error), "until then only the core's own strategies are checked"))
    send = HttpxSend()
    try:
        return checks + [check async for check in _all_checks(env, config, database, strategies, send)]
    finally:
        await send.close()
