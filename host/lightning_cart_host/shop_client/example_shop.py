"""Names from the example catalogue in `config`, which the demo, the chaos run and the tests buy from."""

SITE = "test-checkout"
PRODUCT = "test-10"  # costs 10 USD
UNSETTLED = frozenset({"open", "pending"})  # order statuses that still wait for the payment
