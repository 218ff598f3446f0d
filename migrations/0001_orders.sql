-- Orders, the inbox of provider events, and the outbox of effects. Amounts are integers in minor units, times Unix seconds.
CREATE TABLE orders (
    id TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    strategy TEXT NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL CHECK (
        status IN ('open', 'pending', 'paid', 'partially_refunded', 'refunded', 'failed', 'expired', 'cancelled')
    ),
    currency TEXT NOT NULL,
    total_minor INTEGER NOT NULL CHECK (total_minor > 0),
    paid_minor INTEGER NOT NULL DEFAULT 0 CHECK (paid_minor IN (0, total_minor)),
    refunded_minor INTEGER NOT NULL DEFAULT 0 CHECK (refunded_minor BETWEEN 0 AND total_minor),
    dispute TEXT NOT NULL DEFAULT 'none' CHECK (dispute IN ('none', 'open', 'won', 'lost')),
    needs_review INTEGER NOT NULL DEFAULT 0 CHECK (needs_review IN (0, 1)),
    lines TEXT NOT NULL,
    metadata TEXT NOT NULL,
    customer_email TEXT NOT NULL,
    statement_descriptor_suffix TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    request_digest TEXT NOT NULL,
    session_id TEXT,
    session_url TEXT,
    session_expires_at INTEGER,
    payment_ref TEXT NOT NULL DEFAULT '',
    subscription_ref TEXT NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX orders_by_payment ON orders (provider, payment_ref) WHERE payment_ref <> '';
CREATE INDEX orders_by_subscription ON orders (provider, subscription_ref) WHERE subscription_ref <> '';

-- One row for each event of a provider, however often it is delivered. `fresh` is 1 only inside the batch that decides on it.
CREATE TABLE events (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_id TEXT,
    amount_minor INTEGER,
    currency TEXT,
    payment_ref TEXT NOT NULL,
    subscription_ref TEXT NOT NULL,
    subject TEXT NOT NULL,
    status_before TEXT,
    verdict TEXT NOT NULL CHECK (verdict IN ('applied', 'mismatch', 'parked')),
    fresh INTEGER NOT NULL CHECK (fresh IN (0, 1)),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (provider, event_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX events_by_order ON events (order_id);

-- Events that came before anybody knew whose payment or subscription they are about.
CREATE INDEX events_parked_by_payment ON events (provider, payment_ref) WHERE verdict = 'parked' AND order_id IS NULL;
CREATE INDEX events_parked_by_subscription ON events (provider, subscription_ref) WHERE verdict = 'parked' AND order_id IS NULL;

-- What must happen once because of an order: fulfilment reads it from here.
CREATE TABLE outbox (
    order_id TEXT NOT NULL REFERENCES orders (id),
    effect TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (order_id, effect)
) STRICT, WITHOUT ROWID;
