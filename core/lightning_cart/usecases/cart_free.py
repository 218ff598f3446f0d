"""Orders that come to nothing: the engine takes them by itself, without a provider, if somebody said that they may be free."""

from lightning_cart.domain.countries import WITHOUT_POSTAL_CODES
from lightning_cart.domain.order import Order
from lightning_cart.errors import InvalidField

LABEL = "Order for free"  # the words on the button
_NO_EMAIL = InvalidField(
    "customer_email",
    "is missing: an order that comes to nothing needs the buyer's address",
    "E-mail: please fill it in.",
)
_NEEDED = {"name": "name", "line1": "street", "city": "city", "postal_code": "postal code"}


def refuse_free(order: Order, *, code_allows: bool) -> InvalidField | None:
    """Return why an order whose total is 0 cannot be taken, or None if it can.

    Args:
        order: The priced order. Amounts that a buyer may choose can be 0 only where the catalogue says so.
        code_allows: Whether its code says that an order may come to nothing.
    """
    if order.recurring:
        reason = "an order with a recurring price cannot be free"
        return InvalidField("items", reason, "A subscription cannot be ordered for nothing.")
    if order.parts.discount.minor and not code_allows:
        reason = "makes the total 0, and does not say that an order may be free: an operator adds it with --free"
        return InvalidField("code", reason, "With this code your order comes to nothing, and this shop does not allow that.")
    return None


def missing_of_free(order: Order) -> tuple[InvalidField, ...]:
    """Return what an order without a provider's page, which would ask for it, still needs."""
    missing = [] if order.customer_email else [_NO_EMAIL]
    if order.asks_address:
        address = order.buyer.address
        for key, label in _NEEDED.items():
            is_used = key != "postal_code" or order.place.country not in WITHOUT_POSTAL_CODES
            if is_used and not (address and getattr(address, key)):
                reason = "is missing: nobody else asks for the address of an order that comes to nothing"
                missing.append(InvalidField(f"delivery.{key}", reason, f"Delivery, {label}: please fill it in."))
    return tuple(missing)
