-- What the delivery of an effect to the merchant's own address needs. A claim moves `next_at` to the end of its lease, so a
-- worker that dies between claiming and recording only delays the next try.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'delivered', 'dead', 'unwanted'));
ALTER TABLE outbox ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN next_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN last_at INTEGER;
ALTER TABLE outbox ADD COLUMN last_status INTEGER;
ALTER TABLE outbox ADD COLUMN last_error TEXT NOT NULL DEFAULT '';
-- How the order stood when the effect was made, as JSON, so that every try says the same.
ALTER TABLE outbox ADD COLUMN facts TEXT;

-- What was made before anybody could be told of it is kept, and sent only by `orders replay`.
UPDATE outbox SET state = 'unwanted';

CREATE INDEX outbox_due ON outbox (next_at, created_at) WHERE state = 'waiting';
