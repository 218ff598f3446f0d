"""Certificates: how long that of PUBLIC_URL is valid, why providers refuse one, and PayPal's trust anchors."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lightning_cart_host.cli.doctor.certificate import check_anchors, check_certificate, check_days
from lightning_cart_host.cli.doctor.check import Check
from support.builders import NOW
from support.paypal import OFFLINE_ENV, PAYPAL_ENV

DAY = 24 * 3600


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A certificate authority, and the context of a client that trusts it."""

    def __init__(self, folder: Path) -> None:
        self.key, self.folder = ec.generate_private_key(ec.SECP256R1()), folder
        self.certificate = self.issue(self.key, "authority", days=3650, is_authority=True)
        self.client = ssl.create_default_context(cadata=self.certificate.public_bytes(serialization.Encoding.PEM).decode())

    def issue(self, key: ec.EllipticCurvePrivateKey, host: str, days: int, *, is_authority: bool = False) -> x509.Certificate:
        ends = datetime.now(UTC) + timedelta(days=days, hours=1)
        builder = x509.CertificateBuilder(name("authority"), name(host), key.public_key(), x509.random_serial_number())
        built = builder.not_valid_before(ends - timedelta(days=8000)).not_valid_after(ends)
        built = built.add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        if not is_authority:
            built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return built.sign(self.key, hashes.SHA256())

    def server(self, host: str, days: int) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = self.folder / f"{host}-{days}.pem"
        file.write_bytes(private + self.issue(key, host, days).public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


@contextlib.contextmanager
def serving(context: ssl.SSLContext) -> Iterator[str]:
    """Serve one TLS handshake on this machine, and yield the URL."""

    def handshake() -> None:
        with contextlib.suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as connection:
            connection.recv(1)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=handshake)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        thread.join()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    ("host", "days", "level", "detail"),
    [
        ("localhost", 90, "ok", "that of localhost is valid for 90 days"),
        ("localhost", 13, "warn", "that of localhost ends in 13 days"),
        ("localhost", -2, "fail", "that of localhost has expired"),
        ("old.example", 90, "fail", "that of localhost is for another name"),
    ],
)
def test_the_certificate_of_the_public_url_is_looked_at(
    authority: Authority, host: str, days: int, level: str, detail: str
) -> None:
    with serving(authority.server(host, days)) as url:
        (check,) = check_certificate(url, authority.client)
    assert (check.subject, check.level, check.detail) == ("certificate", level, detail)


def test_a_certificate_of_an_unknown_authority_lacks_its_issuers(authority: Authority) -> None:
    with serving(authority.server("localhost", 90)) as url:
        (check,) = check_certificate(url)
    assert (check.level, "comes without its issuer's" in check.detail, "whole chain" in check.advice) == ("fail", True, True)


def test_plain_http_has_no_certificate() -> None:
    assert check_certificate("http://127.0.0.1:8080") == []


def test_what_does_not_answer_is_left_to_the_check_of_the_engine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert check_certificate(f"https://127.0.0.1:{port}") == []


def test_a_host_that_dns_cannot_have_is_left_to_the_check_of_the_engine() -> None:
    assert check_certificate("https://pay..example") == []


def test_a_single_day_is_a_day() -> None:
    assert check_days("certificate", "it", NOW + DAY + 1, NOW, "renew it") == Check(
        "certificate", "warn", "it ends in 1 day", "renew it"
    )


def test_paypals_trust_anchors_are_looked_at_if_there_are_any() -> None:
    (check,) = check_anchors(OFFLINE_ENV, NOW)
    assert (check.subject, check.level) == ("PAYPAL_TRUST_ANCHORS", "ok")
    (late,) = check_anchors(OFFLINE_ENV, NOW + 400 * 365 * DAY)
    assert (late.level, late.detail) == ("fail", "the first of them to end has expired")


@pytest.mark.parametrize("env", [PAYPAL_ENV, {}], ids=["none set", "no PayPal"])
def test_without_trust_anchors_there_is_nothing_to_say(env: dict[str, str]) -> None:
    assert check_anchors(env, NOW) == []
