-- Codes, free orders, who bought, and receipts. This file only adds.
-- What a code gives, and for what, as JSON.
ALTER TABLE codes ADD COLUMN terms TEXT NOT NULL DEFAULT '{}';

-- What was tried by whom in an hour, counted from the epoch. `key` is a keyed hash of an address or an e-mail, and a row is
-- deleted after a day.
CREATE TABLE attempts (
    key TEXT NOT NULL,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_by_hour ON attempts (hour);

-- What the provider reported of the buyer when the order was paid. `data` is what the cart said.
ALTER TABLE buyers ADD COLUMN paid_email TEXT NOT NULL DEFAULT '';
ALTER TABLE buyers ADD COLUMN paid_name TEXT NOT NULL DEFAULT '';
ALTER TABLE buyers ADD COLUMN paid_phone TEXT NOT NULL DEFAULT '';
ALTER TABLE buyers ADD COLUMN paid_vat_id TEXT NOT NULL DEFAULT '';
ALTER TABLE buyers ADD COLUMN paid_delivery TEXT NOT NULL DEFAULT '';
ALTER TABLE buyers ADD COLUMN paid_billing TEXT NOT NULL DEFAULT '';
CREATE INDEX buyers_by_paid_email ON buyers (lower(paid_email), order_id) WHERE paid_email <> '';

-- When an operator had the buyer forgotten: what a provider reports afterwards is not kept.
ALTER TABLE orders ADD COLUMN forgotten_at INTEGER;
-- Whether a plain form started the checkout: such a buyer may have no JavaScript, and is led to a page of the engine.
ALTER TABLE orders ADD COLUMN by_form INTEGER NOT NULL DEFAULT 0;
-- When the receipt got its number.
ALTER TABLE orders ADD COLUMN receipt_at INTEGER;

-- An order's documents after its receipt: credit notes, and receipts of renewals. A credit note is negative if a refund failed
-- after it had succeeded. `ref` is the refund that was requested here, or what the provider calls the renewal. `tip_minor` is what
-- was refunded of the tip, beside the amount; `paid_minor` what had been paid of the order when the document got its number.
CREATE TABLE documents (
    order_id TEXT NOT NULL REFERENCES orders (id),
    series TEXT NOT NULL CHECK (series IN ('credit_note', 'renewal')),
    place INTEGER NOT NULL, -- 1 is the first of the order and series
    site TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    tip_minor INTEGER NOT NULL DEFAULT 0,
    ref TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL,
    year INTEGER,
    number INTEGER,
    numbered_at INTEGER,
    paid_minor INTEGER,
    PRIMARY KEY (order_id, series, place)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX documents_by_number ON documents (site, series, year, number) WHERE number IS NOT NULL;

INSERT INTO documents (order_id, series, place, site, amount_minor, tip_minor, at)
SELECT o.id, 'credit_note', 1, o.site, o.refunded_minor, o.tips, o.updated_at FROM (
    SELECT x.id, x.site, x.refunded_minor, x.updated_at, (
        SELECT CAST(COALESCE(SUM(p.refunded_minor - p.amount_minor), 0) AS BIGINT) FROM payments AS p
        WHERE p.order_id = x.id AND p.state = 'paid' AND p.refunded_minor > p.amount_minor
    ) AS tips
    FROM orders AS x
) AS o WHERE o.refunded_minor > 0 OR o.tips > 0;
INSERT INTO documents (order_id, series, place, site, amount_minor, ref, at)
SELECT n.order_id, 'renewal', ROW_NUMBER() OVER (PARTITION BY n.order_id ORDER BY n.at, n.ref), n.site, n.amount_minor, n.ref,
    n.at
FROM (
    SELECT e.order_id, o.site, CASE e.subject WHEN '' THEN e.event_id ELSE e.subject END AS ref,
        MAX(e.amount_minor) AS amount_minor, MIN(e.received_at) AS at
    FROM events AS e JOIN orders AS o ON o.id = e.order_id
    WHERE e.kind = 'renewed' AND e.verdict = 'applied' AND e.amount_minor IS NOT NULL AND e.currency = o.currency
    GROUP BY e.order_id, o.site, CASE e.subject WHEN '' THEN e.event_id ELSE e.subject END
) AS n;

-- Which lines a refund is for, as JSON of their places and quantities; empty if it is for no lines in particular.
ALTER TABLE refunds ADD COLUMN lines TEXT NOT NULL DEFAULT '';
