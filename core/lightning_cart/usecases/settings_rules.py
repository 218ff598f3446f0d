"""Rules over several settings, which are right one by one and cannot work together.

Each rule returns what is wrong, by the setting to change. The doctor, `GET /health` and the log at start show the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from lightning_cart.domain.catalog import Site
from lightning_cart.providers.setting_signs import KnowsMode, KnowsWebhookUrl, ModeSign
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.setting_values import SettingProblem
from lightning_cart.settings import read_valid
from lightning_cart.urls import LOOPBACK, without_www

_PORTS = {"https": 443, "http": 80}
_ONE_MODE = "take both from one mode (an API's URL that is not set is the live one)"


def check_shared_values(values: Iterable[tuple[str, Sequence[str]]]) -> list[SettingProblem]:
    """Refuse a key or secret that is the value of another setting, because whoever has one would have both.

    Args:
        values: The values of each key and secret, those first that others issue. The later one of a pair is refused.
    """
    owners: dict[str, str] = {}
    problems = {}
    for name, parts in values:
        for part in parts:
            owner = owners.setdefault(part, name)
            if owner != name:
                problems[name] = SettingProblem(name, f"is the same as {owner}: every secret has one use, so make another one")
    return list(problems.values())


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def _url_fault(found: SplitResult, own: SplitResult, paths: Sequence[str]) -> str:
    """Return how the URL of a webhook differs from the engine's own, or ""."""
    # Behind a loopback URL only a tunnel can be reached, and it has any host.
    if own.hostname not in LOOPBACK and _origin(found) != _origin(own):
        if without_www(found.hostname) == without_www(own.hostname) and found.hostname != own.hostname:
            return f"has the host {found.hostname} and PUBLIC_URL {own.hostname}, which are two hosts because of www"
        if found.scheme != own.scheme:
            return f"starts with {found.scheme}://, and PUBLIC_URL with {own.scheme}://"
        return f"is at {found.netloc}, and PUBLIC_URL is at {own.netloc}"
    if found.path in paths:
        return "has a query or a fragment, which the engine's webhook has not" if found.query or found.fragment else ""
    if found.path.rstrip("/") in paths:
        return "ends with a slash, and the engine's webhook does not"
    return f"has the path {found.path or '/'}, at which no webhook of this provider is received"


def check_webhook_urls(
    env: Mapping[str, str], strategies: Iterable[type[PaymentStrategy]], public_url: str
) -> list[SettingProblem]:
    """Refuse a webhook's URL at which the engine does not receive, so no signature over it would ever arrive.

    Args:
        env: Settings by name.
        strategies: The strategies, whether their other settings are right or not.
        public_url: The engine's own URL.
    """
    problems = {}
    own = urlsplit(public_url)
    for strategy in strategies:
        settings = {setting.name: setting for setting in strategy.settings}
        name = strategy.webhook_url_setting if isinstance(strategy, KnowsWebhookUrl) else ""
        url = read_valid(env, settings[name]) if name else ""
        paths = (f"{own.path}/webhook/{strategy.provider_name()}", f"{own.path}/webhook")
        if url and (fault := _url_fault(urlsplit(url), own, paths)):
            right = f"{public_url}/webhook/{strategy.provider_name()}"
            problems[name] = SettingProblem(name, f"{fault}: set it to {right}, here and at the provider")
    return list(problems.values())


def _mode_signs(strategy: PaymentStrategy) -> list[ModeSign]:
    """Return the settings of a strategy that say its mode, the key first."""
    signs = strategy.mode_signs() if isinstance(strategy, KnowsMode) else ()
    return [sign for sign in signs if sign.is_live is not None]


def check_one_mode(strategies: Iterable[PaymentStrategy]) -> list[SettingProblem]:
    """Refuse a key of one mode with the API of the other.

    Args:
        strategies: The configured strategies.
    """
    problems = {}
    for strategy in strategies:
        signs = _mode_signs(strategy)
        for sign in signs[1:]:
            name, is_live = signs[0]
            if sign.is_live != is_live:
                modes = f"is live, and {sign.setting} is for tests" if is_live else f"is for tests, and {sign.setting} is live"
                problems[name] = SettingProblem(name, f"{modes}: {_ONE_MODE}")
    return list(problems.values())


def check_modes_of_sites(sites: Iterable[Site], strategies: Mapping[str, PaymentStrategy]) -> list[SettingProblem]:
    """Refuse test modes beside live ones on one site, because a test card would buy what others pay for.

    Args:
        sites: The sites of the catalogue.
        strategies: The configured strategies, by name.
    """
    problems: dict[str, SettingProblem] = {}
    for site in sites:
        signs = [sign for name in site.strategies if name in strategies for sign in _mode_signs(strategies[name])[:1]]
        live = next((sign.setting for sign in signs if sign.is_live), "")
        for sign in signs if live else ():
            if not sign.is_live:
                reason = (
                    f"is for tests, and {live} is live on the same site, {site.id}: a test card would buy real goods, "
                    f"so {_ONE_MODE}, or leave one out of the site's strategies"
                )
                problems.setdefault(sign.setting, SettingProblem(sign.setting, reason))
    return list(problems.values())
