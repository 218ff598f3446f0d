"""Makes X.509 certificates and signatures for tests, good and bad ones, with three RSA keys that stand in a file."""

import hashlib
import json
from base64 import b64encode, encodebytes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = json.loads((Path(__file__).parents[1] / "vectors" / "rsa_test_keys.json").read_text())
EXPONENT: int = _FILE["exponent"]
SHA256_RSA, SHA1_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
NAME = "messageverificationcerts.sandbox.paypal.com"


_power = cache(pow)  # a private exponent takes its time, and tests sign the same again and again


@dataclass(frozen=True)
class Key:
    """A private key of 2048 bits."""

    modulus: int
    private_exponent: int

    def sign(self, message: bytes) -> bytes:
        """RSASSA-PKCS1-v1_5 with SHA-256."""
        digest = bytes.fromhex("3031300d060960864801650304020105000420") + hashlib.sha256(message).digest()
        padded = b"\x00\x01" + b"\xff" * (256 - 3 - len(digest)) + b"\x00" + digest
        return _power(int.from_bytes(padded, "big"), self.private_exponent, self.modulus).to_bytes(256, "big")


CA, LEAF, OTHER = (
    Key(*(int(_FILE["keys"][name][part], 16) for part in ("modulus", "private_exponent"))) for name in ("ca", "leaf", "other")
)


def tlv(tag: int, *contents: bytes) -> bytes:
    """One DER element."""
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    octets = (len(content).bit_length() + 7) // 8
    return bytes([tag, 0x80 | octets]) + len(content).to_bytes(octets, "big") + content


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def name(common_name: str) -> bytes:
    country = tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550406")), tlv(0x13, b"US")))
    return tlv(0x30, country, tlv(0x31, tlv(0x30, tlv(0x06, bytes.fromhex("550403")), tlv(0x0C, common_name.encode()))))


def public_key(modulus: int, exponent: int = EXPONENT, algorithm: str = "2a864886f70d010101") -> bytes:
    pair = tlv(0x30, integer(modulus), integer(exponent))
    return tlv(0x30, tlv(0x30, tlv(0x06, bytes.fromhex(algorithm)), tlv(0x05)), tlv(0x03, b"\0", pair))


def certificate(
    subject: str = NAME,
    issuer: str = "Test Root",
    key: Key = LEAF,
    signer: Key = CA,
    *,
    times: tuple[bytes, ...] = (tlv(0x17, b"200101000000Z"), tlv(0x18, b"21000101000000Z")),
    algorithm: bytes = SHA256_RSA,
    outer_algorithm: bytes = b"",
    spki: bytes = b"",
    version: bytes = tlv(0xA0, b"\x02\x01\x02"),
    subject_der: bytes = b"",
) -> bytes:
    """A certificate as DER, with anything in it as the test wants it."""
    body = tlv(
        0x30,
        version,
        integer(7),
        tlv(0x30, tlv(0x06, algorithm), tlv(0x05)),
        name(issuer),
        tlv(0x30, *times),
        subject_der or name(subject),
        spki or public_key(key.modulus),
    )
    outer = tlv(0x30, tlv(0x06, outer_algorithm or algorithm), tlv(0x05))
    return tlv(0x30, body, outer, tlv(0x03, b"\0", signer.sign(body)))


def pem(*ders: bytes) -> str:
    """Certificates as a PEM text."""
    return "".join(f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n" for der in ders)


ANCHOR = certificate("Test Root", "Test Root", CA)


def base64(signature: bytes) -> str:
    return b64encode(signature).decode()
