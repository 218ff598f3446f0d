"""The table of buyers: the only place of personal data, so that forgetting a buyer is one statement.

`email`, `country` and `data` are what the cart said. The columns that begin with `paid_` are what the provider reported when
the order was paid. Each keeps the first report that names it: a later one may say less, and a second payment may be somebody
else's.
"""

from lightning_cart.domain.buyer import Contact
from lightning_cart.ports import Database, SqlValue
from lightning_cart.storage.event_messages import COUNTS, FRESH
from lightning_cart.storage.order_json import address_to_json
from lightning_cart.storage.sql import Sql

_COLUMNS = ("email", "name", "phone", "vat_id", "delivery", "billing")
_KEEP = "paid_{0} = CASE buyers.paid_{0} WHEN '' THEN excluded.paid_{0} ELSE buyers.paid_{0} END"
_IS_NEW = "(buyers.paid_{0} = '' AND excluded.paid_{0} <> '')"
# What is reported of a buyer who was forgotten is not kept, and a row that says it all already is not written again.
_SAVE = f"""
    INSERT INTO buyers (order_id, country, {", ".join(f"paid_{name}" for name in _COLUMNS)})
    SELECT o.id, :contact_country, {", ".join(f":contact_{name}" for name in _COLUMNS)}
    FROM {{orders}} AND o.forgotten_at IS NULL
    ON CONFLICT (order_id) DO UPDATE SET
        country = CASE buyers.country WHEN '' THEN excluded.country ELSE buyers.country END,
        {", ".join(map(_KEEP.format, _COLUMNS))}
        WHERE {" OR ".join(map(_IS_NEW.format, _COLUMNS))}
"""
SAVE_CONTACT = _SAVE.format(orders=f"events AS e JOIN orders AS o ON o.id = e.order_id WHERE {FRESH} AND {COUNTS}")
COMPLETE_CONTACT = Sql(_SAVE.format(orders="orders AS o WHERE o.id = :order_id"))


def contact_values(contact: Contact) -> dict[str, SqlValue]:
    """Return the parameters of the statements that save a contact."""
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


async def complete_contact(database: Database, order_id: str, contact: Contact) -> None:
    """Save what is missing of who paid an order, apart from any event. One round trip.

    Args:
        database: Where the tables are.
        order_id: The order's id.
        contact: What was read of its payment.

    Raises:
        StorageUnavailable: The database did not answer.
    """
    await database.query(COMPLETE_CONTACT({"order_id": order_id, **contact_values(contact)}))
