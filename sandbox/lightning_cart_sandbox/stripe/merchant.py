"""The account that the keys belong to (Stripe: account object)."""

from lightning_cart_sandbox.stripe.account import StripeCall
from lightning_cart_sandbox.stripe.authentication import ACCOUNT_ID, check_account
from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.stripe.views import page
from lightning_cart_sandbox.types import Json

_HOME = {**nulls("line2 state"), "city": "Sabadell", "country": "ES", "line1": "Plaça de Sant Roc 20", "postal_code": "08201"}
_PROFILE = nulls(
    "annual_revenue estimated_worker_count mcc minority_owned_business_designation product_description "
    "specified_commercial_transactions_act_url support_address support_email support_url url"
)
_TEXTS = "statement_descriptor_prefix_kana statement_descriptor_prefix_kanji"
SHOP_NAME = "The shop of the sandbox"
_MERCHANT: Json = {
    "object": "account",
    "business_profile": {**_PROFILE, "name": SHOP_NAME, "support_phone": "+34600000000"},
    "business_type": "company",
    "capabilities": {"card_payments": "active", "transfers": "active"},
    "charges_enabled": True,
    "company": {"address": _HOME, "name": SHOP_NAME, "phone": "+34600000000"},
    "controller": {"type": "account"},
    "country": "ES",
    "default_currency": "eur",
    "details_submitted": True,
    "email": "shop@example.com",
    "metadata": {},
    "payouts_enabled": True,
    "settings": {
        "branding": nulls("icon logo primary_color secondary_color"),
        "card_payments": {
            **nulls(_TEXTS),
            "decline_on": {"avs_failure": False, "cvc_failure": False},
            "statement_descriptor_prefix": "SHOP",
        },
        "dashboard": {"display_name": SHOP_NAME, "timezone": "Etc/UTC"},
        "payments": {
            **nulls(f"{_TEXTS} statement_descriptor_kana statement_descriptor_kanji"),
            "statement_descriptor": "SHOP.EXAMPLE",
        },
    },
    "type": "standard",
}


def retrieve_merchant(call: StripeCall) -> Json:
    """Return the account of the key, which the path can name.

    Raises:
        StripeError: It names another account.
    """
    check_account(call.identifier)
    return {"id": ACCOUNT_ID, **_MERCHANT}


def list_connected(call: StripeCall) -> Json:
    """Return the accounts that are connected to the key's account: none."""
    return page("/v1/accounts", [], call.params)
