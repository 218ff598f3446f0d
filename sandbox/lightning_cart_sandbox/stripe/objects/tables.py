"""What the tables of objects are made of."""

from lightning_cart_sandbox.types import Json


def nulls(names: str) -> Json:
    """Return null for each name of a list that is separated by spaces."""
    return dict.fromkeys(names.split())
