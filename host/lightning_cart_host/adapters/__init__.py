"""Implementations of the core's ports on a host: SQLite, httpx and random ids."""
