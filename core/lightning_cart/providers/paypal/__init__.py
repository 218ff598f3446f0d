"""PayPal: orders that the buyer approves and the engine captures, and the webhooks of one app."""
