"""The totals of a Checkout Session: line items, less the discount, with the delivery that the buyer chose."""

from lightning_cart_sandbox.stripe.discounts import discount_shares
from lightning_cart_sandbox.types import Json


def set_totals(session: Json) -> None:
    """Compute every amount of a session from its line items, discount and chosen shipping option; it is not saved."""
    shares = discount_shares(session["_line_items"], session.get("_coupon"))
    session["_line_items"] = [_discounted(item, share) for item, share in zip(session["_line_items"], shares, strict=True)]
    shipping = (session["shipping_cost"] or {}).get("amount_total", 0)
    subtotal, discount = sum(item["amount_subtotal"] for item in session["_line_items"]), sum(shares)
    session.update(
        amount_subtotal=subtotal,
        amount_total=subtotal - discount + shipping,
        total_details={"amount_discount": discount, "amount_shipping": shipping, "amount_tax": 0},
    )


def choose_shipping(session: Json, option: Json) -> None:
    """Set the cost of the shipping option that the buyer chose; the totals are not changed yet."""
    amount = option["shipping_amount"]
    session["shipping_cost"] = {
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "shipping_rate": option["shipping_rate"],
    }


def renewed_items(session: Json) -> list[Json]:
    """Return the recurring line items at the price of a renewal: only a coupon that lasts for ever goes on."""
    items = [item for item in session["_line_items"] if item["price"]["recurring"]]
    coupon = session.get("_coupon")
    lasting = coupon if coupon and coupon["duration"] == "forever" else None
    return [_discounted(item, share) for item, share in zip(items, discount_shares(items, lasting), strict=True)]


def breakdown(session: Json) -> Json:
    """Return `total_details.breakdown`, which is shown only if it is expanded."""
    discount = session.get("_discount")
    amount = session["total_details"]["amount_discount"]
    return {"discounts": [{"amount": amount, "discount": discount}] if discount else [], "taxes": []}


def _discounted(item: Json, share: int) -> Json:
    return {**item, "amount_discount": share, "amount_total": item["amount_subtotal"] - share}
