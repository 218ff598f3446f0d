"""Measures the engine on a host beside FastAPI, stripe-python and SQLAlchemy: `make bench-host`."""
