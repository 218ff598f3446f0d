"""Acorn Pay: payments on a hosted page, and the webhooks of one account."""
