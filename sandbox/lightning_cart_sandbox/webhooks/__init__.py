"""Webhooks: the outbox, and their delivery with retries."""
