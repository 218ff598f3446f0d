"""The table of buyers: the only place of personal data, so that forgetting a buyer is one statement.

`email`, `country` and `data` are what the cart said. The columns that begin with `paid_` are what the provider reported when
the order was paid, each kept until a later report names another value.
"""

from lightning_cart.domain.buyer import Contact
from lightning_cart.ports import SqlValue
from lightning_cart.storage.event_messages import COUNTS, FRESH
from lightning_cart.storage.order_json import address_to_json

_COLUMNS = ("email", "name", "phone", "vat_id", "delivery", "billing")
_KEEP = "paid_{0} = CASE excluded.paid_{0} WHEN '' THEN buyers.paid_{0} ELSE excluded.paid_{0} END"
# What is reported of a buyer who was forgotten is not kept.
SAVE_CONTACT = f"""
    INSERT INTO buyers (order_id, country, {", ".join(f"paid_{name}" for name in _COLUMNS)})
    SELECT o.id, :contact_country, {", ".join(f":contact_{name}" for name in _COLUMNS)}
    FROM events AS e JOIN orders AS o ON o.id = e.order_id
    WHERE {FRESH} AND {COUNTS} AND o.forgotten_at IS NULL
    ON CONFLICT (order_id) DO UPDATE SET
        country = CASE buyers.country WHEN '' THEN excluded.country ELSE buyers.country END,
        {", ".join(map(_KEEP.format, _COLUMNS))}
"""


def contact_values(contact: Contact) -> dict[str, SqlValue]:
    """Return the parameters of `SAVE_CONTACT`."""
    where = contact.delivery or contact.billing
    return {
        "contact_country": where.country if where else "",
        "contact_email": contact.email,
        "contact_name": contact.name,
        "contact_phone": contact.phone,
        "contact_vat_id": contact.vat_id,
        "contact_delivery": address_to_json(contact.delivery),
        "contact_billing": address_to_json(contact.billing),
    }
