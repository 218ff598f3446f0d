"""Staging the Worker, and running it on workerd on this machine."""
