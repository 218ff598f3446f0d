"""PayPal's certificates: what a good one is, what is never believed, and when PayPal is asked instead."""

import contextlib
import json
from binascii import a2b_base64, crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_cart.domain.payment_event import PaymentEvent
from lightning_cart.errors import BadSignature, ProviderTimeout
from lightning_cart.flow import ProviderRequest
from lightning_cart.http import HttpRequest, HttpResponse
from lightning_cart.providers.paypal.checkout import PayPal
from lightning_cart.providers.paypal.config import PayPalConfig
from lightning_cart.providers.paypal.der import Certificate, RsaKey, parse_pem
from support import ROOT
from support.app import ENV
from support.builders import NOW
from support.paypal import (
    ANCHOR,
    CA,
    CERT_URL,
    LEAF,
    NAME,
    OFFLINE_ENV,
    OTHER,
    SHA1_RSA,
    VERIFIED,
    base64,
    certificate,
    certificate_file,
    event_body,
    headers,
    make_capture,
    name,
    paypal,
    pem,
    public_key,
    rfc3339,
    run_flow,
    tlv,
    token,
)

VECTOR = json.loads((ROOT / "tests" / "vectors" / "paypal_signature.json").read_text())
BODY = event_body("PAYMENT.CAPTURE.COMPLETED", make_capture())
NO = AssertionError("PayPal was asked")


def check(
    *answers: HttpResponse | Exception, sent: dict[str, str] | None = None, strategy: PayPal | None = None, now: int = NOW
) -> tuple[PaymentEvent, list[ProviderRequest]]:
    request = HttpRequest("POST", "/webhook/paypal", sent or headers(BODY), BODY)
    return run_flow((strategy or paypal(OFFLINE_ENV)).verify_webhook(request, now), *answers)


def test_the_checksum_is_unsigned() -> None:
    assert crc32(VECTOR["body"].encode()) == VECTOR["crc32"]


def test_what_openssl_made_is_read_and_verified() -> None:
    (leaf,), (anchor,) = parse_pem(VECTOR["leaf"]), parse_pem(VECTOR["anchor"])
    message = f"{VECTOR['transmission_id']}|{VECTOR['transmission_time']}|{VECTOR['webhook_id']}|{VECTOR['crc32']}"
    signature = a2b_base64(VECTOR["signature"])
    assert (leaf.common_name, leaf.is_signed_by(anchor), leaf.is_valid(VECTOR["now"])) == (NAME, True, True)
    assert leaf.key.verifies(message.encode(), signature)
    assert not leaf.key.verifies(message.encode() + b" ", signature)


@pytest.mark.parametrize("root", VECTOR["published_roots"])
def test_published_roots_are_read(root: str) -> None:
    (found,) = parse_pem(VECTOR["published_roots"][root]["pem"])
    assert (found.common_name, found.is_valid(NOW)) == (root.replace("_", " "), True)


def test_a_published_root_has_signed_itself() -> None:
    (root,) = parse_pem(VECTOR["published_roots"]["DigiCert_Global_Root_G2"]["pem"])
    assert root.is_signed_by(root)


def test_a_good_webhook_costs_one_download_and_no_question() -> None:
    found, requests = check(certificate_file())
    assert (found.id, [(request.method, request.url, dict(request.headers)) for request in requests]) == (
        "WH-1",
        [("GET", CERT_URL, {})],
    )


def test_the_next_one_costs_nothing() -> None:
    strategy = paypal(OFFLINE_ENV)
    check(certificate_file(), strategy=strategy)
    assert check(NO, strategy=strategy)[1] == []


def test_at_most_eight_certificates_are_cached() -> None:
    strategy = paypal(OFFLINE_ENV)
    sent = [headers(BODY, paypal_cert_url=f"{CERT_URL}-{number}") for number in range(9)]
    for one in sent[:8]:
        check(certificate_file(), sent=one, strategy=strategy)
    assert check(NO, sent=sent[0], strategy=strategy)[1] == []
    check(certificate_file(), sent=sent[8], strategy=strategy)
    assert len(check(certificate_file(), sent=sent[0], strategy=strategy)[1]) == 1


def test_a_kept_certificate_is_not_used_after_its_end() -> None:
    strategy = paypal(OFFLINE_ENV)
    check(certificate_file(), strategy=strategy)
    later = 4_200_000_000  # in 2103
    sent = headers(BODY, time=rfc3339(later))
    assert len(check(certificate_file(), token(), VERIFIED, sent=sent, strategy=strategy, now=later)[1]) == 3


@pytest.mark.parametrize(
    "sent",
    [
        headers(BODY, key=OTHER),
        headers(BODY, webhook_id="WEBHOOK-2"),
        headers(BODY + b" "),
        headers(BODY, paypal_transmission_id="another"),
        headers(BODY, paypal_transmission_time=rfc3339(NOW - 1)),
        headers(BODY, paypal_transmission_sig="AAAA"),
        headers(BODY, paypal_transmission_sig="not*base64"),
        headers(BODY, paypal_transmission_sig=base64(b"\xff" * 256)),
        headers(BODY, paypal_transmission_sig=base64(b"\0" * 256)),
    ],
    ids=["other key", "other webhook", "other body", "other id", "other time", "short", "not base64", "too large", "zero"],
)
def test_a_wrong_signature_under_a_good_certificate_is_bad_without_asking(sent: dict[str, str]) -> None:
    with pytest.raises(BadSignature):
        check(certificate_file(), NO, sent=sent)


EXPIRED = (tlv(0x17, b"200101000000Z"), tlv(0x17, b"210101000000Z"))
FUTURE = (tlv(0x17, b"490101000000Z"), tlv(0x18, b"21000101000000Z"))


@pytest.mark.parametrize(
    "reply",
    [
        certificate_file(certificate(times=EXPIRED)),
        certificate_file(certificate(times=FUTURE)),
        certificate_file(certificate("messageverificationcerts.paypal.com.evil.example")),
        certificate_file(certificate("evil.paypal.com")),
        certificate_file(certificate("messageverificationcerts-evil.paypal.com")),
        certificate_file(certificate("")),
        certificate_file(certificate(signer=OTHER)),
        certificate_file(certificate(issuer="Another Root", signer=OTHER)),
        certificate_file(certificate(algorithm=SHA1_RSA)),
        certificate_file(certificate(outer_algorithm=SHA1_RSA)),
        certificate_file(ANCHOR, certificate()),
        HttpResponse(200, {}, b"not PEM"),
        HttpResponse(200, {}, b"\xff"),
        HttpResponse(200, {}, b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----"),
        HttpResponse(200, {}, pem(certificate()).encode() + b"\n" * 32_768),
        HttpResponse(302, {"location": "https://evil.example"}),
        HttpResponse(404),
        ProviderTimeout("paypal", "slow"),
    ],
    ids=[
        "ended", "not begun", "name goes on", "other name", "similar name", "no name", "forged", "unknown issuer", "SHA-1",
        "two algorithms", "root first", "not PEM", "not ASCII", "not base64", "too large", "redirect", "not found", "silence",
    ],
)  # fmt: skip
def test_where_the_certificate_is_unclear_paypal_is_asked(reply: HttpResponse | Exception) -> None:
    found, requests = check(reply, token(), VERIFIED)
    assert (found.id, requests[2].path) == ("WH-1", "/v1/notifications/verify-webhook-signature")


def test_and_its_no_is_a_bad_signature() -> None:
    with pytest.raises(BadSignature):
        check(HttpResponse(404), token(), answer_no())


def answer_no() -> HttpResponse:
    return HttpResponse(200, {}, b'{"verification_status":"FAILURE"}')


def test_an_anchor_that_has_ended_vouches_for_nothing() -> None:
    ended = OFFLINE_ENV | {"PAYPAL_TRUST_ANCHORS": pem(certificate("Test Root", "Test Root", CA, times=EXPIRED))}
    assert len(check(certificate_file(), token(), VERIFIED, strategy=paypal(ended))[1]) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com.evil.example/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com@evil.example/v1/notifications/certs/CERT-1",
        "https://evil.example/api.sandbox.paypal.com/v1/notifications/certs/CERT-1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/../../x",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1?x=1",
        "https://api.sandbox.paypal.com/v1/notifications/certs/CERT-1#x",
        "https://api.sandbox.paypal.com/v1/notifications/certs/",
        "https://169.254.169.254/v1/notifications/certs/CERT-1",
        "http://127.0.0.1:8090/paypal/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
    ],
)
def test_a_certificate_from_elsewhere_is_never_fetched(url: str) -> None:
    _, requests = check(token(), VERIFIED, sent=headers(BODY, paypal_cert_url=url))
    assert [request.url for request in requests if request.method == "GET"] == []


def places(base: str) -> tuple[str, ...]:
    return PayPalConfig.from_env(ENV | OFFLINE_ENV | {"PAYPAL_API_BASE": base}).certificate_url_prefixes


@pytest.mark.parametrize(
    ("base", "hosts"),
    [
        ("https://api-m.paypal.com", ["https://api-m.paypal.com", "https://api.paypal.com"]),
        ("https://api-m.sandbox.paypal.com", ["https://api-m.sandbox.paypal.com", "https://api.sandbox.paypal.com"]),
        ("http://127.0.0.1:8090/paypal", ["http://127.0.0.1:8090/paypal"]),
        ("https://proxy.example", []),
    ],
    ids=["live", "sandbox", "this machine", "proxy"],
)
def test_each_environment_has_its_own_places_for_certificates(base: str, hosts: list[str]) -> None:
    assert places(base) == tuple(f"{host}/v1/notifications/certs/" for host in hosts)


def test_a_setting_may_hold_a_certificate_on_one_line() -> None:
    text = pem(ANCHOR, certificate())
    assert parse_pem(text.replace("\n", "\\n")) == parse_pem(text.replace("\n", " ")) == parse_pem(text)


BIT_STRING = tlv(0x03, b"\0", tlv(0x30))
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"\x30",
    "endless length": b"\x30\x80\0\0",
    "length of five bytes": b"\x30\x85\0\0\0\0\0",
    "cut off": certificate()[:-1],
    "one byte more": certificate() + b"\0",
    "empty sequence": tlv(0x30),
    "no sequence": tlv(0x31),
    "empty body": tlv(0x30, tlv(0x30), tlv(0x30), tlv(0x03, b"\0")),
    "few fields": tlv(0x30, tlv(0x30, tlv(0x02, b"\1")), tlv(0x30), tlv(0x03, b"\0")),
    "one time": certificate(times=(tlv(0x17, b"200101000000Z"),)),
    "three times": certificate(times=(*EXPIRED, tlv(0x17, b"210101000000Z"))),
    "time without Z": certificate(times=(tlv(0x17, b"2001010000000"), EXPIRED[1])),
    "month 13": certificate(times=(tlv(0x17, b"201301000000Z"), EXPIRED[1])),
    "time of another type": certificate(times=(tlv(0x0C, b"200101000000Z"), EXPIRED[1])),
    "key of another sort": certificate(spki=public_key(LEAF.modulus, algorithm="2a8648ce3d0201")),
    "key of 1024 bits": certificate(spki=public_key(LEAF.modulus >> 1024)),
    "key of 16384 bits": certificate(spki=public_key(1 << 16_383)),
    "negative key": certificate(spki=public_key(-LEAF.modulus)),
    "exponent 1": certificate(spki=public_key(LEAF.modulus, 1)),
    "exponent of the modulus' size": certificate(spki=public_key(LEAF.modulus, LEAF.private_exponent)),
    "key not of whole bytes": certificate(
        spki=tlv(0x30, tlv(0x30, tlv(0x06, bytes.fromhex("2a864886f70d010101"))), tlv(0x03, b"\1x"))
    ),
    "key without numbers": certificate(spki=tlv(0x30, tlv(0x30, tlv(0x06, bytes.fromhex("2a864886f70d010101"))), BIT_STRING)),
    "name not UTF-8": certificate(
        subject_der=tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550403")), tlv(0x0C, b"\xff"))))
    ),
    "name without a value": certificate(subject_der=tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, b"\x55"))))),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_certificate_is_refused(case: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Certificate.parse(BROKEN[case])


@given(st.binary())
def test_any_bytes_are_a_certificate_or_a_value_error(der: bytes) -> None:
    with contextlib.suppress(ValueError):
        Certificate.parse(der)


@given(st.integers(0, len(ANCHOR) - 1), st.integers(1, 255))
def test_any_changed_byte_breaks_the_certificate_or_its_signature(index: int, change: int) -> None:
    good = bytearray(certificate())
    index %= len(good)
    good[index] ^= change
    (anchor,) = parse_pem(pem(ANCHOR))
    with contextlib.suppress(ValueError):
        assert not Certificate.parse(bytes(good)).is_signed_by(anchor)


@given(st.text())
def test_any_text_is_certificates_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_pem(f"-----BEGIN CERTIFICATE-----{text}-----END CERTIFICATE-----")


@given(st.binary(max_size=300))
def test_no_other_bytes_are_a_signature(signature: bytes) -> None:
    assert not RsaKey(LEAF.modulus, 65537).verifies(b"message", signature)


def test_an_old_certificate_without_a_version_is_read() -> None:
    assert Certificate.parse(certificate(version=b"")).common_name == NAME


def test_a_name_of_the_last_century_is_still_a_time() -> None:
    old = Certificate.parse(certificate(times=(tlv(0x17, b"500101000000Z"), EXPIRED[1])))
    assert old.not_before < 0


def test_a_subject_without_a_common_name_has_none() -> None:
    country = tlv(0x30, tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550406")), tlv(0x13, b"US"))))
    assert Certificate.parse(certificate(subject_der=country)).common_name == ""
    assert Certificate.parse(certificate(subject_der=name("x"))).common_name == "x"
