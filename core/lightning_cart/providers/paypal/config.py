"""Settings of PayPal: an app's credentials, its webhook's id, the API's URL and trust anchors."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.providers.paypal.der import Certificate, parse_pem
from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, read_settings, valid_base_url

NAME = "paypal"
LIVE, SANDBOX = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
_CERTIFICATES = "/v1/notifications/certs/"
_MERCHANT_ID = re.compile(r"[2-9A-HJ-NP-Z]{13}", re.ASCII)  # PayPal: payer_id


def _validate_pem(value: str) -> str:
    try:
        parse_pem(value)
    except ValueError:
        return "must hold certificates of RSA keys, in PEM"
    return ""


def _validate_merchant_id(value: str) -> str:
    # An e-mail address, or an id that was typed, would refuse each payment after it was made.
    if _MERCHANT_ID.fullmatch(value):
        return ""
    return "must be the 13 capital letters and digits that PayPal's account settings show as the merchant id"


SETTINGS = (
    Setting(
        "PAYPAL_CLIENT_ID",
        "PayPal Developer Dashboard, Apps & Credentials, the app's client id.",
        "AZ…",
        secret=False,
        min_length=12,
    ),
    Setting(
        "PAYPAL_CLIENT_SECRET",
        "PayPal Developer Dashboard, Apps & Credentials, the app's secret.",
        "EK…",
        min_length=16,
    ),
    Setting(
        "PAYPAL_WEBHOOK_ID",
        "The id of the app's webhook PUBLIC_URL/webhook/paypal, as the dashboard shows it. PayPal signs it but never sends it.",
        "8PT…",
        secret=False,
        mistaken=(
            ("http", "is a URL: enter the id that the dashboard shows beside the webhook's URL"),
            ("WH-", "is an event's id: enter the webhook's id, which the dashboard shows beside its URL"),
        ),
    ),
    Setting(
        "PAYPAL_MERCHANT_ID",
        "The merchant id of the PayPal account that sells. With it, a payment to any other account is refused.",
        "…13 characters…",
        secret=False,
        optional=True,
        validate=_validate_merchant_id,
    ),
    Setting(
        "PAYPAL_API_BASE",
        f"The URL of PayPal's API: {SANDBOX} for a sandbox app, or the URL of a sandbox or a proxy.",
        LIVE,
        default=LIVE,
        secret=False,
        validate=valid_base_url,
    ),
    Setting(
        "PAYPAL_TRUST_ANCHORS",
        "Certificates in PEM that may sign PayPal's webhook certificate. With them, webhooks are verified without a call to "
        "PayPal; without them, PayPal is asked each time.",
        "-----BEGIN CERTIFICATE-----…",
        secret=False,
        optional=True,
        validate=_validate_pem,
    ),
)


class PayPalConfig(NamedTuple):
    """PayPal's settings, read and checked.

    Args:
        client_id: The app's client id.
        client_secret: The app's secret.
        webhook_id: The id of the app's webhook.
        api_base: The API's URL, without a slash at its end.
        anchors: The certificates that may sign PayPal's webhook certificate. Without any, PayPal is asked about each webhook.
        merchant_id: The account that sells, or empty if payees are not compared.
    """

    client_id: str
    client_secret: Secret
    webhook_id: str
    api_base: str
    anchors: tuple[Certificate, ...] = ()
    merchant_id: str = ""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "PayPalConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Settings are absent or malformed; the error names them all.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            client_id=values["PAYPAL_CLIENT_ID"][0],
            client_secret=Secret(values["PAYPAL_CLIENT_SECRET"][0]),
            webhook_id=values["PAYPAL_WEBHOOK_ID"][0],
            api_base=values["PAYPAL_API_BASE"][0],
            anchors=tuple(anchor for pem in values["PAYPAL_TRUST_ANCHORS"] for anchor in parse_pem(pem)),
            merchant_id=next(iter(values["PAYPAL_MERCHANT_ID"]), ""),
        )

    @property
    def certificate_url_prefixes(self) -> tuple[str, ...]:
        """The prefixes that the URL of a webhook certificate may have, in this environment only.

        In practice PayPal names the host without `-m`. A local sandbox, which has a plain http URL, serves its own
        certificates. For a proxy's URL no prefix is known.
        """
        hosts = {LIVE: (LIVE, "https://api.paypal.com"), SANDBOX: (SANDBOX, "https://api.sandbox.paypal.com")}
        local = (self.api_base,) if self.api_base.startswith("http://") else ()
        return tuple(host + _CERTIFICATES for host in hosts.get(self.api_base, local))
