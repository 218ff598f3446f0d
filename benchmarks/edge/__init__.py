"""Measures requests and cold starts at the edge: `make bench-edge`."""
