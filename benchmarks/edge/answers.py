"""What the providers answer to every contender, at once and by the path alone."""

import json
from itertools import count

_ORDERS = "/v2/checkout/orders"
_AMOUNT = {"currency_code": "USD", "value": "10.00"}
# `{id}` stands for the id at the path's end, else for a new number.
_SESSION = {
    "id": "cs_test_a1benchmark{id}",
    "object": "checkout.session",
    "url": "https://checkout.stripe.com/c/pay/cs_test_a1benchmark{id}",
    "status": "open",
    "payment_status": "unpaid",
    "expires_at": 1_900_000_000,
    "amount_total": 3900,  # of all carts of `traffic.py`, without the delivery
    "currency": "usd",
    "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
}
_CAPTURE = {
    "id": "2GG{id}",
    "status": "COMPLETED",
    "amount": _AMOUNT,
    "final_capture": True,
    "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]},
    "seller_receivable_breakdown": {
        "gross_amount": _AMOUNT,
        "paypal_fee": {"currency_code": "USD", "value": "0.84"},
        "net_amount": {"currency_code": "USD", "value": "9.16"},
    },
    "custom_id": "test-checkout:ord_100000000{id}",
    "invoice_id": "ord_100000000{id}-1",
    "create_time": "2026-10-01T10:00:00Z",
    "update_time": "2026-10-01T10:00:00Z",
    "links": [
        {"href": "https://api-m.paypal.com/v2/payments/captures/2GG{id}", "rel": "self", "method": "GET"},
        {"href": "https://api-m.paypal.com/v2/payments/captures/2GG{id}/refund", "rel": "refund", "method": "POST"},
        {"href": f"https://api-m.paypal.com{_ORDERS}/{{id}}", "rel": "up", "method": "GET"},
    ],
}
_PAYER = {
    "name": {"given_name": "A.", "surname": "Buyer"},
    "email_address": "buyer@shop.example",
    "payer_id": "QYR5Z8XDVJNXQ",
    "address": {"country_code": "DE"},
}
_ORDER = {
    "id": "{id}",
    "intent": "CAPTURE",
    "status": "COMPLETED",
    "payment_source": {"paypal": {**_PAYER, "account_id": "QYR5Z8XDVJNXQ", "account_status": "VERIFIED"}},
    "purchase_units": [
        {
            "reference_id": "ord_100000000{id}",
            "amount": {**_AMOUNT, "breakdown": {"item_total": _AMOUNT}},
            "payee": {"email_address": "seller@shop.example", "merchant_id": "C7CYMKZDG8D6E"},
            "description": "Order ord_100000000{id}",
            "custom_id": "test-checkout:ord_100000000{id}",
            "invoice_id": "ord_100000000{id}-1",
            "items": [{"name": "Test checkout", "unit_amount": _AMOUNT, "quantity": "1", "sku": "test-10"}],
            "payments": {"captures": [_CAPTURE]},
        }
    ],
    "payer": _PAYER,
    "create_time": "2026-10-01T09:58:00Z",
    "update_time": "2026-10-01T10:00:00Z",
    "links": [{"href": f"https://api-m.paypal.com{_ORDERS}/{{id}}", "rel": "self", "method": "GET"}],
}
_TOKEN = {"scope": "https://uri.paypal.com/services/checkout", "token_type": "Bearer", "expires_in": 32_400}
ANSWERS = {
    path: json.dumps(document)
    for path, document in {
        "/v1/checkout/sessions": _SESSION,
        "/v1/oauth2/token": _TOKEN | {"access_token": "A21AAbenchmark"},
        "/v1/notifications/verify-webhook-signature": {"verification_status": "SUCCESS"},
        _ORDERS: _ORDER,
    }.items()
}
_numbers = count(1)


def answer(path: str) -> str:
    """Return the JSON that a provider answers to a request for a path. `node/serve.mjs` does the same.

    Raises:
        KeyError: No provider has this path.
    """
    parent, _, last = path.rpartition("/")
    if last.isdecimal():
        return ANSWERS[parent].replace("{id}", last)
    return ANSWERS[path].replace("{id}", str(next(_numbers)))
