"""What a buyer typed on a payment page, in the fields of the session, the payment and the customer.

A buyer is a JSON object with `email` and `name`, and with what the page asked for: `phone`, `address` (for billing), `shipping`
(`name` and `address`), `tax_ids`, `business_name`, `individual_name`, `custom_fields` (values by key) and `accepted` (the terms
of service).
"""

from lightning_cart_sandbox.stripe.custom_fields import filled_fields
from lightning_cart_sandbox.stripe.objects import new_part
from lightning_cart_sandbox.stripe.payments import complete_shipping
from lightning_cart_sandbox.types import Json


def collected_fields(session: Json, buyer: Json) -> Json:
    """Return the fields of a completed session that hold what the buyer typed."""
    names = {name: buyer.get(name) for name in ("business_name", "individual_name")}
    collected = new_part("collected_information", **names, shipping_details=buyer.get("shipping"))
    return {
        "collected_information": collected if any(collected.values()) else None,
        "consent": {"promotions": None, "terms_of_service": "accepted"} if buyer.get("accepted") else session["consent"],
        "custom_fields": filled_fields(session["custom_fields"], buyer.get("custom_fields", {})),
        "customer_details": new_part(
            "customer_details",
            address=buyer.get("address"),
            email=buyer["email"],
            name=buyer["name"],
            phone=buyer.get("phone"),
            tax_ids=buyer.get("tax_ids", []),
            **names,
        ),
    }


def payment_shipping(data: Json, buyer: Json) -> Json | None:
    """Return `shipping` of a payment intent, which its charge copies, or `None` if the address is unknown.

    Args:
        data: The parameter `payment_intent_data`, in which the merchant may have sent an address.
        buyer: What the buyer typed.
    """
    if shipping := buyer.get("shipping"):
        return new_part("shipping", **shipping, phone=buyer.get("phone"))
    sent = data.get("shipping")
    return sent and complete_shipping(sent)


def customer_changes(session: Json, customer: Json, buyer: Json) -> Json:
    """Return the fields of a customer that a completed session changes: those of `customer_update`, and a missing email."""
    wanted = {name for name, mode in session.get("_customer_update", {}).items() if mode == "auto"}
    shipping = buyer.get("shipping")
    found = {
        "address": buyer.get("address"),
        "name": buyer.get("business_name") or buyer["name"],
        "shipping": shipping and {**shipping, "phone": buyer.get("phone")},
    }
    email = {} if customer["email"] else {"email": buyer["email"]}
    return {name: found[name] for name in wanted if found[name]} | email
