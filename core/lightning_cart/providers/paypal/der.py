"""Reads X.509 certificates and checks RSA signatures. Sources: ITU-T X.690 (DER), RFC 5280, RFC 8017 (RSA).

It is pure Python because no cryptographic package runs everywhere the core does. It uses public keys only, so it need not run
in constant time. Any bytes give a certificate or `ValueError`.
"""

import hashlib
import re
from binascii import a2b_base64
from datetime import UTC, datetime
from typing import NamedTuple

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----", re.ASCII)
_TIMES = {0x17: re.compile(rb"[0-9]{12}Z"), 0x18: re.compile(rb"[0-9]{14}Z")}
_SEQUENCE, _INTEGER, _BITS, _OID = 0x30, 0x02, 0x03, 0x06
_COMMON_NAME = bytes.fromhex("550403")
_RSA = bytes.fromhex("2a864886f70d010101")
_SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
_SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017, 9.2, note 1
_MIN_BITS, _MAX_BITS = 2048, 8192  # of a modulus


class _Element(NamedTuple):
    tag: int
    whole: bytes
    content: bytes


def _read(data: bytes, start: int) -> tuple[_Element, int]:
    """Return the element that starts at an index, and the index of the next one."""
    if len(data) < start + 2:
        raise ValueError("the DER data is truncated")
    length, content = data[start + 1], start + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 3:
            raise ValueError("invalid DER length, or more than 16 MB")
        length, content = int.from_bytes(data[content : content + octets], "big"), content + octets
    end = content + length
    if end > len(data):
        raise ValueError("the DER data is truncated")
    return _Element(data[start], data[start:end], data[content:end]), end


def _elements(data: bytes) -> list[_Element]:
    elements, start = [], 0
    while start < len(data):
        element, start = _read(data, start)
        elements.append(element)
    return elements


def _inside(element: _Element, tag: int, *tags: int) -> list[_Element]:
    """Return the elements inside an element of a tag. The first of them must have `tags`."""
    inner = _elements(element.content)
    if element.tag != tag or len(inner) < len(tags) or any(child.tag != want for child, want in zip(inner, tags, strict=False)):
        raise ValueError("the DER elements are not those of a certificate")
    return inner


def _bits(element: _Element) -> bytes:
    if element.tag != _BITS or not element.content.startswith(b"\0"):
        raise ValueError("the bit string does not have whole bytes")
    return element.content[1:]


def _integer(element: _Element) -> int:
    return int.from_bytes(element.content, "big", signed=True)


def _time(element: _Element) -> int:
    pattern = _TIMES.get(element.tag)
    if pattern is None or not pattern.fullmatch(element.content):
        raise ValueError("the DER time is malformed")
    digits = element.content[:-1].decode()
    if element.tag == 0x17:  # RFC 5280, 4.1.2.5.1: two digits are a year from 1950 to 2049
        digits = ("19" if digits >= "50" else "20") + digits
    parts = [int(digits[:4]), *(int(digits[index : index + 2]) for index in range(4, 14, 2))]
    return int(datetime(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], tzinfo=UTC).timestamp())


def _common_name(subject: _Element) -> str:
    for names in _inside(subject, _SEQUENCE):
        for name in _elements(names.content):
            kind, value = _inside(name, _SEQUENCE, _OID)[:2]
            if kind.content == _COMMON_NAME:
                return value.content.decode()
    return ""


class RsaKey(NamedTuple):
    """An RSA public key."""

    modulus: int
    exponent: int

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Return whether a signature is RSASSA-PKCS1-v1_5 with SHA-256 of a message. Source: RFC 8017, 8.2.2."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        digest = _SHA256_PREFIX + hashlib.sha256(message).digest()
        # The expected padding is built and compared, because parsing it allows forgeries.
        expected = b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
        return pow(number, self.exponent, self.modulus).to_bytes(size, "big") == expected


def _key(info: _Element) -> RsaKey:
    algorithm, bits = _inside(info, _SEQUENCE, _SEQUENCE, _BITS)[:2]
    if _inside(algorithm, _SEQUENCE, _OID)[0].content != _RSA:
        raise ValueError("the key is not an RSA key")
    whole, _ = _read(_bits(bits), 0)
    modulus, exponent = map(_integer, _inside(whole, _SEQUENCE, _INTEGER, _INTEGER)[:2])
    if not _MIN_BITS <= modulus.bit_length() <= _MAX_BITS or modulus < 0 or not 3 <= exponent < 2**33:
        raise ValueError("the size or the exponent of the RSA key is unsafe")
    return RsaKey(modulus, exponent)


class Certificate(NamedTuple):
    """The parts of a certificate that are needed to verify a signature.

    Args:
        subject: The owner, as DER.
        issuer: The signer, as DER.
        common_name: The subject's common name, or empty.
        not_before: Unix seconds.
        not_after: Unix seconds.
        key: The subject's public key.
        signed: The bytes that the issuer signed.
        signature: The issuer's signature.
        with_sha256: Whether the signature uses RSA with SHA-256; no other is trusted.
    """

    subject: bytes
    issuer: bytes
    common_name: str
    not_before: int
    not_after: int
    key: RsaKey
    signed: bytes
    signature: bytes
    with_sha256: bool

    @classmethod
    def parse(cls, der: bytes) -> "Certificate":
        """Read a certificate of an RSA key.

        Raises:
            ValueError: The bytes are not one certificate of an RSA key.
        """
        whole, end = _read(der, 0)
        if end != len(der):
            raise ValueError("there are bytes after the certificate")
        body, algorithm, signature = _inside(whole, _SEQUENCE, _SEQUENCE, _SEQUENCE, _BITS)[:3]
        fields = _inside(body, _SEQUENCE)
        fields = fields[1:] if fields and fields[0].tag == 0xA0 else fields  # the version
        if len(fields) < 6:
            raise ValueError("the certificate lacks fields")
        _serial, own_algorithm, issuer, validity, subject, key = fields[:6]
        if algorithm.whole != own_algorithm.whole:
            raise ValueError("the certificate names two signature algorithms")
        times = _inside(validity, _SEQUENCE)
        if len(times) != 2:
            raise ValueError("the validity of the certificate is not two times")
        return cls(
            subject=subject.whole,
            issuer=issuer.whole,
            common_name=_common_name(subject),
            not_before=_time(times[0]),
            not_after=_time(times[1]),
            key=_key(key),
            signed=body.whole,
            signature=_bits(signature),
            with_sha256=_inside(algorithm, _SEQUENCE, _OID)[0].content == _SHA256_WITH_RSA,
        )

    def is_valid(self, now: int) -> bool:
        """Return whether the certificate is valid at a time."""
        return self.not_before <= now <= self.not_after

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Return whether another certificate's key signed this one."""
        return self.with_sha256 and self.issuer == issuer.subject and issuer.key.verifies(self.signed, self.signature)


def parse_pem(text: str) -> tuple[Certificate, ...]:
    """Return the certificates of a PEM string, in its order. Line breaks may be spaces or escaped, as in settings.

    Raises:
        ValueError: There is no certificate, or one cannot be read.
    """
    blocks: list[str] = _BLOCK.findall(text.replace("\\n", "\n"))
    if not blocks:
        raise ValueError("there is no certificate in PEM")
    return tuple(Certificate.parse(a2b_base64("".join(block.split()), strict_mode=True)) for block in blocks)
