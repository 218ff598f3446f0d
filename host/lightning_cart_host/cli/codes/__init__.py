"""The commands about discount codes: `lightning-cart codes`."""
