"""Square: payment links, and the webhooks of one application."""
