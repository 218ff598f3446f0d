"""Values and rules: money, the catalogue, orders and refunds. Knows nothing of HTTP, databases or providers."""
