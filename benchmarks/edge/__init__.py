"""What a request and a start cost at the edge: `make bench-edge`."""
