"""Verifies PayPal's webhook signature without asking PayPal. Source: PayPal docs, Webhooks, Verify manually.

What is signed is `transmission id|time|webhook id|CRC-32 of the body`, by the certificate that the webhook names. That
certificate counts only if it lies where our environment's certificates lie, bears PayPal's name for them, is valid now, and is
signed by one of our configured anchors. Where any of that is unclear, the answer is neither yes nor no, and PayPal is asked.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, crc32

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.flow import Flow, ProviderRequest
from lightning_cart.providers.paypal.config import PayPalConfig
from lightning_cart.providers.paypal.der import Certificate, parse_pem
from lightning_cart.providers.paypal.transmission import Transmission

MAX_CERTIFICATE_BYTES = 32 * 1024  # bytes of a certificate file
_MAX_CACHED = 8  # certificates; PayPal uses one at a time
_FILE = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class Certificates:
    """PayPal's webhook certificates, fetched once each.

    Args:
        config: With the anchors, and the places where certificates may lie.
    """

    def __init__(self, config: PayPalConfig) -> None:
        self.config = config
        self._kept: dict[str, Certificate] = {}

    def _is_allowed_url(self, url: str) -> bool:
        return any(
            url.startswith(place) and _FILE.fullmatch(url.removeprefix(place)) for place in self.config.certificate_url_prefixes
        )

    def _is_trusted(self, leaf: Certificate, now: int) -> bool:
        name = leaf.common_name.lower()
        named = name.startswith("messageverificationcerts.") and name.endswith(".paypal.com")
        return (
            named
            and leaf.is_valid(now)
            and any(anchor.is_valid(now) and leaf.is_signed_by(anchor) for anchor in self.config.anchors)
        )

    def _fetch(self, url: str) -> Flow[Certificate | None]:
        try:
            response = yield ProviderRequest("GET", url, idempotent=True)
        except ProviderUnavailable:
            return None
        if response.status != 200 or len(response.body) > MAX_CERTIFICATE_BYTES:
            return None
        try:
            return parse_pem(response.body.decode("ascii"))[0]  # the first is the leaf
        except ValueError:
            return None

    def _leaf(self, url: str, now: int) -> Flow[Certificate | None]:
        kept = self._kept.get(url)
        if kept is not None and self._is_trusted(kept, now):
            return kept
        leaf = (yield from self._fetch(url)) if self._is_allowed_url(url) else None
        if leaf is None or not self._is_trusted(leaf, now):
            return None
        if len(self._kept) >= _MAX_CACHED:
            self._kept.clear()
        self._kept[url] = leaf
        return leaf

    def verify(self, sent: Transmission, body: bytes, now: int) -> Flow[bool | None]:
        """Whether a webhook is signed by PayPal, or `None` where only PayPal can tell.

        Args:
            sent: The headers that it came with.
            body: Its raw bytes.
            now: Unix seconds.
        """
        if not self.config.anchors:
            return None
        leaf = yield from self._leaf(sent.cert_url, now)
        if leaf is None:
            return None
        try:
            signature = a2b_base64(sent.signature, strict_mode=True)
        except Base64Error:
            return False
        message = f"{sent.id}|{sent.time}|{self.config.webhook_id}|{crc32(body)}"
        return leaf.key.verifies(message.encode(), signature)
