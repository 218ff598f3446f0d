"""Errors: their sentences name the subject."""

from lightning_cart.errors import InvalidSettings


def test_missing_keys_without_a_reason_are_named() -> None:
    assert str(InvalidSettings(["A", "B"])) == "not set: A, B"
