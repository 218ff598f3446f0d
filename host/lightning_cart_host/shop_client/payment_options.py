"""Lists the payment options that a shop offers and selects those to try."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.shop_client.example_shop import SITE
from lightning_cart_host.shop_client.requests import PurchaseFailed, send


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """One payment option of a shop.

    Args:
        strategy: The strategy's name.
        label: The text of its pay button.
        provider: The provider's name.
    """

    strategy: str
    label: str
    provider: str


async def read_payment_options(client: httpx.AsyncClient, shop: str) -> list[PaymentOption]:
    """Read the payment options of the example site, in the site's order.

    Args:
        client: The HTTP client.
        shop: The shop's base URL, without a trailing slash.

    Raises:
        PurchaseFailed: No response came, or it is not an engine's.
    """
    url = f"{shop}/strategies?site={SITE}"
    response = await send(client, "GET", url)
    if response.status_code != httpx.codes.OK:
        raise PurchaseFailed(f"GET {url} answered {response.status_code} instead of {httpx.codes.OK.value}")
    return [PaymentOption(one["name"], one["label"], one["provider"]) for one in response.json()["strategies"]]


def choose_payment_options(
    options: Sequence[PaymentOption], selected: Sequence[str], *, all_by_default: bool
) -> Sequence[PaymentOption]:
    """Select the payment options to try, in the site's order.

    Args:
        options: All options of the site, its default first.
        selected: Names of strategies to restrict the options to, or none.
        all_by_default: Without `selected`, return all options instead of the site's default.

    Raises:
        ConfigurationError: The site does not offer a selected strategy.
    """
    names = [option.strategy for option in options]
    if unknown := [name for name in selected if name not in names]:
        raise ConfigurationError(f"the site {SITE} does not offer {', '.join(unknown)}: use one of {', '.join(names)}")
    if selected:
        return [option for option in options if option.strategy in selected]
    return options if all_by_default else options[:1]
