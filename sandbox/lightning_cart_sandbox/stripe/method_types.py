"""The types of payment methods that Stripe knows, and those that the sandbox's account has turned on: cards and bank debits."""

from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.types import Json

_METHODS = (
    "acss_debit affirm afterpay_clearpay alipay alma amazon_pay au_becs_debit bacs_debit bancontact billie bizum blik boleto "
    "card cashapp crypto customer_balance eps fpx giropay grabpay ideal kakao_pay klarna konbini kr_card link mb_way mobilepay "
    "multibanco naver_pay nz_bank_account oxxo p24 pay_by_bank payco paynow paypal paypay payto pix promptpay revolut_pay "
    "samsung_pay satispay scalapay sepa_debit sequra sofort sunbit swish twint upi us_bank_account wechat_pay zip"
)
_NOT_OF_LINKS = (
    "acss_debit amazon_pay crypto customer_balance kakao_pay kr_card naver_pay nz_bank_account payco revolut_pay samsung_pay"
)
METHODS = tuple(_METHODS.split())
EXCLUDABLE_METHODS = tuple(name for name in METHODS if name != "link")
LINK_METHODS = tuple(name for name in METHODS if name not in _NOT_OF_LINKS.split())
_LISTS = ("payment_method_types", "allowed_payment_method_types", "excluded_payment_method_types")


def intent_methods(params: Json) -> Json:
    """Return the fields of a payment or setup intent that say which methods it accepts: cards, unless a client names others.

    Args:
        params: Optionally `automatic_payment_methods`, and `payment_method_types` of an older version.
    """
    automatic = params.get("automatic_payment_methods", {"enabled": True})
    is_shown = automatic["enabled"] and "payment_method_types" not in params
    return {
        "automatic_payment_methods": {"allow_redirects": "always", **automatic} if is_shown else None,
        "payment_method_types": params.get("payment_method_types", ["card"]),
    }


def offered_methods(params: Json) -> list[str]:
    """Return the methods that the payment page offers, in the account's order.

    Args:
        params: `mode`; optionally `payment_intent_data`, the lists `allowed_payment_method_types` and
            `excluded_payment_method_types` of a session, and `payment_method_types` of a link or of an older version's session.

    Raises:
        StripeError: No method is left.
    """
    # A bank debit cannot be held, nor can its mandate be kept here for renewals.
    is_held = params.get("payment_intent_data", {}).get("capture_method") == "manual"
    active = ["card"] if params["mode"] != "payment" or is_held else ["card", "sepa_debit"]
    named, allowed, excluded = (params.get(name) for name in _LISTS)
    offered = [name for name in active if name in (named or allowed or active) and name not in (excluded or ())]
    if not offered:
        raise invalid(
            "No valid payment method types for this Checkout Session. Please ensure that you have activated payment methods "
            "compatible with your chosen currency in your dashboard.",
            next(name for name in _LISTS if name in params),
        )
    return offered
