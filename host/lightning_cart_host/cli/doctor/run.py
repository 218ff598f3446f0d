"""`lightning-cart doctor`: checks settings, catalogue, database, providers and the running engine."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Send
from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.setting_problem import NOT_SET
from lightning_cart.settings import Setting, split_values
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN, ENGINE_SETTINGS, fulfilment_settings
from lightning_cart_host.adapters.http_send import HttpxSend
from lightning_cart_host.cli.doctor.certificate import check_anchors, check_certificate
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.cli.doctor.clock import check_clock
from lightning_cart_host.cli.doctor.database import check_database
from lightning_cart_host.cli.doctor.engine import check_engine
from lightning_cart_host.cli.doctor.observed_send import ObservedSend
from lightning_cart_host.cli.doctor.provider import check_provider
from lightning_cart_host.cli.doctor.settings import check_settings, make_engine
from lightning_cart_host.server.catalog_folder import find_config, inspect_catalog
from lightning_cart_host.server.env_check import check_env, setting_names
from lightning_cart_host.server.env_file import ENV_FILE, read_env_file
from lightning_cart_host.server.settings_catalogue import ALLOW_PRIVATE
from lightning_cart_host.server.strategies import installed_strategies

_MIN_PYTHON = (3, 12)

type Strategies = Sequence[type[PaymentStrategy]]


class Installation(NamedTuple):
    """What is checked.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files, or None for the usual one.
        database: The SQLite file.
        environ: The environment, or None to leave out where the settings come from.
        folder: The working directory, in which `.env` may be.
    """

    env: Mapping[str, str]
    config: Path | None
    database: str
    environ: Mapping[str, str] | None = None
    folder: Path = Path()


class Outside(NamedTuple):
    """What the doctor reaches the world by.

    Args:
        send: Sends requests.
        clock: Returns Unix seconds.
        look_at_certificate: Checks the certificate of a URL.
    """

    send: Send
    clock: Callable[[], float] = time.time
    look_at_certificate: Callable[[str], list[Check]] = check_certificate


def check_python(version: tuple[int, ...]) -> Check:
    """Check Python's version."""
    shown = ".".join(map(str, version[:3]))
    return Check("Python", "ok" if version[:2] >= _MIN_PYTHON else "fail", shown, "install Python 3.12 or newer")


def _check_catalog(config: Path | None, strategies: Strategies, env: Mapping[str, str]) -> tuple[Catalog | None, list[Check]]:
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
    return report.catalog, checks


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


def _check_env_file(installation: Installation, strategies: Strategies, missing: Sequence[str]) -> list[Check]:
    if installation.environ is None:
        return []
    try:
        found = read_env_file(installation.folder)
    except ConfigurationError as error:
        detail = str(error).removeprefix(ENV_FILE).lstrip(": ")
        return [failed(ENV_FILE, detail, "until that is corrected, none of its settings is read")]
    findings = check_env(found, installation.folder, installation.environ, setting_names(strategies), missing)
    return [Check(ENV_FILE, finding.level, finding.detail, finding.advice) for finding in findings]


async def _check_providers(
    env: Mapping[str, str], offered: Strategies, outside: Outside, refused: Collection[str]
) -> list[Check]:
    """Ask all providers at once, and compare the clock with theirs."""
    providers = {strategy.provider_name(): strategy for strategy in offered}
    sends = {name: ObservedSend(outside.send, outside.clock) for name in providers}
    questions = (check_provider(strategy, env, sends[name], refused) for name, strategy in providers.items())
    answers = await asyncio.gather(*questions)
    ahead = {name: seen.ahead for name, send in sends.items() for seen in send.observations if seen.ahead is not None}
    return [*(check for checks in answers for check in checks), *check_clock(ahead)]


async def _all_checks(installation: Installation, strategies: Strategies, outside: Outside) -> AsyncIterator[Check]:
    env = installation.env
    yield check_python(sys.version_info[:3])
    catalog, checks = _check_catalog(installation.config, strategies, env)
    offered = offered_strategies(catalog, strategies)
    engine = make_engine(env, catalog, strategies) if catalog else None
    settings = check_settings(used_settings(catalog, offered), env, engine)
    refused = [check.subject for check in settings if not check.ok]
    missing = [check.subject for check in settings if not check.ok and check.detail == NOT_SET]
    checks += _check_env_file(installation, strategies, missing)
    for check in [*checks, *settings, *check_database(installation.database, strategies)]:
        yield check
    has_paypal = any(strategy.provider_name() == "paypal" for strategy in offered)
    anchors = check_anchors(env, outside.clock()) if has_paypal else []
    for check in [*await _check_providers(env, offered, outside, refused), *anchors]:
        yield check
    if "PUBLIC_URL" not in refused:
        public_url = env["PUBLIC_URL"].strip()
        admin_token = "" if ADMIN_TOKEN.name in refused else next(iter(split_values(env, ADMIN_TOKEN)), "")
        for check in await check_engine(public_url, admin_token, outside.send):
            yield check
        for check in await asyncio.to_thread(outside.look_at_certificate, public_url):
            yield check


async def run_checks(
    installation: Installation, strategies: Strategies | None = None, outside: Outside | None = None
) -> list[Check]:
    """Run every check.

    Args:
        installation: What is checked.
        strategies: The payment strategies. Default: `installed_strategies()`; if one of them is broken, the core's own.
        outside: How to reach providers and the engine. Default: over the network.
    """
    checks = []
    if strategies is None:
        try:
            strategies = installed_strategies()
        except ConfigurationError as error:
            strategies = STRATEGIES
            checks.append(failed("strategies", str(error), "until then only the core's own strategies are checked"))
    if outside is not None:
        return checks + [check async for check in _all_checks(installation, strategies, outside)]
    network = HttpxSend()
    try:
        return checks + [check async for check in _all_checks(installation, strategies, Outside(network))]
    finally:
        await network.close()
