"""What an order knows of its buyer. It is stored apart from the order, so that forgetting it is one statement."""

import re
from collections.abc import Mapping
from typing import NamedTuple

_REGION = re.compile(r"(?:[A-Z]{2}-)?([A-Z0-9]{1,3})", re.ASCII)


class Destination(NamedTuple):
    """The place that a price depends on.

    Args:
        country: ISO 3166-1 alpha-2, or empty.
        region: The part of ISO 3166-2 after the country, such as `NY` of `US-NY`, or empty.
        postal_code: In capitals and without blanks, or empty.
    """

    country: str = ""
    region: str = ""
    postal_code: str = ""

    @property
    def comparable(self) -> "Destination":
        """The place as it is compared: in capitals, with a region only if it is a code, and a postal code without separators.

        Providers return regions as codes (`NY`, `US-NY`) or as names, and the names are in any language.
        """
        region = _REGION.fullmatch(self.region.strip().upper())
        postal_code = re.sub(r"[\s-]", "", self.postal_code).upper()
        country = self.country.strip().upper()
        # A ZIP code may be followed by four digits more, and whether it is depends on who wrote it.
        return Destination(country, region[1] if region else "", postal_code[:5] if country == "US" else postal_code)

    def differs_from(self, other: "Destination | None") -> bool:
        """Return whether another place contradicts this one, in what both of them name."""
        named = zip(self.comparable, other.comparable, strict=True) if other else ()
        return any(own and theirs and own != theirs for own, theirs in named)


NOWHERE = Destination()


class Address(NamedTuple):
    """Where goods go. Every part but the country can be empty, because the provider's page asks for what is missing."""

    country: str = ""
    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    phone: str = ""

    def __repr__(self) -> str:
        return f"Address(country={self.country!r})"  # without the buyer's data

    @property
    def is_whole(self) -> bool:
        """Whether a parcel could be sent there, so that no page has to ask for it again."""
        return all((self.country, self.name, self.line1, self.city, self.postal_code))


class Buyer(NamedTuple):
    """What a cart said about its buyer, apart from the e-mail address.

    Args:
        address: The delivery address, or None.
        inputs: The texts that the buyer wrote for each line, by the ids of the product's inputs; as many as lines, or none.
        note: The buyer's note to the shop, or empty.
    """

    address: Address | None = None
    inputs: tuple[Mapping[str, str], ...] = ()
    note: str = ""

    def __repr__(self) -> str:
        return "Buyer()"  # without the buyer's data


UNKNOWN_BUYER = Buyer()
