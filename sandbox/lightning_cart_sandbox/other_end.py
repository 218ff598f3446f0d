"""What every provider of the sandbox offers in one shape, so that demos, notebooks and tests need to know none of them."""

from collections.abc import Mapping
from typing import Protocol


class OtherEnd(Protocol):
    """One provider, as somebody needs it who wants to buy there without caring where.

    Attributes:
        name: The provider's name, and the path it is mounted at.
        buyer: What a buyer can do on the hosted page, to the form that does it: ``pay``, ``decline`` and ``cancel``, and
            ``pending`` where a payment may take its time.
    """

    name: str
    buyer: Mapping[str, Mapping[str, str]]

    def settings(self, webhook_url: str) -> dict[str, str]:
        """Register a receiver of webhooks, and return the settings an engine needs to work with this provider.

        Args:
            webhook_url: The engine's address for this provider's webhooks.
        """
        ...

    def refund(self, order_id: str, amount_minor: int) -> None:
        """Give money of a paid order back, as the merchant would in the provider's dashboard.

        Args:
            order_id: The engine's id of the order.
            amount_minor: In minor units of its currency.
        """
        ...
