"""Checks the values of settings, without ever printing a secret."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import InvalidSettings
from lightning_cart.ports import Ports
from lightning_cart.providers.setting_signs import KnowsMode
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.settings import Setting, read_settings
from lightning_cart.urls import LOOPBACK
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.server.env_file import ENV_FILE

PUBLIC_URL = "PUBLIC_URL"
_MODES = {True: " (live: real money)", False: " (test mode)", None: ""}


def make_engine(env: Mapping[str, str], catalog: Catalog, strategies: Sequence[type[PaymentStrategy]]) -> Engine:
    """Return an engine with these settings, which says what is wrong with them together. It cannot send or store."""
    nothing: Any = None
    ports = Ports(database=nothing, send=nothing, clock=nothing, new_id=nothing, sleep=nothing)
    return Engine(env, catalog, ports, tuple(strategies))


def _read_modes(engine: Engine) -> dict[str, bool | None]:
    """Return what each setting says about real money, by its name."""
    strategies = [strategy for strategy in engine.configured.values() if isinstance(strategy, KnowsMode)]
    return {sign.setting: sign.is_live for strategy in strategies for sign in strategy.mode_signs()}


def _check_setting(setting: Setting, env: Mapping[str, str], is_live: bool | None) -> Check:
    try:
        values = read_settings(env, [setting])[setting.name]
    except InvalidSettings as error:
        return failed(setting.name, str(error).removeprefix(f"{setting.name} "), f"set it: {setting.purpose}")
    if setting.name == ADMIN_TOKEN.name and not values:
        detail = "not set, so the admin routes are closed and /health does not say what is missing"
        return warned(setting.name, detail, "set it to what openssl rand -hex 32 prints")
    if not values:
        return passed(setting.name, "not set, and optional")
    return passed(setting.name, ("set" if setting.secret else ", ".join(values)) + _MODES[is_live])


def _check_reachable(url: str, modes: Mapping[str, bool | None]) -> Check | None:
    """Return a failed check if real money is to be paid at an engine that only this machine reaches."""
    live = next((name for name, is_live in modes.items() if is_live), "")
    if not live or urlsplit(url).hostname not in LOOPBACK:
        return None
    advice = "set PUBLIC_URL to the https URL at which buyers and the provider reach this engine"
    return failed(PUBLIC_URL, f"{url} can be reached from this machine only, and {live} is live", advice)


def check_settings(settings: Sequence[Setting], env: Mapping[str, str], engine: Engine | None = None) -> list[Check]:
    """Check each setting.

    Args:
        settings: Those to check, each once.
        env: Settings by name.
        engine: Says what is wrong with them together. None if there is no catalogue, without which it cannot be made.
    """
    known = _read_modes(engine) if engine else {}
    modes = {setting.name: known.get(setting.name) for setting in settings}
    checks = {setting.name: _check_setting(setting, env, modes[setting.name]) for setting in settings}
    for problem in engine.problems() if engine else ():
        if problem.name in checks and checks[problem.name].ok:
            checks[problem.name] = failed(problem.name, problem.reason, f"correct it in {ENV_FILE} or the environment")
    if checks[PUBLIC_URL].ok and (unreachable := _check_reachable(env[PUBLIC_URL].strip(), modes)):
        checks[PUBLIC_URL] = unreachable
    return list(checks.values())
