-- Where the reconciler stopped (`cursor`), and which provider it leaves alone until when.
CREATE TABLE reconciling (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    until INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX events_parked_by_order ON events (order_id) WHERE verdict = 'parked';
