"""The ways to pay that a shop offers, and which of them are tried."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from lightning_cart.errors import ConfigurationError
from lightning_cart_host.demo.exchanges import PurchaseFailed, send

SITE = "test-checkout"


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """One way to pay.

    Args:
        strategy: Its name.
        label: What a pay button says.
        provider: Whose it is.
    """

    strategy: str
    label: str
    provider: str


async def read_payment_options(client: httpx.AsyncClient, shop: str) -> list[PaymentOption]:
    """The ways to pay of the shop's test site, in its order.

    Args:
        client: Sends.
        shop: The shop's address, without a slash at its end.

    Raises:
        PurchaseFailed: Nobody answers, or not as an engine does.
    """
    url = f"{shop}/strategies?site={SITE}"
    answer = await send(client, "GET", url)
    if answer.status_code != httpx.codes.OK:
        raise PurchaseFailed(f"GET {url} answered {answer.status_code} instead of {httpx.codes.OK.value}")
    return [PaymentOption(one["name"], one["label"], one["provider"]) for one in answer.json()["strategies"]]


def choose_payment_options(offers: Sequence[PaymentOption], wanted: Sequence[str], *, every: bool) -> Sequence[PaymentOption]:
    """Which ways to pay are tried.

    Args:
        offers: What the site offers, its default first.
        wanted: Names to restrict it to, or none.
        every: Without `wanted`, try all instead of the default alone.

    Raises:
        ConfigurationError: One that is wanted is not offered.
    """
    names = [offer.strategy for offer in offers]
    if unknown := [name for name in wanted if name not in names]:
        raise ConfigurationError(f"the site {SITE} does not offer {', '.join(unknown)}: use one of {', '.join(names)}")
    if wanted:
        return [offer for offer in offers if offer.strategy in wanted]
    return offers if every else offers[:1]
