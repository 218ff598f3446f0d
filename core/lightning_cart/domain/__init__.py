"""Values and rules: money, the catalogue, orders and refunds. Independent of HTTP, databases and providers."""
