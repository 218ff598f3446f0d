-- What a list of orders reads by: each filter finds the newest orders that match, and reads no others. An order's id begins with
-- its time, so `id` is the order of time too. This file only adds.
CREATE INDEX orders_by_site ON orders (site, id);
CREATE INDEX orders_by_email ON orders (lower(customer_email), id) WHERE customer_email <> '';
CREATE INDEX orders_by_amount ON orders (currency, total_minor, id);
CREATE INDEX orders_disputed ON orders (id) WHERE dispute <> 'none';
-- What `orders watch` follows: the orders that changed last. A new order that is simply open is found by its id.
CREATE INDEX orders_changed ON orders (updated_at, id) WHERE status <> 'open' OR needs_review = 1;
-- The provider's ids of refunds, disputes and invoices, which an operator copies from the provider's dashboard.
CREATE INDEX events_by_object ON events (subject) WHERE subject <> '';

-- The products of each order. A trigger fills it, so that the last release does too. It is on one line and has one END, because
-- the remote D1 splits others at their first semicolon. Lines that are not JSON stop no order and no migration.
CREATE TABLE order_products (
    product_id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    PRIMARY KEY (product_id, order_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER orders_have_products AFTER INSERT ON orders WHEN json_valid(NEW.lines) BEGIN INSERT INTO order_products (product_id, order_id) SELECT line.value ->> 'product_id', NEW.id FROM json_each(NEW.lines) AS line WHERE line.value ->> 'product_id' IS NOT NULL ON CONFLICT DO NOTHING; END;

INSERT INTO order_products (product_id, order_id)
SELECT line.value ->> 'product_id', orders.id FROM orders, json_each(orders.lines) AS line
WHERE json_valid(orders.lines) AND line.value ->> 'product_id' IS NOT NULL ON CONFLICT DO NOTHING;
