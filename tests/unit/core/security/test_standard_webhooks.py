"""Signatures of fulfilment webhooks: the specification's vector, rotation, and the official library's verdict."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from lightning_cart.errors import InvalidSettings
from lightning_cart.secret import Secret
from lightning_cart.security.standard_webhooks import SETTINGS, sign, validate_signing_secret
from lightning_cart.settings import read_settings
from support.merchants import OLD_SECRET, SIGNING_SECRET

BODY = b'{"test": 2432232314}'
PUBLISHED_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the specification's own, so no setting may have it
ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"


def verify(header: str, secret: str, body: bytes = BODY, at: int | None = None) -> object:
    headers = {"webhook-id": ID, "webhook-timestamp": str(at or int(time.time())), "webhook-signature": header}
    return Webhook(secret).verify(body, headers)


def test_the_signature_is_the_specifications() -> None:
    assert sign([Secret(PUBLISHED_SECRET)], ID, 1614265330, BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("secret", [SIGNING_SECRET, OLD_SECRET], ids=["the new one", "the old one"])
def test_while_a_secret_is_rotated_a_receiver_may_know_either(secret: str) -> None:
    now = int(time.time())
    header = sign([Secret(SIGNING_SECRET), Secret(OLD_SECRET)], ID, now, BODY)
    assert header.count("v1,") == 2
    assert header.count(" ") == 1
    assert verify(header, secret, at=now) == {"test": 2432232314}


def test_a_secret_that_is_not_named_verifies_nothing() -> None:
    now = int(time.time())
    with pytest.raises(WebhookVerificationError):
        verify(sign([Secret(SIGNING_SECRET)], ID, now, BODY), OLD_SECRET, at=now)


@given(body=st.text().map(str.encode), changed=st.text().map(str.encode))
def test_a_signature_is_over_these_bytes_alone(body: bytes, changed: bytes) -> None:
    now = int(time.time())
    header = sign([Secret(SIGNING_SECRET)], ID, now, body)
    headers = {"webhook-id": ID, "webhook-timestamp": str(now), "webhook-signature": header}
    Webhook(SIGNING_SECRET).verify(body, headers, json_parse=False)
    if changed != body:
        with pytest.raises(WebhookVerificationError):
            Webhook(SIGNING_SECRET).verify(changed, headers, json_parse=False)


@pytest.mark.parametrize("length", [24, 64])
def test_a_secret_of_24_to_64_bytes_is_right(length: int) -> None:
    from base64 import b64encode

    assert validate_signing_secret("whsec_" + b64encode(b"k" * length).decode()) == ""


MALFORMED = "must be whsec_ and the base64 of 24 to 64 random bytes"


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (SIGNING_SECRET.removeprefix("whsec_"), "must start with whsec_"),
        ("whsec_", "is only the prefix whsec_: copy the whole value"),
        ("whsec_c2hvcnQ=", MALFORMED),
        ("whsec_" + "QUFB" * 22, MALFORMED),
        (SIGNING_SECRET + "=", MALFORMED),
        (SIGNING_SECRET[:-1], MALFORMED),
        ("whsec_ñ" + SIGNING_SECRET[7:], "has U+00F1 at character 7, but has ASCII characters only: copy it again"),
        (PUBLISHED_SECRET, "is an example of a documentation, which everybody knows: enter your own value"),
    ],
    ids=["no prefix", "empty", "5 bytes", "66 bytes", "too much padding", "cut off", "not ASCII", "published"],
)
def test_anything_else_is_no_secret_and_is_not_quoted(value: str, reason: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read_settings({"FULFILMENT_SECRET": value}, SETTINGS)
    assert str(caught.value) == f"FULFILMENT_SECRET {reason}"
