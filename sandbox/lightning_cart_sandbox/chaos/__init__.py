"""Faults on purpose: how often each one hits, and the middleware that injects them."""
