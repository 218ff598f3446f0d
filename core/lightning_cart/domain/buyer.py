"""What an order knows of its buyer. It is stored apart from the order, so that forgetting it is one statement."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.domain.typed import trim

_REGION = re.compile(r"(?:[A-Z]{2}-)?([A-Z0-9]{1,3})", re.ASCII)
# What people write before the digits of a postal code apart from the country's own code: D-10115, FIN-00100.
_MARKS = {
    "AT": "A",
    "BE": "B",
    "DE": "D",
    "ES": "E",
    "FI": "FIN",
    "FR": "F",
    "HU": "H",
    "IT": "I",
    "LI": "FL",
    "LU": "L",
    "NO": "N",
    "PT": "P",
    "SE": "S",
}


def plain_postal_code(text: str, country: str) -> str:
    """Return a postal code as it is compared: capitals and digits, without the country before the digits, as in `LV-1010`.

    Args:
        text: As a buyer, a provider or the catalogue writes it.
        country: ISO 3166-1 alpha-2, in capitals.
    """
    letters = (one for one in trim(text).upper() if one.isalnum())
    code = "".join(str(int(one)) if one.isdecimal() else one for one in letters)  # also digits of other scripts
    for mark in (country, _MARKS.get(country, "")):
        rest = code.removeprefix(mark)
        if rest[:1].isdecimal():
            code = rest
    # A ZIP code may be followed by four digits more, and whether it is depends on who wrote it.
    return code[:5] if country == "US" else code


class Destination(NamedTuple):
    """The place that a price depends on.

    Args:
        country: ISO 3166-1 alpha-2, or empty.
        region: The part of ISO 3166-2 after the country, such as `NY` of `US-NY`, or empty.
        postal_code: As `plain_postal_code` returns it, or empty.
    """

    country: str = ""
    region: str = ""
    postal_code: str = ""

    @property
    def comparable(self) -> "Destination":
        """The place as it is compared: in capitals, with a region only if it is a code, and a postal code of one spelling.

        Providers return regions as codes (`NY`, `US-NY`) or as names, and the names are in any language. A few have three
        letters, of which only the first is a capital: Zug, Goa.
        """
        text = self.region.strip()
        region = _REGION.fullmatch(text.upper()) if len(text) != len("Zug") or not text.istitle() else None
        country = self.country.strip().upper()
        return Destination(country, region[1] if region else "", plain_postal_code(self.postal_code, country))

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


class Contact(NamedTuple):
    """What a provider reports of the buyer of a payment. Each part is empty if it does not say.

    Args:
        email: The e-mail address.
        name: The name on the payment.
        phone: The phone number.
        vat_id: The buyer's VAT id.
        delivery: Where the provider says that the goods go, or None.
        billing: The billing address, or None.
    """

    email: str = ""
    name: str = ""
    phone: str = ""
    vat_id: str = ""
    delivery: Address | None = None
    billing: Address | None = None

    def __repr__(self) -> str:
        return "Contact()"  # without the buyer's data

    def completed_by(self, other: "Contact") -> "Contact":
        """Return this contact, with the parts of another one where it has none."""
        return Contact._make(own or theirs for own, theirs in zip(self, other, strict=True))

    def lacks(self, other: "Contact") -> bool:
        """Return whether another contact has a part that this one has not."""
        return self.completed_by(other) != self


NO_CONTACT = Contact()


class Buyer(NamedTuple):
    """What is known of an order's buyer, apart from the e-mail address.

    Args:
        address: The delivery address of the cart, or None.
        inputs: The texts that the buyer wrote for each line, by the ids of the product's inputs; as many as lines, or none.
        note: The buyer's note to the shop, or empty.
        vat_id: The buyer's VAT id in the cart, or empty.
        paid_by: What the provider reported when the order was paid.
    """

    address: Address | None = None
    inputs: tuple[Mapping[str, str], ...] = ()
    note: str = ""
    vat_id: str = ""
    paid_by: Contact = NO_CONTACT

    def __repr__(self) -> str:
        return "Buyer()"  # without the buyer's data

    @property
    def name(self) -> str:
        """The buyer's name, or empty: who pays rather than who gets the parcel."""
        named = (self.billing.name if self.billing else "", self.paid_by.name, self.delivery.name if self.delivery else "")
        return next(filter(None, named), "")

    @property
    def phone(self) -> str:
        """The phone number, or empty."""
        return (self.address.phone if self.address else "") or self.paid_by.phone

    @property
    def delivery(self) -> Address | None:
        """Where the goods go: the provider's address, which the buyer has confirmed last, or that of the cart; or None."""
        return self.paid_by.delivery or self.address

    @property
    def billing(self) -> Address | None:
        """The billing address, or None."""
        return self.paid_by.billing

    @property
    def tax_id(self) -> str:
        """The buyer's VAT id, or empty."""
        return self.vat_id or self.paid_by.vat_id


UNKNOWN_BUYER = Buyer()
