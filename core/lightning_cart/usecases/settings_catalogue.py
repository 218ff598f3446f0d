"""Every setting of the engine, from which `.env.example`, the doctor and the health check read."""

from collections.abc import Iterable, Iterator, Mapping

from lightning_cart.providers import STRATEGIES
from lightning_cart.providers.strategy import PaymentStrategy
from lightning_cart.security import standard_webhooks
from lightning_cart.settings import Setting, split_values, valid_base_url

ENGINE_SETTINGS = (
    Setting(
        "PUBLIC_URL",
        "The engine's own URL, as buyers and providers reach it.",
        "https://pay.shop.example",
        secret=False,
        validate=valid_base_url,
    ),
    Setting(
        "RECEIPT_SECRET",
        "Signs the receipts with which a page reads an order's status. Make it with: openssl rand -hex 32.",
        "…32 random characters or more…",
        multiple=True,
        min_length=32,
    ),
)
ADMIN_TOKEN = Setting(
    "ADMIN_TOKEN",
    "Lets an operator refund and cancel over HTTP; without it those routes are closed. Make it with: openssl rand -hex 32.",
    "…32 random characters or more…",
    multiple=True,
    optional=True,
    min_length=32,
)
FULFILMENT_SETTINGS = standard_webhooks.SETTINGS


def fulfilment_settings(*, required: bool) -> list[Setting]:
    """Return the settings of fulfilment webhooks; they are required if a site has a fulfilment URL."""
    return [setting._replace(optional=not required) for setting in FULFILMENT_SETTINGS]


def read_secrets(
    env: Mapping[str, str], strategies: Iterable[PaymentStrategy | type[PaymentStrategy]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the name and values of each key and secret: first those that providers issue, then the engine's own."""
    issued = [setting for strategy in strategies for setting in strategy.settings]
    for setting in (*issued, *ENGINE_SETTINGS, *FULFILMENT_SETTINGS, ADMIN_TOKEN):
        if setting.min_length:
            yield setting.name, split_values(env, setting)


def all_settings() -> tuple[Setting, ...]:
    """Return every setting of the engine and its payment strategies, each once."""
    declared = [
        *ENGINE_SETTINGS,
        ADMIN_TOKEN,
        *FULFILMENT_SETTINGS,
        *(setting for strategy in STRATEGIES for setting in strategy.settings),
    ]
    return tuple({setting.name: setting for setting in declared}.values())
