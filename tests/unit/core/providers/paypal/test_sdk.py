"""The official SDK as a reference: its requests for the same calls. It has no webhook helper."""

import base64
import json
import logging
from typing import Any

import pytest
import requests
from paypalserversdk.configuration import Environment
from paypalserversdk.http.auth.o_auth_2 import ClientCredentialsAuthCredentials
from paypalserversdk.models.address import Address as SdkAddress
from paypalserversdk.models.amount_breakdown import AmountBreakdown
from paypalserversdk.models.amount_with_breakdown import AmountWithBreakdown
from paypalserversdk.models.checkout_payment_intent import CheckoutPaymentIntent
from paypalserversdk.models.item_request import ItemRequest
from paypalserversdk.models.money import Money as SdkMoney
from paypalserversdk.models.order_request import OrderRequest
from paypalserversdk.models.payment_source import PaymentSource
from paypalserversdk.models.paypal_experience_user_action import PaypalExperienceUserAction
from paypalserversdk.models.paypal_wallet import PaypalWallet
from paypalserversdk.models.paypal_wallet_context_shipping_preference import (
    PaypalWalletContextShippingPreference as WalletPreference,
)
from paypalserversdk.models.paypal_wallet_experience_context import PaypalWalletExperienceContext
from paypalserversdk.models.purchase_unit_request import PurchaseUnitRequest
from paypalserversdk.models.shipping_details import ShippingDetails
from paypalserversdk.models.shipping_name import ShippingName
from paypalserversdk.paypal_serversdk_client import PaypalServersdkClient
from requests.adapters import BaseAdapter

from lightning_cart.domain.line_item import LineItem
from lightning_cart.domain.money import Money
from lightning_cart.domain.order import Order
from lightning_cart.http import HttpRequest
from support.app import answer
from support.builders import ORDER_ID, PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, make_order
from support.full_orders import make_addressed_order, make_full_order
from support.paypal import OPENED, PAYPAL_ID, make_capture, paypal, paypal_order, run_flow, token

SUCCESS, CANCEL = f"https://pay.shop.example/return/{ORDER_ID}", "https://shop.example/cart"


# The SDK writes PayPal's own defaults out.
DEFAULTS = {
    "contact_preference": "NO_CONTACT_INFO",
    "landing_page": "NO_PREFERENCE",
    "payment_method_preference": "UNRESTRICTED",
}


class Recorder(BaseAdapter):
    """Records the requests of the SDK instead of sending them."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        self.sent.append(request)
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, request.url or ""
        is_token = response.url.endswith("/oauth2/token")
        document = {"access_token": "token-1", "token_type": "Bearer", "expires_in": 32_400} if is_token else paypal_order()
        response._content = json.dumps(document).encode()
        return response

    def close(self) -> None:
        pass


class Sdk:
    """The SDK's client, with a recorder for a network."""

    def __init__(self) -> None:
        self.recorder, session = Recorder(), requests.Session()
        session.mount("https://", self.recorder)
        self.client = PaypalServersdkClient(
            client_credentials_auth_credentials=ClientCredentialsAuthCredentials(PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET),
            environment=Environment.SANDBOX,
            http_client_instance=session,
            override_http_client_configuration=True,
        )
        logging.getLogger("paypalserversdk").disabled = True


def same(ours: HttpRequest, theirs: requests.PreparedRequest) -> None:
    """Check that method, URL and body are equal, and that the SDK sends each of our headers."""
    body = theirs.body.encode() if isinstance(theirs.body, str) else theirs.body or b""
    assert isinstance(body, bytes)
    assert (ours.method, ours.url) == (theirs.method, theirs.url)
    if ours.header("content-type") == "application/json":
        mine, sent_body = json.loads(ours.body), json.loads(body or b"{}")
        if "payment_source" in mine:
            context = mine["payment_source"]["paypal"]["experience_context"]
            assert not context.keys() & DEFAULTS.keys()
            context |= DEFAULTS
        assert mine == sent_body
    else:
        assert ours.body == body
    sent = {name.lower(): str(value) for name, value in theirs.headers.items()}
    assert dict(ours.headers).items() <= (sent | {"content-type": sent.get("content-type", "").partition(";")[0]}).items()


def sdk_order(order: Order) -> OrderRequest:
    """Return the order as a request of the SDK."""

    def money(amount: Money) -> SdkMoney:
        return SdkMoney(amount.currency, amount.decimal)

    optional: dict[str, Any] = {"email_address": order.customer_email} if order.customer_email else {}
    descriptor: dict[str, Any] = (
        {"soft_descriptor": order.statement_descriptor_suffix} if order.statement_descriptor_suffix else {}
    )
    items = [
        ItemRequest(
            name=line.title,
            unit_amount=money(line.unit_price),
            quantity=str(line.quantity),
            sku=line.sku or line.product_id,
            **({"description": line.description} if line.description else {}),
            **({"image_url": line.image} if line.image else {}),
        )
        for line in order.lines
    ]
    total, parts, address = order.total, order.parts, order.buyer.address
    others = {"shipping": parts.shipping, "tax_total": parts.tax, "discount": parts.discount}
    breakdown = AmountBreakdown(
        item_total=money(parts.goods), **{name: money(amount) for name, amount in others.items() if amount.minor}
    )
    preference = WalletPreference.GET_FROM_FILE if order.asks_address else WalletPreference.NO_SHIPPING
    if address:
        preference = WalletPreference.SET_PROVIDED_ADDRESS
        descriptor["shipping"] = ShippingDetails(
            name=ShippingName(address.name),
            address=SdkAddress(
                address.country, address.line1, address.line2, address.city, address.region, address.postal_code
            ),
        )
    return OrderRequest(
        intent=CheckoutPaymentIntent.CAPTURE,
        purchase_units=[
            PurchaseUnitRequest(
                amount=AmountWithBreakdown(total.currency, total.decimal, breakdown),
                reference_id=order.id,
                custom_id=f"{order.site_id}:{order.id}",
                invoice_id=f"{order.id}-1",
                description=f"Order {order.id}",
                items=items,
                **descriptor,
            )
        ],
        payment_source=PaymentSource(
            paypal=PaypalWallet(
                experience_context=PaypalWalletExperienceContext(
                    return_url=SUCCESS,
                    cancel_url=CANCEL,
                    user_action=PaypalExperienceUserAction.PAY_NOW,
                    shipping_preference=preference,
                ),
                **optional,
            )
        ),
    )


ORDERS = {
    "delivery, tax and discount": make_full_order(),
    "with a whole address": make_addressed_order(),
    "one line": make_order(customer_email="ada@example.com", statement_descriptor_suffix="SHOP"),
    "no decimals": make_order(lines=(LineItem("mug", "Mug", Money(1800, "JPY"), 3),)),
    "not only ASCII": make_order(
        lines=(
            LineItem("mug", "Mug & lid “é” 🫖", Money(1250, "USD"), 2, "350 ml"),
            LineItem("pin", "Pin", Money(5, "USD"), 9),
        )
    ),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS.keys())
def test_we_send_what_the_sdk_sends_for_the_same_order(order: Order) -> None:
    unit = {"custom_id": f"shop:{ORDER_ID}", "amount": {"currency_code": order.total.currency, "value": order.total.decimal}}
    _, ours = run_flow(
        paypal().create_checkout(order, SUCCESS, CANCEL), token(), answer(paypal_order(purchase_units=[unit]), 201)
    )
    sdk = Sdk()
    sdk.client.orders.create_order(
        {"body": sdk_order(order), "paypal_request_id": f"chk-{ORDER_ID}-1", "prefer": "return=representation"}
    )
    assert len(ours) == len(sdk.recorder.sent) == 2
    for mine, theirs in zip(ours, sdk.recorder.sent, strict=True):
        same(mine, theirs)


def test_we_read_and_capture_as_the_sdk_does() -> None:
    captured = answer(paypal_order("COMPLETED", make_capture()), 201)
    _, ours = run_flow(paypal().read_checkout(OPENED, capture=True), token(), answer(paypal_order("APPROVED")), captured)
    sdk = Sdk()
    sdk.client.orders.get_order({"id": PAYPAL_ID})
    request_id = ours[2].headers["paypal-request-id"]
    sdk.client.orders.capture_order({"id": PAYPAL_ID, "paypal_request_id": request_id, "prefer": "return=representation"})
    for mine, theirs in zip(ours, sdk.recorder.sent, strict=True):
        same(mine, theirs)


def test_the_credentials_are_the_sdks() -> None:
    sdk = Sdk()
    sdk.client.orders.get_order({"id": PAYPAL_ID})
    sent = sdk.recorder.sent[0].headers["Authorization"]
    assert base64.b64decode(str(sent).removeprefix("Basic ")) == f"{PAYPAL_CLIENT_ID}:{PAYPAL_CLIENT_SECRET}".encode()
