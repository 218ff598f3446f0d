"""Verifies PayPal's webhook signature without a call to PayPal. Source: PayPal docs, Webhooks, Verify manually.

The certificate that the webhook names signs `transmission id|time|webhook id|CRC-32 of the body`. It is trusted if it has an
allowed URL and PayPal's name, is valid now, and is signed by a configured trust anchor. Otherwise PayPal is asked.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, crc32

from lightning_cart.errors import ProviderUnavailable
from lightning_cart.flow import Flow, ProviderRequest
from lightning_cart.providers.paypal.config import PayPalConfig
from lightning_cart.providers.paypal.der import Certificate, parse_pem
from lightning_cart.providers.paypal.transmission import Transmission

MAX_CERTIFICATE_BYTES = 32 * 1024
_MAX_CACHED = 8  # certificates; PayPal uses one at a time
_FILE = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)


class Certificates:
    """PayPal's webhook certificates, each fetched once.

    Args:
        config: The settings, with the trust anchors and the allowed URLs.
    """

    def __init__(self, config: PayPalConfig) -> None:
        self.config = config
        self._cache: dict[str, Certificate] = {}

    def _is_allowed_url(self, url: str) -> bool:
        prefixes = self.config.certificate_url_prefixes
        return any(url.startswith(prefix) and _FILE.fullmatch(url.removeprefix(prefix)) for prefix in prefixes)

    def _is_trusted(self, leaf: Certificate, now: int) -> bool:
        name = leaf.common_name.lower()
        is_paypal = name.startswith("messageverificationcerts.") and name.endswith(".paypal.com")
        if not is_paypal or not leaf.is_valid(now):
            return False
        return any(anchor.is_valid(now) and leaf.is_signed_by(anchor) for anchor in self.config.anchors)

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
        cached = self._cache.get(url)
        if cached is not None and self._is_trusted(cached, now):
            return cached
        leaf = (yield from self._fetch(url)) if self._is_allowed_url(url) else None
        if leaf is None or not self._is_trusted(leaf, now):
            return None
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[url] = leaf
        return leaf

    def verify(self, sent: Transmission, body: bytes, now: int) -> Flow[bool | None]:
        """Return whether PayPal signed a webhook, or None if PayPal has to be asked.

        Args:
            sent: The webhook's headers.
            body: The webhook's raw bytes.
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
