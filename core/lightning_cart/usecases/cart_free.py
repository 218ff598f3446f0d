"""Orders that come to nothing: the engine takes them by itself, without a provider, if somebody said that they may be free."""

from collections.abc import Collection

from lightning_cart.domain.countries import WITHOUT_POSTAL_CODES
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField

LABEL = "Order for free"  # the words on the button
_NO_EMAIL = InvalidField(
    "customer_email",
    "is missing: nobody else asks for it, because the order comes to nothing",
    "E-mail: please fill it in.",
)
_NEEDED = {"name": "name", "line1": "street", "city": "city", "region": "region", "postal_code": "postal code"}
_WITH_REGIONS = frozenset({"AU", "CA", "US"})  # whose addresses name the state or province, which no postal code replaces


def refuse_free(order: Order, *, code_allows: bool) -> InvalidField | None:
    """Return why an order whose total is 0 cannot be taken, or None if it can.

    Args:
        order: The priced order. Without a code it costs nothing only if the catalogue says so.
        code_allows: Whether its code says that an order may come to nothing.
    """
    if order.recurring:
        reason = "come to nothing, and an order with a recurring price cannot be free"
        return InvalidField("items", reason, "A subscription cannot be ordered for nothing.")
    if order.code and not code_allows:
        reason = "makes the total 0, and does not say that an order may be free: an operator adds it with --free"
        return InvalidField("code", reason, "With this code your order comes to nothing, and this shop does not allow that.")
    return None


def missing_of_free(order: Order, known: Collection[str]) -> tuple[InvalidField, ...]:
    """Return what an order without a provider's page, which would ask for it, still needs.

    Args:
        order: The priced order, whose total is 0.
        known: The fields that are known to be missing.
    """
    missing = [] if order.customer_email else [_NO_EMAIL]
    if order.asks_address:
        address, country = order.buyer.address, order.place.country
        unused = {"postal_code"} if country in WITHOUT_POSTAL_CODES else set()
        unused |= {"region"} if country not in _WITH_REGIONS else set()
        for key, label in _NEEDED.items():
            if key not in unused and not getattr(address, key, ""):
                reason = "is missing: nobody else asks for it, because the order comes to nothing"
                missing.append(InvalidField(f"delivery.{key}", reason, f"Delivery, {label}: please fill it in."))
    return tuple(one for one in missing if one.field not in known)
