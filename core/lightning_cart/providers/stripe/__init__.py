"""Stripe: Checkout Sessions, Payment Links, and the webhooks of one account."""
