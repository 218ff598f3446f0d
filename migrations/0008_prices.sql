-- What an order's total is made of beside its parts: the place, the delivery and the taxes, as JSON. This file only adds.
ALTER TABLE orders ADD COLUMN pricing TEXT NOT NULL DEFAULT '{}';
-- Where the goods may go, as far as the price depends on it; each is empty if it does not. What the provider reports of the
-- buyer's address is compared with it.
ALTER TABLE orders ADD COLUMN ship_country TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN ship_region TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN ship_postal_code TEXT NOT NULL DEFAULT '';
-- The buyer of an order is found by an e-mail address in any case, newest order first.
CREATE INDEX buyers_by_lower_email ON buyers (lower(email), order_id) WHERE email <> '';
-- An order whose goods go elsewhere is told only when an operator has accepted it.
CREATE INDEX events_of_delivery ON events (order_id) WHERE reason = 'delivery';
