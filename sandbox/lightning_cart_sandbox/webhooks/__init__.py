"""The outbox of webhooks, and their delivery with retries."""
