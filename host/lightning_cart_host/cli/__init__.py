"""The command line `lightning-cart`."""
