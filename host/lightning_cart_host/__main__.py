"""`python -m lightning_cart_host` is `lightning-cart`."""

from lightning_cart_host.cli.main import main

main()
