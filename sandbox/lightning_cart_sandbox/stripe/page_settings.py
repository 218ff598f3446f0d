"""What a payment page collects: the rules between its parameters, and the fields that sessions and links show of them."""

from lightning_cart_sandbox.stripe.custom_fields import check_custom_fields, link_field, new_custom_field
from lightning_cart_sandbox.stripe.errors import invalid
from lightning_cart_sandbox.stripe.objects import new_part
from lightning_cart_sandbox.types import Json

_AS_SENT = (
    "billing_address_collection",
    "managed_payments",
    "phone_number_collection",
    "shipping_address_collection",
    "submit_type",
)
_AS_SENT_BY_SESSIONS = (
    "adaptive_pricing",
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
    "wallet_options",
)
_INVOICE_DATA = dict.fromkeys(("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")) | {
    "metadata": {}
}


def check_settings(params: Json) -> None:
    """Raise the `StripeError` for the first rule between the parameters that say what the page collects."""
    check_custom_fields(params.get("custom_fields", []))
    shipping = "shipping" in params.get("payment_intent_data", {})
    if shipping and "shipping_address_collection" in params:
        raise invalid(
            "You may only specify one of these parameters: shipping_address_collection, payment_intent_data[shipping].",
            "payment_intent_data[shipping]",
        )
    update = params.get("customer_update", {})
    if "customer_update" in params and "customer" not in params:
        raise invalid("`customer_update` can only be used with `customer`.", "customer_update")
    if params.get("tax_id_collection", {}).get("enabled") and "customer" in params and update.get("name") != "auto":
        raise invalid(
            "Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing "
            "customer, please set `customer_update[name]` to `auto`.",
            "customer_update[name]",
        )
    if update.get("shipping") == "auto" and "shipping_address_collection" not in params:
        raise invalid(
            "`customer_update[shipping]` can only be set to `auto` when `shipping_address_collection` is set.",
            "customer_update[shipping]",
        )


def session_settings(params: Json) -> Json:
    """Return the fields of a session that say what its page collects."""
    shown: Json = _settings(params)
    shown |= {name: params[name] for name in _AS_SENT_BY_SESSIONS if name in params}
    shown["custom_fields"] = [new_custom_field(field) for field in params.get("custom_fields", [])]
    if "after_expiration" in params:
        recovery = params["after_expiration"].get("recovery")
        shown["after_expiration"] = {
            "recovery": recovery and {"allow_promotion_codes": False, "expires_at": None, "url": None, **recovery}
        }
    if params["mode"] == "payment":
        shown["invoice_creation"] = {"enabled": False, "invoice_data": dict(_INVOICE_DATA)}
    if "saved_payment_method_options" in params:
        options = ("allow_redisplay_filters", "payment_method_remove", "payment_method_save")
        sent = params["saved_payment_method_options"]
        shown["saved_payment_method_options"] = {name: sent.get(name) for name in options}
    return shown


def link_settings(params: Json) -> Json:
    """Return the fields of a Payment Link that say what its page collects."""
    shown: Json = _settings(params)
    shown["custom_fields"] = [link_field(field) for field in params.get("custom_fields", [])]
    shown["payment_method_types"] = params.get("payment_method_types")
    return shown


def _settings(params: Json) -> Json:
    shown: Json = {name: params[name] for name in _AS_SENT if name in params}
    shown["custom_text"] = new_part("custom_text", **params.get("custom_text", {}))
    if "consent_collection" in params:
        names = ("payment_method_reuse_agreement", "promotions", "terms_of_service")
        shown["consent_collection"] = {name: params["consent_collection"].get(name) for name in names}
    if "name_collection" in params:
        shown["name_collection"] = {name: {"optional": False, **setting} for name, setting in params["name_collection"].items()}
    if "tax_id_collection" in params:
        shown["tax_id_collection"] = {"required": "never", **params["tax_id_collection"]}
    return shown
