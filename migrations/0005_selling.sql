-- Everything that selling needs: payments and disputes one by one, and the tables of buyers, stock, codes, receipts and operators.
-- SQLite cannot drop a check, so `orders` and the two tables that refer to it are made again. After this file, others only add.
CREATE TABLE orders_new (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    strategy TEXT NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('open', 'pending', 'paid', 'partially_refunded', 'refunded', 'failed', 'expired', 'cancelled')
    ),
    currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL CHECK (total_minor >= 0),
    goods_minor INTEGER, -- NULL: the order was saved before orders had parts, and its goods are its total
    discount_minor INTEGER NOT NULL DEFAULT 0 CHECK (discount_minor >= 0),
    shipping_minor INTEGER NOT NULL DEFAULT 0 CHECK (shipping_minor >= 0),
    tax_minor INTEGER NOT NULL DEFAULT 0 CHECK (tax_minor >= 0),
    renewal_minor INTEGER NOT NULL DEFAULT 0 CHECK (renewal_minor >= 0),
    -- The sums of `payments`. A tip is in `tip_minor` alone.
    paid_minor INTEGER NOT NULL DEFAULT 0 CHECK (paid_minor >= 0),
    tip_minor INTEGER NOT NULL DEFAULT 0 CHECK (tip_minor >= 0),
    refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor >= 0),
    dispute TEXT NOT NULL DEFAULT 'none' CHECK (dispute IN ('none', 'open', 'won', 'lost')),
    needs_review INTEGER NOT NULL DEFAULT 0 CHECK (needs_review IN (0, 1)),
    review_reason TEXT NOT NULL DEFAULT '',
    oversold INTEGER NOT NULL DEFAULT 0,
    lines TEXT NOT NULL,
    metadata TEXT NOT NULL,
    customer_email TEXT NOT NULL,
    statement_descriptor_suffix TEXT NOT NULL,
    idempotency_key TEXT,
    request_digest TEXT NOT NULL,
    session_id TEXT,
    session_url TEXT,
    session_expires_at INTEGER,
    -- The id by which the provider's events name the checkout: the part of `session_id` after a colon, or all of it. Generated,
    -- so that the release before this migration writes it too.
    checkout_ref TEXT GENERATED ALWAYS AS (
        substr(session_id, 1 + length(rtrim(session_id, replace(session_id, ':', ''))))
    ) STORED,
    payment_ref TEXT NOT NULL DEFAULT '',
    subscription_ref TEXT NOT NULL DEFAULT '',
    return_token TEXT NOT NULL DEFAULT '',
    page_token TEXT NOT NULL DEFAULT '',
    receipt_year INTEGER,
    receipt_number INTEGER,
    -- Whoever set `busy_until` alone asks the provider about the order until then. `looked_at` is when that was last done.
    busy_until INTEGER NOT NULL DEFAULT 0,
    looked_at INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

INSERT INTO orders_new (
    id, site, strategy, provider, status, currency, total_minor, goods_minor, paid_minor, refunded_minor, dispute, needs_review,
    lines, metadata, customer_email, statement_descriptor_suffix, idempotency_key, request_digest, session_id, session_url,
    session_expires_at, payment_ref, subscription_ref, created_at, updated_at
)
SELECT
    id, site, strategy, provider, status, currency, total_minor, total_minor, paid_minor, refunded_minor, dispute, needs_review,
    lines, metadata, customer_email, statement_descriptor_suffix, idempotency_key, request_digest, session_id, session_url,
    session_expires_at, payment_ref, subscription_ref, created_at, updated_at
FROM orders;

-- `order_id` is an order's id, or `sku:…`, `code:…` or `site:…`, so it refers to no table.
CREATE TABLE outbox_new (
    order_id TEXT NOT NULL,
    effect TEXT NOT NULL,
    channel TEXT NOT NULL DEFAULT 'webhook',
    created_at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'dead', 'unwanted')),
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL DEFAULT 0,
    last_at INTEGER,
    last_status INTEGER,
    last_error TEXT NOT NULL DEFAULT '',
    facts TEXT,
    PRIMARY KEY (order_id, effect, channel)
) STRICT, WITHOUT ROWID;

INSERT INTO outbox_new (order_id, effect, created_at, state, attempts, next_at, last_at, last_status, last_error, facts)
SELECT order_id, effect, created_at, state, attempts, next_at, last_at, last_status, last_error, facts FROM outbox;

CREATE TABLE refunds_new (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders_new (id),
    payment_ref TEXT NOT NULL DEFAULT '', -- empty: the order's only payment
    amount_minor INTEGER NOT NULL CHECK (amount_minor > 0),
    reason TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('requested', 'pending', 'succeeded', 'failed')),
    provider_ref TEXT NOT NULL DEFAULT '',
    counted INTEGER NOT NULL DEFAULT 0 CHECK (counted IN (0, 1)),
    idempotency_key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (order_id, idempotency_key)
) STRICT;

INSERT INTO refunds_new (
    id, order_id, amount_minor, reason, status, provider_ref, counted, idempotency_key, request_digest, created_at, updated_at
)
SELECT
    id, order_id, amount_minor, reason, status, provider_ref, counted, idempotency_key, request_digest, created_at, updated_at
FROM refunds;

DROP TABLE outbox;
DROP TABLE refunds;
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
ALTER TABLE outbox_new RENAME TO outbox;
ALTER TABLE refunds_new RENAME TO refunds;

-- The last release's `ON CONFLICT (idempotency_key)` needs the first one. A later release drops it.
CREATE UNIQUE INDEX orders_by_key ON orders (idempotency_key);
CREATE UNIQUE INDEX orders_by_site_key ON orders (site, idempotency_key);
CREATE UNIQUE INDEX orders_by_checkout ON orders (provider, checkout_ref);
CREATE UNIQUE INDEX orders_by_receipt ON orders (site, receipt_year, receipt_number) WHERE receipt_number IS NOT NULL;
CREATE INDEX orders_by_payment ON orders (provider, payment_ref) WHERE payment_ref <> '';
CREATE INDEX orders_by_subscription ON orders (provider, subscription_ref) WHERE subscription_ref <> '';
CREATE INDEX orders_by_status ON orders (status, id);
-- What the reconciler reads: orders that may still be paid, those of them that it never asked about, those whose buyer never saw a
-- payment page, and paid ones. With `|| ''`, here and in the statements, no planner takes `orders_by_status` and sorts all of them.
CREATE INDEX orders_waiting ON orders (created_at, id) WHERE status || '' IN ('open', 'pending') AND session_id IS NOT NULL;
CREATE INDEX orders_never_asked ON orders (created_at, id)
    WHERE status || '' IN ('open', 'pending') AND session_id IS NOT NULL AND looked_at = 0;
CREATE INDEX orders_without_page ON orders (created_at, id) WHERE status || '' IN ('open', 'pending') AND session_id IS NULL;
CREATE INDEX orders_paid ON orders (created_at, id) WHERE status || '' IN ('paid', 'partially_refunded', 'refunded');
CREATE INDEX orders_to_review ON orders (id) WHERE needs_review = 1;
CREATE INDEX outbox_due ON outbox (next_at, created_at) WHERE state = 'waiting';
CREATE INDEX refunds_by_provider_ref ON refunds (provider_ref) WHERE provider_ref <> '';
CREATE INDEX refunds_unfinished ON refunds (id) WHERE status IN ('requested', 'pending');

-- What an event names and what was decided. `digest` is of what the engine read of it, `delivery_id` and `body_digest` are of the
-- provider's first delivery, where a signature does not cover the whole body.
ALTER TABLE events ADD COLUMN checkout_ref TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN digest TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN delivery_id TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN body_digest TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN created_at INTEGER;
ALTER TABLE events ADD COLUMN due_at INTEGER;
ALTER TABLE events ADD COLUMN dispute_reason TEXT NOT NULL DEFAULT '';
-- What the last release read and could not apply is read again, and needs the id that it had.
UPDATE events SET event_id = 'before-payments:' || event_id WHERE verdict = 'mismatch' AND event_id LIKE 'read:%';
CREATE INDEX events_by_delivery ON events (provider, delivery_id) WHERE delivery_id <> '';
CREATE INDEX events_parked ON events (received_at, event_id) WHERE verdict = 'parked';

-- Each payment of an order. What was refunded may include the tip.
CREATE TABLE payments (
    provider TEXT NOT NULL,
    payment_ref TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0), -- without the tip
    tip_minor INTEGER NOT NULL CHECK (tip_minor >= 0),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor >= 0),
    state TEXT NOT NULL CHECK (state IN ('pending', 'failed', 'paid')),
    at INTEGER NOT NULL,
    PRIMARY KEY (provider, payment_ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX payments_by_order ON payments (order_id);

INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)
SELECT provider, CASE WHEN payment_ref <> '' THEN payment_ref WHEN subscription_ref <> '' THEN subscription_ref ELSE id END,
    id, paid_minor, 0, refunded_minor, 'paid', updated_at
FROM orders WHERE paid_minor > 0 ON CONFLICT DO NOTHING;
-- Two orders could share one payment.
INSERT INTO payments (provider, payment_ref, order_id, amount_minor, tip_minor, refunded_minor, state, at)
SELECT o.provider, o.id, o.id, o.paid_minor, 0, o.refunded_minor, 'paid', o.updated_at
FROM orders AS o WHERE o.paid_minor > 0 AND NOT EXISTS (SELECT 1 FROM payments AS p WHERE p.order_id = o.id);

-- Each dispute of an order. `changes` counts how often it was closed or opened again.
CREATE TABLE disputes (
    provider TEXT NOT NULL,
    dispute_id TEXT NOT NULL,
    payment_ref TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    amount_minor INTEGER,
    currency TEXT,
    reason TEXT NOT NULL,
    due_at INTEGER,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    outcome TEXT NOT NULL CHECK (outcome IN ('', 'won', 'lost')),
    changes INTEGER NOT NULL DEFAULT 0,
    at INTEGER NOT NULL,
    PRIMARY KEY (provider, dispute_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX disputes_by_order ON disputes (order_id);

-- The last release kept no ids. A closed dispute is final there. An open one is found again by its next event.
INSERT INTO disputes (provider, dispute_id, payment_ref, order_id, reason, state, outcome, at)
SELECT provider, 'unknown:' || id, payment_ref, id, '', 'closed', dispute, updated_at FROM orders WHERE dispute IN ('won', 'lost');

CREATE TABLE buyers (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    email TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX buyers_by_email ON buyers (email) WHERE email <> '';

CREATE TABLE operator_log (
    id TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX operator_log_by_subject ON operator_log (subject);

-- Stock, codes and numbers.
CREATE TABLE stock ( -- one row for each SKU that is counted, for all sites. A SKU without a row is not counted
    sku TEXT PRIMARY KEY,
    on_hand INTEGER NOT NULL, -- may fall below `held`, or below 0, when an operator counts the shelf
    held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE holds (
    order_id TEXT NOT NULL REFERENCES orders (id),
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    -- new, release, sell and retake exist only inside a batch
    state TEXT NOT NULL CHECK (state IN ('new', 'held', 'release', 'released', 'sell', 'retake', 'sold', 'short')),
    PRIMARY KEY (order_id, sku)
) STRICT, WITHOUT ROWID;
CREATE TABLE codes (
    code TEXT PRIMARY KEY, -- upper case, for all sites
    revision INTEGER NOT NULL, -- grows with each change by an operator, so that a cart priced from the old row is priced again
    most_uses INTEGER, -- NULL: no limit
    uses INTEGER NOT NULL DEFAULT 0 CHECK (uses >= 0),
    once INTEGER NOT NULL DEFAULT 0,
    from_at INTEGER, -- NULL: since ever
    until_at INTEGER -- NULL: for ever. From this second on it is over
) STRICT;
CREATE TABLE code_uses (
    order_id TEXT NOT NULL REFERENCES orders (id),
    code TEXT NOT NULL,
    buyer TEXT NOT NULL, -- for a `once` code the SHA-256 of code and lower-case e-mail, else empty, and never the e-mail itself
    state TEXT NOT NULL CHECK (state IN ('new', 'held', 'release', 'released', 'used')),
    PRIMARY KEY (order_id, code)
) STRICT, WITHOUT ROWID;
CREATE INDEX code_uses_by_buyer ON code_uses (code, buyer);
CREATE TABLE counters ( -- numbers of receipts. Series: receipt, credit_note, renewal
    site TEXT NOT NULL,
    series TEXT NOT NULL,
    year INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (site, series, year)
) STRICT, WITHOUT ROWID;
CREATE TABLE licence_keys (
    sku TEXT NOT NULL,
    id INTEGER NOT NULL,
    text TEXT NOT NULL,
    order_id TEXT,
    PRIMARY KEY (sku, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX licence_keys_free ON licence_keys (sku, id) WHERE order_id IS NULL;
