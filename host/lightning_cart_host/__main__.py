"""Runs `lightning-cart` as `python -m lightning_cart_host`."""

from lightning_cart_host.cli.main import main

main()
