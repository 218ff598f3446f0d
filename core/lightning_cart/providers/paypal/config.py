"""What PayPal needs of us: an app's credentials, its webhook's id, and where its API is."""

from collections.abc import Mapping
from typing import NamedTuple

from lightning_cart.providers.paypal.der import Certificate, parse_pem
from lightning_cart.secret import Secret
from lightning_cart.settings import Setting, read_settings, valid_base_url

NAME = "paypal"
LIVE, SANDBOX = "https://api-m.paypal.com", "https://api-m.sandbox.paypal.com"
_CERTIFICATES = "/v1/notifications/certs/"


def _pem(value: str) -> str:
    try:
        parse_pem(value)
    except ValueError:
        return "must hold certificates of RSA keys, in PEM"
    return ""


SETTINGS = (
    Setting(
        "PAYPAL_CLIENT_ID",
        "PayPal Developer Dashboard, Apps & Credentials, the app's client id.",
        "AZ…",
        secret=False,
    ),
    Setting("PAYPAL_CLIENT_SECRET", "The secret beside it.", "EK…"),
    Setting(
        "PAYPAL_WEBHOOK_ID",
        "The id of the app's webhook PUBLIC_URL/webhook/paypal, as the dashboard shows it. PayPal signs it but never sends it.",
        "8PT…",
        secret=False,
    ),
    Setting(
        "PAYPAL_API_BASE",
        f"Where PayPal's API is. {SANDBOX} for a sandbox app, or the address of a sandbox or proxy of your own.",
        LIVE,
        default=LIVE,
        secret=False,
        validate=valid_base_url,
    ),
    Setting(
        "PAYPAL_TRUST_ANCHORS",
        "In PEM, the certificates of those who may sign PayPal's webhook certificate. With it webhooks are verified without "
        "asking PayPal each time; leave it out to ask.",
        "-----BEGIN CERTIFICATE-----…",
        secret=False,
        optional=True,
        validate=_pem,
    ),
)


class PayPalConfig(NamedTuple):
    """PayPal's settings, read and checked.

    Args:
        client_id: Of the app.
        client_secret: Of the app.
        webhook_id: Of the app's webhook.
        api_base: The API's origin, and perhaps a path, without a slash at its end.
        anchors: Who may sign PayPal's webhook certificate; without any, PayPal is asked about each webhook.
    """

    client_id: str
    client_secret: Secret
    webhook_id: str
    api_base: str
    anchors: tuple[Certificate, ...] = ()

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "PayPalConfig":
        """Read the settings.

        Raises:
            InvalidSettings: Naming what is absent or malformed.
        """
        values = read_settings(env, SETTINGS)
        return cls(
            client_id=values["PAYPAL_CLIENT_ID"][0],
            client_secret=Secret(values["PAYPAL_CLIENT_SECRET"][0]),
            webhook_id=values["PAYPAL_WEBHOOK_ID"][0],
            api_base=values["PAYPAL_API_BASE"][0],
            anchors=tuple(anchor for pem in values["PAYPAL_TRUST_ANCHORS"] for anchor in parse_pem(pem)),
        )

    @property
    def certificate_url_prefixes(self) -> tuple[str, ...]:
        """What the address of a webhook certificate may begin with: our own environment's hosts, and no other.

        PayPal names the host without `-m` in practice. Only a stand-in on this very machine, which plain http gives away,
        serves its own; behind a proxy's address no place is known.
        """
        own = {LIVE: (LIVE, "https://api.paypal.com"), SANDBOX: (SANDBOX, "https://api.sandbox.paypal.com")}
        stand_in = (self.api_base,) if self.api_base.startswith("http://") else ()
        return tuple(host + _CERTIFICATES for host in own.get(self.api_base, stand_in))
