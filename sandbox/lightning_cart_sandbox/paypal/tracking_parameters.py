"""The parameters of a shipment's tracking (PayPal: Orders v2, `order_tracker_request`)."""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources

from lightning_cart_sandbox.paypal.schema import Fields
from lightning_cart_sandbox.paypal.text import Text
from lightning_cart_sandbox.paypal.unit_parameters import IMAGE_URL, NAME, QUANTITY, SHORT_URL, SKU, UPC
from lightning_cart_sandbox.schema import Boolean, ListOf, Path, Rule, Violation, unsupported

OTHER_CARRIER = "OTHER"
_OLDER_NAMES = (
    "transaction_id status tracking_number_type shipment_date postage_payment_id notify_buyer quantity "
    "tracking_number_validated last_updated_time shipment_direction shipment_uploader"
)


@cache
def carriers() -> frozenset[str]:
    """Return the names of the carriers that PayPal knows (PayPal: shipment carriers)."""
    return frozenset(resources.files(__package__).joinpath("carriers.txt").read_text(encoding="ascii").split())


class _Carrier:
    def check(self, value: object, path: Path) -> Iterator[Violation]:
        """Check that PayPal knows the carrier."""
        if not isinstance(value, str) or value not in carriers():
            yield Violation(Rule.CHOICE, path, value)


ITEMS = ListOf(
    Fields({"name": NAME, "quantity": QUANTITY, "sku": SKU, "url": SHORT_URL, "image_url": IMAGE_URL, "upc": UPC}), 1000
)
NOTIFY_PAYER = Boolean()
TRACKER_CREATE = Fields(
    {
        "capture_id": Text(50, 1, re.compile("[a-zA-Z0-9]*").fullmatch),
        "tracking_number": Text(64),
        "carrier": _Carrier(),
        "carrier_name_other": Text(64),
        "notify_payer": NOTIFY_PAYER,
        "items": ITEMS,
        **unsupported(_OLDER_NAMES),
    },
    required=("capture_id",),
)
