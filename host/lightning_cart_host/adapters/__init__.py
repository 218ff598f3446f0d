"""Implementations of the core's ports on a host: databases, HTTP and random ids."""
