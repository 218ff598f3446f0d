"""`lightning-cart doctor`: checks settings, catalogue, database, providers and the running engine."""

import asyncio
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from lightning_cart.errors import ConfigurationError
from lightning_cart.ports import Send
from lightning_cart.providers import STRATEGIES
from lightning_cart.setting_values import NOT_SET
from lightning_cart.settings import split_values
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN
from lightning_cart_host.adapters.http_send import HttpSend
from lightning_cart_host.cli.doctor.catalogue import Strategies, check_catalog, offered_strategies, used_settings
from lightning_cart_host.cli.doctor.certificate import check_anchors, check_certificate
from lightning_cart_host.cli.doctor.check import Check, failed, passed
from lightning_cart_host.cli.doctor.clock import check_clock
from lightning_cart_host.cli.doctor.codes import check_codes
from lightning_cart_host.cli.doctor.database import check_database
from lightning_cart_host.cli.doctor.engine import check_engine
from lightning_cart_host.cli.doctor.observed_send import ObservedSend
from lightning_cart_host.cli.doctor.provider import check_provider
from lightning_cart_host.cli.doctor.settings import PUBLIC_URL, check_settings, make_engine
from lightning_cart_host.server.env_check import check_env, setting_names
from lightning_cart_host.server.env_file import ENV_FILE, read_env_file
from lightning_cart_host.server.strategies import installed_strategies


class Installation(NamedTuple):
    """What is checked.

    Args:
        env: Settings by name.
        config: The folder of the catalogue files, or None for the usual one.
        database: The SQLite file, or the URL of PostgreSQL.
        environ: The environment, or None to leave out where the settings come from.
        folder: The working directory, in which `.env` may be.
    """

    env: Mapping[str, str]
    config: Path | None
    database: str
    environ: Mapping[str, str] | None = None
    folder: Path = Path()


class Outside(NamedTuple):
    """How the doctor reaches the providers and the engine.

    Args:
        send: Sends requests.
        clock: Returns Unix seconds.
        look_at_certificate: Checks the certificate of a URL.
    """

    send: Send
    clock: Callable[[], float] = time.time
    look_at_certificate: Callable[[str], list[Check]] = check_certificate


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


async def _all_checks(installation: Installation, strategies: Strategies, outside: Outside) -> list[Check]:
    env = installation.env
    catalog, checks = check_catalog(installation.config, strategies, env)
    offered = offered_strategies(catalog, strategies)
    engine = make_engine(env, catalog, strategies) if catalog else None
    settings = check_settings(used_settings(catalog, offered), env, engine)
    refused = [check.subject for check in settings if not check.ok]
    missing = [check.subject for check in settings if not check.ok and check.detail == NOT_SET]
    checks = [passed("Python", ".".join(map(str, sys.version_info[:3]))), *checks]
    checks += _check_env_file(installation, strategies, missing)
    stored = await check_database(installation.database, strategies, outside.clock)
    if catalog and stored[0].ok:
        stored += await check_codes(installation.database, catalog, outside.clock)
    checks += [*settings, *stored]
    checks += await _check_providers(env, offered, outside, refused)
    if any(strategy.provider_name() == "paypal" for strategy in offered):
        checks += check_anchors(env, outside.clock())
    if PUBLIC_URL not in refused:
        public_url = env[PUBLIC_URL].strip()
        admin_token = "" if ADMIN_TOKEN.name in refused else next(iter(split_values(env, ADMIN_TOKEN)), "")
        checks += await check_engine(public_url, admin_token, outside.send)
        checks += await asyncio.to_thread(outside.look_at_certificate, public_url)
    return checks


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
        return checks + await _all_checks(installation, strategies, outside)
    network = HttpSend()
    try:
        return checks + await _all_checks(installation, strategies, Outside(network))
    finally:
        await network.close()
