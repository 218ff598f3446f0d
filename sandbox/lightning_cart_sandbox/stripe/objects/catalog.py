"""What a shop sells, and for how much (Stripe: product, price, plan, coupon, promotion code, shipping rate objects)."""

from lightning_cart_sandbox.stripe.objects.tables import nulls
from lightning_cart_sandbox.types import Json

_PRODUCT = nulls(
    "default_price description package_dimensions shippable statement_descriptor tax_code tax_details unit_label url"
) | {
    "active": True,
    "images": [],
    "livemode": False,
    "marketing_features": [],
    "metadata": {},
    "type": "service",
}
_PRICE = nulls(
    "custom_unit_amount lookup_key nickname recurring tiers_mode transform_quantity unit_amount unit_amount_decimal"
) | {
    "active": True,
    "billing_scheme": "per_unit",
    "livemode": False,
    "metadata": {},
    "tax_behavior": "unspecified",
    "type": "one_time",
}
_PLAN = nulls("amount amount_decimal meter nickname product tiers_mode transform_usage trial_period_days") | {
    "active": True,
    "billing_scheme": "per_unit",
    "interval_count": 1,
    "livemode": False,
    "metadata": {},
    "usage_type": "licensed",
}
_COUPON = nulls("amount_off currency duration_in_months max_redemptions name percent_off redeem_by") | {
    "duration": "once",
    "livemode": False,
    "metadata": {},
    "times_redeemed": 0,
    "valid": True,
}
_PROMOTION_CODE = nulls("customer customer_account expires_at max_redemptions") | {
    "active": True,
    "livemode": False,
    "metadata": {},
    "restrictions": {"first_time_transaction": False, "minimum_amount": None, "minimum_amount_currency": None},
    "times_redeemed": 0,
}
_DISCOUNT = nulls(
    "checkout_session customer customer_account end invoice invoice_item promotion_code subscription subscription_item"
)
_SHIPPING_RATE = nulls("delivery_estimate display_name tax_code") | {
    "active": True,
    "livemode": False,
    "metadata": {},
    "tax_behavior": "unspecified",
    "type": "fixed_amount",
}

CATALOG: dict[str, Json] = {
    "coupon": _COUPON,
    "discount": _DISCOUNT,
    "plan": _PLAN,
    "price": _PRICE,
    "product": _PRODUCT,
    "promotion_code": _PROMOTION_CODE,
    "shipping_rate": _SHIPPING_RATE,
}
