-- Refunds that were asked for here. A row is written before the provider hears of it. `counted` is 1 once the order's own
-- `refunded_minor`, which is the provider's sum, is known to include it.
CREATE TABLE refunds (
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
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

CREATE INDEX refunds_by_provider_ref ON refunds (provider_ref) WHERE provider_ref <> '';
CREATE INDEX refunds_unfinished ON refunds (id) WHERE status IN ('requested', 'pending');
