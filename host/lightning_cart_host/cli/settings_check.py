"""Checks the values of settings, without ever printing a secret."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lightning_cart.domain.catalog import Catalog
from lightning_cart.errors import InvalidSettings
from lightning_cart.ports import Ports
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.setting_problem import SettingProblem
from lightning_cart.settings import Setting, read_settings
from lightning_cart.urls import LOOPBACK
from lightning_cart.usecases.engine import Engine
from lightning_cart.usecases.settings_catalogue import ADMIN_TOKEN
from lightning_cart_host.cli.check import Check, failed, passed, warned
from lightning_cart_host.server.env_file import ENV_FILE

_PUBLIC_URL = "PUBLIC_URL"


def _is_live(values: Iterable[str]) -> bool:
    return any("_live_" in value for value in values)


def _mode(values: Sequence[str]) -> str:
    if _is_live(values):
        return " (live: real money)"
    return " (test mode)" if any("_test_" in value for value in values) else ""


def _check_setting(setting: Setting, env: Mapping[str, str]) -> Check:
    try:
        values = read_settings(env, [setting])[setting.name]
    except InvalidSettings as error:
        return failed(setting.name, str(error).removeprefix(f"{setting.name} "), f"set it: {setting.purpose}")
    if setting.name == ADMIN_TOKEN.name and not values:
        detail = "not set, so the admin routes are closed and /health does not say what is missing"
        return warned(setting.name, detail, "set it to what openssl rand -hex 32 prints")
    if not values:
        return passed(setting.name, "not set, and optional")
    return passed(setting.name, ("set" if setting.secret else ", ".join(values)) + _mode(values))


def _check_reachable(env: Mapping[str, str], settings: Iterable[Setting]) -> Check | None:
    """Return a failed check if real money is to be paid at an engine that only this machine reaches."""
    url = env.get(_PUBLIC_URL, "").strip()
    if _is_live(env.get(setting.name, "") for setting in settings) and urlsplit(url).hostname in LOOPBACK:
        advice = "set PUBLIC_URL to the https address at which buyers and the provider reach this engine"
        return failed(_PUBLIC_URL, f"{url} can be reached from this machine only, and the keys are live", advice)
    return None


def find_problems(
    env: Mapping[str, str], catalog: Catalog, strategies: Sequence[type[PaymentStrategy]]
) -> list[SettingProblem]:
    """Return what an engine with these settings would say of them: what is missing or refused, alone or together."""
    nothing: Any = None  # an engine that is only made sends and stores nothing
    ports = Ports(database=nothing, send=nothing, clock=nothing, new_id=nothing, sleep=nothing)
    return Engine(env, catalog, ports, tuple(strategies)).problems()


def check_settings(settings: Sequence[Setting], env: Mapping[str, str], problems: Sequence[SettingProblem] = ()) -> list[Check]:
    """Check each setting.

    Args:
        settings: Those to check, each once.
        env: Settings by name.
        problems: What the engine says of them.
    """
    checks = {setting.name: _check_setting(setting, env) for setting in settings}
    for problem in problems:
        if problem.name in checks and checks[problem.name].ok:
            checks[problem.name] = failed(problem.name, problem.reason, f"correct it in {ENV_FILE} or the environment")
    if checks[_PUBLIC_URL].ok and (unreachable := _check_reachable(env, settings)):
        checks[_PUBLIC_URL] = unreachable
    return list(checks.values())
