"""Reads X.509 certificates, as far as checking one signature takes. Sources: ITU-T X.690 (DER), RFC 5280, RFC 8017 (RSA).

Pure Python, because no cryptographic package runs everywhere the core does. It only ever works with public keys, so nothing
here has to be constant in time. Any bytes give a certificate or `ValueError`.
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
_SMALLEST, _LARGEST = 2048, 8192  # bits of a modulus


class _Element(NamedTuple):
    tag: int
    whole: bytes
    content: bytes


def _read(data: bytes, start: int) -> tuple[_Element, int]:
    """The element that starts at an index, and where the next one does."""
    if len(data) < start + 2:
        raise ValueError("cut off")
    length, content = data[start + 1], start + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 1 <= octets <= 3:
            raise ValueError("no length of DER, or of more than 16 MB")
        length, content = int.from_bytes(data[content : content + octets], "big"), content + octets
    end = content + length
    if end > len(data):
        raise ValueError("cut off")
    return _Element(data[start], data[start:end], data[content:end]), end


def _elements(data: bytes) -> list[_Element]:
    elements, start = [], 0
    while start < len(data):
        element, start = _read(data, start)
        elements.append(element)
    return elements


def _inside(element: _Element, tag: int, *tags: int) -> list[_Element]:
    """The elements inside one of a tag; the first of them must have these tags."""
    inner = _elements(element.content)
    if element.tag != tag or len(inner) < len(tags) or any(found.tag != want for found, want in zip(inner, tags, strict=False)):
        raise ValueError("other elements than a certificate has")
    return inner


def _bits(element: _Element) -> bytes:
    if element.tag != _BITS or not element.content.startswith(b"\0"):
        raise ValueError("not a string of whole bytes")
    return element.content[1:]


def _integer(element: _Element) -> int:
    return int.from_bytes(element.content, "big", signed=True)


def _time(element: _Element) -> int:
    pattern = _TIMES.get(element.tag)
    if pattern is None or not pattern.fullmatch(element.content):
        raise ValueError("not a time")
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
        """Whether a signature is RSASSA-PKCS1-v1_5 with SHA-256 of a message (RFC 8017, 8.2.2)."""
        size = (self.modulus.bit_length() + 7) // 8
        number = int.from_bytes(signature, "big")
        if len(signature) != size or number >= self.modulus:
            return False
        digest = _SHA256_PREFIX + hashlib.sha256(message).digest()
        # Everything that the padding must be is built and compared, never parsed.
        expected = b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest
        return pow(number, self.exponent, self.modulus).to_bytes(size, "big") == expected


def _key(info: _Element) -> RsaKey:
    algorithm, bits = _inside(info, _SEQUENCE, _SEQUENCE, _BITS)[:2]
    if _inside(algorithm, _SEQUENCE, _OID)[0].content != _RSA:
        raise ValueError("not an RSA key")
    whole, _ = _read(_bits(bits), 0)
    modulus, exponent = map(_integer, _inside(whole, _SEQUENCE, _INTEGER, _INTEGER)[:2])
    if not _SMALLEST <= modulus.bit_length() <= _LARGEST or modulus < 0 or not 3 <= exponent < 2**33:
        raise ValueError("an RSA key of another size than is safe")
    return RsaKey(modulus, exponent)


class Certificate(NamedTuple):
    """What of a certificate is needed to trust what it signed.

    Args:
        subject: Whose it is, as DER.
        issuer: Who signed it, as DER.
        common_name: The subject's, or empty.
        not_before: Unix seconds.
        not_after: Unix seconds.
        key: The subject's.
        signed: The bytes that the issuer signed.
        signature: The issuer's.
        with_sha256: Whether it is made with RSA and SHA-256, the only way that is trusted here.
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
            ValueError: It is not one.
        """
        whole, end = _read(der, 0)
        if end != len(der):
            raise ValueError("more than one certificate")
        body, algorithm, signature = _inside(whole, _SEQUENCE, _SEQUENCE, _SEQUENCE, _BITS)[:3]
        fields = _inside(body, _SEQUENCE)
        fields = fields[1:] if fields and fields[0].tag == 0xA0 else fields  # the version
        if len(fields) < 6:
            raise ValueError("fewer fields than a certificate has")
        _serial, own_algorithm, issuer, validity, subject, key = fields[:6]
        if algorithm.whole != own_algorithm.whole:
            raise ValueError("signed in another way than it says")
        times = _inside(validity, _SEQUENCE)
        if len(times) != 2:
            raise ValueError("not valid from one time to another")
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
        """Whether it is neither too early nor too late for it."""
        return self.not_before <= now <= self.not_after

    def is_signed_by(self, issuer: "Certificate") -> bool:
        """Whether a certificate's key signed this one."""
        return self.with_sha256 and self.issuer == issuer.subject and issuer.key.verifies(self.signed, self.signature)


def parse_pem(text: str) -> tuple[Certificate, ...]:
    """The certificates in a PEM text, in its order. Line breaks may be spaces, or spelled out, as settings often have them.

    Raises:
        ValueError: One of them cannot be read, or there is none.
    """
    blocks: list[str] = _BLOCK.findall(text.replace("\\n", "\n"))
    if not blocks:
        raise ValueError("no certificate in PEM")
    return tuple(Certificate.parse(a2b_base64("".join(block.split()), strict_mode=True)) for block in blocks)
