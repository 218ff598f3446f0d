"""Checks the catalogue, and says which strategies and settings it needs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import ConfigurationError
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.settings import Setting
from lightning_cart.usecases.catalog_limits import join_names
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, fulfilment_settings
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.server.catalog_folder import find_config, inspect_catalog
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE

type Strategies = Sequence[type[PaymentStrategy]]


def check_catalog(config: Path | None, strategies: Strategies, env: Mapping[str, str]) -> tuple[Catalog | None, list[Check]]:
    """Check the catalogue, and return it if it has no mistakes.

    Args:
        config: The folder of its files, or None for the usual one.
        strategies: Those that a site may offer.
        env: The settings that the sites' pages have to fit.
    """
    try:
        folder = find_config(config)
        report = inspect_catalog(folder, strategies, env)
    except ConfigurationError as error:
        return None, [failed("catalogue", str(error), "name the folder with --config, or start in the folder above it")]
    advice = f"correct it in {folder}: lightning-cart catalog check shows the line"
    checks = [failed("catalogue", str(mistake), advice) for mistake in report.mistakes]
    checks += [warned("catalogue", str(warning), advice) for warning in report.warnings]
    if report.catalog and not checks:
        shown = f"{len(report.catalog.products)} products, {len(report.catalog.sites)} sites in {folder}"
        checks.append(passed("catalogue", shown))
    if report.catalog:
        checks += _check_receipts(report.catalog)
    return report.catalog, checks


def _check_receipts(catalog: Catalog) -> Iterator[Check]:
    """Yield what receipts lack."""
    if nameless := [site.id for site in catalog.sites.values() if not site.address]:
        detail = f"those of {join_names(nameless)} do not say the shop's postal address, which most countries ask for"
        advice = 'write it into sites.toml for each site: address = ["Calle Mayor 1", "28013 Madrid", "Spain"]'
        yield warned("receipts", detail, advice)


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
