"""Secrets: they show themselves only when they are revealed."""

import pytest

from lightning_cart.secret import Secret

NEW = Secret("the-new-secret-of-thirty-two-chars")


def test_a_secret_hides_in_repr_str_and_format() -> None:
    assert {repr(NEW), str(NEW), f"{NEW}"} == {"Secret('…')"}


def test_a_secret_comes_out_by_reveal_only() -> None:
    assert Secret("x").reveal() == "x"


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="empty"):
        Secret("")
