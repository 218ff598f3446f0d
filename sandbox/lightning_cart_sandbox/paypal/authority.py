"""Keys and certificates; the only module that uses `cryptography` (RFC 5280, RFC 8017)."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from lightning_cart_sandbox.types import Json

LEAF_NAME = "messageverificationcerts.sandbox.paypal.com"
_AUTHORITY_NAME = "Lightning-Cart Sandbox Test CA"
_KEY_BITS = 2048
_LIFE = timedelta(days=3650)
_UNUSED = (
    "content_commitment",
    "data_encipherment",
    "encipher_only",
    "decipher_only",
    "key_agreement",
    "key_encipherment",
)


def new_authority(now: int) -> Json:
    """Return `anchor_pem` (the authority's certificate), `leaf_pem` (the signing certificate) and `key_pem` (its key).

    Args:
        now: Unix seconds. Both certificates are valid for ten years, from one day earlier.
    """
    authority, leaf = (generate_private_key(65537, _KEY_BITS) for _ in range(2))
    since = datetime.fromtimestamp(now, UTC) - timedelta(days=1)
    return {
        "anchor_pem": _certificate(_AUTHORITY_NAME, authority, authority, since),
        "leaf_pem": _certificate(LEAF_NAME, leaf, authority, since),
        "key_pem": leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    }


def sign(key_pem: str, message: bytes) -> bytes:
    """Return a message's signature: RSA, PKCS #1 version 1.5, SHA-256."""
    return _key(key_pem).sign(message, PKCS1v15(), SHA256())


def is_signature(key_pem: str, message: bytes, signature: bytes) -> bool:
    """Return whether a key signed a message."""
    try:
        _key(key_pem).public_key().verify(signature, message, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def _key(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("the key of the test authority must be an RSA key")
    return key


def _certificate(name: str, key: RSAPrivateKey, issuer_key: RSAPrivateKey, since: datetime) -> str:
    """Return a certificate for a key: the authority's own if the key signs itself, otherwise a server's."""
    own = key is issuer_key
    usage = x509.KeyUsage(digital_signature=not own, key_cert_sign=own, crl_sign=own, **dict.fromkeys(_UNUSED, False))
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(_AUTHORITY_NAME))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since)
        .not_valid_after(since + _LIFE)
        .add_extension(x509.BasicConstraints(ca=own, path_length=0 if own else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not own:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    return builder.sign(issuer_key, SHA256()).public_bytes(Encoding.PEM).decode()


def _named(common_name: str) -> x509.Name:
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Lightning-Cart Sandbox, not PayPal")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
