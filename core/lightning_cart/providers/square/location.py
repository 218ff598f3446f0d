"""Reads the location that sells, because Square charges only its currency. Source: Square API reference, Locations."""

from lightning_cart.errors import InvalidField, InvalidSettings, ProviderRefused
from lightning_cart.flow import Flow
from lightning_cart.http import Json
from lightning_cart.providers.square.api import exchange, parse_refusal
from lightning_cart.providers.square.config import NAME, SquareConfig
from lightning_cart.providers.untrusted_json import get_text, parse_object


class Location:
    """The location that sells. Its currency never changes, so it is read once.

    Args:
        config: The token, the API's URL and the location's id.
    """

    def __init__(self, config: SquareConfig) -> None:
        self.config = config
        self._currency = ""

    def read(self) -> Flow[Json]:
        """Read the location: `GET /v2/locations/{id}`.

        Raises:
            InvalidSettings: The account has no such location.
            ProviderRefused: Square refused.
            ProviderUnavailable: There was no response, or Square failed.
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
        """Refuse a currency other than the location's.

        Args:
            currency: The order's currency.

        Raises:
            InvalidField: The location has another currency.
            InvalidSettings: The account has no such location.
            ProviderRefused: Square refused, or its response has no currency.
            ProviderUnavailable: There was no response, or Square failed.
        """
        if not self._currency:
            self._currency = get_text((yield from self.read()), "location", "currency")
        if not self._currency:
            raise ProviderRefused(NAME, "returned a location without a currency")
        if currency != self._currency:
            reason = f"square charges in {self._currency} at this shop's location, not in {currency}"
            raise InvalidField("currency", reason, f"This way to pay does not take {currency}.")
