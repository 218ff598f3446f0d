"""Checks certificates: the one with which PUBLIC_URL is served, and PayPal's trust anchors."""

import socket
import ssl
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from lightning_cart.errors import InvalidSettings
from lightning_cart.providers.paypal.config import PayPalConfig
from lightning_cart_host.cli.doctor.check import Check, failed, passed, warned
from lightning_cart_host.output import plural

_WARN_DAYS = 14
_DAY = 24 * 3600
_TIMEOUT_SECONDS = 5.0
_SUBJECT = "certificate"
_RENEW = "renew it: certbot renew, or what your TLS proxy does for it"
# OpenSSL's X509_V_ERR codes.
_EXPIRED, _WRONG_HOST, _SELF_SIGNED, _NO_ISSUER = 10, {62, 64}, {18, 19}, {2, 20, 21}


def _untrusted(host: str, error: ssl.SSLCertVerificationError) -> Check:
    """Return the failed check of a certificate that clients refuse."""
    code = error.verify_code
    if code == _EXPIRED:
        return failed(_SUBJECT, f"that of {host} has expired", _RENEW)
    if code in _WRONG_HOST:
        return failed(_SUBJECT, f"that of {host} is for another name", f"get one for {host}, or set PUBLIC_URL to its name")
    if code in _SELF_SIGNED:
        return failed(
            _SUBJECT, f"that of {host} is signed by itself, so providers send nothing", "get one, for example with certbot"
        )
    if code in _NO_ISSUER:
        advice = "serve the whole chain (fullchain.pem at certbot), not the certificate alone"
        return failed(_SUBJECT, f"that of {host} comes without its issuer's, so providers send nothing", advice)
    return failed(_SUBJECT, f"that of {host} is refused: {error.verify_message}", _RENEW)


def check_days(subject: str, whose: str, not_after: float, now: float, advice: str) -> Check:
    """Check how long a certificate is still valid.

    Args:
        subject: What is checked.
        whose: Which certificate, in words.
        not_after: Unix seconds.
        now: Unix seconds.
        advice: What to do if it ends soon.
    """
    days = int((not_after - now) // _DAY)
    if not_after < now:
        return failed(subject, f"{whose} has expired", advice)
    if days < _WARN_DAYS:
        return warned(subject, f"{whose} ends in {days} {plural('day', days)}", advice)
    return passed(subject, f"{whose} is valid for {days} days")


def check_certificate(public_url: str, context: ssl.SSLContext | None = None) -> list[Check]:
    """Check the certificate of an https URL, if it answers.

    Args:
        public_url: The engine's own URL.
        context: Whom to trust. Default: whom this system trusts.
    """
    parts = urlsplit(public_url)
    if parts.scheme != "https" or not parts.hostname:
        return []
    trusted = context or ssl.create_default_context()
    trusted.verify_flags &= ~ssl.VERIFY_X509_STRICT  # Python's own default is stricter than browsers and providers
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or 443), _TIMEOUT_SECONDS) as connection,
            trusted.wrap_socket(connection, server_hostname=parts.hostname) as secured,
        ):
            certificate = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        return [_untrusted(parts.hostname, error)]
    except (OSError, UnicodeError):  # the check of the running engine says so; a host that DNS cannot have is a UnicodeError
        return []
    not_after = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    return [check_days(_SUBJECT, f"that of {parts.hostname}", not_after, time.time(), _RENEW)]


def check_anchors(env: Mapping[str, str], now: float) -> list[Check]:
    """Check how long PayPal's trust anchors are still valid, if any are set."""
    try:
        anchors = [anchor.not_after for anchor in PayPalConfig.from_env(env).anchors]
    except InvalidSettings:
        return []
    advice = "add the new certificates to PAYPAL_TRUST_ANCHORS, or leave it out: PayPal is then asked about each webhook"
    return [check_days("PAYPAL_TRUST_ANCHORS", "the first of them to end", min(anchors), now, advice)] if anchors else []
