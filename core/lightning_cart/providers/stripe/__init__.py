"""Stripe: hosted Checkout Sessions, and the webhooks of one account."""
