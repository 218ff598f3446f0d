"""HMAC signatures and the age of signed messages."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.secret import Secret
from lightning_cart.security.signing import is_current, matches_any, sign
from support.builders import NOW

OLD, NEW = Secret("the-old-secret-of-thirty-two-chars"), Secret("the-new-secret-of-thirty-two-chars")


@given(st.binary(), st.text(min_size=1, alphabet=st.characters(codec="utf-8")))
def test_a_signature_is_the_hmac_of_the_bytes(message: bytes, secret: str) -> None:
    assert sign(Secret(secret), message) == hmac.new(secret.encode(), message, hashlib.sha256).digest()


@pytest.mark.parametrize("signer", [OLD, NEW], ids=["old", "new"])
def test_any_current_secret_verifies(signer: Secret) -> None:
    assert matches_any(b"x", [b"junk", sign(signer, b"x")], [NEW, OLD])


@pytest.mark.parametrize("signatures", [[], [b""], [sign(NEW, b"y")], ["é".encode()]], ids=["none", "empty", "other", "junk"])
def test_nothing_else_verifies(signatures: list[bytes]) -> None:
    assert not matches_any(b"x", signatures, [NEW, OLD])


@pytest.mark.parametrize(("offset", "current"), [(-301, False), (-300, True), (0, True), (300, True), (301, False)])
def test_a_time_is_judged_on_both_sides(offset: int, current: bool) -> None:
    assert is_current(NOW + offset, NOW, 300) is current
