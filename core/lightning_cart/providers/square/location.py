"""The location that sells: its currency is the only one that Square charges there. Source: Square API reference, Locations."""

from lightning_cart.errors import InvalidField, InvalidSettings, ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.square.api import exchange, parse_refusal
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.untrusted_json import get_text, parse_object


class Location:
    """One location, asked about once: its currency never changes.

    Args:
        config: Token, address, and the location's id.
    """

    def __init__(self, config: SquareConfig) -> None:
        self.config = config
        self._currency = ""

    def read(self) -> Flow[Json]:
        """`GET /v2/locations/{id}`.

        Raises:
            InvalidSettings: There is no such location.
            ProviderRefused: Square refused.
            ProviderUnavailable: Square could not be asked.
        """
        response = yield from exchange(self.config, "GET", f"/v2/locations/{self.config.location_id}")
        if response.status == 404:
            raise InvalidSettings(
                ["SQUARE_LOCATION_ID"], "SQUARE_LOCATION_ID names no location of SQUARE_ACCESS_TOKEN's account"
            )
        if response.status != 200:
            raise parse_refusal(response)
        return parse_object(response.body)

    def check(self, currency: str) -> Flow[None]:
        """Refuse another currency than the location's.

        Args:
            currency: Of an order.

        Raises:
            InvalidField: It is another.
            InvalidSettings: There is no such location.
            ProviderRefused: Square refused, or told no currency.
            ProviderUnavailable: Square could not be asked.
        """
        if not self._currency:
            self._currency = get_text((yield from self.read()), "location", "currency")
        if not self._currency:
            raise ProviderRefused(NAME, "answered a location without a currency")
        if currency != self._currency:
            raise InvalidField("currency", f"square charges in {self._currency} at this shop's location, not in {currency}")
