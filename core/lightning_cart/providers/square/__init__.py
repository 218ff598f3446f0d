"""Square: payment links made from an order, and the webhooks of one application."""
