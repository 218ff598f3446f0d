"""The cart in a request."""

from typing import NamedTuple

from lightning_cart.domain.catalog import Catalog
from lightning_cart.domain.email_address import read_email
from lightning_cart.domain.typed import is_left_out, trim
from lightning_cart.errors import InvalidField


class CartRequest(NamedTuple):
    """The cart in a request, parsed but not validated: every value may be of any type.

    `unknown` has the keys of the request that no cart has, and `is_form` tells whether they are fields of a form.
    """

    items: object
    site: object = None
    strategy: object = None
    currency: object = None
    customer_email: object = None
    metadata: object = None
    delivery: object = None
    note: object = None
    code: object = None
    vat_id: object = None
    unknown: tuple[str, ...] = ()
    is_form: bool = False

    def __repr__(self) -> str:
        return f"CartRequest(site={self.site!r})"  # without the buyer's data

    def site_id(self, catalog: Catalog) -> str:
        """Return the id of the site that the cart names, even if it has left the catalogue; else that of the only site."""
        if is_left_out(self.site):
            return next(iter(catalog.sites)) if len(catalog.sites) == 1 else ""
        named = trim(self.site) if isinstance(self.site, str) else ""
        return named if named.isascii() and named.isprintable() else ""


def read_customer_email(value: object) -> str:
    """Return the e-mail address of a cart, or "" if it has none.

    Args:
        value: The cart's `customer_email`, of any type; None and "" count as left out.

    Raises:
        InvalidField: It is no e-mail address.
    """
    if is_left_out(value):
        return ""
    address = read_email(value)
    if address is None:
        reason = "must be an e-mail address such as name@example.com, or left out"
        raise InvalidField("customer_email", reason, "E-mail: please check the address. It looks like name@example.com.")
    return address
