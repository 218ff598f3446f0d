"""The HTTP interface: routes, parsing, responses and problem details."""
