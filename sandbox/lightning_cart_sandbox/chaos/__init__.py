"""Injected faults: their rates, and the middleware that injects them."""
