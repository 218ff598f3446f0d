"""Measures the cost of a request and of a start at the edge: `make bench-edge`."""
